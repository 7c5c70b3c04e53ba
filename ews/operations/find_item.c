#include "ews/operations/find_item.h"

#include "base/datetime.h"
#include "base/line.h"
#include "base/parse.h"
#include "ews/operations/events.h"
#include "ews/soap/code.h"
#include "ews/soap/soap_read.h"
#include "gateway/protocol/messages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool keyword_filter_has(const char *filter, enum keyword_kind kind)
{
	size_t left = filter ? strlen(filter) : 0;
	while (left > 0) {
		size_t length;
		const char *line = parse_line(&filter, &left, &length);
		if (length > 0 && line[0] == (char)kind)
			return true;
	}
	return false;
}

uint64_t keyword_filter_find(
	const char *filter, enum keyword_kind kind, const char *text, size_t n)
{
	uint64_t found = 0;
	size_t left = filter ? strlen(filter) : 0;
	for (unsigned i = 0; left > 0 && i < GATEWAY_KEYWORDS_MAX; i++) {
		size_t length;
		const char *line = parse_line(&filter, &left, &length);
		if (length == n + 1 && line[0] == (char)kind &&
			strncasecmp(line + 1, text, n) == 0)
			found |= GATEWAY_EVENT_KEYWORD(i);
	}
	return found;
}

/* Nothing in it says what an entry is about. */
static const char shape[] =
	"<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
	"<t:AdditionalProperties><t:FieldURI FieldURI=\"item:Sensitivity\"/>";

static const char categories[] = "<t:FieldURI FieldURI=\"item:Categories\"/>";

static const char properties[] =
	"<t:FieldURI FieldURI=\"calendar:Start\"/><t:FieldURI FieldURI=\"calendar:End\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsAllDayEvent\"/>"
	"<t:FieldURI FieldURI=\"calendar:LegacyFreeBusyStatus\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsMeeting\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsCancelled\"/>"
	"<t:FieldURI FieldURI=\"calendar:CalendarItemType\"/>"
	"<t:FieldURI FieldURI=\"calendar:MyResponseType\"/>";

static const char organizer[] = "<t:FieldURI FieldURI=\"calendar:Organizer\"/>";

static const char shape_end[] = "</t:AdditionalProperties></m:ItemShape>";

static const char folder[] =
	"<m:ParentFolderIds><t:DistinguishedFolderId Id=\"calendar\"/>"
	"</m:ParentFolderIds></m:FindItem>";

void find_item_write(struct buf *buf, const struct find_item_query *query)
{
	char from[DATETIME_SIZE];
	char to[DATETIME_SIZE];
	assert(query->from < query->to);
	datetime_print(query->from, from);
	datetime_print(query->to, to);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, shape);
	if (keyword_filter_has(query->keyword_filter, KEYWORD_CATEGORY))
		buf_puts(buf, categories);
	buf_puts(buf, properties);
	if (keyword_filter_has(query->keyword_filter, KEYWORD_ORGANIZER))
		buf_puts(buf, organizer);
	buf_puts(buf, shape_end);
	buf_printf(buf,
		"<m:CalendarView MaxEntriesReturned=\"%d\" StartDate=\"%sZ\" "
		"EndDate=\"%sZ\"/>",
		GATEWAY_ENTRIES_MAX, from, to);
	buf_puts(buf, folder);
	soap_end(buf);
}

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
	NODE_CATEGORIES,
	NODE_CATEGORY,
	NODE_ORGANIZER,
	NODE_ORGANIZER_MAILBOX,
	NODE_ORGANIZER_NAME,
	NODE_ORGANIZER_ADDRESS,
};

#define ITEM_ROW(name)                                       \
	{                                                    \
		NODE_ITEM, SOAP_SPACE_TYPES, name, SOAP_TEXT \
	}

