#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* What `why` says to people. */

static void expect_why(struct world *world, const char *jid, bool known, const char *part)
{
	struct buf why;

	buf_init(&why, 65536);
	assert_int_equal(engine_why(world->engine, jid, false, &why), known);
	if (strstr(buf_text(&why), part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, buf_text(&why));
	buf_finish(&why);
}

static void begin_asked(struct world *world)
{
	world_begin(world, "modes = [ \"component\" ];");
	world_up_prosody(world);
	world_comes(world, ALICE "/desk", "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
}

static void make_bob_a_contact(struct world *world)
{
	scene_lists(world, bob_alone);
}

static void why_tells_the_unknown_from_the_unserved(void **state)
{
	struct world world;

	(void)state;
	begin_asked(&world);
	expect_why(&world, "nobody@example.test", false, "nothing is known of");
	expect_why(&world, "nobody@meet.example.test", false, "nothing is known of");
	expect_why(&world, "alice@other.test", false, "\"other.test\" are not served");
	expect_why(&world, "alice", false, "not the address of a person");
	expect_why(&world, "a@b@c", false, "not the address of a person");
	world_end(&world);
}

static void a_watcher_waits_until_her_contact_list_admits_him(void **state)
{
	struct world world;

	(void)state;
	begin_asked(&world);
	expect_why(&world, ALICE, true,
		"0 admitted, 1 waiting; her contact list has not been read");
	make_bob_a_contact(&world);
	expect_why(&world, ALICE, true,
		"1 admitted, 0 waiting; contacts who may see her: 1");
	world_end(&world);
}

static void why_counts_who_sees_the_overlay(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	expect_why(&world, ALICE, true, "contacts who see the overlay instead: 1\n");
	world_end(&world);
}

static void why_names_the_problem_of_the_gateway(void **state)
{
	const struct gateway_state down = {.health = GATEWAY_DOWN,
		.fault = GATEWAY_FAULT_CONNECT,
		.code = "",
		.text = "cannot reach Exchange",
		.server_version = ""};
	const struct gateway_state up = {
		.health = GATEWAY_UP, .code = "", .text = "cannot", .server_version = ""};
	struct buf why;
	struct world world;

	(void)state;
	begin_asked(&world);
	engine_on_gateway_state(world.engine, 0, &down);
	expect_why(&world, ALICE, true, "problem of the gateway: cannot reach Exchange");
	engine_on_gateway_state(world.engine, 0, &up);
	buf_init(&why, 65536);
	assert_true(engine_why(world.engine, ALICE, false, &why));
	assert_null(strstr(buf_text(&why), "problem"));
	buf_finish(&why);
	world_end(&world);
}

static void nobody_is_called_offline_without_a_stream(void **state)
{
	struct world world;

	(void)state;
	begin_asked(&world);
	world_restart(&world);
	expect_why(&world, ALICE, true, "own presence: not known");
	expect_why(&world, ALICE, true, "whether she is online is not known");
	world_end(&world);
}

static void a_reading_holds_until_it_is_stale(void **state)
{
	struct world world;

	(void)state;
	begin_asked(&world);
	make_bob_a_contact(&world);
	world_meeting(&world, 7200, 9000, GATEWAY_BUSY_BUSY);
	expect_why(&world, ALICE, true, "(in 60 min), unless her calendar is read again");
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_tells_the_unknown_from_the_unserved),
		cmocka_unit_test(a_watcher_waits_until_her_contact_list_admits_him),
		cmocka_unit_test(why_counts_who_sees_the_overlay),
		cmocka_unit_test(why_names_the_problem_of_the_gateway),
		cmocka_unit_test(nobody_is_called_offline_without_a_stream),
		cmocka_unit_test(a_reading_holds_until_it_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
