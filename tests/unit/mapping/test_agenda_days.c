#include "test.h"

#include "spans.h"

#include <stdbool.h>

/* Calendars are read in UTC, so an agenda knows no zone: these are the days on which that
 * has to be seen. */

/* UTC seconds of a day of the Gregorian calendar and a time on it. */
static int64_t utc(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute)
{
	static const int before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int64_t last = year - 1;
	int64_t days = (year - 1970) * 365 + (last / 4 - last / 100 + last / 400) -
		       (1969 / 4 - 1969 / 100 + 1969 / 400);

	days += before[month - 1] + (leap && month > 2 ? 1 : 0) + day - 1;
	return (days * 24 + hour) * 3600 + minute * 60;
}

static void a_meeting_across_midnight_and_the_year_end_is_whole(void **state)
{
	(void)state;
	int64_t start = utc(2024, 12, 31, 22, 0);
	int64_t midnight = utc(2025, 1, 1, 0, 0);
	int64_t end = utc(2025, 1, 1, 2, 30);
	/* Exchange may hand out the two days apart. */
	const struct cal_event events[] = {
		{midnight, end, CAL_BUSY, 0},
		{start, midnight, CAL_BUSY, 0},
	};
	const struct expected expected[] = {
		{start - 3600, CAL_FREE},
		{start, CAL_BUSY},
		{end, CAL_FREE},
	};

	assert_int_equal(midnight, 1735689600);
	expect_spans(events, LENGTH(events), start - 3600, end + 3600, expected, 3);
}

/* In Berlin clocks went from 2:00 to 3:00 on 2024-03-31 and from 3:00 to 2:00 on
 * 2024-10-27. A daily 9:00 meeting is 23 and 25 hours after the one before. */
static void a_daily_meeting_keeps_its_local_time_when_clocks_change(void **state)
{
	(void)state;
	const struct {
		int64_t first;
		int64_t second;
		int64_t hours;
	} changes[] = {
		{utc(2024, 3, 30, 8, 0), utc(2024, 3, 31, 7, 0), 23},
		{utc(2024, 10, 26, 7, 0), utc(2024, 10, 27, 8, 0), 25},
	};

	for (size_t i = 0; i < LENGTH(changes); i++) {
		int64_t from = changes[i].first - 3600;
		const struct cal_event events[] = {
			{changes[i].first, changes[i].first + 1800, CAL_BUSY, 0},
			{changes[i].second, changes[i].second + 1800, CAL_BUSY, 0},
		};
		const struct expected expected[] = {
			{from, CAL_FREE},
			{changes[i].first, CAL_BUSY},
			{changes[i].first + 1800, CAL_FREE},
			{changes[i].first + changes[i].hours * 3600, CAL_BUSY},
			{changes[i].second + 1800, CAL_FREE},
		};

		expect_spans(
			events, 2, from, from + 48 * 3600, expected, LENGTH(expected));
	}
}

static void all_day_out_of_office_over_the_long_day_is_one_span(void **state)
{
	(void)state;
	/* 25 hours of 2024-10-27 in Berlin, then the ordinary day after it. */
	int64_t first = utc(2024, 10, 26, 22, 0);
	int64_t second = utc(2024, 10, 27, 23, 0);
	int64_t end = utc(2024, 10, 28, 23, 0);
	const struct cal_event events[] = {
		{first, second, CAL_OOF, CAL_EVENT_ALL_DAY},
		{second, end, CAL_OOF, CAL_EVENT_ALL_DAY},
	};
	const struct expected expected[] = {
		{first - 60, CAL_FREE},
		{first, CAL_OOF},
		{end, CAL_FREE},
	};

	assert_int_equal(second - first, 25 * 3600);
	expect_spans(events, 2, first - 60, end + 60, expected, 3);
}

static void the_29th_of_february_is_a_day_like_any_other(void **state)
{
	(void)state;
	int64_t start = utc(2024, 2, 28, 23, 0);
	int64_t end = utc(2024, 3, 1, 1, 0);
	const struct cal_event events[] = {{start, end, CAL_ELSEWHERE, 0}};
	const struct expected expected[] = {{start, CAL_ELSEWHERE}};

	assert_int_equal(end - start, 26 * 3600);
	expect_spans(events, 1, start, end, expected, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_meeting_across_midnight_and_the_year_end_is_whole),
		cmocka_unit_test(a_daily_meeting_keeps_its_local_time_when_clocks_change),
		cmocka_unit_test(all_day_out_of_office_over_the_long_day_is_one_span),
		cmocka_unit_test(the_29th_of_february_is_a_day_like_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
