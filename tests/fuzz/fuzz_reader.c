#include "../unit/component/element_print.h"
#include "component/xmpp/reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* What comes of the bytes in pieces of at most `most`, as text; returns the last event.
 */
static enum reader_event tell(const char *bytes, size_t n, size_t most, struct buf *told)
{
	struct reader *reader = reader_create();
	enum reader_event event = READER_MORE;

	require(reader != NULL);
	while (n > 0 && event != READER_BROKEN && event != READER_CLOSED) {
		size_t left = n < most ? n : most;
		size_t taken = left;

		event = reader_next(reader, &bytes, &left);
		n -= taken - left;
		if (event == READER_MORE)
			continue;
		buf_printf(told, "%d", (int)event);
		if (event == READER_STANZA || event == READER_OPENED)
			element_print(reader_element(reader), told);
		else if (event != READER_CLOSED)
			buf_puts(told, reader_why(reader));
	}
	reader_destroy(reader);
	return event;
}

/* In whatever pieces a stream comes, it has the same stanzas. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf bytewise;

	buf_init(&whole, (size_t)64 * 1024 * 1024);
	buf_init(&bytewise, (size_t)64 * 1024 * 1024);
	require(tell((const char *)data, size, SIZE_MAX, &whole) ==
		tell((const char *)data, size, 1, &bytewise));
	require(strcmp(buf_text(&whole), buf_text(&bytewise)) == 0);
	buf_finish(&whole);
	buf_finish(&bytewise);
	return 0;
}
