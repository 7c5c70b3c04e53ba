#include "component/xmpp/answer.h"

#include "component/element.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define JID "meet.example.test"
#define INFO "http://jabber.org/protocol/disco#info"

/* The answer to one iq, to a room if there is a name, "" if it gets none. */
static const char *answer_as(const char *name, const char *rooms, const char *type,
	const char *to, const char *inside)
{
	static char text[4096];
	char iq[1024];
	const struct answer_facts facts = {
		.component_jid = JID,
		.version = "1.2<3",
		.name = name,
		.rooms = rooms,
	};
	struct parsed parsed;
	struct buf out;
	bool answered;

	(void)snprintf(iq, sizeof(iq),
		"<iq xmlns='jabber:component:accept' type='%s' from='bob@x/y' to='%s' "
		"id='1'>%s</iq>",
		type, to, inside);
	parsed = parse(iq);
	buf_init(&out, 4096);
	answered = answer_iq(parsed.element, &facts, &out);
	assert_int_equal(answered, out.len > 0);
	assert_false(out.failed);
	(void)snprintf(text, sizeof(text), "%s", buf_text(&out));
	buf_finish(&out);
	parsed_finish(&parsed);
	return text;
}

static const char *answer(const char *type, const char *to, const char *inside)
{
	return answer_as(NULL, "", type, to, inside);
}

static void assert_says(const char *answer, const char *part)
{
	if (!strstr(answer, part))
		fail_msg("no %s in %s", part, answer);
}

static void the_component_says_what_it_can_do(void **state)
{
	const char *text = answer("get", JID, "<query xmlns='" INFO "'/>");

	(void)state;
	assert_says(text,
		"<iq type='result' from='meet.example.test' to='bob@x/y' id='1'>"
		"<query xmlns='" INFO "'><identity category='component' type='presence'");
	assert_says(text, "<feature var='urn:xmpp:ping'/></query></iq>");
}

static void the_sender_of_presences_answers_for_their_hash(void **state)
{
	char query[256];
	struct buf caps;

	(void)state;
	buf_init(&caps, 4096);
	caps_element(&caps);
	(void)snprintf(query, sizeof(query),
		"<query xmlns='" INFO "' node='urn:calpresence#%.28s'/>",
		strstr(buf_text(&caps), "ver='") + 5);
	buf_finish(&caps);
	assert_says(answer("get", "alice@" JID "/calendar", query), "type='result'");
	assert_says(answer("get", "alice@" JID "/calendar", query),
		" node='urn:calpresence#");
	assert_says(answer("get", "alice@" JID "/calendar",
			    "<query xmlns='" INFO "' node='urn:other'/>"),
		"item-not-found");
}

static void a_contact_is_an_account(void **state)
{
	(void)state;
	assert_says(answer("get", "alice@" JID, "<query xmlns='" INFO "'/>"),
		"<identity category='account' type='registered'/>");
	assert_says(answer("get", "alice@" JID, "<query xmlns='" INFO "' node='n'/>"),
		"item-not-found");
}

static void its_items_are_the_rooms(void **state)
{
	struct buf rooms;

	(void)state;
	assert_string_equal(answer("get", JID, "<query xmlns='" ANSWER_ITEMS_NS "'/>"),
		"<iq type='result' from='meet.example.test' to='bob@x/y' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#items'></query></iq>");
	buf_init(&rooms, ANSWER_ROOMS_MAX);
	assert_true(answer_put_room(&rooms, "r1@" JID, "Room <1>"));
	assert_true(answer_put_room(&rooms, "r2@" JID, "Room 'two'"));
	assert_string_equal(answer_as(NULL, buf_text(&rooms), "get", JID,
				    "<query xmlns='" ANSWER_ITEMS_NS "'/>"),
		"<iq type='result' from='meet.example.test' to='bob@x/y' id='1'>"
		"<query xmlns='http://jabber.org/protocol/disco#items'>"
		"<item jid='r1@meet.example.test' name='Room &lt;1&gt;'/>"
		"<item jid='r2@meet.example.test' name='Room &apos;two&apos;'/>"
		"</query></iq>");
	buf_finish(&rooms);
}

