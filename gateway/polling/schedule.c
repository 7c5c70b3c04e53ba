#include "gateway/polling/schedule.h"

#include <assert.h>
#include <stdlib.h>

/* How many are looked at, at most, for a request of those that may go together. */
#define LOOKED_AT_MAX (size_t)(2 * GATEWAY_BATCH_MAX)

/* What becomes of the two halves of a request. */
struct schedule_split {
	unsigned out; // halves that are not done
	bool failed;  // one of them
	bool counts;  // the first request was about as big as requests may be
	size_t n;     // mailboxes, of both
};

/* ------------------------------------------------ where a mailbox is */

static struct schedule_entry *entry_of(
	const struct schedule *schedule, struct mailbox *mailbox)
{
	return &mailbox->entries[schedule->which];
}

static struct mailbox *mailbox_of(
	const struct schedule *schedule, struct schedule_entry *entry)
{
	struct schedule_entry *entries = entry - schedule->which;
	return (struct mailbox *)((char *)entries - offsetof(struct mailbox, entries));
}

static void put_urgent(
	struct schedule *schedule, struct schedule_entry *entry, int64_t now_ms)
{
	entry->place = SCHEDULE_IN_URGENT;
	entry->asked_ms = now_ms;
	TAILQ_INSERT_TAIL(&schedule->urgent, entry, urgent);
	schedule->n_urgent++;
}

static void put_regular(
	struct schedule *schedule, struct schedule_entry *entry, int64_t at_ms)
{
	entry->place = SCHEDULE_IN_REGULAR;
	timers_set(&schedule->regular, &entry->timer, at_ms);
}

static void put_failing(
	struct schedule *schedule, struct schedule_entry *entry, int64_t at_ms)
{
	entry->place = SCHEDULE_IN_FAILING;
	timers_set(&schedule->failing, &entry->timer, at_ms);
}

static void leave_urgent(struct schedule *schedule, struct schedule_entry *entry)
{
	TAILQ_REMOVE(&schedule->urgent, entry, urgent);
	schedule->n_urgent--;
}

/* Out of its queue. One that is in a batch stays there. */
static void take_out(struct schedule *schedule, struct schedule_entry *entry)
{
	switch ((enum schedule_place)entry->place) {
	case SCHEDULE_IN_URGENT:
		leave_urgent(schedule, entry);
		break;
	case SCHEDULE_IN_REGULAR:
		timers_cancel(&schedule->regular, &entry->timer);
		break;
	case SCHEDULE_IN_FAILING:
		timers_cancel(&schedule->failing, &entry->timer);
		break;
	case SCHEDULE_DRAWN:
	case SCHEDULE_NOWHERE:
		return;
	}
	entry->place = SCHEDULE_NOWHERE;
}

/* A mailbox comes back from a batch; NULL: nobody wants it any more. */
static struct schedule_entry *take_back(
	struct schedule *schedule, struct mailbox *mailbox)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	entry->place = SCHEDULE_NOWHERE;
	if (mailbox->dropped)
		mailbox_release(mailbox);
	else if (entry->schedule && !entry->parks)
		return entry;
	return NULL;
}

void schedule_park(struct schedule *schedule, struct mailbox *mailbox)
{
	entry_of(schedule, mailbox)->parks = true;
	take_out(schedule, entry_of(schedule, mailbox));
}

void schedule_unpark(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	entry->parks = false;
	if (entry->place == SCHEDULE_NOWHERE)
		put_urgent(schedule, entry, now_ms);
}

/* ------------------------------------------------ drawing */

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

static bool goes_along(const struct schedule *schedule,
	const struct schedule_batch *batch, struct mailbox *mailbox, int64_t now_ms)
{
	return !schedule->goes_along ||
	       schedule->goes_along(
		       batch->n > 0 ? batch->mailboxes[0] : NULL, mailbox, now_ms);
}

static void add(
	struct schedule *schedule, struct schedule_batch *batch, struct mailbox *mailbox)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	entry->drawn_from = entry->place;
	entry->place = SCHEDULE_DRAWN;
	batch->mailboxes[batch->n++] = mailbox;
}

static void draw_urgent(
	struct schedule *schedule, int64_t now_ms, struct schedule_batch *batch)
{
	struct schedule_entry *entry = TAILQ_FIRST(&schedule->urgent);
	for (size_t i = 0; entry && batch->n < schedule->most && i < LOOKED_AT_MAX; i++) {
		struct schedule_entry *next = TAILQ_NEXT(entry, urgent);
		struct mailbox *mailbox = mailbox_of(schedule, entry);
		if (goes_along(schedule, batch, mailbox, now_ms)) {
			leave_urgent(schedule, entry);
			add(schedule, batch, mailbox);
		}
		entry = next;
	}
}

