#ifndef COMPONENT_PRESENCE_MODEL_H
#define COMPONENT_PRESENCE_MODEL_H

#include "base/names.h"
#include "base/timers.h"
#include "component/presence/engine.h"
#include "component/settings/config.h"
#include "component/store/store.h"
#include "component/xmpp/outbox.h"
#include "component/xmpp/stanza.h"
#include "ews/gateway/gateway.h"
#include "mapping/agenda.h"
#include "mapping/presence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the component knows of people, servers and watchers. Private to this folder; the
 * files beside it each own a part of these structs, named in the comments.
 */

#define PEOPLE_MAX 200000
#define RESOURCES_PER_PERSON_MAX 64
#define WATCHERS_PER_PERSON_MAX 20000
#define PENDING_PER_PERSON_MAX 100
#define CONTACTS_PER_PERSON_MAX 20000
#define REQUESTS_MAX 4096
#define RULED_MAX 64

struct person;
struct engine;
struct home; // homes.c
struct move; // moves.c

/* One of a person's contacts who was told an overlay (user mode; user_view.c). */
struct told {
	struct name *watcher; // owned reference; bare JID; first, for names_place()
	bool overlaid;        // false: told the original again, kept for a while
	bool owed;            // her own words, once her lists are not from before them
	int64_t sent_ms;      // monotonic, of our last stanza; 0: to be said again
};

/* One of a person's clients, as last received (source.c). */
struct resource {
	struct resource *next;
	struct person *person; // whose it is
	struct name *full;     // owned reference; alice@example.test/laptop
	struct body *original; // owned; the inside of her own presence, for a revert
	enum show show;
	int priority;
	struct status status;          // owned copy
	char *children;                // owned; XML kept for an overlaid copy, "" none
	int64_t changed_ms;            // monotonic
	bool confirmed;                // false: from before a loss, not heard of since
	bool kept;                     // stands in the store
	bool checking;                 // a disco#info is under way
	int64_t check_due_ms;          // monotonic; of the next check
	struct resource *check_before; // in engine::checks; NULL: not in it
	struct resource *check_after;
	struct body *overlay; // owned; what watchers in `told` were told last, or NULL
	struct told *told;    // owned array, sorted by the pointer `watcher`
	size_t n_told;
	size_t cap_told;
};

/* A watcher of a person in component mode (watcher_list.c). */
enum watcher_state {
	WATCHER_PENDING,  // asked, not decided
	WATCHER_APPROVED, // RFC 6121 section 3: subscribed
	WATCHER_GUEST,    // admitted by the policy, probed without a subscription
	WATCHER_PROBED,   // probed without a subscription, not decided
};

struct watcher {
	struct name *jid;  // owned reference; bare
	struct name *from; // owned reference; the address he knows, with our resource
	enum watcher_state state;
	bool owed; // what is published, once her contact list is not too old
};

/* A person's contact list (rosters.c). */
enum roster_state {
	ROSTER_UNREAD,
	ROSTER_ASKED,
	ROSTER_READ,
	ROSTER_FAILED, // the server refused
};

struct roster {
	enum roster_state state;
	int64_t read_ms;        // monotonic, of the last answer
	int64_t refused_ms;     // monotonic, of the last answer that was none
	struct name **contacts; // owned references; who sees her: from or both; sorted by
				// pointer
	size_t n;
	bool blocking_read;    // whether `blocked` is known
	struct name **blocked; // owned references; bare JIDs and domains
	size_t n_blocked;
	struct person *next_asked; // in the queue of rosters to ask for
	bool queued;
};

/* Why a calendar could not be read. */
struct failure {
	enum gateway_fault fault;
	int64_t at;       // UTC seconds
	int64_t next_try; // likewise
	char code[64];
	char text[GATEWAY_TEXT_MAX];
};

/* An entry that a rule decided (readings.c). */
struct ruled {
	int64_t start;
	int64_t end;
	size_t rule; // its number, from 0 on
	enum cal_state state;
};

/* A person's calendar (calendars.c). */
struct calendar {
	uint32_t mailbox; // the id that the worker knows; 0: she has none
	int gateway;      // index in the configuration; -1: none
	char *address;    // owned
	bool watched;
	struct agenda agenda;
	struct ruled *ruled; // owned; for `why`, the first RULED_MAX of the reading
	size_t n_ruled;
	int64_t read_at;         // UTC seconds; 0: never
	bool stale_said;         // since read_at
	bool outdated;           // read before the configuration changed what is read
	struct failure *failure; // owned; the last one since read_at, or NULL
	struct move *move;       // owned; NULL: the mailbox was never looked for
	UT_hash_handle hh;       // engine::mailboxes, by `mailbox`
	struct person *person;
};

/* An overlay that was out when we were last up, or the stream was (user_view.c). */
struct leftover {
	struct leftover *next;
	struct name *full;    // owned reference; whose resource
	struct name *watcher; // owned reference
};