static void as_many_rooms_are_listed_as_fit_a_stanza(void **state)
{
	struct buf rooms;
	size_t n = 0;

	(void)state;
	buf_init(&rooms, ANSWER_ROOMS_MAX);
	while (n < 10000 && answer_put_room(&rooms, "r@" JID, "Room"))
		n++;
	assert_in_range(n, 100, 9999);
	assert_false(rooms.failed);
	assert_in_range(rooms.len, ANSWER_ROOMS_MAX - 100, ANSWER_ROOMS_MAX);
	assert_false(answer_put_room(&rooms, "r@" JID, "Room"));
	buf_finish(&rooms);
}

static void a_ping_is_answered(void **state)
{
	(void)state;
	assert_string_equal(
		answer("get", "alice@" JID "/calendar", "<ping xmlns='urn:xmpp:ping'/>"),
		"<iq type='result' from='alice@meet.example.test/calendar' "
		"to='bob@x/y' id='1'></iq>");
}

static void the_version_is_told(void **state)
{
	(void)state;
	assert_says(answer("get", JID, "<query xmlns='jabber:iq:version'/>"),
		"<query xmlns='jabber:iq:version'><name>calpresence</name>"
		"<version>1.2&lt;3</version></query>");
}

static void all_else_is_unavailable(void **state)
{
	static const char *const unavailable =
		"<iq type='error' from='meet.example.test' to='bob@x/y' id='1'>"
		"<error type='cancel'><service-unavailable "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"</error></iq>";

	(void)state;
	assert_string_equal(answer("get", JID, ""), unavailable);
	assert_string_equal(answer("get", JID, "text"), unavailable);
	assert_string_equal(
		answer("get", JID, "<query xmlns='jabber:iq:roster'/>"), unavailable);
	assert_string_equal(answer("set", JID, "<query xmlns='" INFO "'/>"), unavailable);
}

static void answers_are_not_answered(void **state)
{
	(void)state;
	assert_string_equal(answer("result", JID, ""), "");
	assert_string_equal(answer("error", JID, "<ping xmlns='urn:xmpp:ping'/>"), "");
	assert_string_equal(answer("nonsense", JID, ""), "");
}

static void a_room_has_a_name(void **state)
{
	(void)state;
	assert_says(answer_as("Room <1>", "", "get", "room1@" JID,
			    "<query xmlns='" INFO "'/>"),
		"<identity category='account' type='registered' name='Room &lt;1&gt;'/>"
		"<feature var='http://jabber.org/protocol/disco#info'/>"
		"<feature var='vcard-temp'/>");
}

static void the_vcard_of_a_room_is_its_name_and_nobody_else_has_one(void **state)
{
	(void)state;
	assert_string_equal(answer_as("Room <1>", "", "get", "room1@" JID,
				    "<vCard xmlns='vcard-temp'/>"),
		"<iq type='result' from='room1@meet.example.test' to='bob@x/y' id='1'>"
		"<vCard xmlns='vcard-temp'><FN>Room &lt;1&gt;</FN></vCard></iq>");
	assert_says(answer_as("Room <1>", "", "set", "room1@" JID,
			    "<vCard xmlns='vcard-temp'/>"),
		"service-unavailable");
	assert_says(answer("get", "alice@" JID, "<vCard xmlns='vcard-temp'/>"),
		"service-unavailable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_component_says_what_it_can_do),
		cmocka_unit_test(the_sender_of_presences_answers_for_their_hash),
		cmocka_unit_test(a_room_has_a_name),
		cmocka_unit_test(a_contact_is_an_account),
		cmocka_unit_test(its_items_are_the_rooms),
		cmocka_unit_test(as_many_rooms_are_listed_as_fit_a_stanza),
		cmocka_unit_test(the_vcard_of_a_room_is_its_name_and_nobody_else_has_one),
		cmocka_unit_test(a_ping_is_answered),
		cmocka_unit_test(the_version_is_told),
		cmocka_unit_test(all_else_is_unavailable),
		cmocka_unit_test(answers_are_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
