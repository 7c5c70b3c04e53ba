#include "gateway/polling/schedule.h"

#include "gateway/polling/schedule_place.h"

#include <assert.h>
#include <stdlib.h>

static int64_t interval_of(const struct schedule *schedule, const struct mailbox *mailbox)
{
	return mailbox->seldom ? schedule->seldom_ms : schedule->interval_ms;
}

/* A place in the interval, the same each time: neighbours by number end up far apart
 * (Knuth, multiplicative hashing by the golden ratio). From 1 ms to the whole interval.
 */
static int64_t spread(const struct schedule *schedule, const struct mailbox *mailbox)
{
	uint64_t place = mailbox->id * UINT32_C(2654435761);
	return (int64_t)((place * (uint64_t)interval_of(schedule, mailbox)) >> 32) + 1;
}

void schedule_init(struct schedule *schedule, int64_t interval_ms)
{
	assert(interval_ms > 0);
	*schedule = (struct schedule){.interval_ms = interval_ms,
		.seldom_ms = interval_ms,
		.resumed_ms = INT64_MIN,
		.most = GATEWAY_BATCH_MAX};
	TAILQ_INIT(&schedule->urgent);
	STAILQ_INIT(&schedule->halves);
	timers_init(&schedule->regular);
	timers_init(&schedule->failing);
}

void schedule_finish(struct schedule *schedule)
{
	struct schedule_batch *batch;
	while ((batch = STAILQ_FIRST(&schedule->halves))) {
		STAILQ_REMOVE_HEAD(&schedule->halves, next);
		for (size_t i = 0; i < batch->n; i++)
			(void)schedule_is_wanted(batch->mailboxes[i]);
		(void)schedule_half_done(batch, false);
		free(batch);
	}
	timers_finish(&schedule->regular);
	timers_finish(&schedule->failing);
	mailboxes_finish(&schedule->mailboxes);
}

/* The main process' clock may have been set since: no pause is longer than the longest
 * that we make ourselves. */
static int64_t pause_until(int64_t not_before, int64_t now)
{
	if (not_before <= now)
		return 0;
	return not_before - now < SCHEDULE_MAILBOX_MS / 1000 ? (not_before - now) * 1000
							     : SCHEDULE_MAILBOX_MS;
}

int schedule_watch(struct schedule *schedule, const struct gateway_watch *watch,
	const struct now *now)
{
	schedule_unwatch(schedule, watch->mailbox);
	if (schedule->mailboxes.n >= GATEWAY_MAILBOXES_MAX)
		return -1;
	struct mailbox *mailbox =
		mailboxes_add(&schedule->mailboxes, watch->mailbox, watch->address);
	if (!mailbox)
		return -1;
	mailbox->schedule = schedule;
	mailbox->timer.fire = schedule_draw_fired;
	int64_t age_s =
		now_utc_s(now) > watch->last_read ? now_utc_s(now) - watch->last_read : 0;
	int64_t pause_ms = pause_until(watch->not_before, now_utc_s(now));
	if (pause_ms > 0)
		schedule_put_failing(schedule, mailbox, now->mono_ms + pause_ms);
	else if (watch->last_read == 0 || age_s >= schedule->interval_ms / 1000)
		schedule_put_urgent(schedule, mailbox, now->mono_ms);
	else
		schedule_put_regular(schedule, mailbox,
			now->mono_ms + schedule->interval_ms - age_s * 1000);
	return 0;
}

void schedule_unwatch(struct schedule *schedule, uint32_t id)
{
	struct mailbox *mailbox = mailboxes_find(&schedule->mailboxes, id);
	if (!mailbox)
		return;
	schedule_take_out(schedule, mailbox);
	mailboxes_remove(&schedule->mailboxes, mailbox);
	if (mailbox->place == MAILBOX_DRAWN)
		mailbox->dropped = true;
	else
		mailbox_destroy(mailbox);
}

void schedule_refresh(struct schedule *schedule, uint32_t id, int64_t now_ms)
{
	struct mailbox *mailbox = mailboxes_find(&schedule->mailboxes, id);
	if (!mailbox || mailbox->parks || mailbox->place == MAILBOX_URGENT)
		return;
	if (mailbox->place == MAILBOX_DRAWN) {
		mailbox->again = true;
		return;
	}
	schedule_take_out(schedule, mailbox);
	schedule_put_urgent(schedule, mailbox, now_ms);
}

void schedule_seldom(struct schedule *schedule, uint32_t id, bool seldom, int64_t now_ms)
{
	struct mailbox *mailbox = mailboxes_find(&schedule->mailboxes, id);
	if (!mailbox)
		return;
	mailbox->seldom = seldom;
	if (!seldom && mailbox->place == MAILBOX_REGULAR &&
		mailbox->timer.at > now_ms + schedule->interval_ms)
		schedule_put_regular(
			schedule, mailbox, now_ms + spread(schedule, mailbox));
}

/* Asked for while it was being read: what comes may be older than the wish. */
static bool is_asked_again(
	struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	if (!mailbox->again)
		return false;
	mailbox->again = false;
	schedule_put_urgent(schedule, mailbox, now_ms);
	return true;
}

