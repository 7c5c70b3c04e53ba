#ifndef COMPONENT_XMPP_READER_H
#define COMPONENT_XMPP_READER_H

#include "component/xmpp/element.h"

#include <stddef.h>

/*
 * Reads one XML stream (RFC 6120 section 4): bytes in, elements out. No I/O. A stanza
 * beyond a limit (component/xmpp/limits.h), or with a name whose prefix is declared
 * nowhere, is left out as a whole; what is not well-formed or has what no stream may have
 * (section 11.1) ends the stream.
 */
enum reader_event {
	READER_MORE,    // all bytes are taken, more are needed
	READER_OPENED,  // reader_element() is the stream's own, with its attributes
	READER_STANZA,  // reader_element() is a child of the stream's own, in any
			// namespace
	READER_DROPPED, // a stanza was left out: reader_why() completes "since ..."
	READER_CLOSED,  // </stream:stream>
	READER_BROKEN,  // reader_why() is the stream error's condition (section 4.9.3)
};

struct reader;

struct reader *reader_create(void); // NULL: no memory
void reader_destroy(struct reader *reader);

/* Takes bytes from the front of *bytes until something is whole. READER_CLOSED and
 * READER_BROKEN are the last. */
enum reader_event reader_next(struct reader *reader, const char **bytes, size_t *n);
/* Until the next reader_next(). */
const struct element *reader_element(const struct reader *reader);
const char *reader_why(const struct reader *reader);

#endif
