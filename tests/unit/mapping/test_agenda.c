#include "test.h"

#include "spans.h"

#define FROM INT64_C(1000)
#define TO INT64_C(2000)

#define EXPECT_SPANS(events, ...)                        \
	expect_spans((events), LENGTH(events), FROM, TO, \
		(const struct expected[]){__VA_ARGS__},  \
		LENGTH(((const struct expected[]){__VA_ARGS__})))

static void an_empty_calendar_is_free_for_the_whole_window(void **state)
{
	(void)state;
	const struct expected all_free[] = {{FROM, CAL_FREE}};

	expect_spans(NULL, 0, FROM, TO, all_free, 1);
}

static void one_meeting_has_two_edges(void **state)
{
	(void)state;
	const struct cal_event events[] = {{1100, 1200, CAL_BUSY, 0}};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1200, CAL_FREE});
}

static void overlapping_meetings_show_the_stronger_state(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1300, CAL_BUSY, 0},
		{1200, 1400, CAL_OOF, 0},
		{1350, 1500, CAL_TENTATIVE, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1200, CAL_OOF},
		{1400, CAL_TENTATIVE}, {1500, CAL_FREE});
}

static void a_nested_meeting_does_not_cut_the_longer_one_short(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1500, CAL_BUSY, 0},
		{1200, 1300, CAL_BUSY, 0},
		{1400, 1500, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1500, CAL_FREE});
}

static void a_weaker_meeting_inside_a_stronger_one_is_not_seen(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1200, 1300, CAL_TENTATIVE, 0},
		{1100, 1500, CAL_OOF, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_OOF}, {1500, CAL_FREE});
}

static void a_stronger_meeting_inside_gives_way_to_the_outer_one_again(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1500, CAL_TENTATIVE, 0},
		{1200, 1300, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_TENTATIVE}, {1200, CAL_BUSY},
		{1300, CAL_TENTATIVE}, {1500, CAL_FREE});
}

static void back_to_back_meetings_are_one_span(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1200, 1300, CAL_BUSY, 0},
		{1100, 1200, CAL_BUSY, 0},
		{1300, 1400, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1400, CAL_FREE});
}

static void back_to_back_meetings_of_two_states_leave_no_free_gap(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1200, CAL_OOF, 0},
		{1200, 1300, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_OOF}, {1200, CAL_BUSY},
		{1300, CAL_FREE});
}

static void a_gap_of_one_second_is_seen(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1200, CAL_BUSY, 0},
		{1201, 1300, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1200, CAL_FREE},
		{1201, CAL_BUSY}, {1300, CAL_FREE});
}

static void what_has_no_length_or_ends_before_it_starts_counts_for_nothing(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1100, CAL_OOF, 0},
		{1500, 1400, CAL_OOF, 0},
		{1200, 1300, CAL_BUSY, 0},
		{1250, 1250, CAL_OOF, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1200, CAL_BUSY}, {1300, CAL_FREE});
}

static void the_same_meeting_twice_is_one(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1200, CAL_BUSY, CAL_EVENT_MEETING},
		{1100, 1200, CAL_BUSY, CAL_EVENT_MEETING},
		{1100, 1200, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_BUSY}, {1200, CAL_FREE});
}

static void an_event_of_free_time_hides_nothing(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1000, 2000, CAL_FREE, CAL_EVENT_ALL_DAY},
		{1100, 1200, CAL_ELSEWHERE, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_FREE}, {1100, CAL_ELSEWHERE}, {1200, CAL_FREE});
}

static void events_are_cut_to_the_window(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{500, 1100, CAL_BUSY, 0}, // runs as the window begins
		{1900, 2500, CAL_OOF, 0}, // outlasts it
		{0, 1000, CAL_OOF, 0},    // ends as it begins
		{2000, 2100, CAL_OOF, 0}, // begins as it ends
		{100, 200, CAL_OOF, 0},   // long before
		{9000, 9100, CAL_OOF, 0}, // long after
	};

	EXPECT_SPANS(events, {FROM, CAL_BUSY}, {1100, CAL_FREE}, {1900, CAL_OOF});
}

static void an_event_over_the_whole_window_is_its_only_span(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{INT64_MIN, INT64_MAX, CAL_BUSY, 0},
		{1500, 1600, CAL_BUSY, 0},
	};

	EXPECT_SPANS(events, {FROM, CAL_BUSY});
}

