#include "component/engine_scene.h"
#include "component/presence/model.h"
#include "component/presence/requests.h"
#include "component/presence/roster_retry.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Contact lists that cannot be had at once. */

static bool asks_for(const char *sent, const char *person)
{
	char to[64];

	(void)snprintf(to, sizeof(to), "to='%s'", person);
	return strstr(sent, "jabber:iq:roster") != NULL && strstr(sent, to) != NULL;
}

static void a_first_list_that_was_refused_is_asked_for_again(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	world_refuse(&world, ALICE, "internal-server-error");
	(void)world_sent(&world);
	world_pass(&world, ROSTER_RETRY_MS - 1);
	assert_false(asks_for(world_sent(&world), ALICE));
	world_pass(&world, 1);
	assert_true(asks_for(world_sent(&world), ALICE));
	scene_lists(&world, bob_alone);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void the_pauses_between_refusals_grow(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	for (int64_t pause = ROSTER_RETRY_MS; pause <= 600000; pause *= 2) {
		world_refuse(&world, ALICE, "internal-server-error");
		(void)world_sent(&world);
		world_pass(&world, pause - 1);
		assert_false(asks_for(world_sent(&world), ALICE));
		world_pass(&world, 1);
		assert_true(asks_for(world_sent(&world), ALICE));
	}
	world_end(&world);
}

static void watchers_are_told_once_a_list_that_was_refused_is_there(void **state)
{
	struct world world;

	(void)state;
	scene_alice(&world, CONTACTS_POLICY);
	scene_lists(&world, bob_alone);
	world_says(&world, BOB, ALICE_MEET, "subscribe");
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	world_refuse(&world, ALICE, "internal-server-error");
	(void)world_sent(&world);
	world_pass(&world, ROSTER_RETRY_MS);
	scene_lists(&world, bob_alone);
	assert_true(world_has_presence(world_sent(&world), SHOWN, BOB, "at my desk"));
	world_end(&world);
}

static void a_question_for_which_there_is_no_room_is_put_later(void **state)
{
	struct world world;
	size_t n;

	(void)state;
	scene_meeting(&world, USER_MODE, 1200);
	world_pass(&world, 601000);
	n = world.engine->n_requests;
	world.engine->n_requests = REQUESTS_MAX;
	world_meeting(&world, 0, 0, GATEWAY_BUSY_BUSY);
	world_pass(&world, 10 * ROSTER_RETRY_TICK_MS);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world.engine->n_requests = n;
	world_pass(&world, ROSTER_RETRY_TICK_MS);
	scene_lists(&world, bob_alone);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_list_that_was_refused_is_asked_for_again),
		cmocka_unit_test(the_pauses_between_refusals_grow),
		cmocka_unit_test(watchers_are_told_once_a_list_that_was_refused_is_there),
		cmocka_unit_test(a_question_for_which_there_is_no_room_is_put_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
