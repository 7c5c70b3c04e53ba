#include "base/parse.h"

#include "test.h"

#include <string.h>

static void numbers_fill_their_text(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{"0", 0},
		{"-0", 0},
		{"+7", 7},
		{"007", 7},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {"", "-", "+", " 1", "1 ", "1.0", "0x1", "--1",
		"1e3", "9223372036854775808", "-9223372036854775809",
		"99999999999999999999", "1/", "1:"};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_int64(good[i].text, strlen(good[i].text), INT64_MIN,
			INT64_MAX, &value));
		assert_true(value == good[i].value);
	}
	value = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(parse_int64(
			bad[i], strlen(bad[i]), INT64_MIN, INT64_MAX, &value));
		assert_int_equal(value, 42);
	}
}

static void numbers_keep_to_their_range(void **state)
{
	int64_t value;

	(void)state;
	assert_true(parse_int64("1", 1, 1, 3, &value));
	assert_true(parse_int64("3", 1, 1, 3, &value));
	assert_false(parse_int64("0", 1, 1, 3, &value));
	assert_false(parse_int64("4", 1, 1, 3, &value));
}

static void only_the_given_bytes_are_a_number(void **state)
{
	int64_t value;

	(void)state;
	assert_true(parse_int64("123456", 3, 0, 1000, &value));
	assert_int_equal(value, 123);
}

static void utf8_is_the_shortest_form_of_a_character(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		uint32_t c;
	} good[] = {
		{"A", 1, 'A'},
		{"\x7f", 1, 0x7f},
		{"\xc2\x80", 2, 0x80},
		{"\xdf\xbf", 2, 0x7ff},
		{"\xe0\xa0\x80", 3, 0x800},
		{"\xed\x9f\xbf", 3, 0xd7ff},
		{"\xee\x80\x80", 3, 0xe000},
		{"\xf0\x90\x80\x80", 4, 0x10000},
		{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2 ", "\xe0\xa0 "};
	uint32_t c;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
			parse_utf8(good[i].text, good[i].size, &c), good[i].size);
		assert_int_equal(c, good[i].c);
		if (good[i].size > 1)
			assert_int_equal(
				parse_utf8(good[i].text, good[i].size - 1, &c), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_utf8(bad[i], strlen(bad[i]), &c), 0);
}

static void xml_text_has_no_control_characters(void **state)
{
	(void)state;
	assert_true(parse_is_xml_text("", 0));
	assert_true(parse_is_xml_text("a\t\r\n\xc3\xa9\xf0\x9f\x98\x80", 10));
	assert_false(parse_is_xml_text("a\0b", 3));
	assert_false(parse_is_xml_text("\x1b[2J", 4));
	assert_false(parse_is_xml_text("\xef\xbf\xbf", 3));
	assert_false(parse_is_xml_text("caf\xc3", 4));
}

static void trimming_takes_xml_white_space_from_both_ends(void **state)
{
	const char *text = " \t\r\nin the middle\n ";
	size_t n = strlen(text);
	const char *blank = " \n ";
	size_t blank_n = strlen(blank);

	(void)state;
	parse_trim(&text, &n);
	assert_int_equal(n, strlen("in the middle"));
	assert_memory_equal(text, "in the middle", n);
	parse_trim(&blank, &blank_n);
	assert_int_equal(blank_n, 0);
}

static void mail_addresses_have_one_unquoted_local_part_and_a_domain(void **state)
{
	static const char *const good[] = {"alice@example.com", "a@b",
		"o'neil+x&y/z@example.com", "!#$%&'*+-/=?^_`{|}~@example.com",
		"j\xc3\xbcrgen@\xc3\xa4.example", "a.b.c@x-y.example.com",
		"EXAMPLE@EXAMPLE.COM"};
	static const char *const bad[] = {"", "alice", "@example.com", "alice@", "a@b@c",
		"al ice@example.com", "\"a b\"@example.com", "a@exa mple.com",
		"a\n@example.com", "a@example.com\r", ".a@b", "a.@b", "a..b@c", "a@.b",
		"a@b.", "a@b..c", "a<b>@example.com", "a@[127.0.0.1]", "a\\b@example.com",
		"a,b@example.com", "a\xff@example.com", "a\xc2\xa0@example.com",
		"a\xe2\x80\x8b@example.com", "a\xc2\x85@example.com", "a\x7f@b", "a@b;c"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(parse_is_mail_address(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse_is_mail_address(bad[i]));
}

static void a_mail_address_has_320_bytes_at_most(void **state)
{
	char text[322];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[1] = '@';
	text[320] = '\0';
	assert_true(parse_is_mail_address(text));
	text[320] = 'a';
	text[321] = '\0';
	assert_false(parse_is_mail_address(text));
}

static void lines_are_taken_one_by_one(void **state)
{
	(void)state;
	const char *text = "one\n\nlast";
	const char *const lines[] = {"one", "", "last"};
	size_t n = strlen(text);
	for (size_t i = 0; i < 3; i++) {
		size_t length;
		const char *line = parse_line(&text, &n, &length);
		assert_int_equal(length, strlen(lines[i]));
		assert_memory_equal(line, lines[i], length);
	}
	assert_int_equal(n, 0);
	assert_int_equal(*text, '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_fill_their_text),
		cmocka_unit_test(numbers_keep_to_their_range),
		cmocka_unit_test(only_the_given_bytes_are_a_number),
		cmocka_unit_test(utf8_is_the_shortest_form_of_a_character),
		cmocka_unit_test(xml_text_has_no_control_characters),
		cmocka_unit_test(trimming_takes_xml_white_space_from_both_ends),
		cmocka_unit_test(
			mail_addresses_have_one_unquoted_local_part_and_a_domain),
		cmocka_unit_test(a_mail_address_has_320_bytes_at_most),
		cmocka_unit_test(lines_are_taken_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
