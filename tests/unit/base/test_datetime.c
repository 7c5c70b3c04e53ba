#include "base/datetime.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

#define NINE INT64_C(1772442000) // 2026-03-02T09:00:00Z

static bool parse(const char *text, int64_t *out_seconds)
{
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, text, n);
	bool parsed = datetime_parse(copy, n, out_seconds);
	free(copy);
	return parsed;
}

static void every_form_of_a_time_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{"2026-03-02T09:00:00", NINE},
		{"2026-03-02T09:00:00Z", NINE},
		{"2026-03-02T09:00:00.1", NINE},
		{"2026-03-02T09:00:00.9999999Z", NINE},
		{"2026-03-02T09:00:00.123456789012345678901234567890+00:00", NINE},
		{"2026-03-02T10:00:00+01:00", NINE},
		{"2026-03-02T10:00:00+0100", NINE},
		{"2026-03-02T14:30:00+05:30", NINE},
		{"2026-03-02T02:00:00-07:00", NINE},
		{"2026-03-02T02:00:00-0700", NINE},
		{"2026-03-02T09:00:00-00:00", NINE},
		{"2026-03-02T23:00:00+14:00", NINE},
		{" \t\r\n2026-03-02T09:00:00\n ", NINE},
		{"2026-03-01T24:00:00", NINE - 9 * 3600},
		{"2026-03-01T24:00:00.000Z", NINE - 9 * 3600},
		{"1970-01-01T00:00:00", 0},
		{"1969-12-31T23:59:59", -1},
		{"2000-02-29T00:00:00", 951782400},
		{"2028-02-29T09:00:00", 1835427600},
		{"2026-12-31T24:00:00", 1798761600},
		{"2027-01-01T00:00:00", 1798761600},
		{"1601-01-01T00:00:00", DATETIME_MIN},
		{"9999-12-31T23:59:59", DATETIME_MAX - 1},
		{"9999-12-31T24:00:00", DATETIME_MAX},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t seconds;
		if (!parse(cases[i].text, &seconds) || seconds != cases[i].seconds)
			fail_msg("%s", cases[i].text);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const cases[] = {
		"",
		" ",
		"2026",
		"2026-03-02",
		"2026-03-02 09:00:00",
		"2026-03-02t09:00:00",
		"2026-03-02T09:00",
		"2026-03-02T09:00:00z",
		"2026-03-02T09:00:00.",
		"2026-03-02T09:00:00.Z",
		"2026-03-02T09:00:00,5",
		"2026-03-02T09:00:00+1",
		"2026-03-02T09:00:00+01",
		"2026-03-02T09:00:00+01:",
		"2026-03-02T09:00:00+01:0",
		"2026-03-02T09:00:00+15:00",
		"2026-03-02T09:00:00+01:60",
		"2026-03-02T09:00:00Zx",
		"2026-03-02T09:00:00Z Z",
		"2026-02-30T09:00:00",
		"2026-02-29T09:00:00",
		"2100-02-29T09:00:00",
		"2026-04-31T09:00:00",
		"2026-00-01T09:00:00",
		"2026-13-01T09:00:00",
		"2026-01-00T09:00:00",
		"2026-01-32T09:00:00",
		"2026-03-02T25:00:00",
		"2026-03-02T24:00:01",
		"2026-03-02T24:01:00",
		"2026-03-02T24:00:00.001",
		"2026-03-02T09:60:00",
		"2026-03-02T09:00:60",
		"-2026-03-02T09:00:00",
		"+2026-03-02T09:00:00",
		"12026-03-02T09:00:00",
		"0001-01-01T00:00:00",
		"0000-01-01T00:00:00",
		"1600-12-31T23:59:59",
		"1601-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00",
		"2026-3-2T9:0:0",
		"2026-03-02T0x:00:00",
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t seconds = 42;
		if (parse(cases[i], &seconds))
			fail_msg("%s", cases[i]);
		assert_int_equal(seconds, 42);
	}
}

static void a_time_cut_anywhere_is_refused_or_shorter(void **state)
{
	(void)state;
	static const char text[] = "2026-03-02T09:00:00";
	for (size_t n = 0; n < sizeof text - 1; n++) {
		int64_t seconds;
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, text, n);
		assert_false(datetime_parse(copy, n, &seconds));
		free(copy);
	}
}

static void what_is_printed_reads_back(void **state)
{
	(void)state;
	char text[DATETIME_SIZE];
	datetime_print(NINE, text);
	assert_string_equal(text, "2026-03-02T09:00:00");
	datetime_print(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59");
	datetime_print(951782399 + 86400, text);
	assert_string_equal(text, "2000-02-29T23:59:59");
	datetime_print(DATETIME_MIN, text);
	assert_string_equal(text, "1601-01-01T00:00:00");
	datetime_print(DATETIME_MAX - 1, text);
	assert_string_equal(text, "9999-12-31T23:59:59");
	for (int64_t t = DATETIME_MIN; t < DATETIME_MAX; t += 86400 * 3 + 3607) {
		int64_t seconds;
		datetime_print(t, text);
		assert_true(datetime_parse(text, strlen(text), &seconds));
		assert_true(seconds == t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_time_is_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_time_cut_anywhere_is_refused_or_shorter),
		cmocka_unit_test(what_is_printed_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
