#ifndef EWS_SUBSCRIPTIONS_SUBSCRIPTIONS_H
#define EWS_SUBSCRIPTIONS_SUBSCRIPTIONS_H

#include "base/clock.h"
#include "base/timers.h"
#include "gateway/limits.h"
#include "gateway/polling/mailboxes.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"
#include "gateway/state/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * Whose changes Exchange is to tell, and what to do about all that can go wrong with it.
 * Watched mailboxes stand in groups of 200 at most, of one site; each group has one
 * stream. Who finds no place waits for one and is polled, as all are. No I/O, no clock:
 * Subscribe and Unsubscribe are requests, streams are opened and closed by whoever
 * carries them.
 */
#define SUBSCRIPTIONS_DEBOUNCE_MS 2000    // one change makes 3 to 6 events
#define SUBSCRIPTIONS_GATHER_MAX_MS 60000 // while others are still being subscribed
#define SUBSCRIPTIONS_GATHER_MS 3000      // between two openings for new subscriptions
#define SUBSCRIPTIONS_OPENING_MS 60000    // until the first word of a stream
#define SUBSCRIPTIONS_CROWDED_MS \
	45000                       // a heartbeat of Exchange, which finds closed streams
#define SUBSCRIPTIONS_CROWDED_MAX 3 // in a row: fewer streams are allowed
#define SUBSCRIPTIONS_OWN_MAX 3     // that are sure to be foreign; fewer: the second time
#define SUBSCRIPTIONS_SILENCE_MS 90000  // two heartbeats of Exchange; doubles
#define SUBSCRIPTIONS_SETTLED_MS 60000  // what lasted longer has not failed at once
#define SUBSCRIPTIONS_PAUSE_MIN_MS 1000 // after a stream that failed; doubles
#define SUBSCRIPTIONS_PAUSE_MAX_MS 300000
#define SUBSCRIPTIONS_REST_MIN_MS 30000 // after a subscription that failed; doubles
#define SUBSCRIPTIONS_REST_MAX_MS 3600000
#define SUBSCRIPTIONS_FULL_MS 1800000     // subscriptions of an earlier run expire
#define SUBSCRIPTIONS_BARRED_MS 3600000   // until what is not to be had is tried again
#define SUBSCRIPTIONS_REFUSED_MS 21600000 // likewise for one mailbox
#define SUBSCRIPTIONS_REFUSALS_MAX 6      // in a row: the account's, not the mailboxes'
#define SUBSCRIPTIONS_SEARCH_MAX 2000 // of those who wait, who are looked at for a place
#define SUBSCRIPTIONS_UNSUBSCRIBES_MAX 1000 // subscriptions to be ended
#define SUBSCRIPTIONS_STREAM_S 1860         // longer than any stream lasts

/* Where it goes; what the text points to lives until the call returns. */
struct subscriptions_sink {
	/* Something changed, or may have: read it now. */
	void (*refresh)(void *context, struct mailbox *mailbox);
	/* Its changes are told from now on, or not any more. */
	void (*notified)(void *context, struct mailbox *mailbox, bool notified);
	void *context;
	struct state *state;         // borrowed: takes hints
	struct mailboxes *mailboxes; // borrowed: those that are watched
};

struct subscription;       // a mailbox, see ews/subscriptions/group.h
struct subscription_group; // likewise

/* A subscription to be ended. */
struct pending_unsubscribe {
	STAILQ_ENTRY(pending_unsubscribe) next;
	const struct subscription_group *group; // borrowed; NULL: none's
	unsigned generation;
	const char *id; // behind the address
	char address[];
};

enum subscription_request { REQUEST_NONE, REQUEST_SUBSCRIBE, REQUEST_UNSUBSCRIBE };

/* A request that is out. */
struct subscription_slot {
	enum subscription_request request;
	struct subscription
		*subscription; // borrowed; NULL: it does not wait for the answer
	char address[GATEWAY_ADDRESS_MAX + 1];
};

TAILQ_HEAD(subscription_queue, subscription);
STAILQ_HEAD(pending_unsubscribes, pending_unsubscribe);

struct subscriptions {
	struct subscriptions_sink sink;
	struct timers timers;
	struct subscription_queue waiting;                      // for a place in a group
	struct subscription_group *groups[GATEWAY_STREAMS_MAX]; // owned, made when needed
	unsigned n_groups; // how many there may be; 0: notifications are off
	struct pending_unsubscribes unsubscribes; // owned
	size_t n_unsubscribes;
	struct subscription_slot slots[GATEWAY_CONCURRENCY_MAX];
	uint32_t n_notified;
	unsigned refusals; // in a row
	bool streamed;     // a stream has said a word: they get through
	bool stopping;
	bool own_streams; // a stream tells of the mailbox in whose name it is asked for
	/* said already */
	bool told_buffered;
	bool told_refused;
	bool told_old;
	bool told_full;
	bool told_crowded;
	uint64_t random;
};

/* seed differs from process to process. While notifications are off nobody is kept. */
void subscriptions_init(struct subscriptions *subscriptions,
	const struct subscriptions_sink *sink, const struct gateway_configure *settings,
	uint64_t seed);
void subscriptions_finish(struct subscriptions *subscriptions); // accepts a zeroed one

void subscriptions_watch(struct subscriptions *subscriptions, struct mailbox *mailbox);
void subscriptions_unwatch(struct subscriptions *subscriptions, struct mailbox *mailbox);
/* Mailboxes may be at other sites than before. */
void subscriptions_moved(struct subscriptions *subscriptions, const struct now *now);
/* Somebody answers again: streams that wait for the end of an outage do not wait on. */
void subscriptions_recovered(struct subscriptions *subscriptions);
/* Ends all subscriptions, as far as there is time. */
void subscriptions_stop(struct subscriptions *subscriptions);
/* Nothing is left to be ended. */
bool subscriptions_has_stopped(const struct subscriptions *subscriptions);

/* When subscriptions_turn() has something to do, monotonic. */
int64_t subscriptions_due(const struct subscriptions *subscriptions);
void subscriptions_turn(struct subscriptions *subscriptions, const struct now *now);

/* Its Subscribe and Unsubscribe requests; self is the subscriptions. */
struct request_source subscriptions_source(struct subscriptions *subscriptions);

/* Streams, by number (0 to GATEWAY_STREAMS_MAX - 1). One that is to be closed, which then
 * counts as closed; false: none is. */
bool subscriptions_closes(struct subscriptions *subscriptions, unsigned *out_stream);
/* One that is to be opened when the account lets one more request go; false: none is.
 * Nothing is to be closed. */
bool subscriptions_wants(const struct subscriptions *subscriptions, unsigned *out_stream);
/* Writes its request. It ends before SUBSCRIPTIONS_STREAM_S, with subscriptions_ended().
 */
void subscriptions_open(struct subscriptions *subscriptions, unsigned stream,
	const struct request_terms *terms, struct request *out_request, struct buf *body,
	const struct now *now);
/* What comes of it, in whatever pieces. */
void subscriptions_take(struct subscriptions *subscriptions, unsigned stream,
	const char *bytes, size_t n, const struct now *now);
/* It is over: reply has no body. */
void subscriptions_ended(struct subscriptions *subscriptions, unsigned stream,
	const struct request_reply *reply, const struct now *now);
/* What the request for a stream has come to, for the account; NULL: nothing yet. */
const struct outcome *subscriptions_outcome(
	const struct subscriptions *subscriptions, unsigned stream);

#endif
