#ifndef EWS_SOAP_SOAP_READER_H
#define EWS_SOAP_SOAP_READER_H

#include "ews/limits.h"
#include "ews/soap/soap_read.h"

#include <libxml/parser.h>

/* MessageXml/Value/@Name, of those that count. */
enum soap_value {
	SOAP_VALUE_OTHER,
	SOAP_VALUE_BACK_OFF,
	SOAP_VALUE_INNER_CODE,
};

/* An answer on its way through the parser. */
struct soap_reader {
	const struct soap_grammar *grammar;
	void *context;
	struct soap_answer *answer; // borrowed
	struct soap_message message;
	enum soap_value value;
	char inner_code[64]; // of what an ErrorInternalServerError hides
	char fault_code[64]; // the local part of faultcode
	const char *refusal; // why the answer is not to be believed; NULL: nothing
	bool no_memory;
	char stray[128]; // the root or the child of Body that we do not know; "" none

	/* of one pass */
	xmlParserCtxtPtr xml;
	int node; // the innermost element that counts
	unsigned depth;
	unsigned skipped; // how many elements deep we are in one that does not count
	bool ended;
	char text[EWS_XML_TEXT_MAX];
	size_t text_len;
};

/* libxml2 hands attributes over in fives: name, prefix, URI, the value's begin and end.
 */
struct soap_attributes {
	const xmlChar **fives;
	int n;
};

/* How a pass ended. */
struct soap_pass {
	bool whole; // well-formed, and the root's end tag was seen
	int line;   // of the error that ended it
	int error;  // libxml2's number
};

/* soap_parse.c: reads a document. utf8 says to take the bytes for UTF-8 whatever they
 * declare. */
struct soap_pass soap_parse(
	struct soap_reader *reader, const char *bytes, size_t n, bool utf8);

/* soap_common.c: the elements that every answer may have, and those with a role. */
const struct soap_row *soap_row(const struct soap_reader *reader, int node);
/* The element that counts with this name; SOAP_NODE_NONE: none. */
int soap_child(const struct soap_reader *reader, const char *uri, const char *name);
void soap_element_begins(
	struct soap_reader *reader, const struct soap_attributes *attributes);
void soap_element_ends(struct soap_reader *reader);

#endif
