#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* Mode `user`: who of her contacts is told, and what they are left with. */

static void nobody_is_told_before_the_block_list_is_read(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE " watchers = \"domain\";");
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_comes(&world, DESK, "<show>away</show>");
	if (world.n_watch > 0)
		world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void a_first_contact_is_told_from_the_next_edge_on(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, nobody);
	world_pass(&world, 601000);
	(void)world_sent(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	scene_lists(&world, bob_alone);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void an_old_list_is_read_again_before_a_meeting_is_shown(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, bob_alone);
	world_pass(&world, 601000);
	(void)world_sent(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	scene_lists(&world, nobody);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void an_old_list_is_read_again_before_an_original_is_given_back(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_meeting(&world, USER_MODE, 3000);
	world_pass(&world, 601000);
	(void)world_sent(&world);
	world_meeting(&world, 0, 0, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	scene_lists(&world, nobody);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "type='unavailable'"));
	assert_false(world_has_presence(sent, DESK, BOB, "at my desk"));
	world_end(&world);
}

static void an_old_list_still_counts_where_a_newer_one_is_refused(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, bob_alone);
	world_pass(&world, 601000);
	(void)world_sent(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	world_refuse(&world, ALICE, "forbidden");
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void nobody_is_told_where_the_block_list_is_refused(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_refuse(&world, ALICE, "forbidden");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void a_server_that_knows_no_block_lists_blocks_nobody(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_answer(&world, ALICE,
		"<privilege xmlns='urn:xmpp:privilege:2'><forwarded "
		"xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' "
		"id='blocklist'><error type='cancel'><service-unavailable "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq></forwarded>"
		"</privilege>");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_refused_block_list_does_not_matter_where_blocking_is_ignored(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE " ignore_blocking = true;");
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_refuse(&world, ALICE, "forbidden");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_blocked_domain_is_not_told(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_blocked(&world, ALICE, "<item jid='example.test'/>");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void an_old_contact_list_is_read_again_before_the_edge(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE " roster_max_age = 60;");
	scene_lists(&world, bob_alone);
	world_meeting(&world, 1000, 2000, GATEWAY_BUSY_BUSY);
	world_pass(&world, 1000 * 1000 - 30001);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 1);
	assert_non_null(strstr(world_sent(&world), "jabber:iq:roster"));
	scene_lists(&world, nobody);
	world_pass(&world, 30000);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

static void a_list_that_is_old_at_once_is_read_once_before_the_edge(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE " roster_max_age = 1;");
	scene_lists(&world, bob_alone);
	world_meeting(&world, 20, 2000, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 19000);
	assert_non_null(strstr(world_sent(&world), "jabber:iq:roster"));
	scene_lists(&world, bob_alone);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 1000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_refused_list_is_not_asked_for_again_and_again(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE " roster_max_age = 60;");
	scene_lists(&world, bob_alone);
	world_meeting(&world, 1000, 2000, GATEWAY_BUSY_BUSY);
	world_pass(&world, 980000);
	assert_non_null(strstr(world_sent(&world), "jabber:iq:roster"));
	world_refuse(&world, ALICE, "internal-server-error");
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 20000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_contact_removed_in_a_meeting_hears_no_more_of_her(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE " roster_max_age = 30;", 45);
	world_pass(&world, 15000);
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_comes(&world, DESK, "<show>away</show>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_goes(&world, DESK);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_told_before_the_block_list_is_read),
		cmocka_unit_test(a_first_contact_is_told_from_the_next_edge_on),
		cmocka_unit_test(an_old_list_is_read_again_before_a_meeting_is_shown),
		cmocka_unit_test(
			an_old_list_is_read_again_before_an_original_is_given_back),
		cmocka_unit_test(an_old_list_still_counts_where_a_newer_one_is_refused),
		cmocka_unit_test(nobody_is_told_where_the_block_list_is_refused),
		cmocka_unit_test(a_server_that_knows_no_block_lists_blocks_nobody),
		cmocka_unit_test(
			a_refused_block_list_does_not_matter_where_blocking_is_ignored),
		cmocka_unit_test(a_blocked_domain_is_not_told),
		cmocka_unit_test(an_old_contact_list_is_read_again_before_the_edge),
		cmocka_unit_test(a_list_that_is_old_at_once_is_read_once_before_the_edge),
		cmocka_unit_test(a_refused_list_is_not_asked_for_again_and_again),
		cmocka_unit_test(a_contact_removed_in_a_meeting_hears_no_more_of_her),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
