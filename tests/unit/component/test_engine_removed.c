#include "component/engine_scene.h"
#include "test.h"

/* Mode `user`: contacts who were removed without a word to us. */

static void finds_bob_removed(struct world *world)
{
	(void)world_sent(world);
	scene_lists(world, nobody);
	assert_true(
		world_has_presence(world_sent(world), DESK, BOB, "type='unavailable'"));
}

static void comes_back(struct world *world)
{
	world_restart(world);
	world_dump_begins(world);
	world_comes(world, BOB "/home", "");
	(void)world_sent(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_dump_ends(world);
}

static void before_a_stop_is_told_after_the_next_start(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	engine_stop(world.engine);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	comes_back(&world);
	finds_bob_removed(&world);
	world_end(&world);
}

static void before_a_meeting_ended_is_told_at_the_next_edge(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 60);
	world_pass(&world, 60000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_pass(&world, 300000);
	world_meeting(&world, 0, 0, GATEWAY_BUSY_BUSY);
	world_pass(&world, 300000);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	finds_bob_removed(&world);
	world_end(&world);
}

static void before_a_meeting_ended_is_told_after_a_crash(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 60);
	world_pass(&world, 60000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	comes_back(&world);
	finds_bob_removed(&world);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_a_stop_is_told_after_the_next_start),
		cmocka_unit_test(before_a_meeting_ended_is_told_at_the_next_edge),
		cmocka_unit_test(before_a_meeting_ended_is_told_after_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
