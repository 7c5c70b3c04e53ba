#include "base/jid.h"

#include "test.h"

#include <string.h>

static void assert_prints(const char *text, const char *expected)
{
	struct jid jid;
	char printed[JID_SIZE];

	assert_true(jid_parse(text, &jid));
	jid_print(&jid, printed);
	assert_string_equal(printed, expected);
}

static void a_jid_is_prepared_as_servers_do(void **state)
{
	(void)state;
	assert_prints("alice@example.test", "alice@example.test");
	assert_prints("example.test", "example.test");
	assert_prints("Alice@Example.TEST/Home PC", "alice@example.test/Home PC");
	assert_prints("example.test/a@b/c", "example.test/a@b/c");
	assert_prints("STRASSE@example.test", "strasse@example.test");
	assert_prints("stra\xc3\x9f"
		      "e@example.test",
		"strasse@example.test");
	assert_prints("\xc3\x84@B\xc3\x9c"
		      "CHER.example",
		"\xc3\xa4@b\xc3\xbc"
		"cher.example");
	assert_prints("a@example.test/\xc2\xaa", "a@example.test/a");
	assert_prints("alice\\40example.com@meet.example.test",
		"alice\\40example.com@meet.example.test");
	assert_prints("a@[::1]", "a@[::1]");
}

static void parts_land_where_they_belong(void **state)
{
	struct jid jid;
	char bare[JID_SIZE];

	(void)state;
	assert_true(jid_parse("Bob@x.test/r/@", &jid));
	assert_string_equal(jid.local, "bob");
	assert_string_equal(jid.domain, "x.test");
	assert_string_equal(jid.resource, "r/@");
	jid_print_bare(&jid, bare);
	assert_string_equal(bare, "bob@x.test");
	assert_true(jid_parse("x.test", &jid));
	assert_string_equal(jid.local, "");
	assert_string_equal(jid.resource, "");
}

