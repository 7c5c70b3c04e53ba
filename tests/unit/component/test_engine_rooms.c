#include "component/engine_fixture.h"
#include "test.h"

#include <string.h>

/* Rooms: contacts without an account, seen by their calendar alone. */

#define BOB "bob@example.test"
#define ROOM "room1@meet.example.test"
#define SHOWN ROOM "/calendar"
#define PEOPLE                                                                \
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n" \
	"users = ( { mailbox = \"room1@example.com\"; name = \"Room 1\"; } );\n"

static void begin(struct world *world, const char *publish)
{
	world_begin_with(world, PEOPLE, publish);
	world_up_prosody(world);
	world_says(world, BOB, ROOM, "subscribe");
}

static void a_room_is_free_then_in_use_then_free(void **state)
{
	struct world *world = *state;

	begin(world, "");
	assert_string_equal(world->watched_address, "room1@example.com");
	expect_presence(world_sent(world), ROOM, BOB, "type='subscribed'");
	world_meeting(world, 60, 600, GATEWAY_BUSY_BUSY);
	expect_no_presence(world->sent, SHOWN, BOB, "<status");
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	world_pass(world, 60000);
	expect_presence(world_sent(world), SHOWN, BOB, "In use");
	world_pass(world, 540000);
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	expect_no_presence(world->sent, SHOWN, BOB, "In use");
}

static void a_room_out_of_office_is_in_use_too(void **state)
{
	struct world *world = *state;

	begin(world, "");
	world_meeting(world, -60, 600, GATEWAY_BUSY_OOF);
	expect_presence(world_sent(world), SHOWN, BOB, "In use");
}

static void rooms_have_a_mapping_of_their_own(void **state)
{
	struct world *world = *state;

	world_begin_with(world,
		PEOPLE "mapping = { busy = { show = \"xa\"; status = \"Meeting\"; }; };\n"
		       "room_mapping = { tentative = { show = \"away\"; status = "
		       "\"Asked for\"; }; };\n",
		"");
	world_up_prosody(world);
	world_says(world, BOB, ROOM, "subscribe");
	world_meeting(world, -60, 600, GATEWAY_BUSY_TENTATIVE);
	expect_presence(
		world_sent(world), SHOWN, BOB, "<show>away</show><status>Asked for");
	world_meeting(world, -60, 600, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	expect_no_presence(world->sent, SHOWN, BOB, "<status");
}

static void an_unknown_room_is_never_free(void **state)
{
	struct world *world = *state;

	begin(world, "");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	world_pass(world, 3600 * 1000);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void contacts_and_domain_admit_the_served_and_list_the_listed(void **state)
{
	static const struct {
		const char *publish;
		bool bob;
		bool stranger;
	} cases[] = {
		{"", true, false},
		{"watchers = \"domain\";", true, false},
		{"watchers = \"list\"; watcher_list = [ \"eve@other.test\" ];", false,
			true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = *state;
		const char *sent;

		begin(world, cases[i].publish);
		world_says(world, "eve@other.test", ROOM, "subscribe");
		sent = world_sent(world);
		assert_int_equal(world_has_presence(sent, ROOM, BOB, "type='subscribed'"),
			cases[i].bob);
		assert_int_equal(world_has_presence(sent, ROOM, "eve@other.test",
					 "type='subscribed'"),
			cases[i].stranger);
		world_end(world);
	}
}

static void a_room_is_read_while_somebody_watches_it(void **state)
{
	struct world *world = *state;

	begin(world, "");
	assert_int_equal(world->n_watch, 1);
	world_says(world, BOB, ROOM, "unsubscribe");
	assert_int_equal(world->n_unwatch, 1);
}

static void a_room_outlives_a_loss_and_a_restart(void **state)
{
	struct world *world = *state;

	begin(world, "");
	world_meeting(world, -60, 600, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_down(world);
	engine_link_up(world->engine);
	expect_presence(world_sent(world), SHOWN, BOB, "In use");
	world_restart(world);
	engine_link_up(world->engine);
	expect_presence(world_sent(world), SHOWN, BOB, "In use");
}

/* What somebody is told who asks. */
static const char *ask(
	struct world *world, const char *from, const char *to, const char *inside)
{
	world_feed(world,
		"<iq xmlns='jabber:component:accept' type='get' from='%s' to='%s' "
		"id='1'>%s</iq>",
		from, to, inside);
	return world_sent(world);
}

static void rooms_are_listed_and_named_to_whom_they_admit(void **state)
{
	static const struct {
		const char *publish;
		const char *from;
		bool told;
	} cases[] = {
		{"", BOB "/desk", true},
		{"", "eve@other.test/desk", false},
		{"", "example.test", false},
		{"watchers = \"domain\";", BOB, true},
		{"watchers = \"list\"; watcher_list = [ \"eve@other.test\" ];",
			"eve@other.test/desk", true},
		{"watchers = \"list\"; watcher_list = [ \"eve@other.test\" ];", BOB,
			false},
	};
	static const char *const items =
		"<query xmlns='http://jabber.org/protocol/disco#items'/>";
	static const char *const vcard = "<vCard xmlns='vcard-temp'/>";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *from = cases[i].from;
		struct world *world = *state;
		const char *told;

		begin(world, cases[i].publish);
		(void)world_sent(world);
		told = ask(world, from, "meet.example.test", items);
		assert_non_null(strstr(told, "disco#items"));
		assert_int_equal(
			strstr(told, "<item jid='" ROOM "' name='Room 1'/>") != NULL,
			cases[i].told);
		told = ask(world, from, ROOM, vcard);
		assert_int_equal(strstr(told, "<FN>Room 1</FN>") != NULL, cases[i].told);
		told = ask(world, from, ROOM, items);
		assert_null(strstr(told, "<item"));
		world_end(world);
	}
}

static void a_room_says_its_name_and_takes_no_messages(void **state)
{
	struct world *world = *state;

	begin(world, "");
	(void)world_sent(world);
	world_feed(world, "<iq xmlns='jabber:component:accept' type='get' from='" BOB
			  "/desk' to='" ROOM "' id='1'><query "
			  "xmlns='http://jabber.org/protocol/disco#info'/></iq>");
	assert_non_null(strstr(world_sent(world), "name='Room 1'"));
	world_feed(world, "<message xmlns='jabber:component:accept' from='" BOB
			  "/desk' to='" ROOM "'><body>hello</body></message>");
	assert_non_null(strstr(world_sent(world), "service-unavailable"));
	assert_non_null(strstr(world_why(world, ROOM, false),
		"the room \"Room 1\", seen by its calendar"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_room_is_free_then_in_use_then_free),
		world_test(a_room_out_of_office_is_in_use_too),
		world_test(rooms_have_a_mapping_of_their_own),
		world_test(an_unknown_room_is_never_free),
		world_test(contacts_and_domain_admit_the_served_and_list_the_listed),
		world_test(a_room_is_read_while_somebody_watches_it),
		world_test(a_room_outlives_a_loss_and_a_restart),
		world_test(rooms_are_listed_and_named_to_whom_they_admit),
		world_test(a_room_says_its_name_and_takes_no_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
