#include "component/engine_fixture.h"
#include "test.h"

/* Mode `user`: contacts who were removed without a word to us. */

#define ALICE "alice@example.test"
#define DESK ALICE "/desk"
#define BOB "bob@example.test"

static const char *const bob_alone[] = {BOB, NULL};
static const char *const nobody[] = {NULL};

static void give_roster(struct world *world, const char *const *contacts)
{
	world_roster(world, ALICE, contacts);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
}

/* alice is in a meeting and her contact bob sees it. */
static void begin(struct world *world, int64_t end)
{
	world_begin(world, "modes = [ \"user\" ];");
	world_up_prosody(world);
	world_comes(world, BOB "/home", "");
	world_comes(world, DESK, "<status>at my desk</status>");
	world_pass(world, 1000);
	(void)world_sent(world);
	give_roster(world, bob_alone);
	world_meeting(world, -10, end, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(world), DESK, BOB, "In a meeting"));
}

static void finds_bob_removed(struct world *world)
{
	(void)world_sent(world);
	give_roster(world, nobody);
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
	begin(&world, 600);
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
	begin(&world, 60);
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
	begin(&world, 60);
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