static void fire(struct timer *timer, int64_t now_ms)
{
	struct schedule_entry *entry = TIMER_OF(timer, struct schedule_entry, timer);
	struct schedule *schedule = entry->schedule;
	struct schedule_drawing *drawing = schedule->drawing;
	struct mailbox *mailbox = mailbox_of(schedule, entry);
	if (goes_along(schedule, drawing->batch, mailbox, now_ms))
		add(schedule, drawing->batch, mailbox);
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
	for (size_t i = 0; i < drawing.n_others; i++) {
		struct timer *timer = &entry_of(schedule, drawing.others[i])->timer;
		timers_set(timers, timer, timer->at);
	}
}

/* The first of those that were put together earlier. */
static void draw_half(struct schedule *schedule, struct schedule_batch *batch)
{
	struct schedule_batch *half = STAILQ_FIRST(&schedule->halves);
	STAILQ_REMOVE_HEAD(&schedule->halves, next);
	for (size_t i = 0; i < half->n; i++) {
		struct schedule_entry *entry = take_back(schedule, half->mailboxes[i]);
		if (!entry)
			continue;
		entry->place = SCHEDULE_DRAWN;
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
	assert(queue == SCHEDULE_REGULAR || schedule_due(schedule, queue) <= now_ms);
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
		size_t batches = (schedule->n + schedule->most - 1) / schedule->most;
		int64_t horizon_ms = schedule->interval_ms / (int64_t)batches;
		int64_t until_ms = schedule_due(schedule, SCHEDULE_REGULAR);
		if (until_ms < now_ms + horizon_ms)
			until_ms = now_ms + horizon_ms;
		draw_timers(schedule, &schedule->regular, until_ms, out_batch);
		break;
	}
}

/* ------------------------------------------------ halves */

size_t schedule_half_done(struct schedule_batch *batch, bool answered)
{
	struct schedule_split *split = batch->split;
	if (!split)
		return 0;
	batch->split = NULL;
	split->failed |= !answered;
	if (--split->out > 0)
		return 0;
	size_t n = split->failed || !split->counts ? 0 : split->n;
	free(split);
	return n;
}

/* Without memory for it they are tried together, which only takes longer. */
static void put_half(struct schedule *schedule, struct mailbox *const *mailboxes,
	size_t n, struct schedule_split *split)
{
	struct schedule_batch *half = malloc(sizeof(*half));
	struct schedule_batch none = {.split = split};
	if (half) {
		half->n = n;
		half->split = split;
		STAILQ_INSERT_HEAD(&schedule->halves, half, next);
	} else {
		(void)schedule_half_done(&none, false);
	}
	for (size_t i = 0; i < n; i++) {
		entry_of(schedule, mailboxes[i])->drawn_from = SCHEDULE_IN_FAILING;
		if (half) {
			half->mailboxes[i] = mailboxes[i];
			continue;
		}
		struct schedule_entry *entry = take_back(schedule, mailboxes[i]);
		if (entry)
			put_failing(schedule, entry, entry->timer.at);
	}
}

static void halve(struct schedule *schedule, struct schedule_batch *batch,
	struct schedule_split *split)
{
	assert(batch->n > 1);
	/* Few who fail are slow or unlucky, which says nothing of how many may go. */
	bool counts = batch->split ? batch->split->counts : batch->n > schedule->most / 2;
	(void)schedule_half_done(batch, false);
	size_t first = batch->n / 2;
	if (split)
		*split = (struct schedule_split){
			.out = 2, .counts = counts, .n = batch->n};
	/* What was cut last goes first, so that each probe is smaller than the one
	 * before. */
	put_half(schedule, batch->mailboxes + first, batch->n - first, split);
	put_half(schedule, batch->mailboxes, first, split);
}

void schedule_bisect(struct schedule *schedule, struct schedule_batch *batch)
{
	halve(schedule, batch, NULL);
}

void schedule_bisect_doubtful(struct schedule *schedule, struct schedule_batch *batch)
{
	halve(schedule, batch, malloc(sizeof(struct schedule_split)));
}

/* ------------------------------------------------ life, and who is in it */

void schedule_init(
	struct schedule *schedule, enum mailbox_schedule which, int64_t interval_ms)
{
	assert(interval_ms > 0);
	*schedule = (struct schedule){.which = which,
		.interval_ms = interval_ms,
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
			(void)take_back(schedule, batch->mailboxes[i]);
		(void)schedule_half_done(batch, false);
		free(batch);
	}
	timers_finish(&schedule->regular);
	timers_finish(&schedule->failing);
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

void schedule_watch(struct schedule *schedule, struct mailbox *mailbox, int64_t last_read,
	int64_t not_before, const struct now *now)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	assert(!entry->schedule);
	entry->schedule = schedule;
	entry->timer.fire = fire;
	schedule->n++;
	int64_t age_s = now_utc_s(now) > last_read ? now_utc_s(now) - last_read : 0;
	int64_t pause_ms = pause_until(not_before, now_utc_s(now));
	if (pause_ms > 0)
		put_failing(schedule, entry, now->mono_ms + pause_ms);
	else if (last_read == 0 || age_s >= schedule->interval_ms / 1000)
		put_urgent(schedule, entry, now->mono_ms);
	else
		put_regular(schedule, entry,
			now->mono_ms + schedule->interval_ms - age_s * 1000);
}

