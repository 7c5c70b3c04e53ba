#include "component/xmpp/stanza.h"

#include "component/element.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRESENCE(attrs, inside) \
	"<presence xmlns='jabber:component:accept' " attrs ">" inside "</presence>"

static void assert_printed(const char *text, const char *expected)
{
	struct parsed parsed = parse(text);
	struct buf buf;

	buf_init(&buf, 4096);
	element_print(parsed.element, &buf);
	assert_false(buf.failed);
	assert_string_equal(buf_text(&buf), expected);
	buf_finish(&buf);
	parsed_finish(&parsed);
}

static void an_element_is_known_by_name_and_namespace(void **state)
{
	struct parsed parsed =
		parse(PRESENCE("to='a'", "x<a xmlns='u'>one<b/>two</a><a/>"));
	const struct element *child = element_first(parsed.element);
	char text[16];

	(void)state;
	assert_true(element_is(parsed.element, STANZA_NS, "presence"));
	assert_string_equal(element_attr(parsed.element, "to"), "a");
	assert_null(element_attr(parsed.element, "from"));
	assert_string_equal(element_name(child), "");
	assert_string_equal(element_ns(child), "");
	assert_ptr_equal(element_next(child), element_child(parsed.element, "u", "a"));
	assert_string_equal(
		element_ns(element_child(parsed.element, NULL, "a")), STANZA_NS);
	assert_null(element_child(parsed.element, "u", "b"));
	element_text(element_child(parsed.element, "u", "a"), text, sizeof(text));
	assert_string_equal(text, "onetwo");
	parsed_finish(&parsed);
}

static void a_text_is_cut_between_two_characters(void **state)
{
	struct parsed parsed = parse("<a>x\xc3\xa4\xe2\x82\xac</a>");
	static const char *const expected[] = {"", "x", "x", "x\xc3\xa4", "x\xc3\xa4",
		"x\xc3\xa4", "x\xc3\xa4\xe2\x82\xac"};

	(void)state;
	for (size_t size = 1; size <= 7; size++) {
		char *text = malloc(size);

		assert_non_null(text);
		element_text(parsed.element, text, size);
		assert_string_equal(text, expected[size - 1]);
		free(text);
	}
	parsed_finish(&parsed);
}

static void the_own_namespace_is_not_printed(void **state)
{
	(void)state;
	assert_printed(
		"<show xmlns='jabber:component:accept'>dnd</show>", "<show>dnd</show>");
	assert_printed("<show xmlns='jabber:client'>dnd</show>", "<show>dnd</show>");
}

static void a_foreign_namespace_is_printed_once(void **state)
{
	(void)state;
	assert_printed(
		"<x xmlns='vcard-temp:x:update'><photo>1</photo><y xmlns='u'/></x>",
		"<x xmlns='vcard-temp:x:update'><photo>1</photo><y xmlns='u'/></x>");
}

static void a_prefix_becomes_a_default_namespace(void **state)
{
	(void)state;
	assert_printed(
		"<p:x xmlns:p='u'><p:y/><z xmlns='jabber:component:accept'/></p:x>",
		"<x xmlns='u'><y/><z xmlns='jabber:client'/></x>");
}

static void no_namespace_within_one_is_said(void **state)
{
	(void)state;
	assert_printed(
		"<x xmlns='u'><y xmlns=''/></x>", "<x xmlns='u'><y xmlns=''/></x>");
}

static void attributes_and_text_are_escaped(void **state)
{
	(void)state;
	assert_printed("<x xmlns='u' a='&lt;&apos;&quot;&amp;'>]]&gt;&amp;</x>",
		"<x xmlns='u' a='&lt;&apos;&quot;&amp;'>]]&gt;&amp;</x>");
	assert_printed("<x xmlns='u' xml:lang='de'/>", "<x xmlns='u' xml:lang='de'/>");
}

static void stanzas_are_written_with_what_they_have(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	stanza_presence(&buf, "subscribed", "c'@x", "a@b", NULL);
	stanza_presence(&buf, NULL, "c", NULL, "7");
	stanza_iq(&buf, "get", "c", "a", "i", "<ping xmlns='urn:xmpp:ping'/>");
	assert_string_equal(buf_text(&buf),
		"<presence type='subscribed' from='c&apos;@x' to='a@b'/>"
		"<presence from='c' id='7'/>"
		"<iq type='get' from='c' to='a' id='i'><ping "
		"xmlns='urn:xmpp:ping'/></iq>");
	buf_finish(&buf);
}

static void assert_error(const char *text, const char *expected)
{
	struct parsed parsed = parse(text);
	struct buf buf;

	buf_init(&buf, 4096);
	stanza_error(&buf, parsed.element, "cancel", "conflict");
	assert_string_equal(buf_text(&buf), expected);
	buf_finish(&buf);
	parsed_finish(&parsed);
}

static void an_error_goes_back_to_the_sender(void **state)
{
	(void)state;
	assert_error("<message from='a' to='b' id='1' type='chat'><body/></message>",
		"<message type='error' from='b' to='a' id='1'><error type='cancel'>"
		"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"</error></message>");
	assert_error("<message from='a' to='b' type='error'/>", "");
	assert_error("<iq from='a' to='b' type='result'/>", "");
}

/* RFC 5122 section 2.7.2: what the URI's grammar does not have is escaped, and so are the
 * escapes of XEP-0106. */
static void a_redirect_has_a_uri_and_a_sentence(void **state)
{
	struct parsed parsed = parse("<message from='a' to='b'/>");
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	stanza_redirect(&buf, parsed.element, "j\\26%\xc3\xb6&'s@example.test");
	assert_string_equal(buf_text(&buf),
		"<message type='error' from='b' to='a'><error type='modify'>"
		"<redirect xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
		"xmpp:j%5C26%25%C3%B6%26%27s@example.test</redirect>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>"
		"Nobody reads messages here. Write to "
		"j\\26%\xc3\xb6&amp;&apos;s@example.test instead.</text>"
		"</error></message>");
	buf_finish(&buf);
	parsed_finish(&parsed);
}

static void a_result_goes_back_to_the_sender(void **state)
{
	struct parsed parsed = parse("<iq from='a' to='b' id='&amp;' type='get'/>");
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	stanza_iq_result(&buf, parsed.element, "<x/>");
	assert_string_equal(
		buf_text(&buf), "<iq type='result' from='b' to='a' id='&amp;'><x/></iq>");
	buf_finish(&buf);
	parsed_finish(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_is_known_by_name_and_namespace),
		cmocka_unit_test(a_text_is_cut_between_two_characters),
		cmocka_unit_test(the_own_namespace_is_not_printed),
		cmocka_unit_test(a_foreign_namespace_is_printed_once),
		cmocka_unit_test(a_prefix_becomes_a_default_namespace),
		cmocka_unit_test(no_namespace_within_one_is_said),
		cmocka_unit_test(attributes_and_text_are_escaped),
		cmocka_unit_test(stanzas_are_written_with_what_they_have),
		cmocka_unit_test(an_error_goes_back_to_the_sender),
		cmocka_unit_test(a_redirect_has_a_uri_and_a_sentence),
		cmocka_unit_test(a_result_goes_back_to_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
