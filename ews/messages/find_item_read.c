#include "ews/messages/find_item.h"

#include "ews/soap/code.h"
#include "ews/soap/datetime.h"
#include "ews/soap/soap_read.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* messages.xsd FindItemResponse */
enum {
	NODE_RESPONSE = SOAP_NODES,
	NODE_MESSAGES,
	NODE_MESSAGE,
	NODE_MESSAGE_TEXT,
	NODE_MESSAGE_CODE,
	NODE_MESSAGE_XML,
	NODE_MESSAGE_VALUE,
	NODE_ROOT,
	NODE_ITEMS,
	NODE_ITEM,
	NODE_SENSITIVITY,
	NODE_START,
	NODE_END,
	NODE_ALL_DAY,
	NODE_BUSY,
	NODE_MEETING,
	NODE_CANCELLED,
	NODE_TYPE,
	NODE_REPLY,
};

#define ITEM_ROW(name)                                       \
	{                                                    \
		NODE_ITEM, SOAP_SPACE_TYPES, name, SOAP_TEXT \
	}

static const struct soap_row rows[] = {
	[NODE_RESPONSE - SOAP_NODES] = {SOAP_NODE_BODY, SOAP_SPACE_MESSAGES,
		"FindItemResponse", SOAP_RESPONSE},
	[NODE_MESSAGES - SOAP_NODES] = {NODE_RESPONSE, SOAP_SPACE_MESSAGES,
		"ResponseMessages", SOAP_PLAIN},
	[NODE_MESSAGE - SOAP_NODES] = {NODE_MESSAGES, SOAP_SPACE_MESSAGES,
		"FindItemResponseMessage", SOAP_MESSAGE},
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	[NODE_ROOT - SOAP_NODES] = {NODE_MESSAGE, SOAP_SPACE_MESSAGES, "RootFolder",
		SOAP_PLAIN},
	[NODE_ITEMS - SOAP_NODES] = {NODE_ROOT, SOAP_SPACE_TYPES, "Items", SOAP_PLAIN},
	[NODE_ITEM -
		SOAP_NODES] = {NODE_ITEMS, SOAP_SPACE_TYPES, "CalendarItem", SOAP_PLAIN},
	[NODE_SENSITIVITY - SOAP_NODES] = ITEM_ROW("Sensitivity"),
	[NODE_START - SOAP_NODES] = ITEM_ROW("Start"),
	[NODE_END - SOAP_NODES] = ITEM_ROW("End"),
	[NODE_ALL_DAY - SOAP_NODES] = ITEM_ROW("IsAllDayEvent"),
	[NODE_BUSY - SOAP_NODES] = ITEM_ROW("LegacyFreeBusyStatus"),
	[NODE_MEETING - SOAP_NODES] = ITEM_ROW("IsMeeting"),
	[NODE_CANCELLED - SOAP_NODES] = ITEM_ROW("IsCancelled"),
	[NODE_TYPE - SOAP_NODES] = ITEM_ROW("CalendarItemType"),
	[NODE_REPLY - SOAP_NODES] = ITEM_ROW("MyResponseType"),
};

struct collect {
	struct availability *answer; // borrowed
	int64_t from;
	int64_t to;
	size_t cap;
	struct gateway_event event;
	bool has_start;
	bool has_end;
	bool has_root;
	bool truncated;
};

/* ------------------------------------------------------------------ the one mailbox */

/* Makes the mailbox; false when out of memory. */
static bool begin_mailbox(struct availability *answer)
{
	if (answer->n == 0)
		answer->mailboxes = calloc(1, sizeof *answer->mailboxes);
	answer->n = answer->mailboxes ? 1 : 0;
	return answer->n == 1;
}

bool find_item_fail(struct availability *answer, enum gateway_fault fault)
{
	assert(answer->n == 0 && fault != GATEWAY_FAULT_NONE);
	if (!begin_mailbox(answer))
		return false;
	struct availability_mailbox *mailbox = answer->mailboxes;
	mailbox->fault = fault;
	memcpy(mailbox->code, answer->soap.code, sizeof mailbox->code);
	memcpy(mailbox->text, answer->soap.text, sizeof mailbox->text);
	return true;
}

bool find_item_is_refusal(enum gateway_fault fault)
{
	return fault == GATEWAY_FAULT_AUTHZ || fault == GATEWAY_FAULT_MAILBOX ||
	       fault == GATEWAY_FAULT_REQUEST;
}

static void fail(struct availability *answer, enum gateway_fault fault, const char *words)
{
	struct availability_mailbox *mailbox = answer->mailboxes;
	mailbox->fault = fault;
	mailbox->n = answer->n_events = 0;
	if (!mailbox->text[0])
		soap_copy_line(mailbox->text, sizeof mailbox->text, words, strlen(words));
}

/* There is one message, since one folder was asked for. */
static void end_message(struct collect *collect, struct soap_reader *reader)
{
	struct availability *answer = collect->answer;
	const struct soap_message *message = soap_reader_message(reader);
	if (answer->n == 1) {
		soap_reader_refuse(
			reader, "the answer has more messages than were asked for");
		return;
	}
	if (!begin_mailbox(answer)) {
		soap_reader_no_memory(reader);
		return;
	}
	struct availability_mailbox *mailbox = answer->mailboxes;
	enum gateway_fault fault = ews_code_mailbox_fault(ews_code_class(message->code));
	mailbox->n = answer->n_events;
	mailbox->truncated = collect->truncated;
	memcpy(mailbox->code, message->code, sizeof mailbox->code);
	memcpy(mailbox->text, message->text, sizeof mailbox->text);
	if (message->class == SOAP_ERROR)
		fail(answer, fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_ANSWER : fault,
			"Exchange answered with an error and no words");
	else if (!collect->has_root)
		fail(answer, GATEWAY_FAULT_ANSWER,
			"the answer holds no calendar for this mailbox");
	else if (collect->truncated)
		fail(answer, GATEWAY_FAULT_MAILBOX,
			"the calendar has too many entries in the window that is read");
}

