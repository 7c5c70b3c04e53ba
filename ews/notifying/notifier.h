#ifndef EWS_NOTIFYING_NOTIFIER_H
#define EWS_NOTIFYING_NOTIFIER_H

#include "base/timers.h"
#include "ews/errand/errand.h"
#include "ews/errand/moment.h"
#include "ews/gateway/gateway.h"
#include "ews/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * Whose changes Exchange is to tell, and what to do about all that can go wrong with it.
 * Watched mailboxes stand in groups of 200 at most, of one site; each group has one
 * stream. Who finds no place waits for one and is polled, as all are. No I/O, no clock:
 * Subscribe and Unsubscribe are errands, streams are opened and closed by whoever carries
 * them.
 */
#define NOTIFIER_DEBOUNCE_MS 2000  // one change makes 3 to 6 events
#define NOTIFIER_GATHER_MS 3000    // between two openings for new subscriptions
#define NOTIFIER_OPENING_MS 60000  // until the first word of a stream
#define NOTIFIER_SILENCE_MS 90000  // two heartbeats of Exchange; doubles
#define NOTIFIER_SETTLED_MS 60000  // what lasted longer has not failed at once
#define NOTIFIER_PAUSE_MIN_MS 1000 // after a stream that failed; doubles
#define NOTIFIER_PAUSE_MAX_MS 300000
#define NOTIFIER_REST_MIN_MS 30000 // after a subscription that failed; doubles
#define NOTIFIER_REST_MAX_MS 3600000
#define NOTIFIER_FULL_MS 1800000     // subscriptions of an earlier run expire
#define NOTIFIER_BARRED_MS 3600000   // until what is not to be had is tried again
#define NOTIFIER_REFUSED_MS 21600000 // likewise for one mailbox
#define NOTIFIER_REFUSALS_MAX 6      // in a row: the account's, not the mailboxes'
#define NOTIFIER_SEARCH_MAX 2000     // of those who wait, who are looked at for a place
#define NOTIFIER_LEAVING_MAX 1000    // subscriptions to be ended
#define NOTIFIER_STREAM_S 1860       // longer than any stream lasts

/* Where it goes; what the text points to lives until the call returns. */
struct notifier_sink {
	/* Something changed, or may have: read it now. */
	void (*refresh)(void *context, uint32_t mailbox);
	/* Its changes are told from now on, or not any more. */
	void (*notified)(void *context, uint32_t mailbox, bool notified);
	/* At which of the gateway's sites it is (ews/places/sites.h). */
	uint16_t (*site)(void *context, uint32_t mailbox);
	/* Something that someone should know. */
	void (*hint)(void *context, const char *text);
	void *context;
};

struct notified;     // a mailbox, see ews/notifying/notifier_group.h
struct notify_group; // likewise

/* A subscription to be ended. */
struct notify_leaver {
	STAILQ_ENTRY(notify_leaver) next;
	const struct notify_group *group; // borrowed; NULL: none's
	unsigned generation;
	const char *id; // behind the address
	char address[];
};

enum notify_errand { NOTIFY_NO_ERRAND, NOTIFY_SUBSCRIBE, NOTIFY_UNSUBSCRIBE };

/* A request that is out. */
struct notify_slot {
	enum notify_errand errand;
	struct notified *mailbox; // borrowed; NULL: it does not wait for the answer
	char address[GATEWAY_ADDRESS_MAX + 1];
};

TAILQ_HEAD(notify_queue, notified);
STAILQ_HEAD(notify_leavers, notify_leaver);

struct notifier {
	struct notifier_sink sink;
	struct timers timers;
	struct notified *table;                       // owned, by number
	struct notify_queue waiting;                  // for a place in a group
	struct notify_group *groups[EWS_STREAMS_MAX]; // owned, made when needed
	unsigned n_groups;             // how many there may be; 0: notifications are off
	struct notify_leavers leavers; // owned
	size_t n_leavers;
	struct notify_slot slots[EWS_CONCURRENCY_MAX];
	uint32_t n_notified;
	unsigned refusals; // in a row
	bool streamed;     // a stream has said a word: they get through
	bool stopping;
	/* said already */
	bool told_buffered;
	bool told_refused;
	bool told_old;
	bool told_full;
	bool told_crowded;
	uint64_t random;
};

/* seed differs from process to process. */
void notifier_init(
	struct notifier *notifier, const struct notifier_sink *sink, uint64_t seed);
void notifier_finish(struct notifier *notifier); // accepts a zeroed one

/* New settings: all subscriptions, streams and requests that are out are forgotten, the
 * mailboxes begin anew. While notifications are off none is kept: those that are watched
 * are to be named again when they are on. */
void notifier_configure(struct notifier *notifier,
	const struct gateway_configure *configure, const struct moment *now);
void notifier_watch(struct notifier *notifier, const struct gateway_watch *watch,
	const struct moment *now);
void notifier_unwatch(
	struct notifier *notifier, uint32_t mailbox, const struct moment *now);
/* Mailboxes may be at other sites than before. */
void notifier_moved(struct notifier *notifier, const struct moment *now);
/* Ends all subscriptions, as far as there is time. */
void notifier_stop(struct notifier *notifier, const struct moment *now);
/* Nothing is left to be ended. */
bool notifier_has_stopped(const struct notifier *notifier);

/* When notifier_turn() has something to do, monotonic. */
int64_t notifier_due(const struct notifier *notifier);
void notifier_turn(struct notifier *notifier, const struct moment *now);

/* Its Subscribe and Unsubscribe requests; self is the notifier. */
struct errand_source notifier_source(struct notifier *notifier);

/* Streams, by number (0 to EWS_STREAMS_MAX - 1). One that is to be closed, which then
 * counts as closed; false: none is. */
bool notifier_closes(struct notifier *notifier, unsigned *out_stream);
/* One that is to be opened when the identity lets one more request go; false: none is.
 * Nothing is to be closed. */
bool notifier_wants(const struct notifier *notifier, unsigned *out_stream);
/* Writes its request. It ends before NOTIFIER_STREAM_S, with notifier_ended(). */
void notifier_open(struct notifier *notifier, unsigned stream,
	const struct errand_terms *terms, struct errand *out_errand, struct buf *body,
	const struct moment *now);
/* What comes of it, in whatever pieces. */
void notifier_take(struct notifier *notifier, unsigned stream, const char *bytes,
	size_t n, const struct moment *now);
/* It is over: reply has no body. */
void notifier_ended(struct notifier *notifier, unsigned stream,
	const struct errand_reply *reply, const struct moment *now);
/* What the request for a stream has come to, for the identity; NULL: nothing yet. */
const struct verdict *notifier_verdict(const struct notifier *notifier, unsigned stream);

#endif
