#ifndef TESTS_UNIT_COMPONENT_ENGINE_FIXTURE_H
#define TESTS_UNIT_COMPONENT_ENGINE_FIXTURE_H

#include "component/engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * An engine with a store in memory, an outbox that the test reads and a clock that the
 * test moves: alice, bob and their like are of example.test, the component is
 * meet.example.test. Each input is a turn of its own, unless the test says otherwise.
 */
#define WORLD_REFUSALS_MAX 8
struct world {
	struct config *config;
	struct store *store;
	struct names names;
	struct outbox *outbox;
	struct engine *engine;
	struct now now;
	char *sent;        // what the last world_sent() returned
	struct buf unread; // for the next world_sent()
	struct buf all;    // ever sent
	struct buf why;    // what the last world_why() returned
	bool together; // what comes in waits for the next world_sent() or world_pass()
	/* The server has our module. If not, <hello/> is refused and does not show in
	 * world_sent(). */
	bool has_module;
	/* Block lists are asked for and not answered. If not, they are empty where
	 * contact lists decide nothing, and the questions do not show in world_sent(). */
	bool blocks_are_left;
	char refusals[WORLD_REFUSALS_MAX][1024]; // on their way
	size_t n_refusals;
	int64_t seq;          // of the last feed
	size_t overlays_from; // of `all`: no <overlays/> before it is unanswered
	char *overlays;       // what the last world_overlays() returned
	uint32_t watched;     // the mailbox id of the last watch
	unsigned watched_gateway;
	int64_t watched_not_before;
	char watched_address[256];
	int64_t watched_last_read;
	int64_t watched_replies_read;
	unsigned n_watch;
	unsigned n_unwatch;
	unsigned n_reconnect;
};

#define WORLD_NOW 1800000000 // UTC seconds at which every world begins

/* publish: what stands inside `publish = { ... }`. */
void world_begin(struct world *world, const char *publish);
/* people: the settings `domains`, `users` and `presence` instead of the usual one, and
 * `gateways` likewise, if there are any. */
void world_begin_with(struct world *world, const char *people, const char *publish);
/* A test's world ends by itself after it; for what is to be seen of an end, or to begin
 * another one. */
void world_end(struct world *world);
/* For a test whose state is a world that has not begun. */
int world_set_up(void **state);
int world_tear_down(void **state);
#define world_test(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
/* Ends the engine without a goodbye and makes another from the same store. */
void world_restart(struct world *world);
/* The same with another configuration. */
void world_restart_with(struct world *world, const char *people, const char *publish);
/* As a reload does it: what the other configuration does not show is taken back before.
 */
void world_reload(struct world *world, const char *people, const char *publish);

void world_feed(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A person's own presence to the component, available and unavailable. */
void world_comes(struct world *world, const char *full, const char *inside);
void world_goes(struct world *world, const char *full);
/* A presence of another type. */
void world_says(struct world *world, const char *from, const char *to, const char *type);
/* All stanzas queued since the last call, as text. */
const char *world_sent(struct world *world);
/* What `why` says of somebody who is known, as text for people or as JSON. */
const char *world_why(struct world *world, const char *jid, bool json);
/* Runs turns until there is nothing more to do at once. */
void world_turn(struct world *world);
/* Moves both clocks and fires what is due. */
void world_pass(struct world *world, int64_t ms);

/* The stream comes up as on Prosody (all privileges, then the answer to disco#info) or as
 * on ejabberd (presence only what clients send), without our module. */
void world_up_prosody(struct world *world);
/* The two halves of it: between them come the presences of who is online. */
void world_dump_begins(struct world *world);
void world_dump_ends(struct world *world);
void world_up_ejabberd(struct world *world);
/* Only the stream, nothing granted yet. */
void world_up(struct world *world);
void world_down(struct world *world);
/* The server says what it is; NULL: it hides its name. */
void world_software(struct world *world, const char *domain, const char *name);
/* Answers the last question to this address, with this inside. */
void world_answer(struct world *world, const char *from, const char *inside);
/* The same with an error condition. */
void world_refuse(struct world *world, const char *from, const char *condition);
/* The same of the last question in which these words stand. */
void world_answer_about(
	struct world *world, const char *from, const char *about, const char *inside);
void world_refuse_about(
	struct world *world, const char *from, const char *about, const char *condition);

/* The stream comes up as on a server with our module where nobody is online. */
void world_up_module(struct world *world);
/* The two halves of it: between them comes the snapshot of who is online. */
void world_module_begins(struct world *world);
void world_module_ends(struct world *world);
/* Answers <hello/>, which begins a round; and as a module of these abilities. */
void world_hello(struct world *world);
void world_hello_with(
	struct world *world, const char *lease, const char *max, const char *abilities);
/* What the module pushes, in the next <feed/>. */
void world_module_feed(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A client's own presence as the module tells it, and its end. */
void world_module_client(struct world *world, const char *full, const char *inside);
void world_module_gone(struct world *world, const char *full);
/* Answers the last question who sees this person, with these <watcher/>s. */
void world_module_sees(struct world *world, const char *person, const char *watchers);
/* All that was told to the module of overlays since the last call, as text; each iq of it
 * is answered at once. */
const char *world_overlays(struct world *world);

/* alice's contact list: each contact subscribed `from` her. NULL ends it. */
void world_roster(struct world *world, const char *person, const char *const *contacts);

/* Answers the question for a block list with these items. */
void world_blocked(struct world *world, const char *person, const char *items);

/* The calendar of the mailbox watched last: one event from start to end, seconds from
 * now. */
void world_meeting(
	struct world *world, int64_t start, int64_t end, enum gateway_busy busy);

/* The automatic replies of the mailbox watched last: on from..to, seconds from now. */
void world_replies(struct world *world, int64_t from, int64_t to);

/* That the text has, or has not, what world_has_presence() looks for. */
void expect_presence(
	const char *text, const char *from, const char *to, const char *part);
void expect_no_presence(
	const char *text, const char *from, const char *to, const char *part);
/* Whether the text has a presence from..to with all of `parts` ("" for none) in one
 * stanza. */
bool world_has_presence(
	const char *text, const char *from, const char *to, const char *part);

#endif
