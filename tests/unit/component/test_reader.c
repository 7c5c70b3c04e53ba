#include "component/xmpp/reader.h"

#include "component/element.h"
#include "component/xmpp/limits.h"
#include "test.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlmemory.h>

#define HEADER "<?xml version='1.0'?>" STREAM_OPENING

/* What came of some bytes, as text: O, one letter an event that is no stanza, stanzas as
 * they are printed, and why. */
struct story {
	struct reader *reader;
	struct buf told;
	enum reader_event last;
};

static const char letters[] = {
	[READER_MORE] = '.',
	[READER_OPENED] = 'O',
	[READER_STANZA] = 'S',
	[READER_DROPPED] = 'D',
	[READER_CLOSED] = 'C',
	[READER_BROKEN] = 'B',
};

static void story_begin(struct story *story)
{
	*story = (struct story){.reader = reader_create()};
	assert_non_null(story->reader);
	buf_init(&story->told, (size_t)64 * 1024 * 1024);
}

static void story_end(struct story *story)
{
	reader_destroy(story->reader);
	buf_finish(&story->told);
}

static void story_feed(struct story *story, const char *bytes, size_t n)
{
	enum reader_event event;

	do {
		event = reader_next(story->reader, &bytes, &n);
		story->last = event;
		if (event == READER_STANZA)
			element_print(reader_element(story->reader), &story->told);
		else if (event != READER_MORE)
			buf_printf(&story->told, "%c", letters[event]);
		if (event == READER_DROPPED || event == READER_BROKEN)
			buf_printf(&story->told, "(%s)", reader_why(story->reader));
		buf_puts(&story->told, event == READER_MORE ? "" : " ");
	} while (
		event != READER_MORE && event != READER_CLOSED && event != READER_BROKEN);
}

static void assert_told(const char *text, const char *expected)
{
	struct story story;

	story_begin(&story);
	story_feed(&story, text, strlen(text));
	assert_string_equal(buf_text(&story.told), expected);
	story_end(&story);
}

/* ---------------------------------------------------------------- the stream */

static void a_stream_is_an_opening_stanzas_and_an_end(void **state)
{
	(void)state;
	assert_told(HEADER "<handshake/> <message from='a'>x</message>\n<iq/>"
			   "</stream:stream><iq/>",
		"O <handshake/> <message from='a'>x</message> <iq/> C ");
	assert_told("<?xml version='1.0' encoding='utf-8'?>\n" STREAM_OPENING "<iq/>",
		"O <iq/> ");
}

static void the_opening_tag_has_its_attributes(void **state)
{
	struct reader *reader = reader_create();
	const char *text = HEADER;
	size_t n = strlen(text);

	(void)state;
	assert_int_equal(reader_next(reader, &text, &n), READER_OPENED);
	assert_int_equal(n, 0);
	assert_true(element_is(
		reader_element(reader), "http://etherx.jabber.org/streams", "stream"));
	assert_string_equal(element_attr(reader_element(reader), "id"), "1");
	reader_destroy(reader);
}

/* Prosody's mod_privilege writes a bare "true" between stanzas. */
static void text_between_stanzas_is_passed_over(void **state)
{
	(void)state;
	assert_told(HEADER "true<iq/>true &amp; &no; ]]> <iq/>", "O <iq/> <iq/> ");
}

static void what_no_stream_may_hold_ends_it(void **state)
{
	static const char *const restricted[] = {
		"<!-- c -->",
		"<iq><!-- c --></iq>",
		"<?php x?>",
		"<iq><?php x?></iq>",
		"<!DOCTYPE a>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]>",
		"<![CDATA[x]]>",
		"<iq><![INCLUDE[x]]></iq>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(restricted) / sizeof(restricted[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), HEADER "%s<iq/>", restricted[i]);
		assert_told(text, "O B(restricted-xml) ");
	}
	assert_told("<!DOCTYPE a>" STREAM_OPENING, "B(restricted-xml) ");
	assert_told("<?xml version='1.0'?><?a b?>" STREAM_OPENING, "B(restricted-xml) ");
}

static void what_is_not_well_formed_ends_it(void **state)
{
	static const char *const bad[] = {
		"<iq></message>",
		"<iq a='1' a='2'/>",
		"<iq a=1/>",
		"<iq a='<'/>",
		"<iq <a/>",
		"<iq></iq <a>",
		"<iq>&no;</iq>",
		"<iq>&#1;</iq>",
		"<iq>]]></iq>",
		"<iq>\x01</iq>",
		"\x01",
		"<iq>\xff</iq>",
		"<iq a='\xc3'/>",
		"<iq>\xed\xa0\x80</iq>",
		"< iq/>",
		"<>",
		"<iq><></></iq>",
		"</stream:stream <",
		"<1/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), HEADER "%s</iq>", bad[i]);
		assert_told(text, "O B(not-well-formed) ");
	}
	assert_told("true", "B(not-well-formed) ");
	assert_told("</a>", "B(not-well-formed) ");
	assert_told("<a/>", "B(not-well-formed) ");
	assert_told("\xef\xbb\xbf" HEADER, "B(not-well-formed) ");
	assert_told(" " HEADER, "B(not-well-formed) ");
}

