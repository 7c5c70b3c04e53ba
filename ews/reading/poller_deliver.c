#include "ews/reading/poller_deliver.h"

#include "ews/reading/poller_sites.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void poller_fail(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_failure *why, const struct moment *now)
{
	struct gateway_failure failure = *why;
	bool dropped = mailbox->dropped;
	manner_done(&mailbox->manner);
	poller_doubt(poller, mailbox, failure.code, now);
	failure.mailbox = mailbox->id;
	failure.at = now->utc_s;
	failure.elsewhere = ews_code_is_elsewhere(failure.code);
	int64_t next_ms =
		schedule_failed(&poller->schedule, mailbox, failure.fault, now->mono_ms);
	if (dropped)
		return;
	failure.next_try = now->utc_s + (next_ms - now->mono_ms + 999) / 1000;
	poller->sink.failure(poller->sink.context, &failure);
}

bool poller_is_too_slow(
	const struct poller_request *request, const struct availability *answer)
{
	size_t late = 0;
	for (size_t i = 0; i < answer->n; i++)
		late += strcmp(answer->mailboxes[i].code, "ErrorTimeoutExpired") == 0;
	return request->n > 1 && late > request->n / 2;
}

static void tell(struct poller *poller, struct mailbox *mailbox,
	struct gateway_calendar *calendar, const struct moment *now)
{
	calendar->mailbox = mailbox->id;
	if (!mailbox->dropped) {
		poller->n_read++;
		poller->sink.calendar(poller->sink.context, calendar);
	}
	manner_done(&mailbox->manner);
	schedule_read(&poller->schedule, mailbox, now->mono_ms);
}

static void deliver_piece(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_event *events, size_t n, const struct moment *now)
{
	struct gateway_failure why = {.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorResultSetTooBig",
		.text = "the calendar has too many entries to be read"};
	struct gateway_calendar calendar;
	switch (manner_add(&mailbox->manner, events, n, &calendar)) {
	case PIECES_MORE:
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
		return;
	case PIECES_WHOLE:
		tell(poller, mailbox, &calendar, now);
		return;
	case PIECES_FULL:
		break;
	case PIECES_NO_MEMORY:
		why = (struct gateway_failure){
			.fault = GATEWAY_FAULT_TRANSIENT, .text = "out of memory"};
		break;
	}
	poller_fail(poller, mailbox, &why, now);
}

static void say_items_refused(struct poller *poller, const struct mailbox *mailbox,
	const struct availability_mailbox *result)
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

/* One that answers with an error is asked again in another manner, if there is one. */
static void deliver_error(struct poller *poller, const struct poller_request *request,
	struct mailbox *mailbox, const struct availability_mailbox *result,
	const struct moment *now)
{
	struct manner_query query = {.version = version_lower(request->version, NULL),
		.from = request->from,
		.to = request->to};
	struct gateway_failure why = {.fault = (uint8_t)result->fault,
		.code = result->code,
		.text = result->text};
	bool learnt = manner_learn(&mailbox->manner, result, &query, now);
	if (request->items && !mailbox->manner.items)
		say_items_refused(poller, mailbox, result);
	if (learnt)
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
	else
		poller_fail(poller, mailbox, &why, now);
}

void poller_deliver(struct poller *poller, struct poller_request *request,
	const struct availability *answer, const struct moment *now)
{
	assert(answer && answer->n == request->n);
	poller->last_success = now->utc_s;
	for (size_t i = 0; i < request->n; i++) {
		struct mailbox *mailbox = request->batch.mailboxes[i];
		const struct availability_mailbox *result = &answer->mailboxes[i];
		const struct gateway_event *events =
			result->n > 0 ? answer->events + result->first : NULL;
		struct gateway_calendar calendar = {.read_at = now->utc_s,
			.from = request->from,
			.to = request->to,
			.n = (uint32_t)result->n,
			.events = events};
		if (result->fault != GATEWAY_FAULT_NONE)
			deliver_error(poller, request, mailbox, result, now);
		else if (mailbox->manner.pieces)
			deliver_piece(poller, mailbox, events, result->n, now);
		else
			tell(poller, mailbox, &calendar, now);
	}
}