struct person {
	UT_hash_handle hh; // engine::people, by the pointer `jid`
	struct name *jid;  // owned reference; bare
	struct server *server;
	struct resource *resources; // owned list
	size_t n_resources;
	struct calendar calendar;
	struct store_replies replies; // of her mailbox (replies.c)
	struct timer edge; // wall clock: the next edge, or what was read growing stale
	struct watcher *watchers; // owned array
	size_t n_watchers;
	size_t cap_watchers;
	size_t n_pending;
	struct body *published; // owned; what component mode's watchers saw last; NULL:
				// unknown
	int64_t published_at;   // UTC seconds
	struct roster roster;
	struct leftover *leftovers; // owned list
	struct farewell *farewells; // owned list (farewells.c)
	size_t n_farewells;
	enum store_source source; // our own subscription to her presence; 0: none
	struct engine *engine;
};

/* Who has whom as a contact, the other way round (contacts_of.c). */
struct contact_of {
	UT_hash_handle hh;    // engine::contacts_of, by the pointer `contact`
	struct name *contact; // owned reference
	struct person **people;
	size_t n;
	size_t cap;
};

/* The texts of a gateway's last state. */
struct gateway_texts {
	char code[64];
	char text[GATEWAY_TEXT_MAX];
	char version[32];
	char request_version[32];
	char endpoint[GATEWAY_TEXT_MAX + 1];
};

/* What one served domain's server can do and lets us do; publish modes are a function of
 * this alone (server.c). */
enum trust {
	TRUST_UNKNOWN,
	TRUST_PROBING,
	TRUST_YES,
	TRUST_NO,
};

enum server_source {
	SOURCE_NONE,         // nobody tells us presence
	SOURCE_PRIVILEGE,    // XEP-0356
	SOURCE_SUBSCRIPTION, // each person's approval
};

struct server {
	struct server *next;
	char *domain;        // owned
	struct name *name;   // owned reference, the same text
	char software[64];   // XEP-0092, of this stream; "" unknown
	bool software_asked; // the answer, or its failure, has come
	bool privileged;     // a privilege message has come in this stream
	const char *privilege_ns;
	bool may_presence;
	bool may_roster;
	bool may_blocking;
	enum server_source source;
	bool complete; // a lost session is always told
	bool synced;   // whoever is not known to be online is offline
	enum trust trust;
	char trust_id[40];
	int64_t trust_until_ms; // monotonic; silence until then is a no, in this stream
	bool trust_heard;       // the no is the server's word
	bool said_no_trust;     // since it last was a yes
	struct timer grace;     // monotonic: how long a privilege message may take
	struct timer trust_timer;
	struct timer hold;   // monotonic: how long what was out before is left alone
	bool said_no_source; // each said once until it changes
	bool said_no_roster;
	bool said_no_blocking;
	struct engine *engine;
};

/* Messages to ourselves that tell whether all comes to us (echoes.c). */
struct echoes {
	struct timer timer;     // monotonic
	uint64_t sent;          // numbers below it are given out, in all streams
	uint64_t round;         // the first number of the round under way
	uint64_t back;          // echoes of it
	uint64_t unjudged;      // numbers of earlier rounds, just before `round`
	uint64_t unjudged_back; // echoes of them
	uint64_t rounds;        // of this stream
	bool shared;            // another stream gets a share
	bool stranger;          // it is alive and sends echoes of its own
	uint64_t judged;        // since it was found
	uint64_t lost;
	unsigned clean;      // rounds without a loss
	unsigned reconnects; // for privileges that did not come
	int64_t repeat_ms;   // monotonic, when to repeat what watchers were told
};

struct request;
struct greeting;

struct engine {
	struct engine_ports ports;
	const struct config *config; // borrowed; exchanged by a reload
	struct now now;
	bool up;
	bool stopping;
	struct timers wall;
	struct timers mono;
	struct person *people;
	struct calendar *mailboxes;
	struct home
		*homes; // owned; mailboxes that are not where the configuration has them
	uint32_t next_mailbox;
	struct contact_of *contacts_of;
	struct server *servers;
	struct server *rooms;     // owned; stands for the component's own domain
	struct name *self;        // the component's own JID
	struct request *requests; // outstanding iq
	size_t n_requests;
	struct timer requests_timer; // monotonic
	struct person *roster_queue;
	struct person *roster_queue_end;
	unsigned rosters_asked;
	struct timer rosters_room;  // monotonic: a question is put again (roster_retry.c)
	struct timer rosters_retry; // monotonic: those that failed are
	int64_t rosters_pause_ms;   // until then
	struct timer checks_timer;  // monotonic: disco#info of doubtful resources
	struct resource *checks;    // of all people, by check_due_ms (checks.c)
	size_t n_checks;
	struct greeting *greetings; // greetings.c
	struct greeting *greetings_end;
	size_t n_greetings;
	struct timer greetings_timer; // monotonic
	struct echoes echoes;
	size_t n_stale;                      // not said yet (stale.c)
	struct timer stale_timer;            // monotonic
	struct timer housekeeping;           // monotonic
	struct gateway_state *gateways;      // owned array, config's order; texts below
	struct gateway_texts *gateway_texts; // owned array
	char *caps;                          // owned; our own <c/>
};

static inline int64_t now_s(const struct engine *engine)
{
	/* Floors for times before 1970 too, which only tests use. */
	int64_t ms = engine->now.wall_ms;

	return ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
}

#endif
