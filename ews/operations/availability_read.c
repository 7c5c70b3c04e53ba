#include "ews/operations/availability.h"

#include "ews/operations/availability_collect.h"

#include <assert.h>

/* messages.xsd GetUserAvailabilityResponse */
static const struct soap_row rows[] = {
	[NODE_RESPONSE - SOAP_NODES] = {SOAP_NODE_BODY, SOAP_SPACE_MESSAGES,
		"GetUserAvailabilityResponse", SOAP_RESPONSE},
	[NODE_ARRAY - SOAP_NODES] = {NODE_RESPONSE, SOAP_SPACE_MESSAGES,
		"FreeBusyResponseArray", SOAP_PLAIN},
	[NODE_MAILBOX - SOAP_NODES] = {NODE_ARRAY, SOAP_SPACE_MESSAGES,
		"FreeBusyResponse", SOAP_PLAIN},
	[NODE_MESSAGE - SOAP_NODES] = {NODE_MAILBOX, SOAP_SPACE_MESSAGES,
		"ResponseMessage", SOAP_MESSAGE},
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	[NODE_VIEW - SOAP_NODES] = {NODE_MAILBOX, SOAP_SPACE_MESSAGES, "FreeBusyView",
		SOAP_PLAIN},
	[NODE_VIEW_TYPE - SOAP_NODES] = {NODE_VIEW, SOAP_SPACE_TYPES, "FreeBusyViewType",
		SOAP_TEXT},
	[NODE_MERGED -
		SOAP_NODES] = {NODE_VIEW, SOAP_SPACE_TYPES, "MergedFreeBusy", SOAP_TEXT},
	[NODE_EVENTS - SOAP_NODES] = {NODE_VIEW, SOAP_SPACE_TYPES, "CalendarEventArray",
		SOAP_PLAIN},
	[NODE_EVENT - SOAP_NODES] = {NODE_EVENTS, SOAP_SPACE_TYPES, "CalendarEvent",
		SOAP_PLAIN},
	[NODE_EVENT_START -
		SOAP_NODES] = {NODE_EVENT, SOAP_SPACE_TYPES, "StartTime", SOAP_TEXT},
	[NODE_EVENT_END -
		SOAP_NODES] = {NODE_EVENT, SOAP_SPACE_TYPES, "EndTime", SOAP_TEXT},
	[NODE_EVENT_BUSY -
		SOAP_NODES] = {NODE_EVENT, SOAP_SPACE_TYPES, "BusyType", SOAP_TEXT},
	[NODE_EVENT_DETAILS - SOAP_NODES] = {NODE_EVENT, SOAP_SPACE_TYPES,
		"CalendarEventDetails", SOAP_PLAIN},
	[NODE_EVENT_MEETING - SOAP_NODES] = {NODE_EVENT_DETAILS, SOAP_SPACE_TYPES,
		"IsMeeting", SOAP_TEXT},
	[NODE_EVENT_RECURRING - SOAP_NODES] = {NODE_EVENT_DETAILS, SOAP_SPACE_TYPES,
		"IsRecurring", SOAP_TEXT},
	[NODE_EVENT_PRIVATE - SOAP_NODES] = {NODE_EVENT_DETAILS, SOAP_SPACE_TYPES,
		"IsPrivate", SOAP_TEXT},
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
