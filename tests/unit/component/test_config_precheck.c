#include "test.h"

#include "component/settings/limits.h"
#include "component/settings/precheck.h"

#include <stdio.h>
#include <string.h>

/* The lines on which a text has integers outside 32 bits, as "3 5 ". */
static void expect_lines(const char *text, const char *expected)
{
	struct config_errors errors = {0};
	char lines[256] = "";
	size_t used = 0;

	assert_true(config_precheck("f", text, strlen(text), &errors));
	for (size_t i = 0; i < errors.kept; i++)
		used += (size_t)snprintf(
			lines + used, sizeof(lines) - used, "%u ", errors.list[i].line);
	config_errors_finish(&errors);
	assert_string_equal(lines, expected);
}

static void expect_refusal(const char *text, size_t n, const char *expected)
{
	struct config_errors errors = {0};

	assert_false(config_precheck("f", text, n, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.list[0].text, expected);
	config_errors_finish(&errors);
}

static void integers_up_to_32_bits_pass(void **state)
{
	(void)state;
	expect_lines("a = 2147483647; b = -2147483648; c = +2147483647; d = 0;", "");
	expect_lines("a = 0x7fffffff; b = 0X000000007FFFFFFF; c = 0x0;", "");
	expect_lines("a = 000000000000000000000001; b = 300L; c = 300LL;", "");
}

static void integers_beyond_32_bits_are_seen(void **state)
{
	(void)state;
	expect_lines("a = 2147483648;", "1 ");
	expect_lines("a =\n-2147483649;", "2 ");
	expect_lines("a = 0x80000000;", "1 ");
	expect_lines("a = 0x100000000L;", "1 ");
	expect_lines("a = [ 1,\n4294967596,\n2,\n99999999999999999999L ];", "2 4 ");
}

static void texts_comments_names_and_floats_are_not_integers(void **state)
{
	(void)state;
	expect_lines(
		"a = \"4294967596\"; # 4294967596\n// 4294967596\n/* 4294967596\n*/", "");
	expect_lines("a = \"\\\"4294967596\";", "");
	expect_lines("a = \"\\\\\"; b = 4294967596;", "1 ");
	expect_lines("a4294967596 = 1; a-4294967596 = 2; *4294967596 = 3;", "");
	expect_lines("a = 4294967596.0; b = 1.4294967596; c = 4294967596e3;", "");
	expect_lines("a = 1.5e+4294967596;", "");
}

static void lines_are_counted_through_texts_and_comments(void **state)
{
	(void)state;
	expect_lines("/* one\n two */ # rest\na = \"x\ny\";\nb = 4294967596;", "5 ");
}

static void what_is_not_closed_ends_with_the_text(void **state)
{
	(void)state;
	expect_lines("a = \"4294967596", "");
	expect_lines("a = \"\\", "");
	expect_lines("/* 4294967596", "");
	expect_lines("# 4294967596", "");
	expect_lines("4294967596", "1 ");
	expect_lines("0x", "");
	expect_lines("-", "");
	expect_lines("", "");
}

static void an_include_is_refused_but_not_in_a_text(void **state)
{
	(void)state;
	const char *include = "a = 1;\n@include \"b\"";

	expect_refusal(include, strlen(include), "f:2: @include is not available");
	expect_lines("a = \"bob@example.test\"; # @include", "");
}

static void a_nul_is_refused_wherever_it_hides(void **state)
{
	(void)state;
	const char *escaped = "a = \"\\x00\";";
	const char *not_one = "a = \"\\\\x00\";";

	expect_refusal("a = 1;\n\0b", 9, "f:2: the file holds a NUL character");
	expect_refusal(escaped, strlen(escaped), "f:1: a string holds a NUL character");
	expect_lines(not_one, "");
}

static void nesting_ends_at_its_limit(void **state)
{
	(void)state;
	char text[CONFIG_DEPTH_MAX + 2] = "";

	memset(text, '(', CONFIG_DEPTH_MAX);
	expect_lines(text, "");
	text[CONFIG_DEPTH_MAX] = '{';
	expect_refusal(text, strlen(text), "f:1: groups and lists are nested too deeply");
	expect_lines(")))}}]]((((", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_up_to_32_bits_pass),
		cmocka_unit_test(integers_beyond_32_bits_are_seen),
		cmocka_unit_test(texts_comments_names_and_floats_are_not_integers),
		cmocka_unit_test(lines_are_counted_through_texts_and_comments),
		cmocka_unit_test(what_is_not_closed_ends_with_the_text),
		cmocka_unit_test(an_include_is_refused_but_not_in_a_text),
		cmocka_unit_test(a_nul_is_refused_wherever_it_hides),
		cmocka_unit_test(nesting_ends_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
