#include "gateway/polling/query_mode.h"

#include "gateway/limits.h"
#include "test.h"

#define NOON INT64_C(1800000000)

static const struct now now = {.mono_ms = 5000, .wall_ms = NOON * INT64_C(1000)};
static const struct mode_query query = {.from = NOON - 3600, .to = NOON + 86400};

static bool learn(struct query_mode *mode, enum reading_advice advice)
{
	struct mailbox_reading result = {.fault = GATEWAY_FAULT_MAILBOX,
		.advice = advice,
		.version = "Exchange2010_SP2"};
	return query_mode_learn(mode, &result, &query, &now);
}

static void other_errors_teach_nothing(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct query_mode usual = {0};
	assert_false(learn(&mode, READING_NO_ADVICE));
	assert_true(query_mode_is_alike(&mode, &usual));
}

static void a_mailbox_with_digits_only_is_asked_for_digits(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct query_mode usual = {0};
	assert_true(learn(&mode, READING_BY_DIGITS));
	assert_true(mode.merged);
	assert_false(query_mode_is_alike(&mode, &usual));
	assert_true(query_mode_is_alike(&mode, &mode));
	assert_false(learn(&mode, READING_BY_DIGITS));
}

static void entries_that_are_refused_are_left_for_a_day(void **state)
{
	(void)state;
	struct query_mode mode = {.wants_items = true, .items = true};
	struct query_mode usual = {0};
	assert_false(query_mode_is_alike(&mode, &mode));
	assert_false(learn(&mode, READING_NO_ADVICE));
	assert_true(mode.items);
	assert_true(learn(&mode, READING_FREE_BUSY));
	assert_false(mode.items);
	assert_true(query_mode_is_alike(&mode, &usual));
	assert_false(learn(&mode, READING_FREE_BUSY));
	query_mode_renew(&mode, now.mono_ms + QUERY_MODE_LASTS_MS - 1);
	assert_false(mode.items);
	query_mode_renew(&mode, now.mono_ms + QUERY_MODE_LASTS_MS);
	assert_true(mode.items);
}

static void an_older_mailbox_is_asked_in_its_version(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct query_mode usual = {0};
	assert_true(learn(&mode, READING_IN_VERSION));
	assert_string_equal(mode.version, "Exchange2010_SP2");
	assert_false(query_mode_is_alike(&mode, &usual));
}

static void what_was_learnt_is_tried_anew_a_day_later(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	assert_true(learn(&mode, READING_BY_DIGITS));
	assert_true(learn(&mode, READING_IN_VERSION));
	query_mode_renew(&mode, now.mono_ms + QUERY_MODE_LASTS_MS - 1);
	assert_true(mode.merged);
	query_mode_renew(&mode, now.mono_ms + QUERY_MODE_LASTS_MS);
	assert_false(mode.merged);
	assert_null(mode.version);
}

static void a_calendar_that_is_too_full_is_read_alone_and_in_pieces(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct gateway_calendar calendar;
	static struct gateway_event events[GATEWAY_ENTRIES_MAX];
	assert_true(learn(&mode, READING_IN_CHUNKS));
	assert_false(query_mode_is_alike(&mode, &mode));
	int64_t from = query.from;
	int64_t to = query.to;
	query_mode_window(&mode, &from, &to, NOON);
	assert_int_equal(from, query.from);
	assert_int_equal(to, query.from + 45000);
	for (int64_t i = 0; i < GATEWAY_ENTRIES_MAX; i++)
		events[i] =
			(struct gateway_event){.start = NOON + i, .end = NOON + i + 60};
	assert_int_equal(query_mode_add(&mode, events, GATEWAY_ENTRIES_MAX, &calendar),
		WINDOW_CHUNKS_MORE);
	assert_int_equal(query_mode_add(&mode, NULL, 0, &calendar), WINDOW_CHUNKS_WHOLE);
	assert_int_equal(calendar.n, GATEWAY_ENTRIES_MAX);
	assert_int_equal(calendar.from, query.from);
	assert_int_equal(calendar.to, query.to);
	query_mode_done(&mode);
	/* The next time it begins with chunks of that length. */
	from = query.from + 300;
	to = query.to + 300;
	query_mode_window(&mode, &from, &to, NOON + 300);
	assert_int_equal(to, query.from + 300 + 45000);
	query_mode_done(&mode);
}

static void a_calendar_that_was_tidied_up_is_read_like_others(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct query_mode usual = {0};
	struct gateway_calendar calendar;
	assert_true(learn(&mode, READING_IN_CHUNKS));
	assert_int_equal(query_mode_add(&mode, NULL, 0, &calendar), WINDOW_CHUNKS_MORE);
	assert_int_equal(query_mode_add(&mode, NULL, 0, &calendar), WINDOW_CHUNKS_WHOLE);
	query_mode_done(&mode);
	assert_true(query_mode_is_alike(&mode, &usual));
}

static void an_hour_too_full_is_the_end(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	unsigned tries = 0;
	while (learn(&mode, READING_IN_CHUNKS))
		assert_true(++tries < 10);
	assert_int_equal(tries, 5); // 25 h: 12.5, 6.25, 3.1, 1.6, 1
	query_mode_done(&mode);
	int64_t from = query.from;
	int64_t to = query.to;
	query_mode_window(&mode, &from, &to, NOON);
	assert_int_equal(to - from, WINDOW_CHUNKS_SPAN_MIN_S);
	query_mode_done(&mode);
}

static void a_window_of_an_hour_has_no_pieces(void **state)
{
	(void)state;
	struct query_mode mode = {0};
	struct mode_query hour = {.from = NOON, .to = NOON + 3660};
	struct mailbox_reading result = {
		.fault = GATEWAY_FAULT_MAILBOX, .advice = READING_IN_CHUNKS};
	assert_false(query_mode_learn(&mode, &result, &hour, &now));
	assert_null(mode.chunks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_errors_teach_nothing),
		cmocka_unit_test(a_mailbox_with_digits_only_is_asked_for_digits),
		cmocka_unit_test(entries_that_are_refused_are_left_for_a_day),
		cmocka_unit_test(an_older_mailbox_is_asked_in_its_version),
		cmocka_unit_test(what_was_learnt_is_tried_anew_a_day_later),
		cmocka_unit_test(a_calendar_that_is_too_full_is_read_alone_and_in_pieces),
		cmocka_unit_test(a_calendar_that_was_tidied_up_is_read_like_others),
		cmocka_unit_test(an_hour_too_full_is_the_end),
		cmocka_unit_test(a_window_of_an_hour_has_no_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
