#ifndef GATEWAY_POLLING_SCHEDULE_H
#define GATEWAY_POLLING_SCHEDULE_H

#include "base/clock.h"
#include "base/timers.h"
#include "gateway/limits.h"
#include "gateway/polling/mailboxes.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * Which mailboxes are to be read next. Three queues, drawn from in batches:
 *
 *   urgent   whom nobody has read yet, or who was asked for: collected for half a second
 *   regular  due once an interval. When the first is due, those due a little later go
 * along: few mailboxes make one request an interval, many make full ones evenly spread
 *   failing  who failed last time, with growing pauses, and batches to be repeated in
 *            halves: apart from the others, so that one slow forest delays nobody else
 *
 * A mailbox is in one queue or in one batch. Nothing here takes longer the more there
 * are.
 */
#define SCHEDULE_COLLECT_MS 500
#define SCHEDULE_TRANSIENT_MIN_MS 15000 // doubles up to the interval or
#define SCHEDULE_TRANSIENT_MAX_MS 900000
#define SCHEDULE_MAILBOX_MS 3600000 // until the directory changes
#define SCHEDULE_PERMANENT_MS 900000

enum schedule_queue { SCHEDULE_URGENT, SCHEDULE_FAILING, SCHEDULE_REGULAR };

struct schedule_batch {
	STAILQ_ENTRY(schedule_batch) next; // schedule::halves
	struct schedule_split *split;      // shared with the other half; NULL: no half
	size_t n;
	struct mailbox *mailboxes[GATEWAY_BATCH_MAX]; // borrowed, but dropped ones
};

/* While timers fire. */
struct schedule_drawing {
	struct schedule_batch *batch;
	struct mailbox *others[GATEWAY_BATCH_MAX]; // they do not go along
	size_t n_others;
};

TAILQ_HEAD(schedule_urgent, schedule_entry);
STAILQ_HEAD(schedule_halves, schedule_batch);

struct schedule {
	enum mailbox_schedule which;
	size_t n; // mailboxes in it
	/* Whether a mailbox may go into a batch with this one, NULL: as its first; the
	 * owner's. NULL: all may go together. */
	bool (*goes_along)(
		const struct mailbox *first, struct mailbox *mailbox, int64_t now_ms);
	struct schedule_urgent urgent;
	size_t n_urgent;
	struct timers regular;
	struct timers failing;
	struct schedule_halves halves;    // owned
	struct schedule_drawing *drawing; // borrowed, while timers fire
	int64_t interval_ms;
	int64_t seldom_ms; // the interval of those whose changes are told; the owner's
	int64_t resumed_ms;
	size_t most; // mailboxes a batch, 1 to GATEWAY_BATCH_MAX; the owner's
};

void schedule_init(
	struct schedule *schedule, enum mailbox_schedule which, int64_t interval_ms);
/* Every batch drawn must have come back. The mailboxes are another's. */
void schedule_finish(struct schedule *schedule);
/* last_read: UTC; 0 or too long ago: urgent. not_before: UTC; in the future: among those
 * who fail. It is not in the schedule yet. */
void schedule_watch(struct schedule *schedule, struct mailbox *mailbox, int64_t last_read,
	int64_t not_before, const struct now *now);
/* Accepts one that is not in it. */
void schedule_unwatch(struct schedule *schedule, struct mailbox *mailbox);
void schedule_refresh(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms);
/* From the next reading on seldom, or again as all others. */
void schedule_seldom(
	struct schedule *schedule, struct mailbox *mailbox, bool seldom, int64_t now_ms);

/* Takes a mailbox out of all queues, or brings it back as urgent. */
void schedule_park(struct schedule *schedule, struct mailbox *mailbox);
void schedule_unpark(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms);

/* When the queue has something to draw: maybe in the past; INT64_MAX: it is empty. */
int64_t schedule_due(const struct schedule *schedule, enum schedule_queue queue);
/* Takes the next batch of a queue that is due, of mailboxes that may go together. It may
 * turn out empty. Of the regular ones the next may be drawn before it is due. */
void schedule_draw(struct schedule *schedule, enum schedule_queue queue, int64_t now_ms,
	struct schedule_batch *out_batch);

/* Every mailbox drawn comes back in one of these ways. */
void schedule_read(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms);
/* Returns when it will be tried again, after wait_ms at the earliest. fault is not NONE.
 */
int64_t schedule_failed(struct schedule *schedule, struct mailbox *mailbox,
	enum gateway_fault fault, int64_t wait_ms, int64_t now_ms);
/* To be asked once more at once, in another mode. */
void schedule_again(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms);
/* As if not drawn: nothing was learnt about these mailboxes. */
void schedule_return(struct schedule *schedule, struct schedule_batch *batch);
/* Likewise, but behind all that are due by now. */
void schedule_return_last(
	struct schedule *schedule, struct schedule_batch *batch, int64_t now_ms);
/* To be repeated in two halves; the batch has two mailboxes at least. */
void schedule_bisect(struct schedule *schedule, struct schedule_batch *batch);
/* Likewise, when it may have failed because it was too big. */
void schedule_bisect_doubtful(struct schedule *schedule, struct schedule_batch *batch);
/* A batch is done that is neither halved nor returned. How many mailboxes were too many
 * at once, which shows when both halves of a doubtful batch were answered that was, or
 * came from, one of about schedule::most; 0: nothing of that kind shows. Who halves in
 * doubt calls it of every such batch. */
size_t schedule_half_done(struct schedule_batch *batch, bool answered);

/* After an outage: who waited through it is spread over the interval anew when read. */
void schedule_resumed(struct schedule *schedule, int64_t now_ms);
/* What the interval is stretched to at present. */
uint32_t schedule_reached_s(const struct schedule *schedule, int64_t now_ms);

#endif
