#include "ews/operations/availability.h"

#include "base/datetime.h"
#include "base/line.h"
#include "base/parse.h"
#include "ews/limits.h"
#include "ews/operations/events.h"
#include "ews/soap/code.h"
#include "ews/soap/soap_read.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* The elements that count. */
enum availability_node {
	NODE_RESPONSE = SOAP_NODES,
	NODE_ARRAY,
	NODE_MAILBOX,
	NODE_MESSAGE,
	NODE_MESSAGE_TEXT,
	NODE_MESSAGE_CODE,
	NODE_MESSAGE_XML,
	NODE_MESSAGE_VALUE,
	NODE_VIEW,
	NODE_VIEW_TYPE,
	NODE_MERGED,
	NODE_EVENTS,
	NODE_EVENT,
	NODE_EVENT_START,
	NODE_EVENT_END,
	NODE_EVENT_BUSY,
	NODE_EVENT_DETAILS,
	NODE_EVENT_MEETING,
	NODE_EVENT_RECURRING,
	NODE_EVENT_PRIVATE,
};

/* What FreeBusyViewType says came, which may be less than was asked for. */
enum availability_view {
	VIEW_UNKNOWN, // no such element, or a word that the schema does not have
	VIEW_NONE,
	VIEW_MERGED,
	VIEW_EVENTS,
};

/* What a parse puts together, element by element. */
struct availability_collect {
	struct availability *answer; // borrowed
	int64_t from;                // the window of the query
	int64_t to;
	size_t mailboxes_cap;
	size_t events_cap;
	const char *refusal; // why the answer is not to be believed; NULL: nothing
	bool no_memory;

	/* of the mailbox */
	struct soap_message *message; // borrowed
	enum availability_view view;
	char digits[EWS_XML_TEXT_MAX];
	size_t n_digits;
	size_t first_event;
	bool truncated;
	bool has_events;

	/* of the event */
	struct events_entry entry;
};

/* An element ends; text is its own, without that of elements in it. */
static void availability_collect_end(struct availability_collect *collect,
	enum availability_node node, const char *text, size_t n);

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

static void availability_collect_begin(
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

/* messages.xsd GetUserAvailabilityResponse */
static const struct soap_row rows[] = {
	SOAP_ROW(NODE_RESPONSE, SOAP_NODE_BODY, MESSAGES, "GetUserAvailabilityResponse",
		RESPONSE),
	SOAP_ROW(NODE_ARRAY, NODE_RESPONSE, MESSAGES, "FreeBusyResponseArray", PLAIN),
	SOAP_ROW(NODE_MAILBOX, NODE_ARRAY, MESSAGES, "FreeBusyResponse", PLAIN),
	SOAP_ROW(NODE_MESSAGE, NODE_MAILBOX, MESSAGES, "ResponseMessage", MESSAGE),
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	SOAP_ROW(NODE_VIEW, NODE_MAILBOX, MESSAGES, "FreeBusyView", PLAIN),
	SOAP_ROW(NODE_VIEW_TYPE, NODE_VIEW, TYPES, "FreeBusyViewType", TEXT),
	SOAP_ROW(NODE_MERGED, NODE_VIEW, TYPES, "MergedFreeBusy", TEXT),
	SOAP_ROW(NODE_EVENTS, NODE_VIEW, TYPES, "CalendarEventArray", PLAIN),
	SOAP_ROW(NODE_EVENT, NODE_EVENTS, TYPES, "CalendarEvent", PLAIN),
	SOAP_ROW(NODE_EVENT_START, NODE_EVENT, TYPES, "StartTime", TEXT),
	SOAP_ROW(NODE_EVENT_END, NODE_EVENT, TYPES, "EndTime", TEXT),
	SOAP_ROW(NODE_EVENT_BUSY, NODE_EVENT, TYPES, "BusyType", TEXT),
	SOAP_ROW(NODE_EVENT_DETAILS, NODE_EVENT, TYPES, "CalendarEventDetails", PLAIN),
	SOAP_ROW(NODE_EVENT_MEETING, NODE_EVENT_DETAILS, TYPES, "IsMeeting", TEXT),
	SOAP_ROW(NODE_EVENT_RECURRING, NODE_EVENT_DETAILS, TYPES, "IsRecurring", TEXT),
	SOAP_ROW(NODE_EVENT_PRIVATE, NODE_EVENT_DETAILS, TYPES, "IsPrivate", TEXT),
};

void availability_finish(struct availability *answer)
{
	if (!answer)
		return;
	events_forget(answer);
	*answer = (struct availability){0};
}

static void restart(void *context)
{
	struct availability_collect *collect = context;
	events_forget(collect->answer);
	collect->mailboxes_cap = collect->events_cap = 0;
}

static void begin(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	(void)attributes;
	struct availability_collect *collect = context;
	collect->message = soap_reader_message(reader);
	availability_collect_begin(collect, (enum availability_node)node);
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct availability_collect *collect = context;
	availability_collect_end(collect, (enum availability_node)node, text, n);
	if (collect->refusal)
		soap_reader_refuse(reader, collect->refusal);
	if (collect->no_memory)
		soap_reader_no_memory(reader);
}

int availability_read(const char *bytes, size_t n, int64_t from, int64_t to,
	struct availability *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "GetUserAvailabilityResponse",
		.rows = rows,
		.n = sizeof rows / sizeof *rows,
		.restart = restart,
		.begin = begin,
		.end = end,
	};
	assert(from < to);
	*out_answer = (struct availability){0};
	struct availability_collect collect = {
		.answer = out_answer, .from = from, .to = to};
	return soap_read(bytes, n, &grammar, &collect, &out_answer->soap);
}

/* Both changes of the "zone" change nothing, and stand on valid days: servers of all
 * versions take this for UTC, where they refuse a zone without changes. */
static const char before_mailboxes[] =
	"<m:GetUserAvailabilityRequest>"
	"<t:TimeZone><t:Bias>0</t:Bias>"
	"<t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
	"<t:DayOrder>1</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
	"</t:StandardTime>"
	"<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
	"<t:DayOrder>1</t:DayOrder><t:Month>4</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
	"</t:DaylightTime></t:TimeZone>"
	"<m:MailboxDataArray>";

static void put_mailbox(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:MailboxData><t:Email><t:Address>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
		      "</t:MailboxData>");
}

void availability_write(struct buf *buf, const struct availability_query *query)
{
	assert(query->n >= 1 && query->n <= GATEWAY_BATCH_MAX);
	assert(query->from < query->to);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, before_mailboxes);
	for (size_t i = 0; i < query->n; i++)
		put_mailbox(buf, query->addresses[i]);
	buf_puts(buf, "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>");
	soap_put_time(buf, "StartTime", query->from);
	soap_put_time(buf, "EndTime", query->to);
	buf_printf(buf,
		"</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>%d"
		"</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>%s</"
		"t:RequestedView>"
		"</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
		AVAILABILITY_SLOT_S / 60, query->merged_only ? "MergedOnly" : "FreeBusy");
	soap_end(buf);
}
