#include "gateway/polling/poller_deliver.h"

#include "gateway/polling/poller_sites.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void poller_fail(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_failure *why, int64_t wait_ms, const struct now *now)
{
	struct gateway_failure failure = *why;
	bool dropped = mailbox->dropped;
	query_mode_done(&mailbox->mode);
	mailbox->mode.check = false;
	items_check_abandon(&poller->items_check, mailbox->id);
	poller_doubt(poller, mailbox, failure.elsewhere, now);
	failure.mailbox = mailbox->id;
	failure.at = now_utc_s(now);
	int64_t next_ms = schedule_failed(
		&poller->schedule, mailbox, failure.fault, wait_ms, now->mono_ms);
	if (dropped)
		return;
	failure.next_try = now_utc_s(now) + (next_ms - now->mono_ms + 999) / 1000;
	poller->sink.failure(poller->sink.context, &failure);
}

bool poller_is_too_slow(
	const struct poller_request *request, const struct reading *answer)
{
	size_t late = 0;
	for (size_t i = 0; i < answer->n; i++)
		late += answer->mailboxes[i].late;
	return request->n > 1 && late > request->n / 2;
}

static void tell(struct poller *poller, struct mailbox *mailbox,
	struct gateway_calendar *calendar, const struct now *now)
{
	calendar->mailbox = mailbox->id;
	if (!mailbox->dropped) {
		poller->n_read++;
		poller->sink.calendar(poller->sink.context, calendar);
	}
	query_mode_done(&mailbox->mode);
	schedule_read(&poller->schedule, mailbox, now->mono_ms);
}

/* The entries of a mailbox; the first ones are compared with free/busy. */
static void tell_items(struct poller *poller, struct mailbox *mailbox,
	struct gateway_calendar *calendar, const struct now *now)
{
	calendar->mailbox = mailbox->id;
	if (mailbox->dropped || !items_check_begin(&poller->items_check, calendar)) {
		tell(poller, mailbox, calendar, now);
		return;
	}
	poller->n_read++;
	poller->sink.calendar(poller->sink.context, calendar);
	mailbox->mode.check = true;
	schedule_again(&poller->schedule, mailbox, now->mono_ms);
}

static void leave_items(struct poller *poller, const struct mailbox *lacking)
{
	char text[GATEWAY_TEXT_MAX];
	(void)snprintf(text, sizeof(text),
		"the entries of \"%.128s\" lack meetings that its free/busy has, maybe "
		"recurring ones: this server does not tell them all, and free/busy is "
		"read instead; leave calendar.detail at it",
		lacking->address);
	poller_hint(poller, text);
	poller->items_off = true;
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(&poller->schedule.mailboxes, mailbox)))
		mailbox->mode.wants_items = mailbox->mode.items = false;
}

/* What it has was told before, entry by entry. */
static void compare(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_event *events, const struct mailbox_reading *result,
	const struct now *now)
{
	size_t n = result->n;
	mailbox->mode.check = false;
	if (result->fault != GATEWAY_FAULT_NONE)
		items_check_abandon(&poller->items_check, mailbox->id);
	if (poller->items_check.out && poller->items_check.mailbox == mailbox->id &&
		items_check_end(&poller->items_check, events, n))
		leave_items(poller, mailbox);
	if (poller->items_off) // what was told was not all
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
	else
		schedule_read(&poller->schedule, mailbox, now->mono_ms);
}

static void deliver_chunk(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_event *events, size_t n, const struct now *now)
{
	struct gateway_failure why = {.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorResultSetTooBig",
		.text = "the calendar has too many entries to be read"};
	struct gateway_calendar calendar;
	switch (query_mode_add(&mailbox->mode, events, n, &calendar)) {
	case WINDOW_CHUNKS_MORE:
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
		return;
	case WINDOW_CHUNKS_WHOLE:
		tell(poller, mailbox, &calendar, now);
		return;
	case WINDOW_CHUNKS_FULL:
		break;
	case WINDOW_CHUNKS_NO_MEMORY:
		why = (struct gateway_failure){
			.fault = GATEWAY_FAULT_TRANSIENT, .text = "out of memory"};
		break;
	}
	poller_fail(poller, mailbox, &why, 0, now);
}

static void say_items_refused(struct poller *poller, const struct mailbox *mailbox,
	const struct mailbox_reading *result)
{
	char text[GATEWAY_TEXT_MAX];
	if (poller->items_told)
		return;
	(void)snprintf(text, sizeof text,
		"the entries of \"%.128s\" may not be read (%s): free/busy of it is read "
		"instead, and of others that refuse; check the right to impersonate and "
		"its "
		"scope",
		mailbox->address, result->code);
	poller_hint(poller, text);
	poller->items_told = true;
}

/* One that answers with an error is asked again in another mode, if there is one. */
static void deliver_error(struct poller *poller, const struct poller_request *request,
	struct mailbox *mailbox, const struct mailbox_reading *result,
	const struct now *now)
{
	struct mode_query query = {.from = request->from, .to = request->to};
	struct gateway_failure why = {.fault = (uint8_t)result->fault,
		.code = result->code,
		.text = result->text,
		.elsewhere = result->elsewhere};
	bool learnt = query_mode_learn(&mailbox->mode, result, &query, now);
	if (request->items && !mailbox->mode.items)
		say_items_refused(poller, mailbox, result);
	if (learnt)
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
	else
		poller_fail(poller, mailbox, &why, result->wait_ms, now);
}

static void say_unknown_state(struct poller *poller, const char *name)
{
	char text[GATEWAY_TEXT_MAX];
	if (poller->state_told)
		return;
	(void)snprintf(text, sizeof(text),
		"entries have a state that is not known here (\"%s\"): they count as "
		"busy",
		name);
	poller_hint(poller, text);
	poller->state_told = true;
}

void poller_deliver(struct poller *poller, struct poller_request *request,
	const struct reading *answer, const struct now *now)
{
	assert(answer && answer->n == request->n);
	poller->last_success = now_utc_s(now);
	if (answer->unknown_state[0])
		say_unknown_state(poller, answer->unknown_state);
	for (size_t i = 0; i < request->n; i++) {
		struct mailbox *mailbox = request->batch.mailboxes[i];
		const struct mailbox_reading *result = &answer->mailboxes[i];
		const struct gateway_event *events =
			result->n > 0 ? answer->events + result->first : NULL;
		struct gateway_calendar calendar = {.read_at = now_utc_s(now),
			.from = request->from,
			.to = request->to,
			.n = (uint32_t)result->n,
			.events = events};
		if (mailbox->mode.check)
			compare(poller, mailbox, events, result, now);
		else if (result->fault != GATEWAY_FAULT_NONE)
			deliver_error(poller, request, mailbox, result, now);
		else if (mailbox->mode.chunks)
			deliver_chunk(poller, mailbox, events, result->n, now);
		else if (request->items)
			tell_items(poller, mailbox, &calendar, now);
		else
			tell(poller, mailbox, &calendar, now);
	}
}