/* ------------------------------------------------------------------ its entries */

static void add_event(struct collect *collect, struct soap_reader *reader)
{
	struct availability *answer = collect->answer;
	if (answer->n_events == AVAILABILITY_EVENTS_MAX)
		collect->truncated = true;
	if (collect->truncated)
		return;
	if (answer->n_events == collect->cap) {
		size_t cap = collect->cap ? 2 * collect->cap : 64;
		struct gateway_event *events =
			realloc(answer->events, cap * sizeof *events);
		if (!events) {
			soap_reader_no_memory(reader);
			return;
		}
		answer->events = events;
		collect->cap = cap;
	}
	answer->events[answer->n_events++] = collect->event;
}

/* What cannot be made out is no data from where it may begin to where it may end: the
 * time of an entry that is there must not look free. */
static void end_item(struct collect *collect, struct soap_reader *reader)
{
	struct gateway_event *event = &collect->event;
	if (event->busy == GATEWAY_BUSY_FREE)
		return;
	if (!collect->has_start)
		event->start = collect->from;
	if (!collect->has_end)
		event->end = collect->to;
	if (!collect->has_start || !collect->has_end)
		event->busy = GATEWAY_BUSY_NODATA;
	add_event(collect, reader);
}

static bool is(const char *text, size_t n, const char *wanted)
{
	return n == strlen(wanted) && memcmp(text, wanted, n) == 0;
}

/* types.xsd LegacyFreeBusyType */
static uint8_t busy_of(const char *text, size_t n)
{
	static const char *const names[] = {
		[GATEWAY_BUSY_FREE] = "Free",
		[GATEWAY_BUSY_TENTATIVE] = "Tentative",
		[GATEWAY_BUSY_BUSY] = "Busy",
		[GATEWAY_BUSY_OOF] = "OOF",
		[GATEWAY_BUSY_ELSEWHERE] = "WorkingElsewhere",
	};
	for (size_t busy = 0; busy < sizeof names / sizeof *names; busy++) {
		if (is(text, n, names[busy]))
			return (uint8_t)busy;
	}
	return GATEWAY_BUSY_NODATA;
}

static void set_flag(struct gateway_event *event, enum gateway_event_flags flag, bool on)
{
	if (on)
		event->flags = (uint8_t)(event->flags | (unsigned)flag);
}

static bool is_true(const char *text, size_t n)
{
	return is(text, n, "true") || is(text, n, "1");
}

static void read_flag(struct gateway_event *event, int node, const char *text, size_t n)
{
	if (node == NODE_ALL_DAY)
		set_flag(event, GATEWAY_EVENT_ALL_DAY, is_true(text, n));
	else if (node == NODE_MEETING)
		set_flag(event, GATEWAY_EVENT_MEETING, is_true(text, n));
	else if (node == NODE_CANCELLED)
		set_flag(event, GATEWAY_EVENT_CANCELLED, is_true(text, n));
	else if (node == NODE_SENSITIVITY)
		set_flag(event, GATEWAY_EVENT_PRIVATE,
			is(text, n, "Private") || is(text, n, "Confidential"));
	else if (node == NODE_TYPE)
		set_flag(event, GATEWAY_EVENT_RECURRING, n > 0 && !is(text, n, "Single"));
	else if (node == NODE_REPLY)
		set_flag(event, GATEWAY_EVENT_DECLINED, is(text, n, "Decline"));
}

/* ------------------------------------------------------------------ the reader */

static void restart(void *context)
{
	struct collect *collect = context;
	struct availability *answer = collect->answer;
	free(answer->mailboxes);
	free(answer->events);
	answer->mailboxes = NULL;
	answer->events = NULL;
	answer->n = answer->n_events = 0;
	*collect = (struct collect){
		.answer = answer, .from = collect->from, .to = collect->to};
}

static void begin(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	struct collect *collect = context;
	char whole[8];
	if (node == NODE_MESSAGE)
		soap_reader_answer(reader)->begun = true;
	if (node == NODE_ROOT) {
		collect->has_root = true;
		(void)soap_attribute(
			attributes, "IncludesLastItemInRange", whole, sizeof whole);
		collect->truncated =
			strcmp(whole, "false") == 0 || strcmp(whole, "0") == 0;
	}
	if (node == NODE_ITEM) {
		collect->event = (struct gateway_event){.busy = GATEWAY_BUSY_BUSY};
		collect->has_start = collect->has_end = false;
	}
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct collect *collect = context;
	struct gateway_event *event = &collect->event;
	if (node == NODE_MESSAGE)
		end_message(collect, reader);
	else if (node == NODE_ITEM)
		end_item(collect, reader);
	else if (node == NODE_START)
		collect->has_start = datetime_parse(text, n, &event->start);
	else if (node == NODE_END)
		collect->has_end = datetime_parse(text, n, &event->end);
	else if (node == NODE_BUSY)
		event->busy = busy_of(text, n);
	else
		read_flag(event, node, text, n);
}

int find_item_read(const char *bytes, size_t n, int64_t from, int64_t to,
	struct availability *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "FindItemResponse",
		.rows = rows,
		.n = sizeof rows / sizeof *rows,
		.restart = restart,
		.begin = begin,
		.end = end,
	};
	assert(from < to);
	*out_answer = (struct availability){0};
	struct collect collect = {.answer = out_answer, .from = from, .to = to};
	return soap_read(bytes, n, &grammar, &collect, &out_answer->soap);
}
