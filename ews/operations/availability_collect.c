#include "ews/operations/availability_collect.h"

#include "base/line.h"
#include "base/parse.h"
#include "ews/soap/code.h"
#include "ews/soap/datetime.h"

#include <stdint.h>
#include <string.h>

static void add_event(struct availability_collect *collect, struct gateway_event event)
{
	struct availability *answer = collect->answer;
	if (answer->reading.n_events - collect->first_event == GATEWAY_ENTRIES_MAX)
		collect->truncated = true;
	if (collect->truncated)
		return;
	if (!events_add(answer, &collect->events_cap, &event))
		collect->no_memory = true;
}

static void end_event(struct availability_collect *collect)
{
	events_settle(&collect->entry, collect->from, collect->to);
	add_event(collect, collect->entry.event);
}

static uint8_t busy_of_digit(char digit)
{
	switch (digit) {
	case '0':
		return GATEWAY_BUSY_FREE;
	case '1':
		return GATEWAY_BUSY_TENTATIVE;
	case '2':
		return GATEWAY_BUSY_BUSY;
	case '3':
		return GATEWAY_BUSY_OOF;
	case '4': // NoData or WorkingElsewhere, as the server is old or new
		return GATEWAY_BUSY_NODATA;
	default:
		return GATEWAY_BUSY_BUSY;
	}
}

/* One event for each run of equal digits. What lies behind the last digit is not known.
 */
static void add_merged(struct availability_collect *collect)
{
	struct gateway_event run = {.start = collect->from, .end = collect->from};
	for (size_t i = 0; run.end < collect->to; i++) {
		bool known = i < collect->n_digits;
		uint8_t busy =
			known ? busy_of_digit(collect->digits[i]) : GATEWAY_BUSY_NODATA;
		if (busy != run.busy) {
			if (run.busy != GATEWAY_BUSY_FREE)
				add_event(collect, run);
			run.start = run.end;
			run.busy = busy;
		}
		run.end = known && collect->to - run.end > AVAILABILITY_SLOT_S
				  ? run.end + AVAILABILITY_SLOT_S
				  : collect->to;
	}
	if (run.busy != GATEWAY_BUSY_FREE)
		add_event(collect, run);
}

static enum gateway_fault fault_of_code(const char *code)
{
	enum gateway_fault fault = ews_code_mailbox_fault(ews_code_class(code));
	return !code[0] || fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_ANSWER : fault;
}

static enum gateway_fault fail(
	struct mailbox_reading *mailbox, enum gateway_fault fault, const char *words)
{
	if (!mailbox->text[0])
		line_copy(mailbox->text, sizeof mailbox->text, words, strlen(words));
	return fault;
}

/* Whether a mailbox's answer counts; one that says "error" and one without a view never
 * do. A warning counts like success if a calendar came with it. */
static enum gateway_fault judge_mailbox(
	const struct availability_collect *collect, struct mailbox_reading *mailbox)
{
	/* Entries are there whatever the view is called. */
	bool has_calendar = collect->view == VIEW_EVENTS || collect->has_events ||
			    (collect->view == VIEW_MERGED && collect->n_digits > 0);
	bool says_error = mailbox->code[0] && strcmp(mailbox->code, "NoError") != 0;
	if (collect->message->class == SOAP_ERROR ||
		(says_error &&
			!(collect->message->class == SOAP_WARNING && has_calendar)))
		return fail(mailbox, fault_of_code(mailbox->code),
			"Exchange answered with an error and no words");
	if (collect->truncated)
		return fail(mailbox, GATEWAY_FAULT_MAILBOX,
			"the calendar has too many entries in the window that is read");
	if (collect->view == VIEW_UNKNOWN && !has_calendar)
		return fail(mailbox, GATEWAY_FAULT_ANSWER,
			"the answer holds no calendar for this mailbox");
	if (!has_calendar)
		return fail(mailbox, GATEWAY_FAULT_MAILBOX,
			"Exchange has no free/busy data of this mailbox");
	return GATEWAY_FAULT_NONE;
}

