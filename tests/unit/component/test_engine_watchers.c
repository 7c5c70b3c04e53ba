#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Mode `component`: who may watch, at which address, and what they are shown. */

#define ESCAPED "alice\\40example.test@" SELF

static const char one_domain[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n";

static void begin_subscribed(struct world *world, const char *publish)
{
	scene_alice(world, publish);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
}

static void an_admitted_watcher_is_not_kept_out_by_those_who_wait(void **state)
{
	struct world *world = *state;
	char jid[64];

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, "eve@example.test", ALICE_MEET, "subscribe");
	scene_lists(world, bob_alone);
	for (int i = 0; i < 150; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		world_says(world, jid, ALICE_MEET, "subscribe");
	}
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void of_those_who_wait_a_hundred_are_kept(void **state)
{
	struct world *world = *state;
	const char *why;
	char jid[64];
	const char *at;
	unsigned n = 0;

	scene_alice(world, CONTACTS_POLICY);
	for (int i = 0; i < 101; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		world_says(world, jid, ALICE_MEET, i % 2 == 0 ? "subscribe" : "probe");
		world_pass(world, 1000);
		(void)world_sent(world);
	}
	why = world_why(world, ALICE, true);
	for (at = why; (at = strstr(at, "u")) != NULL; at++)
		n += strncmp(at, "u1@", 3) == 0 || strncmp(at, "u100@", 5) == 0;
	assert_int_equal(n, 2);
	/* The oldest has gone. */
	assert_null(strstr(why, "u0@"));
}

static void a_policy_made_narrower_turns_watchers_out(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_subscribed(world, DOMAIN_POLICY);
	world_restart_with(world, one_domain,
		"watchers = \"list\"; watcher_list = [ \"carol@example.test\" ];");
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
	expect_no_presence(sent, SHOWN, BOB, "<c ");
}

static void nobody_is_shown_to_former_watchers_before_her_list_is_read(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_subscribed(world, DOMAIN_POLICY);
	world_restart_with(world, one_domain, CONTACTS_POLICY);
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	scene_lists(world, nobody);
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
	expect_no_presence(sent, SHOWN, BOB, "<c ");
}

static void a_former_watcher_is_shown_her_once_her_list_is_read(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, DOMAIN_POLICY);
	world_restart_with(world, one_domain, CONTACTS_POLICY);
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
}

static void a_removed_contact_is_turned_out_when_her_list_is_read_again(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_subscribed(world, CONTACTS_POLICY);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	/* Any subscription stanza makes it be read again. */
	world_says(world, "eve@example.test", ALICE_MEET, "subscribe");
	world_pass(world, 2000);
	scene_lists(world, nobody);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
	expect_no_presence(sent, ALICE_MEET, "eve@example.test", "");
	/* eve's request waits until alice makes her a contact. */
	world_goes(world, DESK);
	world_comes(world, DESK, "");
	world_pass(world, 2000);
	world_roster(world, ALICE, (const char *const[]){"eve@example.test", NULL});
	world_blocked(world, ALICE, "");
	expect_presence(
		world_sent(world), ALICE_MEET, "eve@example.test", "type='subscribed'");
}