static const struct soap_row rows[] = {
	SOAP_ROW(NODE_RESPONSE, SOAP_NODE_BODY, MESSAGES, "FindItemResponse", RESPONSE),
	SOAP_ROW(NODE_MESSAGES, NODE_RESPONSE, MESSAGES, "ResponseMessages", PLAIN),
	SOAP_ROW(NODE_MESSAGE, NODE_MESSAGES, MESSAGES, "FindItemResponseMessage",
		MESSAGE),
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	SOAP_ROW(NODE_ROOT, NODE_MESSAGE, MESSAGES, "RootFolder", PLAIN),
	SOAP_ROW(NODE_ITEMS, NODE_ROOT, TYPES, "Items", PLAIN),
	SOAP_ROW(NODE_ITEM, NODE_ITEMS, TYPES, "CalendarItem", PLAIN),
	[NODE_SENSITIVITY] = ITEM_ROW("Sensitivity"),
	[NODE_START] = ITEM_ROW("Start"),
	[NODE_END] = ITEM_ROW("End"),
	[NODE_ALL_DAY] = ITEM_ROW("IsAllDayEvent"),
	[NODE_BUSY] = ITEM_ROW("LegacyFreeBusyStatus"),
	[NODE_MEETING] = ITEM_ROW("IsMeeting"),
	[NODE_CANCELLED] = ITEM_ROW("IsCancelled"),
	[NODE_TYPE] = ITEM_ROW("CalendarItemType"),
	[NODE_REPLY] = ITEM_ROW("MyResponseType"),
	SOAP_ROW(NODE_CATEGORIES, NODE_ITEM, TYPES, "Categories", PLAIN),
	SOAP_ROW(NODE_CATEGORY, NODE_CATEGORIES, TYPES, "String", TEXT),
	SOAP_ROW(NODE_ORGANIZER, NODE_ITEM, TYPES, "Organizer", PLAIN),
	SOAP_ROW(NODE_ORGANIZER_MAILBOX, NODE_ORGANIZER, TYPES, "Mailbox", PLAIN),
	SOAP_ROW(NODE_ORGANIZER_NAME, NODE_ORGANIZER_MAILBOX, TYPES, "Name", TEXT),
	SOAP_ROW(NODE_ORGANIZER_ADDRESS, NODE_ORGANIZER_MAILBOX, TYPES, "EmailAddress",
		TEXT),
};

struct collect {
	struct availability *answer;         // borrowed
	const struct find_item_query *query; // borrowed
	size_t cap;
	struct events_entry entry;
	uint64_t invitation; // flags that the entry has if it is a meeting
	bool has_root;
	bool truncated;
};

/* ------------------------------------------------------------------ the one mailbox */

/* Makes the mailbox; false when out of memory. */
static bool begin_mailbox(struct availability *answer)
{
	if (answer->reading.n == 0)
		answer->reading.mailboxes = calloc(1, sizeof *answer->reading.mailboxes);
	answer->reading.n = answer->reading.mailboxes ? 1 : 0;
	return answer->reading.n == 1;
}

bool find_item_fail(struct availability *answer, enum gateway_fault fault)
{
	assert(answer->reading.n == 0 && fault != GATEWAY_FAULT_NONE);
	if (!begin_mailbox(answer))
		return false;
	struct mailbox_reading *mailbox = answer->reading.mailboxes;
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
	struct mailbox_reading *mailbox = answer->reading.mailboxes;
	mailbox->fault = fault;
	mailbox->n = answer->reading.n_events = 0;
	if (!mailbox->text[0])
		line_copy(mailbox->text, sizeof mailbox->text, words, strlen(words));
}

/* There is one message, since one folder was asked for. */
static void end_message(struct collect *collect, struct soap_reader *reader)
{
	struct availability *answer = collect->answer;
	const struct soap_message *message = soap_reader_message(reader);
	if (answer->reading.n == 1) {
		soap_reader_refuse(
			reader, "the answer has more messages than were asked for");
		return;
	}
	if (!begin_mailbox(answer)) {
		soap_reader_no_memory(reader);
		return;
	}
	struct mailbox_reading *mailbox = answer->reading.mailboxes;
	enum gateway_fault fault = ews_code_mailbox_fault(ews_code_class(message->code));
	mailbox->n = answer->reading.n_events;
	mailbox->advice = collect->truncated ? READING_IN_CHUNKS : READING_NO_ADVICE;
	memcpy(mailbox->code, message->code, sizeof mailbox->code);
	memcpy(mailbox->text, message->text, sizeof mailbox->text);
	if (fault == GATEWAY_FAULT_THROTTLE && message->back_off_ms > 0)
		mailbox->wait_ms = message->back_off_ms;
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
	if (answer->reading.n_events == GATEWAY_ENTRIES_MAX)
		collect->truncated = true;
	if (collect->truncated)
		return;
	if (!events_add(answer, &collect->cap, &collect->entry.event))
		soap_reader_no_memory(reader);
}

