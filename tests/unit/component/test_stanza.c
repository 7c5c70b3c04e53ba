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

static void nested(char *text, size_t depth)
{
	*text = '\0';
	for (size_t i = 0; i < depth; i++)
		text = stpcpy(text, "<a>");
	for (size_t i = 0; i < depth; i++)
		text = stpcpy(text, "</a>");
}

static void printing_ends_at_the_greatest_depth(void **state)
{
	char text[(STANZA_DEPTH_MAX + 1) * 7 + 1];
	struct parsed parsed;
	struct buf buf;

	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		buf_init(&buf, 4096);
		nested(text, STANZA_DEPTH_MAX + more);
		parsed = parse(text);
		element_print(parsed.element, &buf);
		assert_int_equal(buf.failed, more);
		parsed_finish(&parsed);
		buf_finish(&buf);
	}
}

static void too_many_attributes_are_refused(void **state)
{
	struct buf text;
	struct buf out;
	struct parsed parsed;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&out, 4096);
	buf_puts(&text, "<a");
	for (int i = 0; i < 33; i++)
		buf_printf(&text, " a%d='1'", i);
	buf_puts(&text, "/>");
	parsed = parse(buf_text(&text));
	element_print(parsed.element, &out);
	assert_true(out.failed);
	parsed_finish(&parsed);
	buf_finish(&text);
	buf_finish(&out);
}

static struct presence_in *read_presence(const char *text)
{
	struct parsed parsed = parse(text);
	struct presence_in *presence = malloc(sizeof(*presence));

	assert_non_null(presence);
	presence_in_read(parsed.element, presence);
	parsed_finish(&parsed);
	return presence;
}

static void forget(struct presence_in *presence)
{
	presence_in_finish(presence);
	free(presence);
}

static void a_bare_presence_is_available(void **state)
{
	struct presence_in *presence = read_presence(PRESENCE("", ""));

	(void)state;
	assert_int_equal(presence->type, PRESENCE_AVAILABLE);
	assert_int_equal(presence->show, SHOW_AVAILABLE);
	assert_int_equal(presence->priority, 0);
	assert_int_equal(presence->n_texts, 0);
	assert_string_equal(presence->id, "");
	assert_false(presence->delayed);
	assert_int_equal(presence->children.len, 0);
	forget(presence);
}

static void a_full_presence_is_read(void **state)
{
	struct presence_in *presence = read_presence(PRESENCE("id='i1' xml:lang='en'",
		"\n <show>xa</show><status>gone</status><status "
		"xml:lang='de'>weg</status>"
		"<status xml:lang='de'>zweimal</status><priority> -7\n</priority>"
		"<c xmlns='http://jabber.org/protocol/caps' ver='v'/>"
		"<delay xmlns='urn:xmpp:delay' stamp='s'/><query xmlns='jabber:iq:last'/>"
		"<x xmlns='jabber:x:signed'>s</x><x "
		"xmlns='http://jabber.org/protocol/muc'/>"
		"<idle xmlns='urn:xmpp:idle:1' since='s'/>"));

	(void)state;
	assert_int_equal(presence->show, SHOW_XA);
	assert_int_equal(presence->priority, -7);
	assert_string_equal(presence->id, "i1");
	assert_true(presence->delayed);
	assert_int_equal(presence->n_texts, 2);
	assert_string_equal(presence->texts[0].lang, "en");
	assert_string_equal(presence->texts[0].text, "gone");
	assert_string_equal(presence->texts[1].lang, "de");
	assert_string_equal(presence->texts[1].text, "weg");
	assert_string_equal(buf_text(&presence->children),
		"<c xmlns='http://jabber.org/protocol/caps' ver='v'/>"
		"<idle xmlns='urn:xmpp:idle:1' since='s'/>");
	forget(presence);
}

static void the_type_is_known_or_to_be_ignored(void **state)
{
	static const struct {
		const char *text;
		enum presence_type type;
		enum show show;
	} cases[] = {
		{PRESENCE("type='unavailable'", "<show>dnd</show>"), PRESENCE_UNAVAILABLE,
			SHOW_OFFLINE},
		{PRESENCE("type='subscribe'", ""), PRESENCE_SUBSCRIBE, SHOW_AVAILABLE},
		{PRESENCE("type='probe'", ""), PRESENCE_PROBE, SHOW_AVAILABLE},
		{PRESENCE("type='error'", ""), PRESENCE_ERROR, SHOW_AVAILABLE},
		{PRESENCE("type='invisible'", ""), PRESENCE_OTHER, SHOW_AVAILABLE},
		{PRESENCE("type=''", ""), PRESENCE_OTHER, SHOW_AVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct presence_in *presence = read_presence(cases[i].text);

		assert_int_equal(presence->type, cases[i].type);
		assert_int_equal(presence->show, cases[i].show);
		forget(presence);
	}
}

static void a_strange_priority_or_show_counts_as_none(void **state)
{
	static const char *const priorities[] = {"", "128", "-129", "1x",
		"99999999999999999", "0000000000000000000000001"};

	(void)state;
	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
		char text[256];
		struct presence_in *presence;

		(void)snprintf(text, sizeof(text),
			PRESENCE("", "<priority>%s</priority><show>%s</show>"),
			priorities[i], "dnd but a little longer than any show");
		presence = read_presence(text);
		assert_int_equal(presence->priority, 0);
		assert_int_equal(presence->show, SHOW_AVAILABLE);
		forget(presence);
	}
}

