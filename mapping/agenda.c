#include "mapping/agenda.h"

#include "mapping/outcome.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* There is one agenda a person, and it lives long. Of a span that starts within so many
 * seconds of the window's start, 17 years, these are kept, and in the low bits its state.
 */
#define STATE_BITS 3
#define SHORT_S (UINT32_MAX >> STATE_BITS)
_Static_assert(CAL_STATES <= 1 << STATE_BITS, "a state has its bits");

/* Whether the spans are packed; they are an array of struct agenda_span else. */
static bool is_short(const struct agenda *agenda)
{
	return (uint64_t)agenda->to - (uint64_t)agenda->from <= SHORT_S;
}

/* Takes over the spans. false: no memory. */
static bool pack(struct agenda *agenda, struct agenda_span *spans)
{
	uint32_t *packed = malloc(agenda->n * sizeof(*packed));

	for (uint32_t i = 0; packed && i < agenda->n; i++)
		packed[i] = (uint32_t)(spans[i].start - agenda->from) << STATE_BITS |
			    (uint32_t)spans[i].state;
	agenda->spans = packed;
	free(spans);
	return packed;
}

struct agenda_span agenda_span(const struct agenda *agenda, size_t i)
{
	const struct agenda_span *spans = agenda->spans;
	const uint32_t *packed = agenda->spans;

	if (!is_short(agenda))
		return spans[i];
	return (struct agenda_span){
		.start = agenda->from + (packed[i] >> STATE_BITS),
		.state = (enum cal_state)(packed[i] & ((1u << STATE_BITS) - 1)),
	};
}

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

/* The strongest of the states in a set that cover; CAL_FREE if none of them does. */
static enum cal_state strongest_of(unsigned states, const size_t covering[CAL_STATES])
{
	for (size_t state = CAL_OOF; state > CAL_FREE; state--)
		if ((states & 1u << state) != 0 && covering[state] > 0)
			return (enum cal_state)state;
	return CAL_FREE;
}

static enum cal_state strongest(unsigned shown, const size_t covering[CAL_STATES])
{
	enum cal_state state = strongest_of(shown, covering);

	return state != CAL_FREE ? state : strongest_of(~shown, covering);
}

/* Walks the sorted points. All points of one instant are taken before the state is looked
 * at: a meeting that ends as the next one starts leaves no gap. */
static size_t sweep(const struct point *points, size_t n, unsigned shown, int64_t from,
	int64_t to, struct agenda_span *spans)
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
		enum cal_state state = strongest(shown, covering);
		if (filled == 0 || spans[filled - 1].state != state)
			spans[filled++] = (struct agenda_span){
				.start = t,
				.state = state,
			};
		t = i < n ? points[i].t : to;
	}
	return filled;
}

int agenda_build(const struct cal_event *events, size_t n, unsigned shown, int64_t from,
	int64_t to, struct agenda *out_agenda)
{
	struct agenda agenda = {.from = from, .to = to};
	struct point *points = NULL;
	struct agenda_span *spans = NULL;

	assert(from < to);
	if (n > UINT32_MAX / 2 - 1)
		return -1;
	points = malloc((2 * n + 1) * sizeof(*points));
	if (!points)
		return -1;
	size_t n_points = collect_points(events, n, from, to, points);
	if (n_points > 1)
		qsort(points, n_points, sizeof(*points), compare_points);
	spans = malloc((n_points + 1) * sizeof(*spans));
	if (spans)
		agenda.n = (uint32_t)sweep(points, n_points, shown, from, to, spans);
	free(points);
	if (!spans)
		return -1;
	agenda.spans = spans;
	if (is_short(&agenda) && !pack(&agenda, spans))
		return -1;
	*out_agenda = agenda;
	return 0;
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

		if (agenda_span(agenda, middle).start <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum cal_state agenda_state(const struct agenda *agenda, int64_t t)
{
	size_t n = t < agenda->to ? spans_until(agenda, t) : 0;

	return n > 0 ? agenda_span(agenda, n - 1).state : CAL_UNKNOWN;
}

int64_t agenda_next_edge(const struct agenda *agenda, int64_t t)
{
	if (agenda->n == 0 || t >= agenda->to)
		return AGENDA_NEVER;
	size_t n = spans_until(agenda, t);
	return n < agenda->n ? agenda_span(agenda, n).start : agenda->to;
}
