#ifndef EWS_SOAP_SOAP_READ_H
#define EWS_SOAP_SOAP_READ_H

#include "ews/soap/soap.h"

/*
 * Reads an answer by a grammar: a table of the elements that count. An element that is
 * not in the table is passed over with all that is in it; namespace and local name count,
 * prefixes do not.
 */

enum soap_space {
	SOAP_SPACE_NONE, // no namespace
	SOAP_SPACE_ANY,  // whatever namespace
	SOAP_SPACE_SOAP,
	SOAP_SPACE_MESSAGES,
	SOAP_SPACE_TYPES,
	SOAP_SPACE_ERRORS,
	SOAP_SPACE_AUTODISCOVER, // .../exchange/2010/Autodiscover
	SOAP_SPACE_POX,          // .../autodiscover/responseschema/2006
	SOAP_SPACE_POX_OUTLOOK,  // .../autodiscover/outlook/responseschema/2006a
};

/* The elements that every answer may have. */
enum soap_node {
	SOAP_NODE_NONE, // above the root
	SOAP_NODE_ENVELOPE,
	SOAP_NODE_HEADER,
	SOAP_NODE_SERVER_VERSION,
	SOAP_NODE_BODY,
	SOAP_NODE_FAULT,
	SOAP_NODE_FAULT_CODE,
	SOAP_NODE_FAULT_STRING,
	SOAP_NODE_DETAIL,
	SOAP_NODE_DETAIL_CODE,
	SOAP_NODE_DETAIL_XML,
	SOAP_NODE_DETAIL_VALUE,
};

/* Those of an operation are numbered from here on, by an enumeration of its own: so this
 * is a plain number. */
#define SOAP_NODES (SOAP_NODE_DETAIL_VALUE + 1)

enum soap_role {
	SOAP_PLAIN,         // holds elements
	SOAP_TEXT,          // holds text
	SOAP_RESPONSE,      // the child of Body: what was asked for has come
	SOAP_MESSAGE,       // messages.xsd ResponseMessageType: has @ResponseClass
	SOAP_MESSAGE_TEXT,  // its MessageText
	SOAP_MESSAGE_CODE,  // its ResponseCode
	SOAP_MESSAGE_VALUE, // its MessageXml/t:Value
};

struct soap_row {
	int parent; // each element has one, so that the current one says where we are
	enum soap_space space;
	const char *name;
	enum soap_role role;
};

/* A row of an operation's own, where its number says. */
#define SOAP_ROW(node, parent, space, name, role) \
	[node] = {parent, SOAP_SPACE_##space, name, SOAP_##role}

/* The rows of the parts of a ResponseMessageType: MessageText, ResponseCode, MessageXml
 * and its Value. They stand right behind the row of the message, and are numbered so. */
#define SOAP_MESSAGE_ROWS(message)                                                   \
	{(message), SOAP_SPACE_MESSAGES, "MessageText", SOAP_MESSAGE_TEXT},          \
		{(message), SOAP_SPACE_MESSAGES, "ResponseCode", SOAP_MESSAGE_CODE}, \
		{(message), SOAP_SPACE_MESSAGES, "MessageXml", SOAP_PLAIN},          \
	{                                                                            \
		(message) + 3, SOAP_SPACE_TYPES, "Value", SOAP_MESSAGE_VALUE         \
	}

enum soap_class {
	SOAP_SUCCESS, // also where @ResponseClass is missing
	SOAP_WARNING,
	SOAP_ERROR,
};

/* The ResponseMessageType that was begun last. */
struct soap_message {
	enum soap_class class;
	char code[64];  // "NoError", ...; where ErrorInternalServerError hides a code,
			// that one
	char text[256]; // MessageText, one line
	int64_t back_off_ms; // -1: none
};

struct soap_attributes; // of an element that begins

/* Copies an attribute without a namespace; "" and false if it is not there. A value that
 * does not fit is as if it were not there. */
bool soap_attribute(const struct soap_attributes *attributes, const char *name, char *out,
	size_t size);

struct soap_reader;

/* How an operation reads its answer. */
struct soap_grammar {
	const char *response;        // for people: "GetUserAvailabilityResponse"
	const struct soap_row *rows; // by number; those of every answer are not its
	size_t n;
	/* Forget all: the answer is read from its beginning. */
	void (*restart)(void *context);
	/* An element begins; of the operation's own only. May be NULL. */
	void (*begin)(void *context, struct soap_reader *reader, int node,
		const struct soap_attributes *attributes);
	/* An element ends; text is its own, trimmed, without that of elements in it; for
	 * SOAP_TEXT only, else empty. It has no NUL at its end. */
	void (*end)(void *context, struct soap_reader *reader, int node, const char *text,
		size_t n);
};

/* In begin() and end(). */
struct soap_message *soap_reader_message(struct soap_reader *reader);
struct soap_answer *soap_reader_answer(struct soap_reader *reader);
/* The answer is not to be believed; why is a literal. */
void soap_reader_refuse(struct soap_reader *reader, const char *why);
void soap_reader_no_memory(struct soap_reader *reader);

/* Reads an answer as bytes of an HTTP body, of whatever status. Any DTD is refused, no
 * network, no entities but XML's own five. Bytes that XML does not allow are passed over
 * where the rest is well-formed and whole: the answer then is read a second time, after
 * restart(). Unless out_answer->kind is SOAP_ANSWER, what the operation has collected is
 * not to be used: restart() was called last. 0, or -1 when out of memory. */
int soap_read(const char *bytes, size_t n, const struct soap_grammar *grammar,
	void *context, struct soap_answer *out_answer)
	__attribute__((warn_unused_result));

#endif
