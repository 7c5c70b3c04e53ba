#include "gateway/polling/window_chunks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_S 60
#define WINDOW_MIN_S 300 // what MergedFreeBusyIntervalInMinutes has to fit into

static int64_t in_minutes(int64_t span_s)
{
	span_s = span_s / MINUTE_S * MINUTE_S;
	return span_s > WINDOW_CHUNKS_SPAN_MIN_S ? span_s : WINDOW_CHUNKS_SPAN_MIN_S;
}

struct window_chunks *window_chunks_create(
	int64_t from, int64_t to, int64_t span_s, int64_t read_at)
{
	assert(to - from >= WINDOW_MIN_S);
	struct window_chunks *chunks = malloc(sizeof *chunks);
	if (chunks)
		*chunks = (struct window_chunks){.from = from,
			.to = to,
			.read_at = read_at,
			.at = from,
			.span_s = in_minutes(span_s)};
	return chunks;
}

void window_chunks_destroy(struct window_chunks *chunks)
{
	if (!chunks)
		return;
	free(chunks->events);
	free(chunks);
}

void window_chunks_next(
	const struct window_chunks *chunks, int64_t *out_from, int64_t *out_to)
{
	int64_t left_s = chunks->to - chunks->at;
	*out_from = left_s < WINDOW_MIN_S ? chunks->to - WINDOW_MIN_S : chunks->at;
	*out_to = left_s < chunks->span_s ? chunks->to : chunks->at + chunks->span_s;
}

bool window_chunks_halve(struct window_chunks *chunks)
{
	int64_t from;
	int64_t to;
	window_chunks_next(chunks, &from, &to);
	if (to - from <= WINDOW_CHUNKS_SPAN_MIN_S)
		return false;
	chunks->span_s = in_minutes((to - from) / 2);
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct gateway_event *a = left;
	const struct gateway_event *b = right;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	if (a->busy != b->busy)
		return a->busy - b->busy;
	return (a->flags > b->flags) - (a->flags < b->flags);
}

static size_t drop_duplicates(struct gateway_event *events, size_t n)
{
	size_t kept = n > 0;
	for (size_t i = 1; i < n; i++) {
		if (compare(&events[i], &events[kept - 1]) != 0)
			events[kept++] = events[i];
	}
	return kept;
}

static bool append(
	struct window_chunks *chunks, const struct gateway_event *events, size_t n)
{
	if (n == 0)
		return true;
	if (chunks->n + n > chunks->cap) {
		struct gateway_event *grown =
			realloc(chunks->events, (chunks->n + n) * sizeof *grown);
		if (!grown)
			return false;
		chunks->events = grown;
		chunks->cap = chunks->n + n;
	}
	memcpy(chunks->events + chunks->n, events, n * sizeof *events);
	chunks->n += n;
	qsort(chunks->events, chunks->n, sizeof *chunks->events, compare);
	chunks->n = drop_duplicates(chunks->events, chunks->n);
	return true;
}

/* The entries are in the order of their beginnings. */
static void cut(struct window_chunks *chunks)
{
	int64_t end = chunks->events[GATEWAY_EVENTS_MAX].start;
	chunks->n = GATEWAY_EVENTS_MAX;
	if (end < chunks->to)
		chunks->to = end;
	if (chunks->at > chunks->to)
		chunks->at = chunks->to;
}

enum window_chunks_state window_chunks_add(
	struct window_chunks *chunks, const struct gateway_event *events, size_t n)
{
	int64_t from;
	window_chunks_next(chunks, &from, &chunks->at);
	if (!append(chunks, events, n))
		return WINDOW_CHUNKS_NO_MEMORY;
	if (chunks->n > GATEWAY_EVENTS_MAX)
		cut(chunks);
	if (chunks->to <= chunks->read_at)
		return WINDOW_CHUNKS_FULL;
	return chunks->at < chunks->to ? WINDOW_CHUNKS_MORE : WINDOW_CHUNKS_WHOLE;
}
