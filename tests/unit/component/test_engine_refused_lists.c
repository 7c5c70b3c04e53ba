#include "component/engine_scene.h"
#include "component/rosters/rosters.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Contact and block lists that cannot be had at once. */

#define FIRST_PAUSE_MS 30000

static bool asks_for(const char *sent, const char *list)
{
	return strstr(sent, list) != NULL && strstr(sent, "to='" ALICE "'") != NULL;
}

static bool asks_for_contacts(const char *sent)
{
	return asks_for(sent, "jabber:iq:roster");
}

static bool asks_for_blocks(const char *sent)
{
	return asks_for(sent, "urn:xmpp:blocking");
}

/* bob asks for alice, whose lists are on their way. */
static void begin(struct world *world)
{
	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	assert_true(asks_for_contacts(world_sent(world)));
}

static void expect_admitted(struct world *world)
{
	const char *sent = world_sent(world);

	expect_presence(sent, ALICE_MEET, BOB, "type='subscribed'");
	expect_presence(sent, SHOWN, BOB, "at my desk");
}

static void a_first_list_that_was_refused_is_asked_for_again(void **state)
{
	struct world *world = *state;

	begin(world);
	world_refuse(world, ALICE, "internal-server-error");
	(void)world_sent(world);
	world_pass(world, FIRST_PAUSE_MS - 1);
	assert_false(asks_for_contacts(world_sent(world)));
	world_pass(world, 1);
	assert_true(asks_for_contacts(world_sent(world)));
	scene_lists(world, bob_alone);
	expect_admitted(world);
}

static void the_pauses_between_refusals_grow(void **state)
{
	struct world *world = *state;

	begin(world);
	for (int64_t pause = FIRST_PAUSE_MS; pause <= 600000; pause *= 2) {
		world_refuse(world, ALICE, "internal-server-error");
		(void)world_sent(world);
		world_pass(world, pause - 1);
		assert_false(asks_for_contacts(world_sent(world)));
		world_pass(world, 1);
		assert_true(asks_for_contacts(world_sent(world)));
	}
}

static void watchers_are_told_once_a_list_that_was_refused_is_there(void **state)
{
	struct world *world = *state;

	begin(world);
	scene_lists(world, bob_alone);
	(void)world_sent(world);
	world_restart(world);
	scene_alice_again(world);
	world_refuse(world, ALICE, "internal-server-error");
	(void)world_sent(world);
	world_pass(world, FIRST_PAUSE_MS);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_block_list_that_was_refused_is_asked_for_again_and_said(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_WARNING);
	struct world *world = *state;
	char *text;

	begin(world);
	world_roster(world, ALICE, bob_alone);
	assert_true(asks_for_blocks(world_sent(world)));
	world_refuse_about(world, ALICE, "urn:xmpp:blocking", "internal-server-error");
	assert_string_equal(world_sent(world), "");
	world_pass(world, FIRST_PAUSE_MS - 1);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	assert_true(asks_for_blocks(world_sent(world)));
	world_blocked(world, ALICE, "");
	expect_admitted(world);
	world_end(world);
	text = scene_log_end(log);
	assert_int_equal(scene_count(text, "block list of \"" ALICE "\""), 1);
	free(text);
}

/* What did not come is no refusal, after which an older list would count. */
static void a_question_that_got_no_answer_is_no_refusal(void **state)
{
	struct world *world = *state;

	begin(world);
	scene_lists(world, bob_alone);
	expect_admitted(world);
	world_pass(world, 601000);
	world_comes(world, DESK, "<status>a secret</status>");
	assert_true(asks_for_contacts(world_sent(world)));
	world_pass(world, 25000);
	expect_no_presence(world_sent(world), SHOWN, BOB, "a secret");
	world_pass(world, FIRST_PAUSE_MS);
	scene_lists(world, nobody);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='unsubscribed'");
	expect_no_presence(buf_text(&world->all), SHOWN, BOB, "a secret");
}

static void a_lost_stream_is_no_refusal(void **state)
{
	struct world *world = *state;

	begin(world);
	scene_lists(world, bob_alone);
	expect_admitted(world);
	world_pass(world, 601000);
	world_comes(world, DESK, "<status>one</status>");
	assert_true(asks_for_contacts(world_sent(world)));
	world_down(world);
	world_pass(world, 5000);
	world_dump_begins(world);
	world_comes(world, DESK, "<status>a secret</status>");
	world_dump_ends(world);
	expect_no_presence(world_sent(world), SHOWN, BOB, "a secret");
	scene_lists(world, nobody);
	expect_no_presence(buf_text(&world->all), SHOWN, BOB, "a secret");
}

/* Each request has her list read again, but not over and over. */
static void a_subscriber_cannot_have_her_list_read_over_and_over(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	begin(world);
	scene_lists(world, bob_alone);
	expect_admitted(world);
	for (int i = 0; i < 100; i++) {
		world_says(world, "eve@example.test", ALICE_MEET, "subscribe");
		world_pass(world, ROSTERS_AGAIN_MS / 10);
		if (asks_for_contacts(world_sent(world))) {
			n++;
			scene_lists(world, bob_alone);
			(void)world_sent(world);
		}
	}
	assert_in_range(n, 1, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_first_list_that_was_refused_is_asked_for_again),
		world_test(the_pauses_between_refusals_grow),
		world_test(watchers_are_told_once_a_list_that_was_refused_is_there),
		world_test(a_block_list_that_was_refused_is_asked_for_again_and_said),
		world_test(a_question_that_got_no_answer_is_no_refusal),
		world_test(a_lost_stream_is_no_refusal),
		world_test(a_subscriber_cannot_have_her_list_read_over_and_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
