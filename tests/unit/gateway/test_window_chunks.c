#include "gateway/polling/window_chunks.h"

#include "gateway/limits.h"
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
		if (n == GATEWAY_ENTRIES_MAX)
			return n + 1;
		events[n++] = event;
	}
	return n;
}

/* Reads it; tells in how many requests. */
static unsigned read_all(struct window_chunks *chunks, const struct calendar *calendar,
	enum window_chunks_state *out_state)
{
	static struct gateway_event events[GATEWAY_ENTRIES_MAX + 1];
	unsigned requests = 0;
	int64_t from;
	int64_t to;
	do {
		window_chunks_next(chunks, &from, &to);
		assert_true(from >= chunks->from && to <= chunks->to && to - from >= 300);
		assert_true(++requests < 1000);
		size_t n = ask(calendar, from, to, events);
		if (n > GATEWAY_ENTRIES_MAX) {
			if (!window_chunks_halve(chunks)) {
				*out_state = WINDOW_CHUNKS_FULL;
				return requests;
			}
			*out_state = WINDOW_CHUNKS_MORE;
			continue;
		}
		*out_state = window_chunks_add(chunks, events, n);
	} while (*out_state == WINDOW_CHUNKS_MORE);
	return requests;
}

static void assert_sorted_and_single(const struct window_chunks *chunks)
{
	for (size_t i = 1; i < chunks->n; i++)
		assert_true(chunks->events[i].start > chunks->events[i - 1].start);
}

static void a_full_calendar_comes_whole_in_pieces(void **state)
{
	(void)state;
	/* 2880 minutes, a meeting each, of ten minutes: always ten at once. */
	struct calendar calendar = {NOON - DAY, NOON + 3 * DAY, 60, 600};
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON - HOUR + 2 * DAY, DAY, NOON);
	enum window_chunks_state end;
	unsigned requests = read_all(chunks, &calendar, &end);
	assert_int_equal(end, WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->from, NOON - HOUR);
	assert_int_equal(chunks->to, NOON - HOUR + 2 * DAY);
	assert_int_equal(chunks->n, 2880 + 9); // nine had begun before
	assert_in_range(requests, 4, 6);
	assert_sorted_and_single(chunks);
	window_chunks_destroy(chunks);
}

static void an_entry_across_all_pieces_counts_once(void **state)
{
	(void)state;
	struct gateway_event away = {
		.start = NOON - DAY, .end = NOON + 9 * DAY, .busy = GATEWAY_BUSY_OOF};
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON - HOUR + 4 * DAY, DAY, NOON);
	for (int i = 0; i < 3; i++)
		assert_int_equal(window_chunks_add(chunks, &away, 1), WINDOW_CHUNKS_MORE);
	assert_int_equal(window_chunks_add(chunks, &away, 1), WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->n, 1);
	assert_int_equal(chunks->events[0].start, NOON - DAY);
	window_chunks_destroy(chunks);
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
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON + HOUR, DAY, NOON);
	assert_int_equal(window_chunks_add(chunks, events, 5), WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->n, 4);
	window_chunks_destroy(chunks);
}

static void beyond_the_bound_the_window_is_shorter(void **state)
{
	(void)state;
	struct calendar calendar = {NOON - HOUR, NOON + 40 * DAY, 60, 60};
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON - HOUR + 31 * DAY, 15 * DAY, NOON);
	enum window_chunks_state end;
	(void)read_all(chunks, &calendar, &end);
	assert_int_equal(end, WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->n, GATEWAY_EVENTS_MAX);
	assert_int_equal(chunks->to, NOON - HOUR + GATEWAY_EVENTS_MAX * INT64_C(60));
	assert_sorted_and_single(chunks);
	window_chunks_destroy(chunks);
}

static void exactly_the_bound_is_whole(void **state)
{
	(void)state;
	struct calendar calendar = {
		NOON - HOUR, NOON - HOUR + GATEWAY_EVENTS_MAX * INT64_C(60), 60, 60};
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON - HOUR + 4 * DAY, 2 * DAY, NOON);
	enum window_chunks_state end;
	(void)read_all(chunks, &calendar, &end);
	assert_int_equal(end, WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->n, GATEWAY_EVENTS_MAX);
	assert_int_equal(chunks->to, NOON - HOUR + 4 * DAY);
	window_chunks_destroy(chunks);
}

static void too_many_before_now_are_no_calendar(void **state)
{
	(void)state;
	static struct gateway_event events[GATEWAY_ENTRIES_MAX];
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON + 9 * DAY, HOUR, NOON);
	enum window_chunks_state end = WINDOW_CHUNKS_MORE;
	for (int64_t chunk = 0; chunk < 5; chunk++) {
		assert_int_equal(end, WINDOW_CHUNKS_MORE);
		for (int64_t i = 0; i < GATEWAY_ENTRIES_MAX; i++)
			events[i] = (struct gateway_event){
				.start = NOON - DAY + chunk * 1000 + i,
				.end = NOON + DAY};
		end = window_chunks_add(chunks, events, GATEWAY_ENTRIES_MAX);
	}
	assert_int_equal(end, WINDOW_CHUNKS_FULL);
	window_chunks_destroy(chunks);
}

static void an_hour_is_not_cut(void **state)
{
	(void)state;
	struct calendar calendar = {NOON - HOUR, NOON + DAY, 1, 1};
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON + DAY, DAY, NOON);
	enum window_chunks_state end;
	assert_int_equal(read_all(chunks, &calendar, &end), 6);
	assert_int_equal(end, WINDOW_CHUNKS_FULL);
	assert_int_equal(chunks->span_s, WINDOW_CHUNKS_SPAN_MIN_S);
	window_chunks_destroy(chunks);
}

static void a_rest_that_is_too_short_to_ask_for_reaches_back(void **state)
{
	(void)state;
	struct window_chunks *chunks =
		window_chunks_create(NOON - HOUR, NOON + HOUR + 60, 2 * HOUR, NOON);
	int64_t from;
	int64_t to;
	assert_int_equal(window_chunks_add(chunks, NULL, 0), WINDOW_CHUNKS_MORE);
	window_chunks_next(chunks, &from, &to);
	assert_int_equal(from, NOON + HOUR + 60 - 300);
	assert_int_equal(to, NOON + HOUR + 60);
	assert_int_equal(window_chunks_add(chunks, NULL, 0), WINDOW_CHUNKS_WHOLE);
	assert_int_equal(chunks->n, 0);
	window_chunks_destroy(chunks);
	window_chunks_destroy(NULL);
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
