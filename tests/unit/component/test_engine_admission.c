#include "component/engine_scene.h"
#include "component/publish/component_mode.h"
#include "component/rosters/rosters.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Mode `component`: who is shown what when the server's word is late, lost or hostile. */

#define TOO_OLD_MS 601000
#define EVE "eve@example.test"

static void begin(struct world *world, const char *policy)
{
	scene_alice(world, policy);
	world->blocks_are_left = true;
	world_says(world, BOB, ALICE_MEET, "subscribe");
	if (strstr(world_sent(world), "jabber:iq:roster"))
		scene_lists(world, bob_alone);
	else
		world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void whom_she_blocks_sees_nothing_until_she_unblocks_him(void **state)
{
	static const char *const policies[] = {DOMAIN_POLICY, CONTACTS_POLICY,
		"watchers = \"list\"; watcher_list = [ \"" BOB "\" ];"};

	for (size_t i = 0; i < 3; i++) {
		struct world *world = *state;

		begin(world, policies[i]);
		world_pass(world, TOO_OLD_MS);
		world_comes(world, DESK, "<status>a secret</status>");
		if (strstr(world_sent(world), "jabber:iq:roster")) {
			world_roster(world, ALICE, bob_alone);
			(void)world_sent(world);
		}
		world_blocked(world, ALICE, "<item jid='" BOB "'/>");
		expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
		expect_no_presence(buf_text(&world->all), SHOWN, BOB, "secret");
		world_pass(world, TOO_OLD_MS);
		world_comes(world, DESK, "<status>back</status>");
		if (strstr(world_sent(world), "jabber:iq:roster")) {
			world_roster(world, ALICE, bob_alone);
			(void)world_sent(world);
		}
		world_blocked(world, ALICE, "");
		expect_presence(world_sent(world), SHOWN, BOB, "back");
		assert_null(strstr(buf_text(&world->all), "unsubscribed"));
		world_end(world);
	}
}

static void that_block_lists_cannot_be_read_is_said_once(void **state)
{
	struct world *world = *state;
	FILE *log = scene_log_begin(LOG_LEVEL_WARNING);
	char *text;

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world_comes(world, DESK, "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	world_comes(world, DESK, "<show>away</show>");
	text = scene_log_end(log);
	assert_int_equal(scene_count(text, "block lists of \"example.test\""), 1);
	free(text);
}

static void after_a_lost_stream_her_words_wait_for_her_lists(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_down(world);
	world_dump_begins(world);
	world_comes(world, DESK, "<status>a secret</status>");
	world_dump_ends(world);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	scene_lists(world, nobody);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	expect_no_presence(buf_text(&world->all), SHOWN, BOB, "secret");
}

static void a_guest_is_remembered(void **state)
{
	struct world *world = *state;

	scene_alice(world, DOMAIN_POLICY);
	world->blocks_are_left = true;
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_down(world);
	world_up_prosody(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	world_restart(world);
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
}

static void a_list_that_did_not_come_is_awaited(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_pass(world, TOO_OLD_MS);
	world_comes(world, DESK, "<status>a secret</status>");
	(void)world_sent(world);
	world_pass(world, IQ_TIMEOUT_MS);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_pass(world, 30000);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "a secret");
}

static void who_asks_for_many_makes_nobody_known(void **state)
{
	struct world *world = *state;
	char to[64];

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(to, sizeof(to), "p%d@" SELF, i);
		world_says(world, BOB, to, "subscribe");
	}
	assert_string_equal(world_sent(world), "");
	for (int restarts = 0; restarts < 2; restarts++) {
		world_restart(world);
		world_up_ejabberd(world);
		(void)world_sent(world);
	}
	world_comes(world, "p99@example.test/x", "");
	world_comes(world, "p100@example.test/x", "");
	(void)world_sent(world);
	expect_presence(buf_text(&world->all), "p99@" SELF "/calendar", BOB, "<c ");
	expect_no_presence(buf_text(&world->all), "p100@" SELF "/calendar", BOB, "<c ");
	world_says(world, BOB, "p5@" SELF, "unsubscribe");
	world_comes(world, "p5@example.test/x", "");
	expect_no_presence(world_sent(world), "p5@" SELF, BOB, "");
	assert_true(engine_forget(world->engine, "p6@example.test"));
	world_comes(world, "p6@example.test/x", "");
	expect_no_presence(world_sent(world), "p6@" SELF, BOB, "");
	assert_true(engine_forget(world->engine, BOB));
	(void)world_sent(world);
	world_comes(world, "p7@example.test/x", "");
	assert_string_equal(world_sent(world), "");
}

static void who_probed_before_she_was_known_is_shown_her(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	assert_string_equal(world_sent(world), "");
	world_comes(world, DESK, "");
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
}

static void who_is_admitted_may_ask_for_any_number(void **state)
{
	struct world *world = *state;
	char jid[64];

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world->together = true;
	for (int i = 0; i < 300; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test/x", i);
		world_comes(world, jid, "");
	}
	for (int i = 0; i < 300; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@" SELF, i);
		world_says(world, BOB, jid, "subscribe");
	}
	assert_int_equal(scene_count(world_sent(world), "type='subscribed'"), 300);
}

static void the_oldest_stranger_makes_room(void **state)
{
	struct world *world = *state;
	const char *why;
	char jid[64];

	scene_alice(world, CONTACTS_POLICY);
	for (int i = 0; i < 101; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		world_says(world, jid, ALICE_MEET, i % 2 == 0 ? "subscribe" : "probe");
	}
	why = world_why(world, ALICE, true);
	assert_null(strstr(why, "u0@"));
	assert_non_null(strstr(why, "u1@"));
	assert_non_null(strstr(why, "u100@"));
	world_pass(world, (int64_t)30 * 86400 * 1000);
	assert_null(strstr(world_why(world, ALICE, true), "u100@"));
}

static void a_block_list_that_could_not_be_read_is_asked_for_again(void **state)
{
	struct world *world = *state;
	FILE *log = scene_log_begin(LOG_LEVEL_WARNING);
	char *text;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_refuse_about(world, ALICE, "urn:xmpp:blocking", "internal-server-error");
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
	world_pass(world, 29999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	/* An older one counts. */
	world_pass(world, TOO_OLD_MS);
	world_comes(world, DESK, "<show>away</show>");
	(void)world_sent(world);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_refuse_about(world, ALICE, "urn:xmpp:blocking", "internal-server-error");
	expect_presence(world_sent(world), SHOWN, BOB, "away");
	text = scene_log_end(log);
	assert_int_equal(scene_count(text, "could not be read"), 1);
	free(text);
}

static void many_requests_read_her_list_once_a_while(void **state)
{
	struct world *world = *state;
	char jid[64];

	begin(world, CONTACTS_POLICY);
	world_pass(world, 5000);
	buf_reset(&world->all);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		world_says(world, jid, ALICE_MEET, "subscribe");
		if (i == 0) {
			(void)world_sent(world);
			world_roster(world, ALICE, bob_alone);
			(void)world_sent(world);
			world_blocked(world, ALICE, "");
		}
	}
	(void)world_sent(world);
	assert_int_equal(scene_count(buf_text(&world->all), "jabber:iq:roster"), 1);
	world_pass(world, ROSTERS_AGAIN_MS);
	(void)world_sent(world);
	assert_int_equal(scene_count(buf_text(&world->all), "jabber:iq:roster"), 2);
	assert_non_null(strstr(buf_text(&world->all), "id='blocklist' to='" ALICE "'"));
}

static void leaves_again(struct world *world, bool told)
{
	world_down(world);
	buf_reset(&world->all);
	world_up_prosody(world);
	(void)world_sent(world);
	assert_int_equal(world_has_presence(
				 buf_text(&world->all), SHOWN, BOB, "type='unavailable'"),
		told);
	assert_int_equal(world_has_presence(
				 buf_text(&world->all), ALICE_MEET, BOB, "unsubscribed"),
		told);
}

static void who_is_turned_out_is_told_until_it_was_heard(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_pass(world, TOO_OLD_MS);
	world_comes(world, DESK, "<status>new</status>");
	(void)world_sent(world);
	world_roster(world, ALICE, nobody);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
	world_turn(world);
	world_down(world); // all that was queued is lost
	world_restart(world);
	leaves_again(world, true);
	world_pass(world, 59000);
	leaves_again(world, true);
	world_pass(world, 60000);
	(void)world_sent(world);
	world_pass(world, 1000); // nothing waits to be sent any more
	leaves_again(world, false);
	world_restart(world);
	leaves_again(world, false);
}

static void a_guest_who_asks_and_is_refused_is_told_unavailable(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	(void)world_sent(world);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 5000);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	/* He is one by the list that is known. */
	expect_presence(world_sent(world), ALICE_MEET, BOB, "subscribed");
	scene_lists(world, nobody);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	/* And so where he was refused from the beginning. */
	world_says(world, EVE "/x", ALICE_MEET, "probe");
	world_pass(world, TOO_OLD_MS);
	world_says(world, EVE "/x", ALICE_MEET, "probe");
	(void)world_sent(world);
	scene_lists(world, (const char *const[]){EVE, NULL});
	expect_presence(world_sent(world), SHOWN, EVE, "at my desk");
	world_pass(world, TOO_OLD_MS);
	world_says(world, EVE, ALICE_MEET, "subscribe");
	expect_no_presence(world_sent(world), ALICE_MEET, EVE, "");
	scene_lists(world, nobody);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, EVE, "type='unavailable'");
	expect_no_presence(sent, ALICE_MEET, EVE, "");
	world_pass(world, 60000);
	world_pass(world, TOO_OLD_MS);
	world_comes(world, DESK, "");
	(void)world_sent(world);
	scene_lists(world, (const char *const[]){EVE, NULL});
	expect_presence(world_sent(world), ALICE_MEET, EVE, "subscribed");
}

