#ifndef EWS_OPERATIONS_AVAILABILITY_COLLECT_H
#define EWS_OPERATIONS_AVAILABILITY_COLLECT_H

#include "ews/limits.h"
#include "ews/operations/events.h"
#include "ews/soap/soap_read.h"

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

/* An element begins: what belonged to one before it is forgotten. */
void availability_collect_begin(
	struct availability_collect *collect, enum availability_node node);
/* An element ends; text is its own, without that of elements in it. */
void availability_collect_end(struct availability_collect *collect,
	enum availability_node node, const char *text, size_t n);

#endif
