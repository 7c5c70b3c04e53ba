#include "base/clock.h"

#include "test.h"

static void a_time_is_printed_as_its_date(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{999, "1970-01-01T00:00:00.999Z"},
		{INT64_C(68255999000), "1972-02-29T23:59:59.000Z"},
		{INT64_C(68256000000), "1972-03-01T00:00:00.000Z"},
		{INT64_C(946684799999), "1999-12-31T23:59:59.999Z"},
		{INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
		{INT64_C(1795283880123), "2026-11-21T17:58:00.123Z"},
		{INT64_C(4107542399000), "2100-02-28T23:59:59.000Z"},
		{INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
		{INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
	};
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clock_print(cases[i].wall_ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void the_monotonic_clock_does_not_go_back(void **state)
{
	int64_t before = clock_mono_ms();

	(void)state;
	assert_true(clock_mono_ms() >= before);
}

static void the_wall_clock_is_in_this_century(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_print(clock_wall_ms(), text);
	assert_memory_equal(text, "20", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_printed_as_its_date),
		cmocka_unit_test(the_monotonic_clock_does_not_go_back),
		cmocka_unit_test(the_wall_clock_is_in_this_century),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
