#include "ews/reading/pieces.h"

#include "ews/limits.h"
#include "test.h"

#include <stdlib.h>

#define NOON INT64_C(1800000000)
#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)

/* A calendar with a meeting of `length_s` each `every_s`, as Exchange would answer for
 * it. */
struct calendar {
	int64_t begin;
	int64_t end;
	int64_t every_s;
	int64_t length_s;
};

static size_t ask(const struct calendar *calendar, int64_t from, int64_t to,
	struct gateway_event *events)
{
	size_t n = 0;
	for (int64_t at = calendar->begin; at < calendar->end; at += calendar->every_s) {
		struct gateway_event event = {.start = at,
			.end = at + calendar->length_s,
			.busy = GATEWAY_BUSY_BUSY};
		if (event.start >= to || event.end <= from)
			continue;
		if (n == AVAILABILITY_EVENTS_MAX)
			return n + 1;
		events[n++] = event;
	}
	return n;
}

/* Reads it; tells in how many requests. */
static unsigned read_all(struct pieces *pieces, const struct calendar *calendar,
	enum pieces_state *out_state)
{
	static struct gateway_event events[AVAILABILITY_EVENTS_MAX + 1];
	unsigned requests = 0;
	int64_t from;
	int64_t to;
	do {
		pieces_next(pieces, &from, &to);
		assert_true(from >= pieces->from && to <= pieces->to && to - from >= 300);
		assert_true(++requests < 1000);
		size_t n = ask(calendar, from, to, events);
		if (n > AVAILABILITY_EVENTS_MAX) {
			if (!pieces_halve(pieces)) {
				*out_state = PIECES_FULL;
				return requests;
			}
			*out_state = PIECES_MORE;
			continue;
		}
		*out_state = pieces_add(pieces, events, n);
	} while (*out_state == PIECES_MORE);
	return requests;
}

static void assert_sorted_and_single(const struct pieces *pieces)
{
	for (size_t i = 1; i < pieces->n; i++)
		assert_true(pieces->events[i].start > pieces->events[i - 1].start);
}

static void a_full_calendar_comes_whole_in_pieces(void **state)
{
	(void)state;
	/* 2880 minutes, a meeting each, of ten minutes: always ten at once. */
	struct calendar calendar = {NOON - DAY, NOON + 3 * DAY, 60, 600};
	struct pieces *pieces =
		pieces_create(NOON - HOUR, NOON - HOUR + 2 * DAY, DAY, NOON);
	enum pieces_state end;
	unsigned requests = read_all(pieces, &calendar, &end);
	assert_int_equal(end, PIECES_WHOLE);
	assert_int_equal(pieces->from, NOON - HOUR);
	assert_int_equal(pieces->to, NOON - HOUR + 2 * DAY);
	assert_int_equal(pieces->n, 2880 + 9); // nine had begun before
	assert_in_range(requests, 4, 6);
	assert_sorted_and_single(pieces);
	pieces_destroy(pieces);
}

static void an_entry_across_all_pieces_counts_once(void **state)
{
	(void)state;
	struct gateway_event away = {
		.start = NOON - DAY, .end = NOON + 9 * DAY, .busy = GATEWAY_BUSY_OOF};
	struct pieces *pieces =
		pieces_create(NOON - HOUR, NOON - HOUR + 4 * DAY, DAY, NOON);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pieces_add(pieces, &away, 1), PIECES_MORE);
	assert_int_equal(pieces_add(pieces, &away, 1), PIECES_WHOLE);
	assert_int_equal(pieces->n, 1);
	assert_int_equal(pieces->events[0].start, NOON - DAY);
	pieces_destroy(pieces);
}

static void entries_that_differ_in_one_thing_are_two(void **state)
{
	(void)state;
	struct gateway_event events[] = {
		{.start = NOON, .end = NOON + 60, .busy = GATEWAY_BUSY_BUSY},
		{.start = NOON, .end = NOON + 61, .busy = GATEWAY_BUSY_BUSY},
		{.start = NOON, .end = NOON + 60, .busy = GATEWAY_BUSY_OOF},
		{.start = NOON,
			.end = NOON + 60,
			.busy = GATEWAY_BUSY_BUSY,
			.flags = GATEWAY_EVENT_PRIVATE},
		{.start = NOON, .end = NOON + 60, .busy = GATEWAY_BUSY_BUSY},
	};
	struct pieces *pieces = pieces_create(NOON - HOUR, NOON + HOUR, DAY, NOON);
	assert_int_equal(pieces_add(pieces, events, 5), PIECES_WHOLE);
	assert_int_equal(pieces->n, 4);
	pieces_destroy(pieces);
}

