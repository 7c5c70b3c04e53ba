#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "component/publish/component_mode.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Requests of those who are not admitted: how many are kept, and for how long. */

static void stranger(int i, char out_jid[64])
{
	(void)snprintf(out_jid, 64, "s%d@example.test", i);
}

static void count_row(void *context, const char *person, const char *watcher,
	enum store_subscription state, int64_t since)
{
	(void)person;
	(void)watcher;
	(void)state;
	(void)since;
	++*(size_t *)context;
}

static size_t rows(struct world *world)
{
	size_t n = 0;

	assert_true(store_commit(world->store, NULL));
	assert_true(store_each_subscription(world->store, count_row, &n));
	return n;
}

static void one_who_asks_for_everybody_makes_nobody_known(void **state)
{
	struct world *world = *state;
	char to[64];

	world_begin(world, CONTACTS_POLICY);
	world_up_prosody(world);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(to, sizeof(to), "n%d@" SELF, i);
		world_says(world, BOB, to, "subscribe");
		world_says(world, BOB "/x", to, "probe");
	}
	assert_string_equal(world_sent(world), "");
	assert_int_equal(world->engine->people.n, 0);
	assert_int_equal(rows(world), PENDING_PER_WATCHER_MAX);
	/* After a restart likewise. */
	world_restart(world);
	assert_int_equal(world->engine->people.n, 0);
}

/* The same at many people who are known. */
static void one_who_asks_for_everybody_has_a_hundred_requests(void **state)
{
	struct world *world = *state;
	char jid[64];

	world_begin(world, CONTACTS_POLICY);
	world_up_ejabberd(world);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(jid, sizeof(jid), "n%d@example.test/x", i);
		world_comes(world, jid, "");
		(void)snprintf(jid, sizeof(jid), "n%d@" SELF, i);
		world_says(world, BOB, jid, "subscribe");
	}
	assert_int_equal(rows(world), PENDING_PER_WATCHER_MAX);
	/* Others may still ask. */
	world_says(world, "carol@example.test", "n299@" SELF, "subscribe");
	assert_int_equal(rows(world), PENDING_PER_WATCHER_MAX + 1);
}

/* A request for one who is not known yet counts once she is. */
static void a_request_that_came_early_is_decided_when_she_comes(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
	world_restart(world);
	world_up_prosody(world);
	(void)world_sent(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
	expect_presence(buf_text(&world->all), SHOWN, BOB, "at my desk");
}

static void the_oldest_stranger_goes_and_never_a_contact(void **state)
{
	struct world *world = *state;
	const char *why;
	char jid[64];

	scene_alice(world, CONTACTS_POLICY);
	for (int i = 0; i <= PENDING_PER_PERSON_MAX; i++) {
		stranger(i, jid);
		world_says(world, jid, ALICE_MEET, "subscribe");
		world_pass(world, 1000);
		if (strstr(world_sent(world), "jabber:iq:roster") != NULL)
			scene_lists(world, bob_alone);
	}
	/* The list is too old by now: bob's request waits for the next. */
	world_pass(world, 601000);
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	why = world_why(world, ALICE, true);
	assert_null(strstr(why, "\"s0@"));
	assert_null(strstr(why, "\"s1@"));
	assert_non_null(strstr(why, "\"s2@"));
	assert_non_null(strstr(why, "\"s100@"));
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void a_refused_request_is_forgotten_after_thirty_days(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, nobody);
	for (int i = 0; i < 31 * 24; i++) {
		world_pass(world, 3600000);
		(void)world_sent(world);
		if (i == 29 * 24)
			assert_int_equal(component_mode_waiting(people_find(
						 &world->engine->people, ALICE)),
				1);
	}
	assert_int_equal(
		component_mode_waiting(people_find(&world->engine->people, ALICE)), 0);
	assert_int_equal(rows(world), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(one_who_asks_for_everybody_makes_nobody_known),
		world_test(one_who_asks_for_everybody_has_a_hundred_requests),
		world_test(a_request_that_came_early_is_decided_when_she_comes),
		world_test(the_oldest_stranger_goes_and_never_a_contact),
		world_test(a_refused_request_is_forgotten_after_thirty_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
