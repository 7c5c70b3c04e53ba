#include "exchange/pour.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 64 * 1024,
};

struct stream {
	struct pour pour;
	int64_t due_ms; // when the next step may go
};

/* The signature is MHD's. */
static ssize_t read_more(void *user, uint64_t at, char *out_bytes, size_t max)
{
	struct stream *stream = user;
	const struct pour *pour = &stream->pour;
	int64_t now_ms = clock_mono_ms();
	uint64_t n = pour->end > at ? pour->end - at : 0;
	uint64_t text;

	if (n == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (pour->step > 0 && now_ms < stream->due_ms) {
		visit_hold(pour->visit, stream->due_ms - now_ms, NULL);
		return 0;
	}
	n = n < max ? n : max;
	n = pour->step > 0 && pour->step < n ? pour->step : n;
	text = pour->text.len > at ? pour->text.len - at : 0;
	text = text < n ? text : n;
	if (text > 0)
		memcpy(out_bytes, pour->text.data + at, text);
	memset(out_bytes + text, ' ', n - text);
	stream->due_ms = now_ms + pour->delay_ms;
	return (ssize_t)n;
}

static void destroy(void *user)
{
	struct stream *stream = user;

	buf_finish(&stream->pour.text);
	free(stream);
}

enum MHD_Result pour_reply(const struct pour *pour, const struct visit_reply *reply)
{
	struct stream *stream = calloc(1, sizeof *stream);
	struct MHD_Response *response = NULL;
	struct buf text = pour->text;

	if (stream == NULL || text.failed)
		goto free_stream;
	stream->pour = *pour;
	response = MHD_create_response_from_callback(
		pour->total, BLOCK, read_more, stream, destroy);
	if (response == NULL)
		goto free_stream;
	return visit_reply_with(pour->visit, reply, response);
free_stream:
	buf_finish(&text);
	free(stream);
	return MHD_NO;
}
