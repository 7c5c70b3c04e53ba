#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* Nobody keeps what he was shown once: whoever may see her no more is told so, whatever
 * is lost in between. */

static const char *ever(struct world *world)
{
	(void)world_sent(world);
	return buf_text(&world->all);
}

/* All that is sent on the next stream, as far as alice is online there as before. */
static const char *next_stream(struct world *world)
{
	size_t from = world->all.len;

	scene_alice_again(world);
	return ever(world) + from;
}

/* bob sees alice without a subscription, as a watcher by shared roster does. */
static void begin_guest(struct world *world)
{
	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	(void)world_sent(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_guest_is_remembered_over_a_lost_stream(void **state)
{
	struct world *world = *state;

	begin_guest(world);
	world_down(world);
	world_pass(world, 3000);
	scene_alice_again(world);
	(void)world_sent(world);
	world_pass(world, 600000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_guest_is_remembered_over_a_restart(void **state)
{
	struct world *world = *state;

	begin_guest(world);
	world_restart(world);
	scene_alice_again(world);
	(void)world_sent(world);
	world_pass(world, 600000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	assert_null(strstr(buf_text(&world->all), "subscribed"));
}

static void a_guest_who_goes_on_asking_is_remembered_for_longer_than_a_month(void **state)
{
	struct world *world = *state;

	begin_guest(world);
	for (int day = 0; day < 40; day++) {
		world_pass(world, 86400000);
		world_says(world, BOB "/x", ALICE_MEET, "probe");
		(void)world_sent(world);
	}
	world_restart(world);
	expect_presence(next_stream(world), SHOWN, BOB, "at my desk");
}

static void a_guest_who_asks_and_is_refused_is_told(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 601000);
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, nobody);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

/* bob's list entry is gone, and what takes her away waits in the outbox. */
static void begin_withdrawn(struct world *world)
{
	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, bob_alone);
	expect_presence(ever(world), SHOWN, BOB, "at my desk");
	world_pass(world, 601000);
	world_comes(world, DESK, "<status>two</status>");
	scene_lists(world, nobody);
	assert_int_equal(outbox_length(world->outbox), 2);
}

static void a_withdrawal_survives_a_lost_stream(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_withdrawn(world);
	world_down(world);
	world_pass(world, 3000);
	sent = next_stream(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
}

/* Nor is it forgotten with her, who left no other trace. */
static void a_withdrawal_survives_a_long_outage(void **state)
{
	struct world *world = *state;

	begin_withdrawn(world);
	world_down(world);
	for (int i = 0; i < 3; i++)
		world_pass(world, 3600000);
	world_restart(world);
	for (int i = 0; i < 3; i++)
		world_pass(world, 3600000);
	expect_presence(next_stream(world), SHOWN, BOB, "type='unavailable'");
}

static void a_withdrawal_survives_a_crash(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_withdrawn(world);
	world_restart(world);
	sent = next_stream(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
}

static void a_request_of_one_who_is_leaving_survives_a_crash(void **state)
{
	struct world *world = *state;

	begin_withdrawn(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_restart(world);
	expect_no_presence(next_stream(world), ALICE_MEET, BOB, "type='unsubscribed'");
	scene_lists(world, nobody);
	(void)world_sent(world);
	world_pass(world, 61000);
	(void)world_sent(world);
	world_pass(world, 601000);
	world_goes(world, DESK);
	world_comes(world, DESK, "");
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

/* A stream that takes nothing for a while and is lost then has told nobody. */
static void a_withdrawal_survives_a_stream_that_stands_still(void **state)
{
	struct world *world = *state;

	begin_withdrawn(world);
	world_pass(world, 120000);
	world_down(world);
	expect_presence(next_stream(world), SHOWN, BOB, "type='unavailable'");
}

/* Once he heard it he is left alone. */
static void a_withdrawal_that_was_heard_is_not_repeated(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_withdrawn(world);
	for (int i = 0; i < 100; i++) {
		(void)world_sent(world);
		world_pass(world, 1000);
	}
	world_down(world);
	sent = next_stream(world);
	expect_no_presence(sent, SHOWN, BOB, "");
	expect_no_presence(sent, ALICE_MEET, BOB, "");
}

static void who_unsubscribes_is_told_that_there_is_nothing_more(void **state)
{
	struct world *world = *state;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	assert_int_equal(outbox_length(world->outbox), 1);
	world_down(world);
	expect_presence(next_stream(world), SHOWN, BOB, "type='unavailable'");
}

/* It would take back at his server what he asks for as the component comes back. */
static void who_unsubscribed_is_never_told_that_we_did_it(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	(void)world_sent(world);
	for (int start = 0; start < 2; start++) {
		world_restart(world);
		sent = next_stream(world);
		expect_presence(sent, SHOWN, BOB, "type='unavailable'");
		expect_no_presence(sent, ALICE_MEET, BOB, "");
	}
}

/* Of a client that comes as another one takes her off his list both arrive together, in
 * any order. */
static void who_unsubscribes_does_not_come_back_by_a_probe(void **state)
{
	struct world *world = *state;

	for (int probe_first = 0; probe_first < 2; probe_first++) {
		scene_alice(world, DOMAIN_POLICY);
		world_says(world, BOB, ALICE_MEET, "subscribe");
		(void)world_sent(world);
		world->together = true;
		if (probe_first)
			world_says(world, BOB "/x", ALICE_MEET, "probe");
		world_says(world, BOB, ALICE_MEET, "unsubscribe");
		if (!probe_first)
			world_says(world, BOB "/x", ALICE_MEET, "probe");
		expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
		world_comes(world, DESK, "<status>two</status>");
		expect_no_presence(world_sent(world), SHOWN, BOB, "two");
		world_end(world);
	}
}

static void who_is_blocked_is_told_once_her_list_is_read(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, bob_alone);
	(void)world_sent(world);
	world_pass(world, 601000);
	world_comes(world, DESK, "<status>a secret</status>");
	world_roster(world, ALICE, bob_alone);
	world_blocked(world, ALICE, "<item jid='" BOB "'/>");
	expect_presence(ever(world), SHOWN, BOB, "type='unavailable'");
	expect_no_presence(ever(world), SHOWN, BOB, "a secret");
}

/* ------------------------------------------------------------------ forgetting */

static void count_home(void *context, const char *a, const char *b, const char *c)
{
	(void)a;
	(void)b;
	(void)c;
	++*(int *)context;
}

static void forgetting_reaches_the_store(void **state)
{
	struct world *world = *state;
	int n = 0;

	world_begin(world, CONTACTS_POLICY);
	world_up_prosody(world);
	store_put_home(
		world->store, "carol@example.test", "carol@example.com", "hq", WORLD_NOW);
	assert_true(engine_forget(world->engine, "carol@example.test"));
	assert_true(store_each_home(world->store, count_home, &n));
	assert_int_equal(n, 0);
	assert_false(engine_forget(world->engine, "carol@example.test"));
}

/* No server would tell it again. */
static void who_is_forgotten_is_still_online(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	assert_true(engine_forget(world->engine, ALICE));
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
	assert_int_equal(world->n_unwatch, 1);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void who_is_forgotten_while_offline_leaves_nothing(void **state)
{
	struct world *world = *state;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_goes(world, DESK);
	(void)world_sent(world);
	assert_true(engine_forget(world->engine, ALICE));
	assert_null(people_find(&world->engine->people, ALICE));
	assert_false(engine_forget(world->engine, ALICE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_guest_is_remembered_over_a_lost_stream),
		world_test(a_guest_is_remembered_over_a_restart),
		world_test(
			a_guest_who_goes_on_asking_is_remembered_for_longer_than_a_month),
		world_test(a_guest_who_asks_and_is_refused_is_told),
		world_test(a_withdrawal_survives_a_lost_stream),
		world_test(a_withdrawal_survives_a_long_outage),
		world_test(a_request_of_one_who_is_leaving_survives_a_crash),
		world_test(a_withdrawal_survives_a_stream_that_stands_still),
		world_test(a_withdrawal_survives_a_crash),
		world_test(a_withdrawal_that_was_heard_is_not_repeated),
		world_test(who_unsubscribes_is_told_that_there_is_nothing_more),
		world_test(who_unsubscribed_is_never_told_that_we_did_it),
		world_test(who_unsubscribes_does_not_come_back_by_a_probe),
		world_test(who_is_blocked_is_told_once_her_list_is_read),
		world_test(forgetting_reaches_the_store),
		world_test(who_is_forgotten_is_still_online),
		world_test(who_is_forgotten_while_offline_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
