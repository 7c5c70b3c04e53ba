#include "ews/reading/pieces.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_S 60
#define WINDOW_MIN_S 300 // what MergedFreeBusyIntervalInMinutes has to fit into

static int64_t in_minutes(int64_t span_s)
{
	span_s = span_s / MINUTE_S * MINUTE_S;
	return span_s > PIECES_SPAN_MIN_S ? span_s : PIECES_SPAN_MIN_S;
}

struct pieces *pieces_create(int64_t from, int64_t to, int64_t span_s, int64_t read_at)
{
	assert(to - from >= WINDOW_MIN_S);
	struct pieces *pieces = malloc(sizeof *pieces);
	if (pieces)
		*pieces = (struct pieces){.from = from,
			.to = to,
			.read_at = read_at,
			.at = from,
			.span_s = in_minutes(span_s)};
	return pieces;
}

void pieces_destroy(struct pieces *pieces)
{
	if (!pieces)
		return;
	free(pieces->events);
	free(pieces);
}

void pieces_next(const struct pieces *pieces, int64_t *out_from, int64_t *out_to)
{
	int64_t left_s = pieces->to - pieces->at;
	*out_from = left_s < WINDOW_MIN_S ? pieces->to - WINDOW_MIN_S : pieces->at;
	*out_to = left_s < pieces->span_s ? pieces->to : pieces->at + pieces->span_s;
}

bool pieces_halve(struct pieces *pieces)
{
	int64_t from;
	int64_t to;
	pieces_next(pieces, &from, &to);
	if (to - from <= PIECES_SPAN_MIN_S)
		return false;
	pieces->span_s = in_minutes((to - from) / 2);
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

static bool append(struct pieces *pieces, const struct gateway_event *events, size_t n)
{
	if (n == 0)
		return true;
	if (pieces->n + n > pieces->cap) {
		struct gateway_event *grown =
			realloc(pieces->events, (pieces->n + n) * sizeof *grown);
		if (!grown)
			return false;
		pieces->events = grown;
		pieces->cap = pieces->n + n;
	}
	memcpy(pieces->events + pieces->n, events, n * sizeof *events);
	pieces->n += n;
	qsort(pieces->events, pieces->n, sizeof *pieces->events, compare);
	pieces->n = drop_duplicates(pieces->events, pieces->n);
	return true;
}

/* The entries are in the order of their beginnings. */
static void cut(struct pieces *pieces)
{
	int64_t end = pieces->events[GATEWAY_EVENTS_MAX].start;
	pieces->n = GATEWAY_EVENTS_MAX;
	if (end < pieces->to)
		pieces->to = end;
	if (pieces->at > pieces->to)
		pieces->at = pieces->to;
}

enum pieces_state pieces_add(
	struct pieces *pieces, const struct gateway_event *events, size_t n)
{
	int64_t from;
	pieces_next(pieces, &from, &pieces->at);
	if (!append(pieces, events, n))
		return PIECES_NO_MEMORY;
	if (pieces->n > GATEWAY_EVENTS_MAX)
		cut(pieces);
	if (pieces->to <= pieces->read_at)
		return PIECES_FULL;
	return pieces->at < pieces->to ? PIECES_MORE : PIECES_WHOLE;
}
