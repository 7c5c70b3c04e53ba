#include "ews/operations/notify.h"
#include "ews/operations/stream_split.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_news(const struct buf *document)
{
	struct stream_message news;
	if (notify_read_stream_message(document->data, document->len, &news) == 0) {
		require(news.soap.kind == SOAP_ANSWER || !news.told);
		require(news.told || !notify_ids_after(&news.changed, NULL));
		for (const char *id = NULL; (id = notify_ids_after(&news.bad, id));)
			require(id[0] != '\0' && strlen(id) <= NOTIFY_ID_MAX);
	}
	stream_message_finish(&news);
}

/* The documents of a body in pieces of at most `most` bytes, as one run of bytes. */
static enum stream_piece split(
	const char *bytes, size_t n, size_t most, struct buf *documents)
{
	struct stream_split split;
	enum stream_piece piece = STREAM_MORE;
	stream_split_init(&split);
	while (n > 0 && piece != STREAM_BROKEN) {
		size_t left = n < most ? n : most;
		size_t taken = left;
		piece = stream_split_take(&split, &bytes, &left);
		n -= taken - left;
		if (piece != STREAM_DOCUMENT)
			continue;
		buf_add(documents, split.document.data, split.document.len);
		buf_add(documents, "", 1);
		if (most > 1)
			check_news(&split.document);
	}
	stream_split_finish(&split);
	return piece;
}

/* In whatever pieces a body comes, it has the same documents. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf bytewise;
	buf_init(&whole, 2 * size);
	buf_init(&bytewise, 2 * size);
	enum stream_piece end = split((const char *)data, size, SIZE_MAX, &whole);
	require((split((const char *)data, size, 1, &bytewise) == STREAM_BROKEN) ==
		(end == STREAM_BROKEN));
	require(whole.len == bytewise.len);
	require(whole.len == 0 || memcmp(whole.data, bytewise.data, whole.len) == 0);
	buf_finish(&whole);
	buf_finish(&bytewise);
	return 0;
}
