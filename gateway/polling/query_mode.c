#include "gateway/polling/query_mode.h"

#include "gateway/limits.h"

void query_mode_done(struct query_mode *mode)
{
	window_chunks_destroy(mode->chunks);
	mode->chunks = NULL;
}

bool query_mode_is_alike(const struct query_mode *a, const struct query_mode *b)
{
	return a->version == b->version && a->merged == b->merged && a->span_s == 0 &&
	       b->span_s == 0 && !a->items && !b->items;
}

void query_mode_renew(struct query_mode *mode, int64_t now_ms)
{
	if (now_ms < mode->until_ms)
		return;
	mode->version = NULL;
	mode->merged = false;
	mode->items = mode->wants_items;
}

static bool lower(struct query_mode *mode, const char *version, int64_t now_ms)
{
	mode->version = version;
	mode->until_ms = now_ms + QUERY_MODE_LASTS_MS;
	return true;
}

static bool merge(struct query_mode *mode, int64_t now_ms)
{
	if (mode->merged)
		return false;
	mode->merged = true;
	mode->until_ms = now_ms + QUERY_MODE_LASTS_MS;
	return true;
}

static bool cut(struct query_mode *mode, const struct mode_query *query, int64_t now)
{
	if (mode->chunks) {
		bool smaller = window_chunks_halve(mode->chunks);
		mode->span_s = (uint32_t)mode->chunks->span_s;
		return smaller;
	}
	int64_t span_s = (query->to - query->from) / 2;
	if (span_s < WINDOW_CHUNKS_SPAN_MIN_S)
		return false;
	mode->chunks = window_chunks_create(query->from, query->to, span_s, now);
	if (!mode->chunks)
		return false;
	mode->span_s = (uint32_t)mode->chunks->span_s;
	return true;
}

/* What of its entries we may not see is told by free/busy. */
static bool leave_items(struct query_mode *mode, int64_t now_ms)
{
	query_mode_done(mode);
	mode->items = false;
	mode->until_ms = now_ms + QUERY_MODE_LASTS_MS;
	return true;
}

bool query_mode_learn(struct query_mode *mode, const struct mailbox_reading *result,
	const struct mode_query *query, const struct now *now)
{
	switch (result->advice) {
	case READING_NO_ADVICE:
		break;
	case READING_IN_CHUNKS:
		return cut(mode, query, now_utc_s(now));
	case READING_BY_DIGITS:
		return merge(mode, now->mono_ms);
	case READING_FREE_BUSY:
		return mode->items && leave_items(mode, now->mono_ms);
	case READING_IN_VERSION:
		return lower(mode, result->version, now->mono_ms);
	}
	return false;
}

void query_mode_window(struct query_mode *mode, int64_t *from, int64_t *to, int64_t now)
{
	if (mode->span_s > 0 && !mode->chunks)
		mode->chunks = window_chunks_create(*from, *to, mode->span_s, now);
	if (mode->chunks)
		window_chunks_next(mode->chunks, from, to);
}

enum window_chunks_state query_mode_add(struct query_mode *mode,
	const struct gateway_event *events, size_t n,
	struct gateway_calendar *out_calendar)
{
	struct window_chunks *chunks = mode->chunks;
	enum window_chunks_state state = window_chunks_add(chunks, events, n);
	if (state != WINDOW_CHUNKS_WHOLE)
		return state;
	*out_calendar = (struct gateway_calendar){.read_at = chunks->read_at,
		.from = chunks->from,
		.to = chunks->to,
		.n = (uint32_t)chunks->n,
		.events = chunks->events};
	/* It may have been tidied up. */
	if (chunks->n < GATEWAY_ENTRIES_MAX)
		mode->span_s = 0;
	return state;
}
