#include "component/xmpp/stanza.h"

#include "component/element.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRESENCE(attrs, inside) \
	"<presence xmlns='jabber:component:accept' " attrs ">" inside "</presence>"

static struct presence_in *read_presence(const char *text)
{
	struct parsed parsed = parse(text);
	struct presence_in *presence = malloc(sizeof(*presence));

	assert_non_null(presence);
	presence_in_read(parsed.element, presence);
	parsed_finish(&parsed);
	return presence;
}

static void a_bare_presence_is_available(void **state)
{
	struct presence_in *presence = read_presence(PRESENCE("", ""));

	(void)state;
	assert_int_equal(presence->show, SHOW_AVAILABLE);
	assert_int_equal(presence->priority, 0);
	assert_int_equal(presence->n_texts, 0);
	free(presence);
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
	assert_int_equal(presence->n_texts, 2);
	assert_string_equal(presence->texts[0].lang, "en");
	assert_string_equal(presence->texts[0].text, "gone");
	assert_string_equal(presence->texts[1].lang, "de");
	assert_string_equal(presence->texts[1].text, "weg");
	free(presence);
}

/* Our module in the server tells clients in elements of its own. */
static void another_element_is_read_in_its_own_namespace(void **state)
{
	struct presence_in *presence = read_presence(
		"<client xmlns='urn:x' jid='a@b/c'><show>away</show>"
		"<status xml:lang='en'>out</status><status "
		"xmlns='jabber:component:accept' xml:lang='de'>fort</status></client>");

	(void)state;
	assert_int_equal(presence->show, SHOW_AWAY);
	assert_int_equal(presence->n_texts, 1);
	assert_string_equal(presence->texts[0].text, "out");
	free(presence);
}

static void the_type_is_known_or_to_be_ignored(void **state)
{
	static const struct {
		const char *text;
		enum presence_type type;
	} cases[] = {
		{PRESENCE("", ""), PRESENCE_AVAILABLE},
		{PRESENCE("type='unavailable'", "<show>dnd</show>"),
			PRESENCE_UNAVAILABLE},
		{PRESENCE("type='subscribe'", ""), PRESENCE_SUBSCRIBE},
		{PRESENCE("type='subscribed'", ""), PRESENCE_SUBSCRIBED},
		{PRESENCE("type='unsubscribe'", ""), PRESENCE_UNSUBSCRIBE},
		{PRESENCE("type='unsubscribed'", ""), PRESENCE_UNSUBSCRIBED},
		{PRESENCE("type='probe'", ""), PRESENCE_PROBE},
		{PRESENCE("type='error'", ""), PRESENCE_ERROR},
		{PRESENCE("type='invisible'", ""), PRESENCE_OTHER},
		{PRESENCE("type=''", ""), PRESENCE_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed = parse(cases[i].text);

		assert_int_equal(presence_type_of(parsed.element), cases[i].type);
		parsed_finish(&parsed);
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
		free(presence);
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
	free(presence);
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
	free(in);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_presence_is_available),
		cmocka_unit_test(a_full_presence_is_read),
		cmocka_unit_test(another_element_is_read_in_its_own_namespace),
		cmocka_unit_test(the_type_is_known_or_to_be_ignored),
		cmocka_unit_test(a_strange_priority_or_show_counts_as_none),
		cmocka_unit_test(statuses_are_bounded_in_number_and_length),
		cmocka_unit_test(a_presence_is_printed_as_it_was_read),
		cmocka_unit_test(what_xml_forbids_is_never_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
