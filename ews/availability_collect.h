#ifndef EWS_AVAILABILITY_COLLECT_H
#define EWS_AVAILABILITY_COLLECT_H

#include "ews/availability.h"

/* The elements that count. Each has one parent, so that the current one says where we
 * are. */
enum availability_node {
	NODE_NONE,
	NODE_ENVELOPE,
	NODE_HEADER,
	NODE_SERVER_VERSION,
	NODE_BODY,
	NODE_RESPONSE,
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
	NODE_FAULT,
	NODE_FAULT_CODE,
	NODE_FAULT_STRING,
	NODE_FAULT_DETAIL,
	NODE_DETAIL_CODE,
	NODE_DETAIL_XML,
	NODE_DETAIL_VALUE,
};

/* What ResponseMessage/@ResponseClass says; Success where it is missing. */
enum availability_class {
	CLASS_SUCCESS,
	CLASS_WARNING,
	CLASS_ERROR,
};

/* What FreeBusyViewType says came, which may be less than was asked for. */
enum availability_view {
	VIEW_UNKNOWN, // no such element, or a word that the schema does not have
	VIEW_NONE,
	VIEW_MERGED,
	VIEW_EVENTS,
};

/* MessageXml/Value/@Name, of those that count. */
enum availability_value {
	VALUE_OTHER,
	VALUE_BACK_OFF,
	VALUE_INNER_CODE,
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

	/* of the mailbox, or of the fault */
	enum availability_value value;
	char code[64];
	char inner_code[64]; // of what an ErrorInternalServerError hides
	char text[256];

	/* of the mailbox */
	enum availability_class class;
	enum availability_view view;
	char digits[EWS_XML_TEXT_MAX];
	size_t n_digits;
	size_t first_event;
	bool truncated;

	/* of the event */
	struct gateway_event event;
	bool has_start;
	bool has_end;

	char fault_code[64]; // the local part of faultcode
};

/* An element begins: what belonged to one before it is forgotten. */
void availability_collect_begin(
	struct availability_collect *collect, enum availability_node node);
/* An element ends; text is its own, without that of elements in it. */
void availability_collect_end(struct availability_collect *collect,
	enum availability_node node, const char *text, size_t n);

/* Copies text of whatever origin as one line: trimmed, white space and control characters
 * as single spaces, cut to size at a character. */
void availability_copy_line(char *out, size_t size, const char *text, size_t n);

#endif