/* No server tells of an approval, and she may stay logged in for weeks. */
static void who_waits_is_looked_at_again_as_she_changes(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, CONTACTS_POLICY);
	scene_lists(world, nobody);
	world_comes(world, DESK, "<show>away</show>");
	assert_null(strstr(world_sent(world), "jabber:iq:roster"));
	world_pass(world, 601 * 1000);
	world_comes(world, DESK, "");
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void a_prober_is_looked_at_again_when_her_list_could_not_be_read(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	world_refuse(world, ALICE, "internal-server-error");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_pass(world, 30000);
	assert_non_null(strstr(world_sent(world), "jabber:iq:roster"));
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_guest_hears_of_changes_as_long_as_she_is_seen(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	assert_int_equal(world->n_watch, 1);
	world_comes(world, DESK, "<show>xa</show>");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "<show>xa</show>");
	assert_null(strstr(sent, "subscribed"));
	/* He is not forgotten, so that nothing old stays with him. */
	world_down(world);
	world_up_prosody(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_stranger_who_unsubscribes_hears_nothing(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	world_says(world, "eve@example.test", ALICE_MEET, "unsubscribe");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

static void both_forms_of_her_address_can_be_watched(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_subscribed(world, DOMAIN_POLICY);
	world_says(world, BOB, ESCAPED, "subscribe");
	sent = world_sent(world);
	expect_presence(sent, ESCAPED, BOB, "type='subscribed'");
	expect_presence(sent, ESCAPED "/calendar", BOB, "at my desk");
	world_comes(world, DESK, "<show>xa</show>");
	sent = world_sent(world);
	expect_presence(sent, ESCAPED "/calendar", BOB, "<show>xa</show>");
	expect_presence(sent, SHOWN, BOB, "<show>xa</show>");
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	(void)world_sent(world);
	world_restart(world);
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	sent = world_sent(world);
	expect_presence(sent, ESCAPED "/calendar", BOB, "<c ");
	expect_no_presence(sent, SHOWN, BOB, "");
}

static void she_may_watch_herself(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, ALICE, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), ALICE_MEET, ALICE, "type='subscribed'");
	expect_presence(buf_text(&world->all), SHOWN, ALICE, "at my desk");
	world_goes(world, DESK);
	expect_presence(world_sent(world), SHOWN, ALICE, "type='unavailable'");
	assert_true(engine_forget(world->engine, ALICE));
}

static void the_list_may_name_people_and_domains(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, "watchers = \"list\"; watcher_list = [ \"partner.test\", "
			   "\"" BOB "\" ];");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_says(world, "pat@partner.test", ALICE_MEET, "subscribe");
	world_says(world, "carol@example.test", ALICE_MEET, "subscribe");
	world_says(world, "pat@sub.partner.test", ALICE_MEET, "probe");
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "type='subscribed'");
	expect_presence(sent, ALICE_MEET, "pat@partner.test", "type='subscribed'");
	expect_no_presence(sent, ALICE_MEET, "carol@example.test", "");
	expect_no_presence(sent, SHOWN, "pat@sub.partner.test", "");
}

static void the_offline_option_shows_meetings_of_people_who_are_offline(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, "watchers = \"domain\"; offline = \"overlay\";");
	world_goes(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	assert_int_equal(world->n_unwatch, 0);
	world_meeting(world, 10, 20, GATEWAY_BUSY_BUSY);
	world_pass(world, 10000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	world_pass(world, 10000);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void forgetting_one_who_only_watches_takes_him_off_all_lists(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, DOMAIN_POLICY);
	assert_true(engine_forget(world->engine, BOB));
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='unsubscribed'");
	assert_false(engine_forget(world->engine, BOB));
	world_restart(world);
	world_dump_begins(world);
	world_comes(world, DESK, "");
	world_dump_ends(world);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

static void somebody_can_be_forgotten_by_the_address_that_is_shown(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, DOMAIN_POLICY);
	assert_true(engine_forget(world->engine, ALICE_MEET));
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='unsubscribed'");
}

static void forgetting_a_watcher_takes_her_off_all_lists(void **state)
{
	struct world *world = *state;

	begin_subscribed(world, DOMAIN_POLICY);
	world_comes(world, BOB "/x", "");
	assert_true(engine_forget(world->engine, BOB));
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='unsubscribed'");
	world_comes(world, DESK, "<show>xa</show>");
	assert_string_equal(world_sent(world), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(who_waits_is_looked_at_again_as_she_changes),
		world_test(an_admitted_watcher_is_not_kept_out_by_those_who_wait),
		world_test(of_those_who_wait_a_hundred_are_kept),
		world_test(a_policy_made_narrower_turns_watchers_out),
		world_test(nobody_is_shown_to_former_watchers_before_her_list_is_read),
		world_test(a_former_watcher_is_shown_her_once_her_list_is_read),
		world_test(a_removed_contact_is_turned_out_when_her_list_is_read_again),
		world_test(a_prober_is_looked_at_again_when_her_list_could_not_be_read),
		world_test(a_guest_hears_of_changes_as_long_as_she_is_seen),
		world_test(a_stranger_who_unsubscribes_hears_nothing),
		world_test(both_forms_of_her_address_can_be_watched),
		world_test(she_may_watch_herself),
		world_test(the_list_may_name_people_and_domains),
		world_test(the_offline_option_shows_meetings_of_people_who_are_offline),
		world_test(forgetting_a_watcher_takes_her_off_all_lists),
		world_test(forgetting_one_who_only_watches_takes_him_off_all_lists),
		world_test(somebody_can_be_forgotten_by_the_address_that_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
