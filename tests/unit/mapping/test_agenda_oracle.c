#include "test.h"

#include "mapping/agenda.h"

#include <stdbool.h>
#include <stdlib.h>

/*
 * agenda.c against an oracle too simple to be wrong: it asks every event about every
 * second. The number of a calendar is its seed, so what a failure prints is enough to see
 * it again.
 */
#define CALENDARS 6000
#define EVENTS_MAX 24
#define WINDOW_MAX 160
#define MARGIN 20 // events reach this far out of the window

struct random {
	uint64_t state;
};

/* SplitMix64. */
static uint64_t random_next(struct random *random)
{
	uint64_t x = random->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int64_t random_below(struct random *random, int64_t bound)
{
	return (int64_t)(random_next(random) % (uint64_t)bound);
}

struct calendar {
	int64_t from;
	int64_t to;
	unsigned shown; // as agenda_build() takes it
	size_t n;
	struct cal_event events[EVENTS_MAX];
};

static struct calendar random_calendar(uint64_t seed)
{
	struct random random = {seed};
	struct calendar calendar = {0};
	/* The epoch, its past, and a time when 32 bits are over. */
	const int64_t bases[] = {0, -3000, INT64_C(1) << 32};

	calendar.from = bases[random_below(&random, 3)];
	calendar.to = calendar.from + 1 + random_below(&random, WINDOW_MAX);
	calendar.n = (size_t)random_below(&random, EVENTS_MAX + 1);
	/* Short events leave gaps, long ones overlap: let each calendar have its own mix.
	 */
	int64_t longest = 1 + random_below(&random, WINDOW_MAX);
	for (size_t i = 0; i < calendar.n; i++) {
		struct cal_event *event = &calendar.events[i];

		event->start =
			calendar.from - MARGIN +
			random_below(&random, calendar.to - calendar.from + 2 * MARGIN);
		event->end = event->start - 2 + random_below(&random, longest + 3);
		event->state = (enum cal_state)random_below(&random, CAL_UNKNOWN);
		event->flags = (uint64_t)random_below(&random, 16);
		if (i > 0 && random_below(&random, 4) == 0)
			event->start = calendar.events[i - 1].end;
		if (i > 0 && random_below(&random, 8) == 0)
			*event = calendar.events[i - 1];
	}
	calendar.shown = (unsigned)random_below(&random, INT64_C(1) << CAL_STATES);
	return calendar;
}

static unsigned strength(const struct calendar *calendar, enum cal_state state)
{
	bool shown = state != CAL_FREE && (calendar->shown & 1u << state) != 0;

	return (unsigned)state + (shown ? CAL_STATES : 0);
}

static enum cal_state oracle_state(const struct calendar *calendar, int64_t t)
{
	enum cal_state state = CAL_FREE;

	if (t < calendar->from || t >= calendar->to)
		return CAL_UNKNOWN;
	for (size_t i = 0; i < calendar->n; i++) {
		const struct cal_event *event = &calendar->events[i];

		if (event->start <= t && t < event->end &&
			strength(calendar, event->state) > strength(calendar, state))
			state = event->state;
	}
	return state;
}

static int64_t oracle_next_edge(const struct calendar *calendar, int64_t t)
{
	enum cal_state state = oracle_state(calendar, t);

	for (int64_t later = t + 1; later <= calendar->to; later++)
		if (oracle_state(calendar, later) != state)
			return later;
	return AGENDA_NEVER;
}

static bool agrees(const struct calendar *calendar, const struct agenda *agenda)
{
	for (int64_t t = calendar->from - 2; t < calendar->to + 2; t++) {
		if (agenda_state(agenda, t) != oracle_state(calendar, t))
			return false;
		if (agenda_next_edge(agenda, t) != oracle_next_edge(calendar, t))
			return false;
	}
	if (agenda->n == 0 || agenda_span(agenda, 0).start != calendar->from)
		return false;
	for (size_t i = 1; i < agenda->n; i++)
		if (agenda_span(agenda, i).start <= agenda_span(agenda, i - 1).start ||
			agenda_span(agenda, i).state == agenda_span(agenda, i - 1).state)
			return false;
	return agenda_span(agenda, agenda->n - 1).start < calendar->to;
}

static void random_calendars_agree_with_the_oracle(void **state)
{
	(void)state;
	print_message("seeds 1 to %d\n", CALENDARS);
	for (uint64_t seed = 1; seed <= CALENDARS; seed++) {
		struct calendar calendar = random_calendar(seed);
		struct agenda agenda = {0};

		assert_int_equal(agenda_build(calendar.events, calendar.n, calendar.shown,
					 calendar.from, calendar.to, &agenda),
			0);
		bool good = agrees(&calendar, &agenda);
		agenda_finish(&agenda);
		if (!good)
			fail_msg("seed %llu", (unsigned long long)seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_calendars_agree_with_the_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
