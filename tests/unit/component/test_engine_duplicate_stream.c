#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "component/sources/sources.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Another stream of our name at the server, which swallows its share. */

#define ECHOES_A_ROUND 8
/* Between rounds: at first and while something is lost, and else. */
#define ECHOES_SOON_MS 2000
#define ECHOES_PAUSE_MS 30000
#define ECHOES_CLEAN_ROUNDS 4

#define ALL 0xffU

static void echo(struct world *world, int number, const char *id)
{
	world_feed(world,
		"<message " NS "type='headline' id='%s' from='echo-%d@meet.example.test' "
		"to='echo-%d@meet.example.test'/>",
		id, number, number);
}

/* Sends back those of a round whose bits are set. */
static void come_back(struct world *world, int round, unsigned bits)
{
	for (int i = 0; i < ECHOES_A_ROUND; i++) {
		if ((bits & 1U << i) != 0)
			echo(world, round * ECHOES_A_ROUND + i, "ours");
	}
}

static bool asks(struct world *world, int round)
{
	char first[64];

	(void)snprintf(first, sizeof(first), "from='echo-%d@", round * ECHOES_A_ROUND);
	return strstr(world_sent(world), first) != NULL;
}

/* The first round is on its way. */
static void begin(struct world *world, const char *publish)
{
	world_begin(world, publish);
	world_up_ejabberd(world);
	world_pass(world, 1000);
	assert_true(asks(world, 0));
}

static unsigned lost(const struct world *world)
{
	return sources_lost_percent(&world->engine->people);
}

/* A fourth of the first round was swallowed. */
static void begin_shared(struct world *world, const char *publish)
{
	begin(world, publish);
	come_back(world, 0, 0x3fU);
	world_pass(world, ECHOES_SOON_MS);
	assert_true(asks(world, 1));
	come_back(world, 1, ALL);
	assert_int_equal(lost(world), 25);
}

static void a_server_of_one_stream_is_not_asked(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	(void)world_sent(world);
	world_pass(world, 60000);
	assert_null(strstr(world_sent(world), "echo-"));
}

static void where_all_comes_back_nothing_is_lost(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	for (int round = 0; round < 3; round++) {
		come_back(world, round, ALL);
		world_pass(world, ECHOES_SOON_MS);
		assert_true(asks(world, round + 1));
	}
	/* From now on slowly. */
	come_back(world, 3, ALL);
	world_pass(world, ECHOES_SOON_MS);
	assert_false(asks(world, 4));
	world_pass(world, ECHOES_PAUSE_MS - ECHOES_SOON_MS);
	assert_true(asks(world, 4));
	come_back(world, 4, ALL);
	assert_int_equal(lost(world), 0);
}

static void what_does_not_come_back_while_later_ones_do_is_lost(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	come_back(world, 0, ALL & ~1U);
	world_pass(world, ECHOES_SOON_MS);
	assert_int_equal(lost(world), 0);
	come_back(world, 1, 0x80U);
	assert_int_equal(lost(world), 12);
}

static void a_server_that_pauses_loses_nothing(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	come_back(world, 0, 0x07U);
	world_pass(world, ECHOES_SOON_MS);
	world_pass(world, ECHOES_SOON_MS);
	come_back(world, 0, ALL & ~0x07U);
	come_back(world, 1, ALL);
	come_back(world, 2, ALL);
	assert_int_equal(lost(world), 0);
}

static void only_the_streams_of_our_name_count(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	echo(world, ECHOES_A_ROUND, "ours");
	echo(world, 0, "another");
	world_feed(world, "<message " NS "id='ours' from='echo-0@example.test' "
			  "to='echo-0@meet.example.test'/>");
	world_feed(world, "<message " NS "id='ours' from='echo-x@meet.example.test' "
			  "to='echo-x@meet.example.test'/>");
	world_pass(world, ECHOES_SOON_MS);
	come_back(world, 1, ALL);
	/* None of the first round came. */
	assert_int_equal(lost(world), 100);
}

static void it_is_healed_after_rounds_without_a_loss(void **state)
{
	struct world *world = *state;
	int round = 2;

	begin_shared(world, DOMAIN_POLICY);
	for (int clean = 0; clean < ECHOES_CLEAN_ROUNDS; clean++, round++) {
		assert_true(lost(world) > 0);
		world_pass(world, ECHOES_SOON_MS);
		assert_true(asks(world, round));
		come_back(world, round, ALL);
	}
	assert_int_equal(lost(world), 0);
}

/* ejabberd takes the privileges from the living stream when another of its name ends. */
static void the_stream_is_begun_anew_once_when_the_other_has_ended(void **state)
{
	struct world *world = *state;
	int round = 2;

	begin_shared(world, DOMAIN_POLICY);
	for (; round < 2 + ECHOES_CLEAN_ROUNDS; round++) {
		assert_int_equal(world->n_reconnect, 0);
		world_pass(world, ECHOES_SOON_MS);
		assert_true(asks(world, round));
		come_back(world, round, ALL);
	}
	assert_int_equal(world->n_reconnect, 1);
	for (; round < 20; round++) {
		world_pass(world, ECHOES_PAUSE_MS);
		come_back(world, round, ALL);
	}
	assert_int_equal(world->n_reconnect, 1);
}

static void it_is_said_once(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_WARNING);
	struct world *world = *state;
	char *text;

	begin_shared(world, DOMAIN_POLICY);
	for (int round = 2; round < 8; round++) {
		world_pass(world, ECHOES_SOON_MS);
		come_back(world, round, 0xf0U);
	}
	world_end(world);
	text = scene_log_end(log);
	assert_int_equal(
		scene_count(text, "another stream is connected to the server"), 1);
	free(text);
}

static void a_loss_begins_the_count_anew(void **state)
{
	struct world *world = *state;

	begin_shared(world, DOMAIN_POLICY);
	for (int round = 2; round < 2 + 2 * ECHOES_CLEAN_ROUNDS; round++) {
		world_pass(world, ECHOES_SOON_MS);
		come_back(world, round, round % 2 == 0 ? ALL : 0xf0U);
	}
	assert_true(lost(world) > 0);
}

static void a_new_stream_does_not_end_it(void **state)
{
	struct world *world = *state;

	begin_shared(world, DOMAIN_POLICY);
	world_down(world);
	world_up_ejabberd(world);
	assert_true(lost(world) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_server_of_one_stream_is_not_asked),
		world_test(where_all_comes_back_nothing_is_lost),
		world_test(what_does_not_come_back_while_later_ones_do_is_lost),
		world_test(a_server_that_pauses_loses_nothing),
		world_test(only_the_streams_of_our_name_count),
		world_test(it_is_healed_after_rounds_without_a_loss),
		world_test(the_stream_is_begun_anew_once_when_the_other_has_ended),
		world_test(it_is_said_once),
		world_test(a_loss_begins_the_count_anew),
		world_test(a_new_stream_does_not_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