static void end_item(struct collect *collect, struct soap_reader *reader)
{
	struct gateway_event *event = &collect->entry.event;
	bool has_times = collect->entry.has_start && collect->entry.has_end;
	if (!has_times && event->busy == GATEWAY_BUSY_FREE)
		return;
	/* Of an appointment Exchange says that its owner called it. */
	bool is_meeting = (event->flags & GATEWAY_EVENT_MEETING) != 0;
	event->flags |= is_meeting ? collect->invitation
				   : collect->invitation & GATEWAY_EVENT_DECLINED;
	events_settle(&collect->entry, collect->query->from, collect->query->to);
	add_event(collect, reader);
}

static void read_flag(struct events_entry *entry, int node, const char *text, size_t n)
{
	if (node == NODE_ALL_DAY)
		events_set_flag(entry, GATEWAY_EVENT_ALL_DAY, events_is_true(text, n));
	else if (node == NODE_MEETING)
		events_set_flag(entry, GATEWAY_EVENT_MEETING, events_is_true(text, n));
	else if (node == NODE_CANCELLED)
		events_set_flag(entry, GATEWAY_EVENT_CANCELLED, events_is_true(text, n));
	else if (node == NODE_SENSITIVITY)
		events_set_flag(entry, GATEWAY_EVENT_PRIVATE,
			parse_is(text, n, "Private") ||
				parse_is(text, n, "Confidential"));
	else if (node == NODE_TYPE)
		events_set_flag(entry, GATEWAY_EVENT_RECURRING,
			n > 0 && !parse_is(text, n, "Single"));
}

/* types.xsd ResponseTypeType. */
static uint64_t flag_of_reply(const char *text, size_t n)
{
	static const struct {
		const char *name;
		enum gateway_event_flags flag;
	} replies[] = {
		{"Organizer", GATEWAY_EVENT_ORGANIZER},
		{"Tentative", GATEWAY_EVENT_TENTATIVE},
		{"Accept", GATEWAY_EVENT_ACCEPTED},
		{"Decline", GATEWAY_EVENT_DECLINED},
		{"NoResponseReceived", GATEWAY_EVENT_UNANSWERED},
	};
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		if (parse_is(text, n, replies[i].name))
			return replies[i].flag;
	}
	return 0;
}

/* ------------------------------------------------------------------ the reader */

static void restart(void *context)
{
	struct collect *collect = context;
	struct availability *answer = collect->answer;
	events_forget(answer);
	*collect = (struct collect){.answer = answer, .query = collect->query};
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
		collect->entry = (struct events_entry){.event.busy = GATEWAY_BUSY_BUSY,
			.event.flags = GATEWAY_EVENT_ENTRY};
		collect->invitation = 0;
	}
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct collect *collect = context;
	struct events_entry *entry = &collect->entry;
	const char *words = collect->query->keyword_filter;
	if (node == NODE_MESSAGE)
		end_message(collect, reader);
	else if (node == NODE_ITEM)
		end_item(collect, reader);
	else if (node == NODE_START)
		entry->has_start = datetime_parse(text, n, &entry->event.start);
	else if (node == NODE_END)
		entry->has_end = datetime_parse(text, n, &entry->event.end);
	else if (node == NODE_BUSY)
		entry->event.busy = events_busy(&collect->answer->reading, text, n);
	else if (node == NODE_REPLY)
		collect->invitation |= flag_of_reply(text, n);
	else if (node == NODE_CATEGORY)
		entry->event.flags |=
			keyword_filter_find(words, KEYWORD_CATEGORY, text, n);
	else if (node == NODE_ORGANIZER_NAME || node == NODE_ORGANIZER_ADDRESS)
		collect->invitation |=
			keyword_filter_find(words, KEYWORD_ORGANIZER, text, n);
	else
		read_flag(entry, node, text, n);
}

int find_item_read(const char *bytes, size_t n, const struct find_item_query *query,
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
	assert(query->from < query->to);
	*out_answer = (struct availability){0};
	struct collect collect = {.answer = out_answer, .query = query};
	return soap_read(bytes, n, &grammar, &collect, &out_answer->soap);
}
