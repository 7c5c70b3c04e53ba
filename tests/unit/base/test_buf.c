#include "base/buf.h"

#include "test.h"

#include <string.h>

static void an_empty_buffer_reads_as_an_empty_text(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
	buf_consume(&buf, 0);
	buf_reset(&buf);
	buf_finish(&buf);
	buf_finish(NULL);
}

static void appends_stand_one_after_the_other(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	buf_puts(&buf, "one ");
	buf_add(&buf, "two three", 4);
	buf_printf(&buf, "%s=%d", "three", 3);
	assert_string_equal(buf_text(&buf), "one two three=3");
	assert_int_equal(buf.len, strlen("one two three=3"));
	buf_finish(&buf);
}

static void a_buffer_reaches_its_maximum_and_not_one_byte_more(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	for (int i = 0; i < 100; i++)
		buf_add(&buf, "x", 1);
	assert_false(buf.failed);
	assert_int_equal(buf.len, 100);
	buf_add(&buf, "x", 1);
	assert_true(buf.failed);
	assert_int_equal(buf.len, 100);
	buf_finish(&buf);
}

static void after_a_failure_nothing_more_is_appended(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 3);
	buf_puts(&buf, "four");
	buf_puts(&buf, "a");
	buf_printf(&buf, "%d", 1);
	assert_true(buf.failed);
	assert_string_equal(buf_text(&buf), "");
	buf_reset(&buf);
	buf_puts(&buf, "abc");
	assert_false(buf.failed);
	assert_string_equal(buf_text(&buf), "abc");
	buf_finish(&buf);
}

static void consuming_keeps_the_rest_and_its_end(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_puts(&buf, "header body");
	buf_consume(&buf, 7);
	assert_string_equal(buf_text(&buf), "body");
	buf_consume(&buf, 4);
	assert_string_equal(buf_text(&buf), "");
	buf_finish(&buf);
}

static void what_was_appended_last_is_cut_off_again(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	buf_cut(&buf, 0);
	buf_puts(&buf, "kept");
	buf_puts(&buf, " and no more");
	assert_true(buf.failed);
	buf_cut(&buf, 4);
	assert_false(buf.failed);
	assert_string_equal(buf_text(&buf), "kept");
	buf_cut(&buf, 2);
	assert_string_equal(buf_text(&buf), "ke");
	buf_finish(&buf);
}

