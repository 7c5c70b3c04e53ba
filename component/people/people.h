#ifndef COMPONENT_PEOPLE_PEOPLE_H
#define COMPONENT_PEOPLE_PEOPLE_H

#include "base/clock.h"
#include "base/names.h"
#include "base/timers.h"
#include "component/settings/config.h"
#include "component/store/store.h"
#include "component/xmpp/iq.h"
#include "component/xmpp/outbox.h"
#include "mapping/presence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

/*
 * Who there is: persons, their clients, the domains that are served. It decides nothing.
 * What the rooms above (sources, rosters, calendars, publish modes) keep of a person or a
 * domain hangs here as a pointer that only they understand.
 *
 * An input (a stanza, a reading, a timer, an answer) writes its own room's part and then
 * calls person_touch(). It sends nothing and calls no other room: the one pass of the
 * engine looks at everybody who was touched, compares what is to be seen of her with what
 * watchers were shown, and sends the difference.
 */

#define PEOPLE_MAX 200000
#define CLIENTS_PER_PERSON_MAX 64 // for person::n_clients

struct person;
struct people;
/* Parts that rooms above own. */
struct calendar;    // calendars/
struct roster;      // rosters/
struct watchers;    // publish/component_mode.h
struct told_module; // publish/user_mode.h
struct module;      // sources/module.h
struct asked;       // sources/module.c

/* One of a person's clients and its own presence, as last received. Written by sources/
 * alone. */
struct client {
	struct client *next;
	struct person *person; // whose it is
	struct name *full;     // owned reference; alice@example.test/laptop
	enum show show;
	int priority;
	struct status status;        // owned copy
	int64_t changed_ms;          // monotonic
	bool confirmed;              // false: from before a loss, not heard of since
	bool kept;                   // stands in the store (privilege.c)
	bool checking;               // a disco#info is under way (liveness.c)
	int64_t check_due_ms;        // monotonic, of the next one
	struct client *check_before; // in the list of liveness.c; NULL: not in it
	struct client *check_after;
};

struct person {
	struct name *jid;      // owned reference; bare; its `person` is this one
	struct person *before; // in people::all
	struct person *after;
	struct person *touched_before; // in people::touched
	struct person *touched_after;
	struct people *people;
	struct domain *domain;
	struct client *clients; // owned list
	uint8_t n_clients;
	bool touched;
	/* What was read of her calendar before may miss a meeting: once she is wanted it
	 * is read at once. Set by whoever brings her into sight, cleared by the pass. */
	bool read_at_once;
	bool overlaid; // her calendar lays something on her presence; set by the pass
	enum store_source approval; // of our own subscription (subscription.c); 0: none
	struct timer change;        // wall clock: she is touched then; set by the pass
	struct calendar *calendar;  // owned by calendars/; never NULL
	struct roster *roster;      // owned by rosters/; NULL: none was wanted
	struct watchers *watchers;  // owned by publish/; never NULL
	struct told_module *told;   // owned by publish/; NULL: nothing was told
	struct asked *asked;        // owned by sources/module.c; NULL: nothing was asked
};

/* Who tells us the presence of a domain's people. */
enum source {
	SOURCE_NONE,
	SOURCE_MODULE,       // our module in the server
	SOURCE_PRIVILEGE,    // XEP-0356
	SOURCE_SUBSCRIPTION, // each person's approval
};

/* What mode `user` tells to one domain's module. */
struct user_domain {
	struct timer hold;           // monotonic
	struct told_module *waiting; // for being told
	unsigned under_way;
	unsigned round;       // that the following is of
	bool complete_wanted; // what was not said in this round is to go
	bool complete_sent;   // the module was told so
};

/* A served domain: what its server can do and lets us do, found anew for each stream by
 * sources/. */
struct domain {
	UT_hash_handle hh; // people::domains, by the pointer `jid`
	struct name *jid;  // owned reference
	struct people *people;
	bool is_rooms; // stands for the component's own domain, where meeting rooms are
	enum source source;
	bool complete;     // a lost session is always told
	bool synced;       // whoever is not known to be online is offline
	char software[64]; // the identity of disco#info; "" unknown
	/* XEP-0356 */
	const char *privilege_ns; // NULL: no privilege message has come in this stream
	bool may_presence;
	bool may_roster;
	bool may_blocking;
	struct module *module; // owned by sources/module.c; NULL: the server has none
	/* The search for its source, in one stream (sources.c). */
	struct timer grace; // monotonic
	bool hello_done;    // was answered, or its time is over: what lacks may be said
	bool had_module;    // by the last answer
	bool disco_asked;   // its answer, or its failure, has come
	struct user_domain told; // publish/user_mode.c
	bool said_no_source;     // each said once until it changes
	bool said_no_roster;
	bool said_no_blocks;
	bool said_no_module;
};

