#include "test.h"

#include "mapping/outcome.h"

static void a_meeting_counts_as_what_the_calendar_says(void **state)
{
	(void)state;
	for (int s = CAL_NODATA; s < CAL_UNKNOWN; s++) {
		const struct cal_event event = {
			-5, 5, (enum cal_state)s, CAL_EVENT_PRIVATE};
		struct cal_outcome outcome;

		assert_true(outcome_of(&event, &outcome));
		assert_int_equal(outcome.start, -5);
		assert_int_equal(outcome.end, 5);
		assert_int_equal(outcome.state, s);
	}
}

static void other_flags_change_nothing(void **state)
{
	(void)state;
	for (uint64_t flags = 0; flags < 16; flags++) {
		const struct cal_event event = {1, 2, CAL_OOF, flags};
		struct cal_outcome outcome;

		assert_true(outcome_of(&event, &outcome));
		assert_int_equal(outcome.state, CAL_OOF);
	}
}

static void what_counts_as_nothing_leaves_the_outcome_alone(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{10, 10, CAL_BUSY, 0},               // no length
		{10, 9, CAL_BUSY, 0},                // ends before it starts
		{INT64_MAX, INT64_MIN, CAL_BUSY, 0}, // likewise
		{10, 20, CAL_FREE, 0},               // free time
		{10, 20, CAL_OOF, CAL_EVENT_CANCELLED | CAL_EVENT_MEETING},
		{10, 20, CAL_BUSY, CAL_EVENT_DECLINED | CAL_EVENT_ALL_DAY},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct cal_outcome outcome = {.start = 77};

		assert_false(outcome_of(&events[i], &outcome));
		assert_int_equal(outcome.start, 77);
	}
}

static void every_state_has_its_name(void **state)
{
	(void)state;
	const char *names[CAL_STATES] = {
		"free", "nodata", "elsewhere", "tentative", "busy", "oof", "unknown"};

	for (int s = 0; s < CAL_STATES; s++)
		assert_string_equal(cal_state_name((enum cal_state)s), names[s]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_meeting_counts_as_what_the_calendar_says),
		cmocka_unit_test(other_flags_change_nothing),
		cmocka_unit_test(what_counts_as_nothing_leaves_the_outcome_alone),
		cmocka_unit_test(every_state_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