static void the_extremes_of_time_are_survived(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{INT64_MIN, INT64_MIN + 1, CAL_OOF, 0},
		{0, 10, CAL_BUSY, 0},
		{INT64_MAX - 1, INT64_MAX, CAL_TENTATIVE, 0},
		{INT64_MAX, INT64_MIN, CAL_OOF, 0},
	};
	const struct expected expected[] = {
		{INT64_MIN, CAL_OOF},
		{INT64_MIN + 1, CAL_FREE},
		{0, CAL_BUSY},
		{10, CAL_FREE},
		{INT64_MAX - 1, CAL_TENTATIVE},
	};

	expect_spans(
		events, LENGTH(events), INT64_MIN, INT64_MAX, expected, LENGTH(expected));
}

/* Up to 2^29 seconds the spans are kept packed. */
static void windows_of_years_are_kept_to_the_second(void **state)
{
	(void)state;
	const int64_t years = INT64_C(1) << 29;
	const struct cal_event events[] = {{years - 4, years - 2, CAL_OOF, 0}};

	for (int64_t to = years - 2; to <= years + 1; to++) {
		const struct expected expected[] = {
			{-1, CAL_FREE},
			{years - 4, CAL_OOF},
			{years - 2, CAL_FREE},
		};

		expect_spans(events, 1, -1, to, expected, to > years - 2 ? 3 : 2);
	}
}

static void a_window_of_one_second_has_one_span(void **state)
{
	(void)state;
	const struct cal_event events[] = {{4, 6, CAL_BUSY, 0}, {5, 6, CAL_OOF, 0}};
	const struct expected expected[] = {{5, CAL_OOF}};

	expect_spans(events, LENGTH(events), 5, 6, expected, 1);
}

#define EXPECT_SHOWN(shown, events, ...)                             \
	expect_spans_of((shown), (events), LENGTH(events), FROM, TO, \
		(const struct expected[]){__VA_ARGS__},              \
		LENGTH(((const struct expected[]){__VA_ARGS__})))

static void the_strongest_mapped_state_wins(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{FROM, 1800, CAL_OOF, CAL_EVENT_ALL_DAY},
		{1100, 1300, CAL_BUSY, CAL_EVENT_MEETING},
		{1200, 1500, CAL_TENTATIVE, CAL_EVENT_MEETING},
		{1400, 1600, CAL_ELSEWHERE, 0},
	};

	EXPECT_SHOWN(1u << CAL_BUSY, events, {FROM, CAL_OOF}, {1100, CAL_BUSY},
		{1300, CAL_OOF}, {1800, CAL_FREE});
	EXPECT_SHOWN(1u << CAL_BUSY | 1u << CAL_TENTATIVE, events, {FROM, CAL_OOF},
		{1100, CAL_BUSY}, {1300, CAL_TENTATIVE}, {1500, CAL_OOF},
		{1800, CAL_FREE});
	EXPECT_SHOWN(1u << CAL_ELSEWHERE, events, {FROM, CAL_OOF}, {1400, CAL_ELSEWHERE},
		{1600, CAL_OOF}, {1800, CAL_FREE});
	EXPECT_SHOWN(1u << CAL_OOF | 1u << CAL_BUSY, events, {FROM, CAL_OOF},
		{1800, CAL_FREE});
}

static void of_states_that_are_not_mapped_the_strongest_is_told(void **state)
{
	(void)state;
	const struct cal_event events[] = {
		{1100, 1500, CAL_TENTATIVE, 0},
		{1200, 1300, CAL_OOF, 0},
	};

	EXPECT_SHOWN(0, events, {FROM, CAL_FREE}, {1100, CAL_TENTATIVE}, {1200, CAL_OOF},
		{1300, CAL_TENTATIVE}, {1500, CAL_FREE});
	EXPECT_SHOWN(1u << CAL_BUSY, events, {FROM, CAL_FREE}, {1100, CAL_TENTATIVE},
		{1200, CAL_OOF}, {1300, CAL_TENTATIVE}, {1500, CAL_FREE});
}