/* What the server says of one watcher: by the module where there is one, else by lists.
 */
struct sight {
	bool known;   // what is below is
	bool sees;    // the server sends him her presence
	bool blocked; // she blocks him
};

/* The questions for lists that are under way (rosters/rosters.c). */
struct rosters {
	struct roster *queue; // first to last
	unsigned n_asked;
	int64_t said_block_ms; // monotonic; 0: never
};

/* What all rooms share. The engine fills it in and owns it. */
struct people {
	const struct config *config; // borrowed
	struct names *names;         // borrowed
	struct outbox *outbox;       // borrowed
	struct store *store;         // borrowed
	struct iqs *iqs;             // borrowed
	struct timers wall;
	struct timers mono;
	struct now now;
	bool up;                   // the stream is
	bool stopping;             // nothing new is begun, and what goes is taken back
	const struct config *next; // that takes over then; NULL: none does; borrowed
	struct name *self;         // the component's own JID
	struct person *all;        // owned list, first to last
	size_t n;
	struct domain *domains;
	struct domain *rooms;   // owned; not in `domains`
	struct person *touched; // first to last
	size_t n_touched;
	int64_t full_said_ms; // monotonic; when it was last said that there is no room
	/* What rooms keep of all people together; owned by them. */
	struct calendars *calendars;
	struct rosters rosters;
	struct sources *sources;
	struct subscriptions *subscriptions; // publish/component_mode
	/* Make and free the parts of a person that rooms above own; the engine's. */
	bool (*dress)(struct person *person); // false: no memory
	void (*undress)(struct person *person);
	void (*client_dropped)(struct client *client); // before it is freed
};

/* Makes a domain for each that the configuration serves, and one for rooms. The fields
 * above `wall` are filled in. false: no memory. */
bool people_init(struct people *people);
/* Frees all persons. */
void people_clear(struct people *people);
/* Frees the domains and all else, after people_clear(); accepts a struct of which
 * people_init() failed. */
void people_finish(struct people *people);

/* UTC seconds, rounded down. */
int64_t people_now_s(const struct people *people);

/* The domain as served, or NULL; domain is prepared. Not the one of the rooms. */
struct domain *people_domain(const struct people *people, const char *domain);

/* The person of a prepared bare JID, or NULL. Of a name it is `name::person`. */
struct person *people_find(const struct people *people, const char *bare_jid);
/* Likewise; makes her known if her domain is served. NULL: not ours, too many (which is
 * said, once an hour at most), or no memory. */
struct person *people_get(struct people *people, const char *bare_jid);
/* Whether it is an hour since this was said last (monotonic; 0: never), as what anybody
 * can make be said again and again; it counts as said now then. */
bool people_may_say(const struct people *people, int64_t *said_ms);
/* Frees one person. Who watches her is told nothing. */
void person_destroy(struct person *person);

/* Asks a domain, a person or a client: the question's subject is the name that it goes
 * to. false: as of iqs_ask(). */
bool people_ask(struct people *people, struct name *to, const char *type,
	const char *inside, iq_answered_fn *answered) __attribute__((warn_unused_result));

bool person_is_room(const struct person *person);
/* The name of the room whose address (any JID) this is, or NULL. */
const char *people_room_name(const struct people *people, const char *address);

/* The pass will look at her, at the end of this turn or of one of the next. Cheap and
 * harmless when nothing has changed. */
void person_touch(struct person *person);
/* Touches all people of a domain. */
void domain_touch(struct domain *domain);
/* The next one who was touched, taken off the list; NULL: none. */
struct person *people_take_touched(struct people *people);

struct client *person_client(const struct person *person, const struct name *full);
/* The client, made if it is new (SHOW_OFFLINE). NULL: too many, or no memory. */
struct client *person_add_client(struct person *person, const char *full);
void person_drop_client(struct person *person, struct client *client);
/* Whether a client of hers is available. */
bool person_is_online(const struct person *person);
/* The resource part of a client's address. */
const char *client_resource(const struct client *client);

/* A copy of texts in one block; false: no memory. */
bool status_copy(const struct status *from, struct status *out_copy);
void status_free(struct status *copy);

#endif
