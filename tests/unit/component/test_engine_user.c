#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* alice and her contact bob are online, her list is read. */
static void begin(struct world *world)
{
	world_begin(world, USER_MODE);
	world_up_prosody(world);
	world_comes(world, BOB "/home", "");
	(void)world_sent(world);
	world_comes(world, DESK, "<status>at my desk</status><priority>5</priority>");
	(void)world_sent(world);
	scene_lists(world, bob_alone);
	(void)world_sent(world);
}

static void the_overlay_goes_out_under_her_own_address(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world);
	world_meeting(&world, 10, 20, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 10000);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "In a meeting"));
	assert_true(world_has_presence(sent, DESK, BOB, "<priority>5</priority>"));
	assert_null(strstr(sent, "to='" ALICE));
	world_pass(&world, 10000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_pass(&world, 10000);
	assert_string_equal(world_sent(&world), "");
	world_end(&world);
}

static void her_own_change_is_overlaid_again(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 20, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_comes(&world, DESK, "<show>away</show><status>coffee</status>");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "In a meeting"));
	assert_null(strstr(sent, "coffee"));
	world_pass(&world, 20000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "coffee"));
	world_end(&world);
}

static void an_offline_contact_is_greeted_when_he_comes(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world);
	world_goes(&world, BOB "/home");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(&world), "");
	world_comes(&world, BOB "/phone", "");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB "/phone", "In a meeting"));
	/* Once more after the settling time. */
	world_pass(&world, 300);
	assert_true(world_has_presence(
		world_sent(&world), DESK, BOB "/phone", "In a meeting"));
	world_end(&world);
}

static void a_client_that_leaves_in_a_meeting_leaves_no_ghost(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_goes(&world, DESK);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_client_that_leaves_right_after_a_meeting_leaves_no_ghost(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 5, GATEWAY_BUSY_BUSY);
	world_pass(&world, 5000);
	(void)world_sent(&world);
	world_goes(&world, DESK);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_removed_contact_sees_her_no_more(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 3000, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_goes(&world, DESK);
	(void)world_sent(&world);
	world_comes(&world, DESK, "");
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_blocked_contact_is_not_told(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world, USER_MODE);
	world_up_prosody(&world);
	world_comes(&world, BOB "/home", "");
	(void)world_sent(&world);
	world_comes(&world, DESK, "");
	(void)world_sent(&world);
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_blocked(&world, ALICE, "<item jid='" BOB "'/>");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void a_crash_in_a_meeting_is_repaired_after_it(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world.now.wall_ms += 60000;
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "at my desk"));
	world_end(&world);
}

static void a_client_lost_in_a_crash_is_taken_away(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	world_dump_ends(&world);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_clean_stop_shows_the_original(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	engine_stop(world.engine);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_end(&world);
}

static void nothing_is_said_for_people_without_trust(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world, USER_MODE);
	engine_link_up(world.engine);
	(void)world_sent(&world);
	world_down(&world, LINK_LOSS_INVALID_FROM);
	/* The second stream is not risked by another probe. */
	engine_link_up(world.engine);
	assert_null(strstr(world_sent(&world), "trust-"));
	world_end(&world);
}

static void a_server_without_readable_blocks_keeps_the_mode_off(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world, USER_MODE);
	world_up_ejabberd(&world);
	world_comes(&world, BOB "/home", "");
	(void)world_sent(&world);
	world_comes(&world, DESK, "");
	(void)world_sent(&world);
	world_roster(&world, ALICE, bob_alone);
	assert_int_equal(world.n_watch, 0);
	world_end(&world);
}

static void an_unconfirmed_client_is_asked_and_taken_away(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	world_begin(&world, "modes = [ \"component\" ]; watchers = \"domain\";");
	world_up_ejabberd(&world);
	world_comes(&world, DESK, "");
	world_feed(&world, "<presence " NS "from='" BOB "' to='alice@meet.example.test' "
			   "type='subscribe'/>");
	(void)world_sent(&world);
	world_restart(&world);
	world_up_ejabberd(&world);
	/* What was last known is the best there is... */
	assert_true(world_has_presence(
		world_sent(&world), "alice@meet.example.test/calendar", BOB, "<c "));
	/* ... until the server says that the client is gone. */
	world_pass(&world, 1000);
	sent = world_sent(&world);
	assert_non_null(strstr(sent, "disco#info"));
	world_refuse(&world, DESK, "service-unavailable");
	assert_true(world_has_presence(world_sent(&world),
		"alice@meet.example.test/calendar", BOB, "type='unavailable'"));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_overlay_goes_out_under_her_own_address),
		cmocka_unit_test(her_own_change_is_overlaid_again),
		cmocka_unit_test(an_offline_contact_is_greeted_when_he_comes),
		cmocka_unit_test(a_client_that_leaves_in_a_meeting_leaves_no_ghost),
		cmocka_unit_test(
			a_client_that_leaves_right_after_a_meeting_leaves_no_ghost),
		cmocka_unit_test(a_removed_contact_sees_her_no_more),
		cmocka_unit_test(a_blocked_contact_is_not_told),
		cmocka_unit_test(a_crash_in_a_meeting_is_repaired_after_it),
		cmocka_unit_test(a_client_lost_in_a_crash_is_taken_away),
		cmocka_unit_test(a_clean_stop_shows_the_original),
		cmocka_unit_test(nothing_is_said_for_people_without_trust),
		cmocka_unit_test(a_server_without_readable_blocks_keeps_the_mode_off),
		cmocka_unit_test(an_unconfirmed_client_is_asked_and_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
