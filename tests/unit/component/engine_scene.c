#include "component/engine_scene.h"

#include "test.h"

const char *const bob_alone[] = {BOB, NULL};
const char *const nobody[] = {NULL};

void scene_lists(struct world *world, const char *const *contacts)
{
	world_roster(world, ALICE, contacts);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
}

void scene_alice(struct world *world, const char *publish)
{
	world_begin(world, publish);
	world_up_prosody(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	(void)world_sent(world);
}

void scene_pair(struct world *world, const char *publish)
{
	world_begin(world, publish);
	world_up_prosody(world);
	world_comes(world, BOB "/home", "");
	world_comes(world, DESK, "<status>at my desk</status>");
	world_pass(world, 1000);
	(void)world_sent(world);
}

void scene_meeting(struct world *world, const char *publish, int64_t end)
{
	scene_pair(world, publish);
	scene_lists(world, bob_alone);
	world_meeting(world, -10, end, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(world), DESK, BOB, "In a meeting"));
}