static void a_zero_byte_ends_it(void **state)
{
	struct story story;

	(void)state;
	story_begin(&story);
	story_feed(&story, HEADER "<iq>\0</iq>", sizeof(HEADER "<iq>\0</iq>") - 1);
	assert_string_equal(buf_text(&story.told), "O B(not-well-formed) ");
	story_end(&story);
}

static void another_encoding_ends_it(void **state)
{
	(void)state;
	assert_told("<?xml version='1.0' encoding='ISO-8859-1'?>" STREAM_OPENING,
		"B(unsupported-encoding) ");
	assert_told("<?xml version='1.0' encoding='UTF-16'?>" STREAM_OPENING,
		"B(not-well-formed) ");
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

/* ------------------------------------------------- attributes and namespaces */

static void assert_attributes(const char *kind)
{
	static const char *const names[] = {"from", "to", "type", "id"};
	char text[1024];
	struct parsed parsed;

	(void)snprintf(text, sizeof(text),
		"<%s from='f' to='t' type='y' id='i' xml:lang='l' xmlns:b='urn:b' "
		"b:from='F' b:to='T' b:type='Y' b:id='I' b:lang='L' lang='L'/>",
		kind);
	parsed = parse(text);
	for (size_t i = 0; i < 4; i++) {
		const char *value = element_attr(parsed.element, names[i]);

		assert_string_equal(value, ((const char *[]){"f", "t", "y", "i"})[i]);
	}
	assert_string_equal(element_lang(parsed.element), "l");
	parsed_finish(&parsed);
	(void)snprintf(text, sizeof(text),
		"<%s xmlns:b='urn:b' b:from='F' b:to='T' b:type='Y' b:id='I' "
		"b:lang='L' lang='L' xml:from='F' xml:to='T' xml:type='Y'/>",
		kind);
	parsed = parse(text);
	for (size_t i = 0; i < 4; i++)
		assert_null(element_attr(parsed.element, names[i]));
	assert_null(element_lang(parsed.element));
	parsed_finish(&parsed);
}

/* Namespaces in XML 1.0 section 6.2: the server stamps the attribute without one. */
static void a_prefixed_attribute_is_another(void **state)
{
	(void)state;
	assert_attributes("presence");
	assert_attributes("message");
	assert_attributes("iq");
}

/* libxml2 hands these on as if they had no namespace at all. */
static void an_undeclared_prefix_costs_the_stanza(void **state)
{
	static const char *const stanzas[] = {
		"<presence b:from='x'/>",
		"<b:presence from='x'/>",
		"<presence from:b='x'/>",
		"<presence a:from:b='x'/>",
		"<presence :from='x'/>",
		"<presence b:1='x'/>",
		"<presence xmlns:a='a' a:b:from='x'/>",
		"<presence><b:c/></presence>",
		"<presence><c b:d='1'/></presence>",
		"<presence xmlns:b=''  b:from='x'/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(stanzas) / sizeof(stanzas[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), HEADER "%s<iq/>", stanzas[i]);
		assert_told(text, "O D(a prefix in it is declared nowhere) <iq/> ");
	}
}

/* expat, and so the servers, let any text be the name of a namespace. */
static void an_odd_namespace_is_one(void **state)
{
	(void)state;
	assert_told(HEADER "<iq><x xmlns='not a { URI'/></iq>",
		"O <iq><x xmlns='not a { URI'/></iq> ");
}

static void a_stanza_keeps_its_namespace(void **state)
{
	(void)state;
	assert_told(HEADER "<presence xmlns='urn:other'/>"
			   "<b:presence xmlns:b='jabber:component:accept'/>",
		"O <presence xmlns='urn:other'/> <presence/> ");
}

static void a_language_holds_for_what_is_inside(void **state)
{
	struct parsed parsed = parse("<message xml:lang='de'><body/><body "
				     "xml:lang='en'><a/></body></message>");
	const struct element *body = element_first(parsed.element);

	(void)state;
	assert_string_equal(element_lang(body), "de");
	body = element_next(body);
	assert_string_equal(element_lang(body), "en");
	assert_string_equal(element_lang(element_first(body)), "en");
	parsed_finish(&parsed);
}

static void references_and_cdata_are_text(void **state)
{
	struct parsed parsed =
		parse("<a b='&amp;&lt;&#228;&quot;'>&amp;<![CDATA[<x>]]]]><![CDATA[>]]>"
		      "&#x20ac;&gt;</a>");
	char text[64];

	(void)state;
	assert_string_equal(element_attr(parsed.element, "b"), "&<\xc3\xa4\"");
	element_text(parsed.element, text, sizeof(text));
	assert_string_equal(text, "&<x>]]>\xe2\x82\xac>");
	assert_null(element_next(element_first(parsed.element)));
	parsed_finish(&parsed);
}

static void a_long_text_in_many_pieces_is_whole(void **state)
{
	struct parsed parsed;
	struct buf text;
	char *out = malloc(400001);

	(void)state;
	assert_non_null(out);
	buf_init(&text, (size_t)4 * 1024 * 1024);
	buf_puts(&text, "<a>");
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, "&amp;\xc3\xa4z");
	buf_puts(&text, "</a>");
	parsed = parse(buf_text(&text));
	element_text(parsed.element, out, 400001);
	assert_int_equal(strlen(out), 400000);
	for (int i = 0; i < 100000; i++)
		assert_memory_equal(out + (size_t)4 * (size_t)i, "&\xc3\xa4z", 4);
	parsed_finish(&parsed);
	buf_finish(&text);
	free(out);
}

