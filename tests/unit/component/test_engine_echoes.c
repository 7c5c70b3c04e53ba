#include "component/engine_scene.h"
#include "component/presence/echoes.h"
#include "component/presence/requests.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Another stream of our name at the server, which swallows its share. */

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
	return echoes_lost_percent(world->engine);
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
	struct world world;

	(void)state;
	world_begin(&world, DOMAIN_POLICY);
	world_up_prosody(&world);
	(void)world_sent(&world);
	world_pass(&world, 60000);
	assert_null(strstr(world_sent(&world), "echo-"));
	world_end(&world);
}

static void where_all_comes_back_nothing_is_lost(void **state)
{
	struct world world;

	(void)state;
	begin(&world, DOMAIN_POLICY);
	for (int round = 0; round < 3; round++) {
		come_back(&world, round, ALL);
		world_pass(&world, ECHOES_SOON_MS);
		assert_true(asks(&world, round + 1));
	}
	/* From now on slowly. */
	come_back(&world, 3, ALL);
	world_pass(&world, ECHOES_SOON_MS);
	assert_false(asks(&world, 4));
	world_pass(&world, ECHOES_PAUSE_MS - ECHOES_SOON_MS);
	assert_true(asks(&world, 4));
	come_back(&world, 4, ALL);
	assert_int_equal(lost(&world), 0);
	world_end(&world);
}

static void what_does_not_come_back_while_later_ones_do_is_lost(void **state)
{
	struct world world;

	(void)state;
	begin(&world, DOMAIN_POLICY);
	come_back(&world, 0, ALL & ~1U);
	world_pass(&world, ECHOES_SOON_MS);
	assert_int_equal(lost(&world), 0);
	come_back(&world, 1, 0x80U);
	assert_int_equal(lost(&world), 12);
	world_end(&world);
}

static void a_server_that_pauses_loses_nothing(void **state)
{
	struct world world;

	(void)state;
	begin(&world, DOMAIN_POLICY);
	come_back(&world, 0, 0x07U);
	world_pass(&world, ECHOES_SOON_MS);
	world_pass(&world, ECHOES_SOON_MS);
	come_back(&world, 0, ALL & ~0x07U);
	come_back(&world, 1, ALL);
	come_back(&world, 2, ALL);
	assert_int_equal(lost(&world), 0);
	world_end(&world);
}

static void only_the_streams_of_our_name_count(void **state)
{
	struct world world;

	(void)state;
	begin(&world, DOMAIN_POLICY);
	echo(&world, ECHOES_A_ROUND, "ours");
	echo(&world, 0, "another");
	world_feed(&world, "<message " NS "id='ours' from='echo-0@example.test' "
			   "to='echo-0@meet.example.test'/>");
	world_feed(&world, "<message " NS "id='ours' from='echo-x@meet.example.test' "
			   "to='echo-x@meet.example.test'/>");
	world_pass(&world, ECHOES_SOON_MS);
	come_back(&world, 1, ALL);
	/* None of the first round came. */
	assert_int_equal(lost(&world), 100);
	world_end(&world);
}

static void it_is_healed_after_rounds_without_a_loss(void **state)
{
	struct world world;
	int round = 2;

	(void)state;
	begin_shared(&world, DOMAIN_POLICY);
	for (int clean = 0; clean < ECHOES_CLEAN_ROUNDS; clean++, round++) {
		assert_true(lost(&world) > 0);
		world_pass(&world, ECHOES_SOON_MS);
		assert_true(asks(&world, round));
		come_back(&world, round, ALL);
	}
	assert_int_equal(lost(&world), 0);
	world_end(&world);
}

static void a_loss_begins_the_count_anew(void **state)
{
	struct world world;

	(void)state;
	begin_shared(&world, DOMAIN_POLICY);
	for (int round = 2; round < 2 + 2 * ECHOES_CLEAN_ROUNDS; round++) {
		world_pass(&world, ECHOES_SOON_MS);
		come_back(&world, round, round % 2 == 0 ? ALL : 0xf0U);
	}
	assert_true(lost(&world) > 0);
	world_end(&world);
}

