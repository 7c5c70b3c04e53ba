#ifndef COMPONENT_XMPP_FRAME_H
#define COMPONENT_XMPP_FRAME_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Cuts the bytes of an XML stream (RFC 6120 section 4.2) into its opening tag, its
 * stanzas and its end, and keeps the stanzas' limits, before a parser has to take any of
 * it. Knows of XML where tags and CDATA sections end, and what no stream may hold
 * (section 11.1).
 */
enum frame_event {
	FRAME_MORE,    // all bytes are taken, more are needed
	FRAME_OPENING, // frame->bytes is all from the beginning to the opening tag
	FRAME_STANZA,  // frame->bytes is one whole stanza
	FRAME_DROPPED, // a stanza beyond a limit has ended: frame->why
	FRAME_CLOSING, // the stream's closing tag
	FRAME_BROKEN,  // no XML stream: frame->why is the stream error's condition
};

enum frame_state {
	FRAME_TEXT,
	FRAME_LESS, // behind <
	FRAME_START_TAG,
	FRAME_VALUE, // in an attribute's value, which `quote` ends
	FRAME_END_TAG,
	FRAME_CDATA_START, // behind <!
	FRAME_CDATA,
	FRAME_DECLARATION, // behind <? before the opening tag
};

struct frame {
	struct buf bytes; // owned; until the next frame_take()
	const char *why;
	enum frame_event last;
	enum frame_state state;
	char quote;
	bool slash;     // behind a / that could end a tag
	size_t matched; // bytes of [CDATA[, ]]> or ?> so far
	size_t depth;   // of elements that are open; the stream's own is the first
	size_t nodes;
	size_t attributes;
	size_t name;
};

void frame_init(struct frame *frame);
void frame_finish(struct frame *frame);

/* Takes bytes from the front of *bytes until something is whole. FRAME_CLOSING and
 * FRAME_BROKEN are the last. Character data between stanzas is passed over. */
enum frame_event frame_take(struct frame *frame, const char **bytes, size_t *n);

#endif
