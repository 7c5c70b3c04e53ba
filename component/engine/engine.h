#ifndef COMPONENT_ENGINE_ENGINE_H
#define COMPONENT_ENGINE_ENGINE_H

#include "base/buf.h"
#include "component/people/people.h"
#include "component/settings/config.h"
#include "component/store/store.h"
#include "component/xmpp/outbox.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The people and their presence, as one object for the loop: stanzas, calendars and time
 * go in; stanzas go to the outbox, rows to the store, wishes to the workers. It does no
 * I/O of its own and reads no clock.
 */
struct engine;

/* What the engine does to the world. All are borrowed and outlive it. */
struct engine_ports {
	struct names *names;
	struct outbox *outbox;
	struct store *store;
	void (*watch)(void *context, unsigned gateway, const struct gateway_watch *watch);
	void (*unwatch)(void *context, unsigned gateway, uint32_t mailbox);
	void (*reconnect)(void *context); // begins the stream anew, not at once
	void *context;
};

/* The configuration is borrowed. Brings back what the
 * store has. NULL: no memory, or the store cannot be read. */
struct engine *engine_create(
	const struct config *config, const struct engine_ports *ports, struct now now);
void engine_destroy(struct engine *engine);

/* Every turn of the loop begins with this; nothing below reads a clock. */
void engine_set_now(struct engine *engine, struct now now);

void engine_link_up(struct engine *engine);
void engine_link_down(struct engine *engine);
void engine_on_stanza(struct engine *engine, const struct element *stanza);

void engine_worker_started(struct engine *engine, unsigned gateway);
/* A reading, a failure, automatic replies or the state of a gateway. */
void engine_on_gateway(
	struct engine *engine, unsigned gateway, const struct gateway_message *message);

/* Fires what is due and settles: whoever was touched is looked at once, what watchers are
 * to see and do not is queued. The work of one turn is bounded by what it queues; true if
 * more is due at once. */
bool engine_turn(struct engine *engine);
/* When the next edge is due (wall clock) and the next deadline (monotonic); INT64_MAX. */
int64_t engine_next_wall_ms(const struct engine *engine);
int64_t engine_next_mono_ms(const struct engine *engine);
/* The wall clock was set: all edges are computed anew. */
void engine_clock_jumped(struct engine *engine);

/* What a reload to another configuration would do. */
struct engine_preview {
	size_t subscriptions; // that there are
	size_t ended;         // of these, how many would end for good
};
/* Counts it, and writes a line for each who would appear, vanish or change into out (may
 * be NULL; cut after ENGINE_PREVIEW_LINES_MAX). */
struct engine_preview engine_preview(
	const struct engine *engine, const struct config *next, struct buf *out);
#define ENGINE_PREVIEW_LINES_MAX 1000
/* Takes back, in this and the next turns, all that `next` (borrowed from now on) does not
 * show any more; NULL: a clean stop, all that nobody speaks for without us. Nothing new
 * is shown afterwards: the engine is to be destroyed once it has said all. */
void engine_retract(struct engine *engine, const struct config *next);
bool engine_has_said_all(const struct engine *engine);

/* Forgets all that is known of a person, also as a watcher of others, in memory and
 * store. false: nobody of that address is known. */
bool engine_forget(struct engine *engine, const char *jid);

/* For `status` and `why` (report/report.h). */
const struct people *engine_people(const struct engine *engine);

#endif
