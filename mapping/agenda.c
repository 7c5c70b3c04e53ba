#include "mapping/agenda.h"

#include "mapping/outcome.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* An instant at which an outcome begins or ends. */
struct point {
	int64_t t;
	enum cal_state state;
	bool begins;
};

static int compare_points(const void *left, const void *right)
{
	const struct point *a = left;
	const struct point *b = right;

	return (a->t > b->t) - (a->t < b->t);
}

/* Puts both ends of what counts within [from, to) into points, and tells how many. */
static size_t collect_points(const struct cal_event *events, size_t n, int64_t from,
	int64_t to, struct point *points)
{
	size_t filled = 0;

	for (size_t i = 0; i < n; i++) {
		struct cal_outcome outcome;

		if (!outcome_of(&events[i], &outcome))
			continue;
		if (outcome.start >= to || outcome.end <= from)
			continue;
		points[filled++] = (struct point){
			.t = outcome.start > from ? outcome.start : from,
			.state = outcome.state,
			.begins = true,
		};
		points[filled++] = (struct point){
			.t = outcome.end < to ? outcome.end : to,
			.state = outcome.state,
			.begins = false,
		};
	}
	return filled;
}

static enum cal_state strongest(const size_t covering[CAL_STATES])
{
	for (size_t state = CAL_OOF; state > CAL_FREE; state--)
		if (covering[state] > 0)
			return (enum cal_state)state;
	return CAL_FREE;
}

/* Walks the sorted points. All points of one instant are taken before the state is looked
 * at: a meeting that ends as the next one starts leaves no gap. */
static size_t sweep(const struct point *points, size_t n, int64_t from, int64_t to,
	struct agenda_span *spans)
{
	size_t covering[CAL_STATES] = {0};
	size_t filled = 0;
	size_t i = 0;
	int64_t t = from;

	while (t < to) {
		for (; i < n && points[i].t == t; i++) {
			if (points[i].begins)
				covering[points[i].state]++;
			else
				covering[points[i].state]--;
		}
		enum cal_state state = strongest(covering);
		if (filled == 0 || spans[filled - 1].state != state)
			spans[filled++] = (struct agenda_span){
				.start = t,
				.state = state,
			};
		t = i < n ? points[i].t : to;
	}
	return filled;
}

int agenda_build(const struct cal_event *events, size_t n, int64_t from, int64_t to,
	struct agenda *out_agenda)
{
	struct point *points = NULL;
	struct agenda_span *spans = NULL;
	int result = -1;

	assert(from < to);
	if (n > SIZE_MAX / sizeof(*points) / 2 - 1)
		goto out;
	points = malloc((2 * n + 1) * sizeof(*points));
	if (!points)
		goto out;
	size_t n_points = collect_points(events, n, from, to, points);
	if (n_points > 1)
		qsort(points, n_points, sizeof(*points), compare_points);
	spans = malloc((n_points + 1) * sizeof(*spans));
	if (!spans)
		goto out;
	size_t n_spans = sweep(points, n_points, from, to, spans);
	/* There is one agenda a person and it lives long: give back what it does not use.
	 */
	struct agenda_span *fitted = realloc(spans, n_spans * sizeof(*spans));
	*out_agenda = (struct agenda){
		.from = from,
		.to = to,
		.n = n_spans,
		.spans = fitted ? fitted : spans,
	};
	result = 0;
out:
	free(points);
	return result;
}

void agenda_finish(struct agenda *agenda)
{
	free(agenda->spans);
	*agenda = (struct agenda){0};
}

/* How many spans start at or before t. */
static size_t spans_until(const struct agenda *agenda, int64_t t)
{
	size_t low = 0;
	size_t high = agenda->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (agenda->spans[middle].start <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum cal_state agenda_state(const struct agenda *agenda, int64_t t)
{
	size_t n = t < agenda->to ? spans_until(agenda, t) : 0;

	return n > 0 ? agenda->spans[n - 1].state : CAL_UNKNOWN;
}

int64_t agenda_next_edge(const struct agenda *agenda, int64_t t)
{
	if (agenda->n == 0 || t >= agenda->to)
		return AGENDA_NEVER;
	size_t n = spans_until(agenda, t);
	return n < agenda->n ? agenda->spans[n].start : agenda->to;
}