static void end_mailbox(struct availability_collect *collect)
{
	struct availability *answer = collect->answer;
	if (answer->reading.n == GATEWAY_BATCH_MAX) {
		collect->refusal = "the answer has more mailboxes than were asked for";
		return;
	}
	struct mailbox_reading *mailboxes = events_grow(answer->reading.mailboxes,
		answer->reading.n, &collect->mailboxes_cap, sizeof *mailboxes);
	if (!mailboxes) {
		collect->no_memory = true;
		return;
	}
	answer->reading.mailboxes = mailboxes;
	if (collect->view == VIEW_MERGED) {
		answer->reading.n_events = collect->first_event;
		add_merged(collect);
	}
	struct mailbox_reading *mailbox = &mailboxes[answer->reading.n++];
	*mailbox = (struct mailbox_reading){.first = collect->first_event,
		.advice = collect->truncated ? READING_IN_CHUNKS : READING_NO_ADVICE};
	memcpy(mailbox->code, collect->message->code, sizeof mailbox->code);
	memcpy(mailbox->text, collect->message->text, sizeof mailbox->text);
	mailbox->fault = judge_mailbox(collect, mailbox);
	if (mailbox->fault == GATEWAY_FAULT_THROTTLE && collect->message->back_off_ms > 0)
		mailbox->wait_ms = collect->message->back_off_ms;
	if (mailbox->fault != GATEWAY_FAULT_NONE)
		answer->reading.n_events = collect->first_event;
	mailbox->n = answer->reading.n_events - collect->first_event;
}

void availability_collect_begin(
	struct availability_collect *collect, enum availability_node node)
{
	if (node == NODE_MAILBOX) {
		collect->answer->soap.begun = true;
		*collect->message = (struct soap_message){.back_off_ms = -1};
		collect->view = VIEW_UNKNOWN;
		collect->n_digits = 0;
		collect->first_event = collect->answer->reading.n_events;
		collect->truncated = false;
		collect->has_events = false;
	}
	if (node == NODE_EVENT) {
		collect->entry = (struct events_entry){.event.busy = GATEWAY_BUSY_BUSY};
	}
}

/* FreeBusyViewType is a list of words (types.xsd). */
static enum availability_view view_of_text(const char *text, size_t n)
{
	enum availability_view view = VIEW_UNKNOWN;
	while (n > 0) {
		size_t length = 0;
		while (length < n && (unsigned char)text[length] > ' ')
			length++;
		enum availability_view word =
			parse_is(text, length, "None")         ? VIEW_NONE
			: parse_is(text, length, "MergedOnly") ? VIEW_MERGED
			: parse_is(text, length, "FreeBusy") ||
					parse_is(text, length, "FreeBusyMerged") ||
					parse_is(text, length, "Detailed") ||
					parse_is(text, length, "DetailedMerged")
				? VIEW_EVENTS
				: VIEW_UNKNOWN;
		view = word > view ? word : view;
		text += length;
		n -= length;
		parse_trim(&text, &n);
	}
	return view;
}

static void end_event_field(struct availability_collect *collect,
	enum availability_node node, const char *text, size_t n)
{
	struct events_entry *entry = &collect->entry;
	if (node == NODE_EVENT_START)
		entry->has_start = datetime_parse(text, n, &entry->event.start);
	else if (node == NODE_EVENT_END)
		entry->has_end = datetime_parse(text, n, &entry->event.end);
	else if (node == NODE_EVENT_BUSY)
		entry->event.busy = events_busy(&collect->answer->reading, text, n);
	else if (node == NODE_EVENT_MEETING)
		events_set_flag(entry, GATEWAY_EVENT_MEETING, events_is_true(text, n));
	else if (node == NODE_EVENT_RECURRING)
		events_set_flag(entry, GATEWAY_EVENT_RECURRING, events_is_true(text, n));
	else if (node == NODE_EVENT_PRIVATE)
		events_set_flag(entry, GATEWAY_EVENT_PRIVATE, events_is_true(text, n));
}

void availability_collect_end(struct availability_collect *collect,
	enum availability_node node, const char *text, size_t n)
{
	switch (node) {
	case NODE_MAILBOX:
		end_mailbox(collect);
		break;
	case NODE_VIEW_TYPE:
		collect->view = view_of_text(text, n);
		break;
	case NODE_MERGED:
		memcpy(collect->digits, text, n);
		collect->n_digits = n;
		break;
	case NODE_EVENT:
		collect->has_events = true;
		end_event(collect);
		break;
	case NODE_EVENT_START:
	case NODE_EVENT_END:
	case NODE_EVENT_BUSY:
	case NODE_EVENT_MEETING:
	case NODE_EVENT_RECURRING:
	case NODE_EVENT_PRIVATE:
		end_event_field(collect, node, text, n);
		break;
	case NODE_RESPONSE:
	case NODE_ARRAY:
	case NODE_MESSAGE:
	case NODE_MESSAGE_TEXT:
	case NODE_MESSAGE_CODE:
	case NODE_MESSAGE_XML:
	case NODE_MESSAGE_VALUE:
	case NODE_VIEW:
	case NODE_EVENTS:
	case NODE_EVENT_DETAILS:
		break;
	}
}