/* ------------------------------------------------------------------- pieces */

static const char whole[] =
	"<?xml version='1.0' encoding='UTF-8'?>" STREAM_OPENING
	"true<handshake/>\n<presence from='a@b/&amp;&#228;' xmlns:b=\"urn:b>/\" "
	"b:from='x'>"
	"<status "
	"xml:lang='de'>\xc3\xa4&lt;\xe2\x82\xac</status><![CDATA[]]>]]&gt;</presence >"
	"<iq type='get'><query xmlns='u'><item/><item a='/'/></query></iq>"
	"<message><a:b/></message></stream:stream >";

static void tell_whole(struct buf *told)
{
	struct story story;

	story_begin(&story);
	story_feed(&story, whole, strlen(whole));
	assert_int_equal(story.last, READER_CLOSED);
	buf_puts(told, buf_text(&story.told));
	story_end(&story);
}

static void it_may_be_split_at_every_byte(void **state)
{
	struct buf expected;
	size_t n = strlen(whole);

	(void)state;
	buf_init(&expected, 4096);
	tell_whole(&expected);
	for (size_t at = 0; at <= n; at++) {
		struct story story;

		story_begin(&story);
		story_feed(&story, whole, at);
		if (at < n)
			story_feed(&story, whole + at, n - at);
		assert_string_equal(buf_text(&story.told), buf_text(&expected));
		story_end(&story);
	}
	buf_finish(&expected);
}

static void it_may_come_byte_by_byte(void **state)
{
	struct buf expected;
	struct story story;

	(void)state;
	buf_init(&expected, 4096);
	tell_whole(&expected);
	story_begin(&story);
	for (size_t i = 0; whole[i]; i++)
		story_feed(&story, whole + i, 1);
	assert_string_equal(buf_text(&story.told), buf_text(&expected));
	story_end(&story);
	buf_finish(&expected);
}

/* Each byte in memory of its own, so that reading behind it is seen. */
static void it_may_be_cut_off_at_every_byte(void **state)
{
	struct buf expected;

	(void)state;
	buf_init(&expected, 4096);
	tell_whole(&expected);
	for (size_t n = 0; n < strlen(whole); n++) {
		char *bytes = malloc(n + 1);
		struct story story;

		assert_non_null(bytes);
		memcpy(bytes, whole, n);
		story_begin(&story);
		story_feed(&story, bytes, n);
		assert_int_equal(story.last, READER_MORE);
		assert_memory_equal(
			buf_text(&story.told), buf_text(&expected), story.told.len);
		story_end(&story);
		free(bytes);
	}
	buf_finish(&expected);
}

/* A stanza is there with its last byte. */
static void nothing_is_held_back(void **state)
{
	static const char text[] = "<iq>x<a>y</a></iq>";
	struct story story;

	(void)state;
	story_begin(&story);
	story_feed(&story, HEADER, strlen(HEADER));
	for (size_t i = 0; text[i + 1]; i++)
		story_feed(&story, text + i, 1);
	assert_string_equal(buf_text(&story.told), "O ");
	story_feed(&story, ">", 1);
	assert_string_equal(buf_text(&story.told), "O <iq>x<a>y</a></iq> ");
	story_end(&story);
}

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
		cmocka_unit_test(a_stream_is_an_opening_stanzas_and_an_end),
		cmocka_unit_test(the_opening_tag_has_its_attributes),
		cmocka_unit_test(text_between_stanzas_is_passed_over),
		cmocka_unit_test(what_no_stream_may_hold_ends_it),
		cmocka_unit_test(what_is_not_well_formed_ends_it),
		cmocka_unit_test(a_zero_byte_ends_it),
		cmocka_unit_test(another_encoding_ends_it),
		cmocka_unit_test(a_long_header_ends_it),
		cmocka_unit_test(a_prefixed_attribute_is_another),
		cmocka_unit_test(an_undeclared_prefix_costs_the_stanza),
		cmocka_unit_test(an_odd_namespace_is_one),
		cmocka_unit_test(a_stanza_keeps_its_namespace),
		cmocka_unit_test(a_language_holds_for_what_is_inside),
		cmocka_unit_test(references_and_cdata_are_text),
		cmocka_unit_test(a_long_text_in_many_pieces_is_whole),
		cmocka_unit_test(it_may_be_split_at_every_byte),
		cmocka_unit_test(it_may_come_byte_by_byte),
		cmocka_unit_test(it_may_be_cut_off_at_every_byte),
		cmocka_unit_test(nothing_is_held_back),
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
