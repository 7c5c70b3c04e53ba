#include "component/reader_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
