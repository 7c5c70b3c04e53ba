#ifndef EWS_OPERATIONS_STREAM_SPLIT_H
#define EWS_OPERATIONS_STREAM_SPLIT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Cuts one HTTP body, in which documents of XML stand one behind the other, into the
 * documents (GetStreamingEvents). What tells where one ends is the depth of its elements
 * alone: names and prefixes differ between versions of Exchange, and `</Envelope>` may
 * stand in a text. Whether a document is well-formed is its reader's to say. Encodings
 * are those where `<` is the byte 0x3C and nothing else is.
 */
#define STREAM_DOCUMENT_MAX (4 * 1024 * 1024)

enum stream_piece {
	STREAM_MORE,     // all bytes are taken, and no document ended
	STREAM_DOCUMENT, // split->document is whole, until the next call
	STREAM_BROKEN, // no XML, a DTD, a document over the limit, or no memory: for good
};

struct stream_split {
	struct buf document;
	size_t depth;    // elements that are open
	int place;       // what the next byte is part of
	char quote;      // of an attribute's value; 0: outside
	char last[2];    // the two bytes before, where they count
	size_t matched;  // bytes of what follows `<!`
	bool is_comment; // that is `--`, not `[CDATA[`
};

void stream_split_init(struct stream_split *split);
void stream_split_finish(struct stream_split *split); // accepts a zeroed one
/* For another body. */
void stream_split_reset(struct stream_split *split);
/* Takes bytes from the front, up to the end of a document at most; *bytes and *n move on.
 * To be called until it says STREAM_MORE. */
enum stream_piece stream_split_take(
	struct stream_split *split, const char **bytes, size_t *n);

#endif