void schedule_read(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	if (!schedule_is_wanted(mailbox))
		return;
	mailbox->failures = 0;
	if (is_asked_again(schedule, mailbox, now_ms))
		return;
	bool keeps_place = mailbox->drawn_from == MAILBOX_REGULAR &&
			   mailbox->timer.at > schedule->resumed_ms;
	schedule_put_regular(schedule, mailbox,
		now_ms + (keeps_place ? interval_of(schedule, mailbox)
				      : spread(schedule, mailbox)));
}

static int64_t pause_of(
	const struct schedule *schedule, enum gateway_fault fault, unsigned failures)
{
	int64_t pause_ms = SCHEDULE_TRANSIENT_MIN_MS;
	switch (fault) {
	case GATEWAY_FAULT_MAILBOX:
		return SCHEDULE_MAILBOX_MS;
	case GATEWAY_FAULT_TLS:
	case GATEWAY_FAULT_AUTH:
	case GATEWAY_FAULT_AUTHZ:
	case GATEWAY_FAULT_CONFIG:
	case GATEWAY_FAULT_REQUEST:
		return SCHEDULE_PERMANENT_MS;
	case GATEWAY_FAULT_NONE:
	case GATEWAY_FAULT_TRANSIENT:
	case GATEWAY_FAULT_THROTTLE:
	case GATEWAY_FAULT_CONNECT:
	case GATEWAY_FAULT_ANSWER:
		break;
	}
	for (unsigned i = 1; i < failures && pause_ms < SCHEDULE_TRANSIENT_MAX_MS; i++)
		pause_ms *= 2;
	if (pause_ms > SCHEDULE_TRANSIENT_MAX_MS)
		pause_ms = SCHEDULE_TRANSIENT_MAX_MS;
	return pause_ms < schedule->interval_ms ? pause_ms : schedule->interval_ms;
}

int64_t schedule_failed(struct schedule *schedule, struct mailbox *mailbox,
	enum gateway_fault fault, int64_t wait_ms, int64_t now_ms)
{
	assert(fault != GATEWAY_FAULT_NONE);
	if (!schedule_is_wanted(mailbox))
		return INT64_MAX;
	if (mailbox->failures < UINT8_MAX)
		mailbox->failures++;
	if (is_asked_again(schedule, mailbox, now_ms))
		return now_ms + SCHEDULE_COLLECT_MS;
	int64_t pause_ms = pause_of(schedule, fault, mailbox->failures);
	pause_ms = pause_ms > wait_ms ? pause_ms : wait_ms;
	/* On a grid, so that those who fail one by one come together in time. */
	int64_t grid_ms = pause_ms / 16 + 1;
	int64_t at_ms = now_ms + pause_ms;
	at_ms += grid_ms - 1 - (at_ms + grid_ms - 1) % grid_ms;
	schedule_put_failing(schedule, mailbox, at_ms);
	return at_ms;
}

void schedule_again(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	if (schedule_is_wanted(mailbox))
		schedule_put_failing(schedule, mailbox, now_ms);
}

void schedule_return(struct schedule *schedule, struct schedule_batch *batch)
{
	(void)schedule_half_done(batch, false);
	for (size_t i = batch->n; i-- > 0;) {
		struct mailbox *mailbox = batch->mailboxes[i];
		if (!schedule_is_wanted(mailbox))
			continue;
		if (mailbox->again || mailbox->drawn_from == MAILBOX_URGENT) {
			mailbox->again = false;
			mailbox->place = MAILBOX_URGENT;
			TAILQ_INSERT_HEAD(&schedule->urgent, mailbox, urgent);
			schedule->n_urgent++;
		} else if (mailbox->drawn_from == MAILBOX_REGULAR) {
			schedule_put_regular(schedule, mailbox, mailbox->timer.at);
		} else {
			schedule_put_failing(schedule, mailbox, mailbox->timer.at);
		}
	}
}

void schedule_return_last(
	struct schedule *schedule, struct schedule_batch *batch, int64_t now_ms)
{
	(void)schedule_half_done(batch, false);
	for (size_t i = 0; i < batch->n; i++) {
		struct mailbox *mailbox = batch->mailboxes[i];
		if (!schedule_is_wanted(mailbox))
			continue;
		if (mailbox->again || mailbox->drawn_from == MAILBOX_URGENT) {
			mailbox->again = false;
			schedule_put_urgent(schedule, mailbox, now_ms);
		} else if (mailbox->drawn_from == MAILBOX_REGULAR) {
			schedule_put_regular(schedule, mailbox, now_ms);
		} else {
			schedule_put_failing(schedule, mailbox, now_ms);
		}
	}
}

void schedule_resumed(struct schedule *schedule, int64_t now_ms)
{
	schedule->resumed_ms = now_ms;
}

uint32_t schedule_reached_s(const struct schedule *schedule, int64_t now_ms)
{
	int64_t oldest_ms = timers_next(&schedule->regular);
	int64_t late_ms = oldest_ms < now_ms ? now_ms - oldest_ms : 0;
	return (uint32_t)((schedule->interval_ms + late_ms + 999) / 1000);
}
