#include "gateway/polling/schedule_place.h"

#include <assert.h>
#include <stdlib.h>

/* How many are looked at, at most, for a request of those that may go together. */
#define LOOKED_AT_MAX (size_t)(2 * GATEWAY_BATCH_MAX)

int64_t schedule_due(const struct schedule *schedule, enum schedule_queue queue)
{
	switch (queue) {
	case SCHEDULE_URGENT:
		if (schedule->n_urgent == 0)
			return INT64_MAX;
		if (schedule->n_urgent >= schedule->most)
			return INT64_MIN;
		return TAILQ_FIRST(&schedule->urgent)->asked_ms + SCHEDULE_COLLECT_MS;
	case SCHEDULE_FAILING:
		if (!STAILQ_EMPTY(&schedule->halves))
			return INT64_MIN;
		return timers_next(&schedule->failing);
	case SCHEDULE_REGULAR:
		return timers_next(&schedule->regular);
	}
	return INT64_MAX;
}

static bool goes_along(
	const struct schedule_batch *batch, struct mailbox *mailbox, int64_t now_ms)
{
	query_mode_renew(&mailbox->mode, now_ms);
	return batch->n == 0 || mailbox_is_alike(batch->mailboxes[0], mailbox);
}

static void add(struct schedule_batch *batch, struct mailbox *mailbox)
{
	mailbox->drawn_from = mailbox->place;
	mailbox->place = MAILBOX_DRAWN;
	batch->mailboxes[batch->n++] = mailbox;
}

static void draw_urgent(
	struct schedule *schedule, int64_t now_ms, struct schedule_batch *batch)
{
	struct mailbox *mailbox = TAILQ_FIRST(&schedule->urgent);
	for (size_t i = 0; mailbox && batch->n < schedule->most && i < LOOKED_AT_MAX;
		i++) {
		struct mailbox *next = TAILQ_NEXT(mailbox, urgent);
		if (goes_along(batch, mailbox, now_ms)) {
			schedule_take_out(schedule, mailbox);
			add(batch, mailbox);
		}
		mailbox = next;
	}
}

void schedule_draw_fired(struct timer *timer, int64_t now_ms)
{
	struct mailbox *mailbox = (struct mailbox *)timer; // its first member
	struct schedule_drawing *drawing = mailbox->schedule->drawing;
	if (goes_along(drawing->batch, mailbox, now_ms))
		add(drawing->batch, mailbox);
	else
		drawing->others[drawing->n_others++] = mailbox;
}

static void draw_timers(struct schedule *schedule, struct timers *timers,
	int64_t until_ms, struct schedule_batch *batch)
{
	struct schedule_drawing drawing = {.batch = batch};
	schedule->drawing = &drawing;
	size_t fired;
	do {
		size_t room = GATEWAY_BATCH_MAX - drawing.n_others;
		size_t wanted = schedule->most - batch->n;
		fired = timers_fire(timers, until_ms, wanted < room ? wanted : room);
	} while (fired > 0 && batch->n < schedule->most);
	schedule->drawing = NULL;
	for (size_t i = 0; i < drawing.n_others; i++)
		timers_set(
			timers, &drawing.others[i]->timer, drawing.others[i]->timer.at);
}

/* The first of those that were put together earlier. */
static void draw_half(struct schedule *schedule, struct schedule_batch *batch)
{
	struct schedule_batch *half = STAILQ_FIRST(&schedule->halves);
	STAILQ_REMOVE_HEAD(&schedule->halves, next);
	for (size_t i = 0; i < half->n; i++) {
		if (schedule_is_wanted(half->mailboxes[i]))
			batch->mailboxes[batch->n++] = half->mailboxes[i];
	}
	batch->split = half->split;
	if (batch->n == 0)
		(void)schedule_half_done(batch, false);
	free(half);
}

void schedule_draw(struct schedule *schedule, enum schedule_queue queue, int64_t now_ms,
	struct schedule_batch *out_batch)
{
	assert(schedule_due(schedule, queue) <= now_ms);
	out_batch->n = 0;
	out_batch->split = NULL;
	switch (queue) {
	case SCHEDULE_URGENT:
		draw_urgent(schedule, now_ms, out_batch);
		break;
	case SCHEDULE_FAILING:
		if (!STAILQ_EMPTY(&schedule->halves))
			draw_half(schedule, out_batch);
		else
			draw_timers(schedule, &schedule->failing, now_ms, out_batch);
		break;
	case SCHEDULE_REGULAR:;
		size_t batches =
			(schedule->mailboxes.n + schedule->most - 1) / schedule->most;
		int64_t horizon_ms = schedule->interval_ms / (int64_t)batches;
		draw_timers(schedule, &schedule->regular, now_ms + horizon_ms, out_batch);
		break;
	}
}
