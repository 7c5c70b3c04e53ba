#include "component/engine_scene.h"
#include "component/report/report.h"
#include "test.h"

#include <string.h>

static void alice_comes(struct world *world, const char *inside)
{
	world_feed(world,
		"<presence " NS "from='" ALICE "/desk' to='meet.example.test'>%s"
		"</presence>",
		inside);
}

static void bob_subscribes(struct world *world)
{
	world_feed(world,
		"<presence " NS "from='" BOB "' to='" ALICE_MEET "' type='subscribe'/>");
}

static void begin_watched(struct world *world)
{
	scene_alice(world, DOMAIN_POLICY);
	bob_subscribes(world);
	(void)world_sent(world);
}

static void an_admitted_watcher_sees_the_meeting_come_and_go(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_watched(world);
	assert_string_equal(world->watched_address, "alice@example.com");
	world_meeting(world, 10, 20, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 9999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "<show>dnd</show>");
	expect_presence(sent, SHOWN, BOB, "In a meeting");
	world_pass(world, 9999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "at my desk");
	expect_no_presence(sent, SHOWN, BOB, "<show>");
}

static void a_watcher_is_told_that_he_is_subscribed(void **state)
{
	struct world *world = *state;
	const char *sent;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	alice_comes(world, "<show>away</show>");
	bob_subscribes(world);
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "type='subscribed'");
	expect_presence(sent, SHOWN, BOB, "<show>away</show>");
}

static void a_stranger_hears_nothing(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	alice_comes(world, "");
	(void)world_sent(world);
	world_feed(world, "<presence " NS "from='eve@evil.test' to='" ALICE_MEET
			  "' type='subscribe'/>");
	world_feed(world, "<presence " NS "from='eve@evil.test/x' to='" ALICE_MEET
			  "' type='probe'/>");
	assert_string_equal(world_sent(world), "");
}

