#include "component/reader_story.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlmemory.h>

/* ------------------------------------------------------------------- limits */

static void repeat(struct buf *buf, const char *text, size_t n)
{
	while (n-- > 0)
		buf_puts(buf, text);
}

/* Feeds a stanza and one more, which has to come in any case. */
static void assert_limit(struct buf *stanza, const char *why)
{
	struct story story;
	char expected[128];

	assert_false(stanza->failed);
	story_begin(&story);
	story_feed(&story, HEADER, strlen(HEADER));
	buf_reset(&story.told);
	/* In shares as they are read. */
	for (size_t at = 0; at < stanza->len; at += 16384) {
		size_t n = stanza->len - at;

		story_feed(&story, stanza->data + at, n < 16384 ? n : 16384);
	}
	if (why) {
		(void)snprintf(expected, sizeof(expected), "D(%s) ", why);
		assert_string_equal(buf_text(&story.told), expected);
	} else {
		assert_int_equal(*buf_text(&story.told), '<');
	}
	buf_reset(&story.told);
	story_feed(&story, "<iq id='after'/>", strlen("<iq id='after'/>"));
	assert_string_equal(buf_text(&story.told), "<iq id='after'/> ");
	story_end(&story);
	buf_reset(stanza);
}

static void a_stanza_has_a_greatest_depth(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1024 * 1024);
	for (size_t more = 0; more <= 1; more++) {
		repeat(&text, "<a>", STANZA_DEPTH_MAX + more);
		repeat(&text, "</a>", STANZA_DEPTH_MAX + more);
		assert_limit(&text, more ? "its elements are nested too deep" : NULL);
	}
	repeat(&text, "<a>", 100000);
	repeat(&text, "</a>", 100000);
	assert_limit(&text, "its elements are nested too deep");
	buf_finish(&text);
}

static void an_element_has_a_greatest_number_of_attributes(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, (size_t)16 * 1024 * 1024);
	for (size_t more = 0; more <= 1; more++) {
		buf_puts(&text, "<a");
		for (size_t i = 0; i < STANZA_ATTRIBUTES_MAX + more; i++)
			buf_printf(&text, " a%zu='='", i);
		buf_puts(&text, "/>");
		assert_limit(
			&text, more ? "an element of it has too many attributes" : NULL);
	}
	buf_puts(&text, "<a><b");
	for (size_t i = 0; i < 200000; i++)
		buf_printf(&text, " a%zu='='", i);
	buf_puts(&text, "/></a>");
	assert_limit(&text, "an element of it has too many attributes");
	buf_puts(&text, "<a");
	for (size_t i = 0; i < 200000; i++)
		buf_printf(&text, " xmlns:a%zu='u'", i);
	buf_puts(&text, "/>");
	assert_limit(&text, "an element of it has too many attributes");
	buf_finish(&text);
}

static void a_name_has_a_greatest_length(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1024 * 1024);
	for (size_t more = 0; more <= 1; more++) {
		buf_puts(&text, "<");
		repeat(&text, "a", STANZA_NAME_MAX + more);
		buf_puts(&text, "/>");
		assert_limit(&text, more ? "a name in it is too long" : NULL);
		buf_puts(&text, "<a ");
		repeat(&text, "a", STANZA_NAME_MAX + more);
		buf_puts(&text, "='1'/>");
		assert_limit(&text, more ? "a name in it is too long" : NULL);
	}
	buf_finish(&text);
}

static void a_stanza_has_a_greatest_number_of_elements(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, (size_t)16 * 1024 * 1024);
	for (size_t more = 0; more <= 1; more++) {
		buf_puts(&text, "<a>");
		repeat(&text, "<b c='d'/>", STANZA_NODES_MAX / 2 - 1);
		repeat(&text, "<b/>", 1 + more);
		buf_puts(&text, "</a>");
		assert_limit(&text, more ? "it has too many elements" : NULL);
	}
	buf_finish(&text);
}