static void what_is_no_jid_is_refused(void **state)
{
	static const char *const bad[] = {"", "@", "/", "@example.test", "a@", "a@/r",
		"a@b/", "/r", "a@b@c", "a b@example.test", "a\"@b", "a&@b", "a'@b",
		"a:@b", "a<@b", "a>@b", "a@b c", "a@.b", "a@b..c", "a@b.", "a@b\n",
		"a\x01@b", "a@b/\x01", "a\xff@b", "a@\xff", "a@b/\xff",
		"a@b/\xed\xa0\x80", "a@b\\c", "a\xe2\x80\x8b\xc2\xa0@b", "\xc2\xad@b",
		"a@\xc2\xad", "a@b/\xc2\xad", "a\xe2\x80\xae@b"};
	struct jid jid = {.local = "kept"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(jid_parse(bad[i], &jid));
	assert_string_equal(jid.local, "kept");
}

static void a_bare_jid_has_no_resource(void **state)
{
	struct jid jid;

	(void)state;
	assert_true(jid_parse_bare("alice@example.test", &jid));
	assert_false(jid_parse_bare("alice@example.test/home", &jid));
	assert_false(jid_parse_bare("alice@example.test/", &jid));
	assert_int_equal(jid_bare_length("alice@example.test/home/2"), 18);
	assert_int_equal(jid_bare_length("alice@example.test"), 18);
}

static void each_part_has_1023_bytes_at_most(void **state)
{
	char text[JID_SIZE + 3];
	char printed[JID_SIZE];
	struct jid jid;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[1023] = '@';
	text[2047] = '/';
	text[3071] = '\0';
	assert_true(jid_parse(text, &jid));
	jid_print(&jid, printed);
	assert_string_equal(printed, text);

	text[3071] = 'a';
	text[3072] = '\0';
	assert_false(jid_parse(text, &jid));
	memset(text, 'a', 1025);
	text[1024] = '@';
	text[1026] = '\0';
	assert_false(jid_parse(text, &jid));
}

static void a_part_that_preparation_makes_too_long_is_refused(void **state)
{
	char text[JID_PART_SIZE + 2];
	struct jid jid;

	(void)state;
	/* U+FB03, the ligature ffi, becomes three letters: that just fits. */
	for (size_t i = 0; i < 341; i++)
		memcpy(text + 3 * i, "\xef\xac\x83", 3);
	memcpy(text + 1023, "@b", 3);
	assert_true(jid_parse(text, &jid));
	assert_int_equal(strlen(jid.local), 1023);
	/* U+33C2, the square a.m., takes three bytes and becomes four. */
	memcpy(text, "\xe3\x8f\x82", 3);
	assert_false(jid_parse(text, &jid));
}

static void escaping_follows_the_examples_of_xep_0106(void **state)
{
	static const struct {
		const char *text;
		const char *local;
	} cases[] = {
		{"space cadet", "space\\20cadet"},
		{"call me \"ishmael\"", "call\\20me\\20\\22ishmael\\22"},
		{"at&t guy", "at\\26t\\20guy"},
		{"d'artagnan", "d\\27artagnan"},
		{"/.fanboy", "\\2f.fanboy"},
		{"::foo::", "\\3a\\3afoo\\3a\\3a"},
		{"<foo>", "\\3cfoo\\3e"},
		{"user@host", "user\\40host"},
		{"c:\\net", "c\\3a\\net"},
		{"c:\\\\net", "c\\3a\\\\net"},
		{"c:\\cool stuff", "c\\3a\\cool\\20stuff"},
		{"c:\\5commas", "c\\3a\\5c5commas"},
		{"a\\2Fb", "a\\5c2Fb"},
		{"o'neil+x&y/z@example.com", "o\\27neil+x\\26y\\2fz\\40example.com"},
	};
	char local[JID_PART_SIZE];
	char text[JID_PART_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(jid_escape(cases[i].text, local));
		assert_string_equal(local, cases[i].local);
		jid_unescape(local, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void what_cannot_be_escaped_is_refused(void **state)
{
	char text[JID_PART_SIZE + 1];
	char local[JID_PART_SIZE] = "kept";

	(void)state;
	assert_false(jid_escape("", local));
	assert_false(jid_escape(" a", local));
	assert_false(jid_escape("a ", local));
	memset(text, 'a', sizeof(text));
	text[1024] = '\0';
	assert_false(jid_escape(text, local));
	text[1021] = '@';
	text[1022] = '\0';
	assert_false(jid_escape(text, local));
	assert_string_equal(local, "kept");
	text[1020] = '@';
	text[1021] = '\0';
	assert_true(jid_escape(text, local));
	assert_int_equal(strlen(local), 1023);
}

static void unescaping_leaves_alone_what_is_no_escape(void **state)
{
	static const struct {
		const char *local;
		const char *text;
	} cases[] = {
		{"", ""},
		{"\\", "\\"},
		{"\\4", "\\4"},
		{"\\41", "\\41"},
		{"\\00", "\\00"},
		{"\\zz", "\\zz"},
		{"\\20a\\20", "\\20a\\20"},
		{"a\\20b", "a b"},
		{"\\5c40", "\\40"},
	};
	char text[JID_PART_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		jid_unescape(cases[i].local, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_jid_is_prepared_as_servers_do),
		cmocka_unit_test(parts_land_where_they_belong),
		cmocka_unit_test(what_is_no_jid_is_refused),
		cmocka_unit_test(a_bare_jid_has_no_resource),
		cmocka_unit_test(each_part_has_1023_bytes_at_most),
		cmocka_unit_test(a_part_that_preparation_makes_too_long_is_refused),
		cmocka_unit_test(escaping_follows_the_examples_of_xep_0106),
		cmocka_unit_test(what_cannot_be_escaped_is_refused),
		cmocka_unit_test(unescaping_leaves_alone_what_is_no_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