static void who_unsubscribes_is_told_unavailable_alone(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_no_presence(sent, ALICE_MEET, BOB, "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "subscribed");
	expect_presence(sent, SHOWN, BOB, "at my desk");
}

static void with_the_module_a_contact_is_admitted_at_once(void **state)
{
	struct world *world = *state;
	const char *sent;

	world_begin_with(world,
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
		"presence = { source = \"module\"; };\n",
		CONTACTS_POLICY);
	world_module_begins(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_ends(world);
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	sent = world_sent(world);
	assert_null(strstr(sent, "jabber:iq:roster"));
	assert_non_null(strstr(sent, "<sees"));
	world_module_sees(world, ALICE, "<watcher jid='" BOB "' sees='false'/>");
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
	world_module_feed(world, "<sees jid='" ALICE "'>" BOB_SEES "</sees>");
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "subscribed");
	expect_presence(sent, SHOWN, BOB, "at my desk");
	world_module_feed(world,
		"<sees jid='" ALICE "'><watcher jid='" BOB "' sees='false'/></sees>");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "unsubscribed");
}

static void what_is_no_longer_shown_is_taken_back(void **state)
{
	static const struct {
		const char *people;
		const char *publish;
		bool ends;
		bool seen;
	} cases[] = {
		{"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n",
			"watchers = \"contacts\"; resource = \"x\";", false, true},
		{"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n",
			"modes = [ \"user\" ];", false, true},
		{"domains = ( { im = \"other.test\"; mail = \"example.com\"; } );\n",
			CONTACTS_POLICY, true, true},
		{"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n",
			DOMAIN_POLICY, false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = *state;
		struct world other;
		struct engine_preview preview;
		const char *sent;

		begin(world, CONTACTS_POLICY);
		world_begin_with(&other, cases[i].people, cases[i].publish);
		preview = engine_preview(world->engine, other.config, NULL);
		assert_int_equal(preview.subscriptions, 1);
		assert_int_equal(preview.ended, cases[i].ends);
		engine_retract(world->engine, other.config);
		sent = world_sent(world);
		assert_int_equal(
			world_has_presence(sent, SHOWN, BOB, "type='unavailable'"),
			cases[i].seen);
		assert_int_equal(
			world_has_presence(sent, ALICE_MEET, BOB, "unsubscribed"),
			cases[i].ends);
		world_restart(world);
		scene_alice_again(world);
		assert_int_equal(strstr(world_sent(world), "jabber:iq:roster") != NULL,
			!cases[i].ends);
		world_end(&other);
		world_end(world);
	}
}

static void a_stop_leaves_nobody_available(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	engine_retract(world->engine, NULL);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void lists_are_read_again_before_an_edge(void **state)
{
	struct world *world = *state;

	begin(world, "watchers = \"contacts\"; roster_max_age = 60;");
	world_meeting(world, 1000, 2000, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_pass(world, 1000 * 1000 - 30001);
	assert_null(strstr(world_sent(world), "jabber:iq:roster"));
	world_pass(world, 1);
	assert_non_null(strstr(world_sent(world), "jabber:iq:roster"));
	scene_lists(world, bob_alone);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 30000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_probe_is_answered_to_the_client(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, CONTACTS_POLICY);
	world_says(world, BOB "/phone", ALICE_MEET, "probe");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB "/phone", "at my desk");
	expect_no_presence(sent, SHOWN, BOB, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(whom_she_blocks_sees_nothing_until_she_unblocks_him),
		world_test(that_block_lists_cannot_be_read_is_said_once),
		world_test(after_a_lost_stream_her_words_wait_for_her_lists),
		world_test(a_guest_is_remembered),
		world_test(a_list_that_did_not_come_is_awaited),
		world_test(who_asks_for_many_makes_nobody_known),
		world_test(who_probed_before_she_was_known_is_shown_her),
		world_test(who_is_admitted_may_ask_for_any_number),
		world_test(the_oldest_stranger_makes_room),
		world_test(a_block_list_that_could_not_be_read_is_asked_for_again),
		world_test(many_requests_read_her_list_once_a_while),
		world_test(who_is_turned_out_is_told_until_it_was_heard),
		world_test(a_guest_who_asks_and_is_refused_is_told_unavailable),
		world_test(who_unsubscribes_is_told_unavailable_alone),
		world_test(with_the_module_a_contact_is_admitted_at_once),
		world_test(what_is_no_longer_shown_is_taken_back),
		world_test(a_stop_leaves_nobody_available),
		world_test(lists_are_read_again_before_an_edge),
		world_test(a_probe_is_answered_to_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