static void a_contact_is_admitted_once_her_list_is_read(void **state)
{
	static const char *const contacts[] = {BOB, NULL};
	struct world *world = *state;

	world_begin(world, CONTACTS_POLICY);
	world_up_prosody(world);
	alice_comes(world, "");
	bob_subscribes(world);
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
	world_roster(world, ALICE, contacts);
	/* Then the block list, which is inside a privileged answer. */
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void nobody_is_admitted_without_the_roster_privilege(void **state)
{
	struct world *world = *state;

	world_begin(world, CONTACTS_POLICY);
	world_up(world);
	world_feed(world,
		"<message " NS "from='example.test' to='meet.example.test'><privilege "
		"xmlns='urn:xmpp:privilege:2'><perm access='presence' "
		"type='managed_entity'/></privilege></message>");
	world_software(world, "example.test", "Prosody");
	alice_comes(world, "");
	bob_subscribes(world);
	world_pass(world, 6000);
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
}

static void a_user_cannot_forge_a_privilege(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up(world);
	world_feed(world,
		"<message " NS "from='" BOB "/x' to='meet.example.test'>"
		"<privilege xmlns='urn:xmpp:privilege:2'><perm "
		"access='presence' type='managed_entity'/></privilege></message>");
	world_software(world, "example.test", NULL);
	alice_comes(world, "");
	bob_subscribes(world);
	world_pass(world, 6000);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

static void her_own_dnd_keeps_its_text_in_a_meeting(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	alice_comes(world, "<show>dnd</show><status>writing</status>");
	expect_presence(world_sent(world), SHOWN, BOB, "writing");
	world_meeting(world, -10, 20, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(world), "");
}

static void a_login_into_a_running_meeting_is_read_at_once(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	assert_int_equal(world->watched_last_read, 0);
	world_meeting(world, -10, 60, GATEWAY_BUSY_OOF);
	expect_presence(world_sent(world), SHOWN, BOB, "<show>away</show>");
	world_feed(world, "<presence " NS "from='" ALICE "/desk' to='meet.example.test' "
			  "type='unavailable'/>");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	assert_int_equal(world->n_unwatch, 1);
	alice_comes(world, "");
	assert_int_equal(world->n_watch, 2);
	assert_int_equal(world->watched_last_read, 0);
	/* What was read a moment ago still counts. */
	expect_presence(world_sent(world), SHOWN, BOB, "Out of office");
}

static void a_stale_calendar_takes_the_overlay_away(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	world_pass(world, 3599999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_probe_is_answered_with_the_present_state(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_feed(world, "<presence " NS "from='" BOB "/phone' to='" ALICE_MEET
			  "' type='probe'/>");
	expect_presence(world_sent(world), SHOWN, BOB "/phone", "In a meeting");
}

static void subscriptions_outlive_a_restart(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	world_restart(world);
	world_dump_begins(world);
	alice_comes(world, "<status>at my desk</status>");
	assert_int_equal(outbox_length(world->outbox), 0);
	world_dump_ends(world);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	assert_true(world->watched_last_read > 0);
}

static void who_does_not_come_back_is_told_offline(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_down(world);
	assert_int_equal(outbox_length(world->outbox), 0);
	world_up_prosody(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_clean_stop_leaves_nobody_available(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	engine_retract(world->engine, NULL);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_probe_during_the_stop_is_not_answered(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	engine_retract(world->engine, NULL);
	(void)world_sent(world);
	world_feed(world, "<presence " NS "from='" BOB "/phone' to='" ALICE_MEET
			  "' type='probe'/>");
	assert_string_equal(world_sent(world), "");
}

static void what_the_store_remembers_of_a_complete_server_is_dropped(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	store_put_presence(world->store, ALICE, "ghost", "", 0, WORLD_NOW);
	world_down(world);
	world_up_ejabberd(world);
	alice_comes(world, "");
	world_restart(world);
	world_up_prosody(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	world_restart(world);
	world_up_ejabberd(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_message_is_redirected_to_the_person(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_watched(world);
	world_feed(world, "<message " NS "from='" BOB "/x' to='" ALICE_MEET
			  "' id='m1'><body>hello</body></message>");
	sent = world_sent(world);
	assert_non_null(strstr(sent, "type='error'"));
	assert_non_null(strstr(sent, ">xmpp:" ALICE "</redirect>"));
	world_feed(world, "<message " NS "type='error' from='" BOB "/x' to='" ALICE_MEET
			  "'><body>hello</body></message>");
	assert_string_equal(world_sent(world), "");
}

/* A prefixed attribute is not the stanza's own (Namespaces in XML 1.0 section 6.2). */
static void a_prefixed_from_is_not_the_sender(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_feed(world,
		"<presence " NS "from='mallory@example.test/x' to='" SELF "' "
		"xmlns:b='urn:b' b:from='" DESK "'><status>forged</status></presence>");
	assert_null(strstr(world_sent(world), "forged"));
}

static void an_unsubscribed_watcher_hears_no_more(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_feed(world, "<presence " NS "from='" BOB "' to='" ALICE_MEET
			  "' type='unsubscribe'/>");
	(void)world_sent(world);
	alice_comes(world, "<show>xa</show>");
	assert_string_equal(world_sent(world), "");
	assert_int_equal(world->n_unwatch, 1);
}

static void a_failed_refresh_changes_nothing(void **state)
{
	const struct gateway_failure failure = {
		.mailbox = 1,
		.at = WORLD_NOW,
		.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorMailRecipientNotFound",
		.text = "no such mailbox",
	};
	struct world *world = *state;
	struct buf why;

	begin_watched(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_FAILURE, .failure = failure});
	assert_string_equal(world_sent(world), "");
	buf_init(&why, 65536);
	assert_true(report_why(engine_people(world->engine), ALICE, true, &why));
	assert_non_null(strstr(buf_text(&why), "ErrorMailRecipientNotFound"));
	buf_reset(&why);
	assert_true(report_why(engine_people(world->engine), ALICE_MEET, false, &why));
	assert_non_null(strstr(buf_text(&why), "In a meeting"));
	buf_reset(&why);
	assert_false(report_why(
		engine_people(world->engine), "nobody@example.test", false, &why));
	buf_finish(&why);
}

/* RFC 5122 section 2.2: what may not stand in a path goes as %XX. */
static void the_address_of_a_redirect_is_encoded(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	(void)world_sent(world);
	world_feed(world, "<message " NS "from='" BOB "/x' to='ad%%a?b#cé@" SELF
			  "' id='m1'><body>hello</body></message>");
	assert_non_null(
		strstr(world_sent(world), ">xmpp:ad%25a%3Fb%23c%C3%A9@example.test<"));
}

static void a_redirect_says_so_in_a_sentence(void **state)
{
	struct world *world = *state;

	begin_watched(world);
	world_feed(world, "<message " NS "from='" BOB "/x' to='" ALICE_MEET
			  "' id='m1'><body>hello</body></message>");
	assert_non_null(strstr(
		world_sent(world), "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"));
}

/* What is shown is never older than what she said. */
static void texts_without_end_do_not_bring_back_older_ones(void **state)
{
	struct world *world = *state;
	struct buf inside;
	const char *sent;

	begin_watched(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	buf_init(&inside, 1 << 20);
	buf_puts(&inside, "<show>xa</show>");
	for (int i = 0; i < 16; i++) {
		buf_printf(&inside, "<status xml:lang='l%d'>", i);
		for (int k = 0; k < 1000; k++)
			buf_puts(&inside, "&amp;");
		buf_puts(&inside, "</status>");
	}
	alice_comes(world, buf_text(&inside));
	buf_finish(&inside);
	(void)world_sent(world);
	world_pass(world, 60000);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "<show>xa</show>");
	assert_null(strstr(sent, "at my desk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_admitted_watcher_sees_the_meeting_come_and_go),
		world_test(a_watcher_is_told_that_he_is_subscribed),
		world_test(a_stranger_hears_nothing),
		world_test(a_contact_is_admitted_once_her_list_is_read),
		world_test(nobody_is_admitted_without_the_roster_privilege),
		world_test(a_user_cannot_forge_a_privilege),
		world_test(her_own_dnd_keeps_its_text_in_a_meeting),
		world_test(a_login_into_a_running_meeting_is_read_at_once),
		world_test(a_stale_calendar_takes_the_overlay_away),
		world_test(a_probe_is_answered_with_the_present_state),
		world_test(subscriptions_outlive_a_restart),
		world_test(who_does_not_come_back_is_told_offline),
		world_test(a_clean_stop_leaves_nobody_available),
		world_test(a_probe_during_the_stop_is_not_answered),
		world_test(what_the_store_remembers_of_a_complete_server_is_dropped),
		world_test(a_message_is_redirected_to_the_person),
		world_test(the_address_of_a_redirect_is_encoded),
		world_test(a_redirect_says_so_in_a_sentence),
		world_test(texts_without_end_do_not_bring_back_older_ones),
		world_test(a_prefixed_from_is_not_the_sender),
		world_test(an_unsubscribed_watcher_hears_no_more),
		world_test(a_failed_refresh_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