static void outside_the_window_all_is_unknown(void **state)
{
	(void)state;
	const struct cal_event events[] = {{0, 5000, CAL_BUSY, 0}};
	struct agenda agenda = {0};

	assert_int_equal(agenda_build(events, 1, ALL_SHOWN, FROM, TO, &agenda), 0);
	assert_int_equal(agenda_state(&agenda, INT64_MIN), CAL_UNKNOWN);
	assert_int_equal(agenda_state(&agenda, FROM - 1), CAL_UNKNOWN);
	assert_int_equal(agenda_state(&agenda, FROM), CAL_BUSY);
	assert_int_equal(agenda_state(&agenda, TO - 1), CAL_BUSY);
	assert_int_equal(agenda_state(&agenda, TO), CAL_UNKNOWN);
	assert_int_equal(agenda_state(&agenda, INT64_MAX), CAL_UNKNOWN);
	agenda_finish(&agenda);
}

static void edges_are_where_the_state_changes_and_the_window_begins_and_ends(void **state)
{
	(void)state;
	const struct cal_event events[] = {{1100, 1200, CAL_BUSY, 0}};
	struct agenda agenda = {0};

	assert_int_equal(agenda_build(events, 1, ALL_SHOWN, FROM, TO, &agenda), 0);
	assert_int_equal(agenda_next_edge(&agenda, INT64_MIN), FROM);
	assert_int_equal(agenda_next_edge(&agenda, FROM - 1), FROM);
	assert_int_equal(agenda_next_edge(&agenda, FROM), 1100);
	assert_int_equal(agenda_next_edge(&agenda, 1099), 1100);
	assert_int_equal(agenda_next_edge(&agenda, 1100), 1200);
	assert_int_equal(agenda_next_edge(&agenda, 1200), TO);
	assert_int_equal(agenda_next_edge(&agenda, TO - 1), TO);
	assert_true(agenda_next_edge(&agenda, TO) == AGENDA_NEVER);
	assert_true(agenda_next_edge(&agenda, INT64_MAX) == AGENDA_NEVER);
	agenda_finish(&agenda);
}

static void a_zeroed_agenda_is_unknown_for_ever(void **state)
{
	(void)state;
	struct agenda agenda = {0};
	const int64_t instants[] = {INT64_MIN, -1, 0, 1, INT64_MAX};

	for (size_t i = 0; i < LENGTH(instants); i++) {
		assert_int_equal(agenda_state(&agenda, instants[i]), CAL_UNKNOWN);
		assert_true(agenda_next_edge(&agenda, instants[i]) == AGENDA_NEVER);
	}
	agenda_finish(&agenda);
}

static void a_count_that_no_memory_can_hold_is_refused(void **state)
{
	(void)state;
	struct agenda agenda = {.n = 7};

	assert_int_equal(
		agenda_build(NULL, SIZE_MAX / 2, ALL_SHOWN, FROM, TO, &agenda), -1);
	assert_int_equal(agenda.n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_calendar_is_free_for_the_whole_window),
		cmocka_unit_test(one_meeting_has_two_edges),
		cmocka_unit_test(overlapping_meetings_show_the_stronger_state),
		cmocka_unit_test(a_nested_meeting_does_not_cut_the_longer_one_short),
		cmocka_unit_test(a_weaker_meeting_inside_a_stronger_one_is_not_seen),
		cmocka_unit_test(
			a_stronger_meeting_inside_gives_way_to_the_outer_one_again),
		cmocka_unit_test(back_to_back_meetings_are_one_span),
		cmocka_unit_test(back_to_back_meetings_of_two_states_leave_no_free_gap),
		cmocka_unit_test(a_gap_of_one_second_is_seen),
		cmocka_unit_test(
			what_has_no_length_or_ends_before_it_starts_counts_for_nothing),
		cmocka_unit_test(the_same_meeting_twice_is_one),
		cmocka_unit_test(an_event_of_free_time_hides_nothing),
		cmocka_unit_test(events_are_cut_to_the_window),
		cmocka_unit_test(an_event_over_the_whole_window_is_its_only_span),
		cmocka_unit_test(the_extremes_of_time_are_survived),
		cmocka_unit_test(windows_of_years_are_kept_to_the_second),
		cmocka_unit_test(a_window_of_one_second_has_one_span),
		cmocka_unit_test(the_strongest_mapped_state_wins),
		cmocka_unit_test(of_states_that_are_not_mapped_the_strongest_is_told),
		cmocka_unit_test(outside_the_window_all_is_unknown),
		cmocka_unit_test(
			edges_are_where_the_state_changes_and_the_window_begins_and_ends),
		cmocka_unit_test(a_zeroed_agenda_is_unknown_for_ever),
		cmocka_unit_test(a_count_that_no_memory_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
