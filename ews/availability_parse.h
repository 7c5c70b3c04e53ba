#ifndef EWS_AVAILABILITY_PARSE_H
#define EWS_AVAILABILITY_PARSE_H

#include "ews/availability_collect.h"

/* How a parse ended. */
struct availability_parse {
	bool whole;      // well-formed, and the root's end tag was seen
	int line;        // of the error that ended it
	int error;       // libxml2's number
	char stray[128]; // the root or the child of Body that we do not know; "" none
};

/* Reads a document into collect. No network, no entities but XML's own five, any DTD is
 * refused. utf8 says to take the bytes for UTF-8 whatever they declare. */
struct availability_parse availability_parse(
	const char *bytes, size_t n, bool utf8, struct availability_collect *collect);

#endif