static void xml_is_escaped_and_forbidden_characters_are_left_out(void **state)
{
	static const struct {
		const char *text;
		const char *xml;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&apos;"},
		{"\x01tab\tand\nline\x1f", "tab\tand\nline"},
		{"caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
		{"cut \xc3", "cut "},
		{"cut \xf0\x9f\x98", "cut "},
		{"long form \xc0\xbc of <", "long form  of &lt;"},
		{"surrogate \xed\xa0\x80.", "surrogate ."},
		{"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\xef\xbf\xbd"},
		{"beyond \xf4\x90\x80\x80.", "beyond ."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf buf;

		buf_init(&buf, 1000);
		buf_put_xml(&buf, cases[i].text);
		assert_string_equal(buf_text(&buf), cases[i].xml);
		buf_finish(&buf);
	}
}

static void a_format_of_xml_escapes_its_texts_alone(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_printf_xml(&buf, "<a b='%s'>", "o'neil");
	buf_printf_xml(&buf, "%s%s</a>", "<&>", "");
	buf_printf_xml(&buf, "<b/>");
	assert_string_equal(buf_text(&buf), "<a b='o&apos;neil'>&lt;&amp;&gt;</a><b/>");
	buf_finish(&buf);
}

static void xml_of_counted_bytes_leaves_out_a_nul(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	buf_put_xml_bytes(&buf, "a\0<b", 4);
	assert_string_equal(buf_text(&buf), "a&lt;b");
	buf_finish(&buf);
}

static void json_is_escaped_and_foreign_bytes_are_replaced(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	buf_put_json(&buf, "\"q\" \\ \n\r\t\x01\x7f caf\xc3\xa9 \xff.");
	assert_string_equal(buf_text(&buf), "\\\"q\\\" \\\\ \\n\\r\\t\\u0001\\u007f "
					    "caf\xc3\xa9 \xef\xbf\xbd.");
	buf_finish(&buf);
}

static void put_fields(struct buf *buf)
{
	buf_init(buf, 1000);
	buf_put_u8(buf, 0xfe);
	buf_put_u32(buf, UINT32_MAX - 1);
	buf_put_i64(buf, INT64_MIN);
	buf_put_i64(buf, -2);
	buf_put_string(buf, "text", 4);
	buf_put_string(buf, "", 0);
}

static void binary_fields_come_back_as_they_were_written(void **state)
{
	struct buf buf;
	struct buf_reader reader = {0};
	const char *text;
	size_t n;

	(void)state;
	put_fields(&buf);
	reader.data = buf.data;
	reader.len = buf.len;
	assert_int_equal(buf_get_u8(&reader), 0xfe);
	assert_true(buf_get_u32(&reader) == UINT32_MAX - 1);
	assert_true(buf_get_i64(&reader) == INT64_MIN);
	assert_true(buf_get_i64(&reader) == -2);
	text = buf_get_string(&reader, &n);
	assert_int_equal(n, 4);
	assert_memory_equal(text, "text", 4);
	assert_non_null(buf_get_string(&reader, &n));
	assert_int_equal(n, 0);
	assert_false(reader.failed);
	assert_int_equal(reader.pos, reader.len);
	buf_finish(&buf);
}

static void fields_truncated_at_every_byte_fail_and_yield_nothing(void **state)
{
	struct buf buf;

	(void)state;
	put_fields(&buf);
	for (size_t len = 0; len < buf.len; len++) {
		struct buf_reader reader = {.data = buf.data, .len = len};
		size_t n = 1;

		(void)buf_get_u8(&reader);
		(void)buf_get_u32(&reader);
		(void)buf_get_i64(&reader);
		(void)buf_get_i64(&reader);
		(void)buf_get_string(&reader, &n);
		assert_null(buf_get_string(&reader, &n));
		assert_int_equal(n, 0);
		assert_true(reader.failed);
		assert_int_equal(buf_get_u8(&reader), 0);
	}
	buf_finish(&buf);
}

static void a_length_beyond_the_end_fails(void **state)
{
	struct buf_reader reader = {.data = "\xff\xff\xff\xff text", .len = 9};
	size_t n;

	(void)state;
	assert_null(buf_get_string(&reader, &n));
	assert_true(reader.failed);
}

static void nothing_is_left_in_a_buffer_that_wipes(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	buf.wipes = true;
	for (size_t i = 0; i < 500; i++)
		buf_puts(&buf, "private ");
	assert_int_equal(buf.len, 4000);
	assert_memory_equal(buf.data + 3992, "private ", 9);
	buf_reset(&buf);
	for (size_t i = 0; i < 4000; i++)
		assert_int_equal(buf.data[i], 0);
	buf_puts(&buf, "again");
	assert_string_equal(buf_text(&buf), "again");
	buf_finish(&buf);
	assert_true(buf.wipes);
	buf_puts(&buf, "once more");
	assert_string_equal(buf_text(&buf), "once more");
	buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_reads_as_an_empty_text),
		cmocka_unit_test(appends_stand_one_after_the_other),
		cmocka_unit_test(a_buffer_reaches_its_maximum_and_not_one_byte_more),
		cmocka_unit_test(after_a_failure_nothing_more_is_appended),
		cmocka_unit_test(consuming_keeps_the_rest_and_its_end),
		cmocka_unit_test(what_was_appended_last_is_cut_off_again),
		cmocka_unit_test(xml_is_escaped_and_forbidden_characters_are_left_out),
		cmocka_unit_test(a_format_of_xml_escapes_its_texts_alone),
		cmocka_unit_test(xml_of_counted_bytes_leaves_out_a_nul),
		cmocka_unit_test(json_is_escaped_and_foreign_bytes_are_replaced),
		cmocka_unit_test(binary_fields_come_back_as_they_were_written),
		cmocka_unit_test(fields_truncated_at_every_byte_fail_and_yield_nothing),
		cmocka_unit_test(a_length_beyond_the_end_fails),
		cmocka_unit_test(nothing_is_left_in_a_buffer_that_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