static void statuses_are_bounded_in_number_and_length(void **state)
{
	struct presence_in *presence;
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	buf_puts(&text, "<presence>");
	for (int i = 0; i <= STANZA_STATUS_TEXTS_MAX; i++)
		buf_printf(&text, "<status xml:lang='l%d'>%0*d</status>", i,
			STANZA_STATUS_SIZE + i, 0);
	buf_puts(&text, "</presence>");
	presence = read_presence(buf_text(&text));
	assert_int_equal(presence->n_texts, STANZA_STATUS_TEXTS_MAX);
	assert_int_equal(strlen(presence->texts[15].text), STANZA_STATUS_SIZE - 1);
	forget(presence);
	buf_finish(&text);
}

static void a_child_over_the_limit_is_left_out_whole(void **state)
{
	struct presence_in *presence;
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	buf_printf(&text,
		PRESENCE("", "<a xmlns='u'/><b xmlns='u'>%0*d</b><c xmlns='u'/>"),
		STANZA_CHILDREN_MAX, 0);
	presence = read_presence(buf_text(&text));
	assert_string_equal(
		buf_text(&presence->children), "<a xmlns='u'/><c xmlns='u'/>");
	forget(presence);
	buf_finish(&text);
}

static void a_presence_is_printed_as_it_was_read(void **state)
{
	struct presence_in *in =
		read_presence(PRESENCE("", "<show>away</show><status>a &lt; "
					   "b</status><status xml:lang='de'>x</status>"
					   "<priority>5</priority>"));
	struct presence presence = {
		.show = in->show, .status = {.n = in->n_texts, .texts = in->texts}};
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	presence_print(&buf, &presence, in->priority);
	assert_string_equal(buf_text(&buf),
		"<show>away</show><status>a &lt; b</status>"
		"<status xml:lang='de'>x</status><priority>5</priority>");
	buf_reset(&buf);
	presence_print(&buf, &(struct presence){.show = SHOW_AVAILABLE}, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_finish(&buf);
	forget(in);
}

static void what_xml_forbids_is_never_sent(void **state)
{
	struct status_text text = {.lang = "e\x01n",
		.text = "a\x01\xff\xef\xbf\xbf"
			"b"};
	struct presence presence = {.show = SHOW_DND, .status = {.n = 1, .texts = &text}};
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	presence_print(&buf, &presence, 0);
	assert_string_equal(
		buf_text(&buf), "<show>dnd</show><status xml:lang='en'>ab</status>");
	buf_finish(&buf);
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

static void assert_error(const char *text, const char *uri, const char *expected)
{
	struct parsed parsed = parse(text);
	struct buf buf;

	buf_init(&buf, 4096);
	stanza_error(&buf, parsed.element, "cancel", "redirect", uri);
	assert_string_equal(buf_text(&buf), expected);
	buf_finish(&buf);
	parsed_finish(&parsed);
}

static void an_error_goes_back_to_the_sender(void **state)
{
	(void)state;
	assert_error("<message from='a' to='b' id='1' type='chat'><body/></message>",
		"xmpp:a@b",
		"<message type='error' from='b' to='a' id='1'><error type='cancel'>"
		"<redirect "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:a@b</redirect>"
		"</error></message>");
	assert_error("<message from='a' to='b' type='error'/>", NULL, "");
	assert_error("<iq from='a' to='b' type='result'/>", NULL, "");
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
		cmocka_unit_test(printing_ends_at_the_greatest_depth),
		cmocka_unit_test(too_many_attributes_are_refused),
		cmocka_unit_test(a_bare_presence_is_available),
		cmocka_unit_test(a_full_presence_is_read),
		cmocka_unit_test(the_type_is_known_or_to_be_ignored),
		cmocka_unit_test(a_strange_priority_or_show_counts_as_none),
		cmocka_unit_test(statuses_are_bounded_in_number_and_length),
		cmocka_unit_test(a_child_over_the_limit_is_left_out_whole),
		cmocka_unit_test(a_presence_is_printed_as_it_was_read),
		cmocka_unit_test(what_xml_forbids_is_never_sent),
		cmocka_unit_test(stanzas_are_written_with_what_they_have),
		cmocka_unit_test(an_error_goes_back_to_the_sender),
		cmocka_unit_test(a_result_goes_back_to_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