void schedule_unwatch(struct schedule *schedule, struct mailbox *mailbox)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	if (!entry->schedule)
		return;
	take_out(schedule, entry);
	entry->schedule = NULL;
	schedule->n--;
}

void schedule_refresh(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	if (entry->parks || entry->place == SCHEDULE_IN_URGENT)
		return;
	if (entry->place == SCHEDULE_DRAWN) {
		entry->again = true;
		return;
	}
	take_out(schedule, entry);
	put_urgent(schedule, entry, now_ms);
}

/* ------------------------------------------------ what comes back */

static int64_t interval_of(
	const struct schedule *schedule, const struct schedule_entry *entry)
{
	return entry->seldom ? schedule->seldom_ms : schedule->interval_ms;
}

/* A place in the interval, the same each time: neighbours by number end up far apart
 * (Knuth, multiplicative hashing by the golden ratio). From 1 ms to the whole interval.
 */
static int64_t spread(const struct schedule *schedule, struct schedule_entry *entry)
{
	uint64_t place = mailbox_of(schedule, entry)->id * UINT32_C(2654435761);
	return (int64_t)((place * (uint64_t)interval_of(schedule, entry)) >> 32) + 1;
}

void schedule_seldom(
	struct schedule *schedule, struct mailbox *mailbox, bool seldom, int64_t now_ms)
{
	struct schedule_entry *entry = entry_of(schedule, mailbox);
	entry->seldom = seldom;
	if (!seldom && entry->place == SCHEDULE_IN_REGULAR &&
		entry->timer.at > now_ms + schedule->interval_ms)
		put_regular(schedule, entry, now_ms + spread(schedule, entry));
}

/* Asked for while it was being read: what comes may be older than the wish. */
static bool is_asked_again(
	struct schedule *schedule, struct schedule_entry *entry, int64_t now_ms)
{
	if (!entry->again)
		return false;
	entry->again = false;
	put_urgent(schedule, entry, now_ms);
	return true;
}

void schedule_read(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	struct schedule_entry *entry = take_back(schedule, mailbox);
	if (!entry)
		return;
	entry->failures = 0;
	if (is_asked_again(schedule, entry, now_ms))
		return;
	bool keeps_place = entry->drawn_from == SCHEDULE_IN_REGULAR &&
			   entry->timer.at > schedule->resumed_ms;
	put_regular(schedule, entry,
		now_ms + (keeps_place ? interval_of(schedule, entry)
				      : spread(schedule, entry)));
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
	struct schedule_entry *entry = take_back(schedule, mailbox);
	if (!entry)
		return INT64_MAX;
	if (entry->failures < UINT8_MAX)
		entry->failures++;
	if (is_asked_again(schedule, entry, now_ms))
		return now_ms + SCHEDULE_COLLECT_MS;
	int64_t pause_ms = pause_of(schedule, fault, entry->failures);
	pause_ms = pause_ms > wait_ms ? pause_ms : wait_ms;
	/* On a grid, so that those who fail one by one come together in time. */
	int64_t grid_ms = pause_ms / 16 + 1;
	int64_t at_ms = now_ms + pause_ms;
	at_ms += grid_ms - 1 - (at_ms + grid_ms - 1) % grid_ms;
	put_failing(schedule, entry, at_ms);
	return at_ms;
}

void schedule_again(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	struct schedule_entry *entry = take_back(schedule, mailbox);
	if (entry)
		put_failing(schedule, entry, now_ms);
}

static bool goes_first(struct schedule_entry *entry)
{
	bool is_urgent = entry->again || entry->drawn_from == SCHEDULE_IN_URGENT;
	entry->again = false;
	return is_urgent;
}

/* Back into the queue that it came from. */
static void put_back(
	struct schedule *schedule, struct schedule_entry *entry, int64_t at_ms)
{
	if (entry->drawn_from == SCHEDULE_IN_REGULAR)
		put_regular(schedule, entry, at_ms);
	else
		put_failing(schedule, entry, at_ms);
}

void schedule_return(struct schedule *schedule, struct schedule_batch *batch)
{
	(void)schedule_half_done(batch, false);
	for (size_t i = batch->n; i-- > 0;) {
		struct schedule_entry *entry = take_back(schedule, batch->mailboxes[i]);
		if (entry && goes_first(entry)) {
			entry->place = SCHEDULE_IN_URGENT;
			TAILQ_INSERT_HEAD(&schedule->urgent, entry, urgent);
			schedule->n_urgent++;
		} else if (entry) {
			put_back(schedule, entry, entry->timer.at);
		}
	}
}

void schedule_return_last(
	struct schedule *schedule, struct schedule_batch *batch, int64_t now_ms)
{
	(void)schedule_half_done(batch, false);
	for (size_t i = 0; i < batch->n; i++) {
		struct schedule_entry *entry = take_back(schedule, batch->mailboxes[i]);
		if (entry && goes_first(entry))
			put_urgent(schedule, entry, now_ms);
		else if (entry)
			put_back(schedule, entry, now_ms);
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