static void a_stanza_has_a_greatest_length(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, (size_t)32 * 1024 * 1024);
	for (size_t more = 0; more <= 1; more++) {
		buf_puts(&text, "<a>");
		repeat(&text, "x", STANZA_BYTES_MAX - 7 + more);
		buf_puts(&text, "</a>");
		assert_limit(&text, more ? "it is too long" : NULL);
		buf_puts(&text, "<a b='");
		repeat(&text, "x", STANZA_BYTES_MAX - 9 + more);
		buf_puts(&text, "'/>");
		assert_limit(&text, more ? "it is too long" : NULL);
	}
	buf_puts(&text, "<a>");
	repeat(&text, "x", (size_t)3 * STANZA_BYTES_MAX);
	buf_puts(&text, "</a>");
	assert_limit(&text, "it is too long");
	buf_finish(&text);
}

static void a_long_header_ends_it(void **state)
{
	struct story story;
	struct buf text;

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		buf_init(&text, (size_t)2 * STREAM_HEADER_MAX);
		buf_puts(&text, "<stream:stream xmlns:stream='s' id='");
		while (text.len < STREAM_HEADER_MAX + more - 2)
			buf_puts(&text, "x");
		buf_puts(&text, "'>");
		story_begin(&story);
		story_feed(&story, text.data, text.len);
		assert_string_equal(
			buf_text(&story.told), more ? "B(policy-violation) " : "O ");
		story_end(&story);
		buf_finish(&text);
	}
}

/* ------------------------------------------------------------------- memory */

static size_t in_use;
static size_t most_in_use;

static void *count(void *memory)
{
	in_use += malloc_usable_size(memory);
	if (in_use > most_in_use)
		most_in_use = in_use;
	return memory;
}

static void counted_free(void *memory)
{
	in_use -= malloc_usable_size(memory);
	free(memory);
}

static void *counted_malloc(size_t n)
{
	return count(malloc(n));
}

static void *counted_realloc(void *memory, size_t n)
{
	in_use -= malloc_usable_size(memory);
	return count(realloc(memory, n));
}

static char *counted_strdup(const char *text)
{
	return count(strdup(text));
}

/* A dictionary that lived as long as the stream would have grown by 100 MB. */
static void a_million_odd_names_leave_nothing_behind(void **state)
{
	struct story story;
	size_t before;

	(void)state;
	before = in_use;
	story_begin(&story);
	story_feed(&story, HEADER, strlen(HEADER));
	for (unsigned i = 0; i < 1000000; i++) {
		char text[128];
		int n = snprintf(text, sizeof(text),
			"<presence><e%u xmlns='urn:%u' a%u='1'/></presence>", i, i, i);

		buf_reset(&story.told);
		story_feed(&story, text, (size_t)n);
		assert_int_equal(*buf_text(&story.told), '<');
	}
	assert_true(most_in_use - before < (size_t)16 * 1024 * 1024);
	story_end(&story);
	assert_int_equal(in_use, before);
}

static void the_rest_of_a_large_stanza_is_given_back(void **state)
{
	struct story story;
	struct buf text;

	(void)state;
	buf_init(&text, STANZA_BYTES_MAX);
	buf_puts(&text, "<a>");
	repeat(&text, "x", STANZA_BYTES_MAX - 7);
	buf_puts(&text, "</a>");
	story_begin(&story);
	story_feed(&story, HEADER, strlen(HEADER));
	story_feed(&story, text.data, text.len);
	story_feed(&story, "<iq/>", 5);
	assert_true(in_use < (size_t)1024 * 1024);
	story_end(&story);
	buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_header_ends_it),
		cmocka_unit_test(a_stanza_has_a_greatest_depth),
		cmocka_unit_test(an_element_has_a_greatest_number_of_attributes),
		cmocka_unit_test(a_name_has_a_greatest_length),
		cmocka_unit_test(a_stanza_has_a_greatest_number_of_elements),
		cmocka_unit_test(a_stanza_has_a_greatest_length),
		cmocka_unit_test(a_million_odd_names_leave_nothing_behind),
		cmocka_unit_test(the_rest_of_a_large_stanza_is_given_back),
	};

	if (xmlMemSetup(counted_free, counted_malloc, counted_realloc, counted_strdup) !=
		0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