static void beyond_the_bound_the_window_is_shorter(void **state)
{
	(void)state;
	struct calendar calendar = {NOON - HOUR, NOON + 40 * DAY, 60, 60};
	struct pieces *pieces =
		pieces_create(NOON - HOUR, NOON - HOUR + 31 * DAY, 15 * DAY, NOON);
	enum pieces_state end;
	(void)read_all(pieces, &calendar, &end);
	assert_int_equal(end, PIECES_WHOLE);
	assert_int_equal(pieces->n, GATEWAY_EVENTS_MAX);
	assert_int_equal(pieces->to, NOON - HOUR + GATEWAY_EVENTS_MAX * INT64_C(60));
	assert_sorted_and_single(pieces);
	pieces_destroy(pieces);
}

static void exactly_the_bound_is_whole(void **state)
{
	(void)state;
	struct calendar calendar = {
		NOON - HOUR, NOON - HOUR + GATEWAY_EVENTS_MAX * INT64_C(60), 60, 60};
	struct pieces *pieces =
		pieces_create(NOON - HOUR, NOON - HOUR + 4 * DAY, 2 * DAY, NOON);
	enum pieces_state end;
	(void)read_all(pieces, &calendar, &end);
	assert_int_equal(end, PIECES_WHOLE);
	assert_int_equal(pieces->n, GATEWAY_EVENTS_MAX);
	assert_int_equal(pieces->to, NOON - HOUR + 4 * DAY);
	pieces_destroy(pieces);
}

static void too_many_before_now_are_no_calendar(void **state)
{
	(void)state;
	static struct gateway_event events[AVAILABILITY_EVENTS_MAX];
	struct pieces *pieces = pieces_create(NOON - HOUR, NOON + 9 * DAY, HOUR, NOON);
	enum pieces_state end = PIECES_MORE;
	for (int64_t piece = 0; piece < 5; piece++) {
		assert_int_equal(end, PIECES_MORE);
		for (int64_t i = 0; i < AVAILABILITY_EVENTS_MAX; i++)
			events[i] = (struct gateway_event){
				.start = NOON - DAY + piece * 1000 + i,
				.end = NOON + DAY};
		end = pieces_add(pieces, events, AVAILABILITY_EVENTS_MAX);
	}
	assert_int_equal(end, PIECES_FULL);
	pieces_destroy(pieces);
}

static void an_hour_is_not_cut(void **state)
{
	(void)state;
	struct calendar calendar = {NOON - HOUR, NOON + DAY, 1, 1};
	struct pieces *pieces = pieces_create(NOON - HOUR, NOON + DAY, DAY, NOON);
	enum pieces_state end;
	assert_int_equal(read_all(pieces, &calendar, &end), 6);
	assert_int_equal(end, PIECES_FULL);
	assert_int_equal(pieces->span_s, PIECES_SPAN_MIN_S);
	pieces_destroy(pieces);
}

static void a_rest_that_is_too_short_to_ask_for_reaches_back(void **state)
{
	(void)state;
	struct pieces *pieces =
		pieces_create(NOON - HOUR, NOON + HOUR + 60, 2 * HOUR, NOON);
	int64_t from;
	int64_t to;
	assert_int_equal(pieces_add(pieces, NULL, 0), PIECES_MORE);
	pieces_next(pieces, &from, &to);
	assert_int_equal(from, NOON + HOUR + 60 - 300);
	assert_int_equal(to, NOON + HOUR + 60);
	assert_int_equal(pieces_add(pieces, NULL, 0), PIECES_WHOLE);
	assert_int_equal(pieces->n, 0);
	pieces_destroy(pieces);
	pieces_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_calendar_comes_whole_in_pieces),
		cmocka_unit_test(an_entry_across_all_pieces_counts_once),
		cmocka_unit_test(entries_that_differ_in_one_thing_are_two),
		cmocka_unit_test(beyond_the_bound_the_window_is_shorter),
		cmocka_unit_test(exactly_the_bound_is_whole),
		cmocka_unit_test(too_many_before_now_are_no_calendar),
		cmocka_unit_test(an_hour_is_not_cut),
		cmocka_unit_test(a_rest_that_is_too_short_to_ask_for_reaches_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