static void a_new_stream_does_not_end_it(void **state)
{
	struct world world;

	(void)state;
	begin_shared(&world, DOMAIN_POLICY);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	world_up_ejabberd(&world);
	assert_true(lost(&world) > 0);
	world_end(&world);
}

static void what_watchers_were_told_is_repeated(void **state)
{
	struct world world;

	(void)state;
	begin(&world, DOMAIN_POLICY);
	world_comes(&world, DESK, "");
	world_says(&world, BOB, ALICE_MEET, "subscribe");
	assert_true(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	come_back(&world, 0, 0x0fU);
	world_pass(&world, ECHOES_SOON_MS);
	assert_false(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	come_back(&world, 1, ALL);
	assert_true(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	world_end(&world);
}

static void an_overlay_is_repeated_and_her_client_asked_for(void **state)
{
	static const char *const contacts[] = {BOB, NULL};
	struct world world;
	const char *sent;

	(void)state;
	begin(&world, "modes = [ \"user\" ]; ignore_blocking = true;");
	world_comes(&world, BOB "/home", "");
	world_comes(&world, DESK, "");
	(void)world_sent(&world);
	world_roster(&world, ALICE, contacts);
	world_meeting(&world, -10, 600, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	come_back(&world, 0, 0x0fU);
	world_pass(&world, ECHOES_SOON_MS);
	(void)world_sent(&world);
	come_back(&world, 1, ALL);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_pass(&world, ECHOES_SOON_MS);
	sent = world_sent(&world);
	assert_non_null(strstr(sent, "disco#info"));
	world_end(&world);
}

static void a_question_is_asked_again(void **state)
{
	struct world world;
	const char *asked;
	char id[64];

	(void)state;
	begin(&world, "");
	world_says(&world, BOB, ALICE_MEET, "subscribe");
	asked = strstr(world_sent(&world), "<iq ");
	assert_non_null(asked);
	asked = strstr(asked, " id='");
	assert_non_null(asked);
	(void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(asked + 5, "'"), asked + 5);
	world_pass(&world, REQUEST_REPEAT_MS / 2);
	assert_null(strstr(world_sent(&world), id));
	world_pass(&world, REQUEST_REPEAT_MS / 2 + 1000);
	assert_non_null(strstr(world_sent(&world), id));
	world_end(&world);
}

static void a_probe_for_trust_is_sent_again(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world, "modes = [ \"user\" ]; ignore_blocking = true;");
	engine_link_up(world.engine);
	assert_non_null(strstr(world_sent(&world), "trust-"));
	world_pass(&world, 1000);
	assert_non_null(strstr(world_sent(&world), "trust-"));
	world_end(&world);
}

static void swallowed_privileges_need_a_new_stream(void **state)
{
	struct world world;
	int number = 0;

	(void)state;
	world_begin(&world, DOMAIN_POLICY);
	for (unsigned stream = 0; stream < ECHOES_RECONNECTS_MAX + 2; stream++) {
		world_up(&world);
		for (int ms = 0; ms < 8000; ms += 1000) {
			world_pass(&world, 1000);
			while (ms % 2000 == 0 && number % ECHOES_A_ROUND != 6)
				echo(&world, number++, "ours");
			number += ms % 2000 == 0 ? 2 : 0;
		}
		world_down(&world, LINK_LOSS_CLOSED);
	}
	assert_int_equal(world.n_reconnect, ECHOES_RECONNECTS_MAX);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_of_one_stream_is_not_asked),
		cmocka_unit_test(where_all_comes_back_nothing_is_lost),
		cmocka_unit_test(what_does_not_come_back_while_later_ones_do_is_lost),
		cmocka_unit_test(a_server_that_pauses_loses_nothing),
		cmocka_unit_test(only_the_streams_of_our_name_count),
		cmocka_unit_test(it_is_healed_after_rounds_without_a_loss),
		cmocka_unit_test(a_loss_begins_the_count_anew),
		cmocka_unit_test(a_new_stream_does_not_end_it),
		cmocka_unit_test(what_watchers_were_told_is_repeated),
		cmocka_unit_test(an_overlay_is_repeated_and_her_client_asked_for),
		cmocka_unit_test(a_question_is_asked_again),
		cmocka_unit_test(a_probe_for_trust_is_sent_again),
		cmocka_unit_test(swallowed_privileges_need_a_new_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
