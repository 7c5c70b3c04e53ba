#include "component/engine_scene.h"
#include "component/presence/user_view.h"
#include "test.h"

#include <string.h>

/* Mode `user`: what becomes of overlays when streams, clients and people come and go. */

static void a_restart_in_a_meeting_never_shows_her_offline(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	(void)world_sent(&world);
	world_comes(&world, DESK, "<status>at my desk</status>");
	(void)world_sent(&world);
	world_dump_ends(&world);
	assert_false(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	/* However long her contact list takes, the meeting ends. */
	world_pass(&world, 600000);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "at my desk"));
	world_end(&world);
}

static void a_contact_who_came_while_we_were_down_is_told(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, BOB "/phone", "");
	(void)world_sent(&world);
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	(void)world_sent(&world);
	scene_lists(&world, bob_alone);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_stream_lost_in_a_meeting_is_taken_up_again(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	(void)world_sent(&world);
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "In a meeting"));
	assert_false(world_has_presence(sent, DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void people_who_were_online_before_are_not_greeted_at_connect(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_pass(&world, 300);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB "/home", ""));
	world_end(&world);
}

static void forgetting_somebody_in_a_meeting_shows_her_own_presence(void **state)
{
	struct world world;
	struct buf why;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	assert_true(engine_forget(world.engine, ALICE));
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	buf_init(&why, 65536);
	assert_false(engine_why(world.engine, ALICE, false, &why));
	buf_finish(&why);
	assert_false(engine_forget(world.engine, ALICE));
	world_end(&world);
}

static void somebody_whose_contacts_are_being_read_can_be_forgotten(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	assert_true(engine_forget(world.engine, ALICE));
	world_comes(&world, DESK, "<show>away</show>");
	(void)world_sent(&world);
	scene_lists(&world, bob_alone);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void people_in_the_queue_for_their_contacts_can_be_forgotten(void **state)
{
	struct world world;
	char jid[64];

	(void)state;
	scene_pair(&world, USER_MODE);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test/x", i);
		world_comes(&world, jid, "");
	}
	for (int i = 39; i >= 10; i -= 2) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test", i);
		assert_true(engine_forget(world.engine, jid));
	}
	(void)world_sent(&world);
	for (int i = 0; i < 12; i++) {
		world_pass(&world, 20000);
		(void)world_sent(&world);
	}
	world_end(&world);
}

static void each_client_has_an_overlay_of_its_own(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, bob_alone);
	world_comes(&world, ALICE "/phone",
		"<show>xa</show><status>gone</status><priority>-5</priority>");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_OOF);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "<show>away</show>"));
	assert_true(world_has_presence(sent, ALICE "/phone", BOB, "<show>xa</show>"));
	assert_true(world_has_presence(sent, ALICE "/phone", BOB, "Out of office"));
	assert_true(
		world_has_presence(sent, ALICE "/phone", BOB, "<priority>-5</priority>"));
	world_goes(&world, ALICE "/phone");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, ALICE "/phone", BOB, "type='unavailable'"));
	assert_false(world_has_presence(sent, DESK, BOB, ""));
	world_pass(&world, 60000);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "at my desk"));
	assert_false(world_has_presence(sent, ALICE "/phone", BOB, ""));
	world_end(&world);
}

static void a_second_client_of_a_contact_is_greeted_alone(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_comes(&world, BOB "/phone", "");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB "/phone", "In a meeting"));
	assert_false(world_has_presence(sent, DESK, BOB, ""));
	world_goes(&world, BOB "/phone");
	world_pass(&world, 300);
	assert_string_equal(world_sent(&world), "");
	world_end(&world);
}

static void a_contact_who_was_away_from_the_start_sees_the_end(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_pair(&world, USER_MODE);
	world_goes(&world, BOB "/home");
	scene_lists(&world, bob_alone);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(&world), "");
	world_comes(&world, BOB "/home", "");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB "/home", "In a meeting"));
	assert_false(world_has_presence(sent, DESK, BOB, ""));
	world_pass(&world, 60000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_end(&world);
}

static void her_own_dnd_in_a_meeting_is_the_original(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	scene_meeting(&world, USER_MODE, 60);
	world_comes(&world, DESK, "<show>dnd</show><status>writing</status>");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, BOB, "writing"));
	assert_false(world_has_presence(sent, DESK, BOB, "In a meeting"));
	world_pass(&world, 60000);
	assert_string_equal(world_sent(&world), "");
	world_end(&world);
}

/* A connection that replaces one: the server may have said that she is back before it
 * gets our word that she is gone. */
static void a_client_that_is_back_at_once_is_shown_again(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_goes(&world, DESK);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_comes(&world, DESK, "<show>dnd</show>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	scene_lists(&world, bob_alone);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "<show>dnd</show>"));
	world_end(&world);
}

/* Who was told that she is back may be removed before the next list is read. */
static void who_was_shown_a_client_that_is_back_is_remembered(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_goes(&world, DESK);
	world_comes(&world, DESK, "<show>dnd</show>");
	(void)world_sent(&world);
	scene_lists(&world, bob_alone);
	world_restart(&world);
	world_dump_begins(&world);
	world_comes(&world, BOB "/home", "");
	world_comes(&world, DESK, "<show>dnd</show>");
	world_dump_ends(&world);
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_client_that_is_back_is_not_shown_to_whom_she_blocked(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_comes(&world, ALICE "/phone", "<show>dnd</show>");
	world_goes(&world, DESK);
	(void)world_sent(&world);
	world_comes(&world, DESK, "<show>dnd</show>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, "<show>"));
	world_roster(&world, ALICE, bob_alone);
	(void)world_sent(&world);
	world_blocked(&world, ALICE, "<item jid='" BOB "'/>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, "<show>"));
	world_end(&world);
}

static void a_client_that_is_back_after_a_while_is_the_servers_affair(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_goes(&world, DESK);
	world_pass(&world, USER_VIEW_GHOST_MS + 1);
	(void)world_sent(&world);
	world_comes(&world, DESK, "<show>dnd</show>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

/* He may be a contact again, which no server reports: a word of ours would be wrong. */
static void a_client_that_is_back_is_not_shown_to_whom_her_list_has_no_more(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_goes(&world, DESK);
	world_comes(&world, ALICE "/phone", "<show>dnd</show>");
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	(void)world_sent(&world);
	world_comes(&world, DESK, "<show>dnd</show>");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_client_that_is_back_is_not_shown_to_whom_her_list_has_no_more),
		cmocka_unit_test(a_client_that_is_back_at_once_is_shown_again),
		cmocka_unit_test(a_client_that_is_back_is_not_shown_to_whom_she_blocked),
		cmocka_unit_test(who_was_shown_a_client_that_is_back_is_remembered),
		cmocka_unit_test(
			a_client_that_is_back_after_a_while_is_the_servers_affair),
		cmocka_unit_test(a_restart_in_a_meeting_never_shows_her_offline),
		cmocka_unit_test(a_contact_who_came_while_we_were_down_is_told),
		cmocka_unit_test(a_stream_lost_in_a_meeting_is_taken_up_again),
		cmocka_unit_test(
			people_who_were_online_before_are_not_greeted_at_connect),
		cmocka_unit_test(forgetting_somebody_in_a_meeting_shows_her_own_presence),
		cmocka_unit_test(somebody_whose_contacts_are_being_read_can_be_forgotten),
		cmocka_unit_test(people_in_the_queue_for_their_contacts_can_be_forgotten),
		cmocka_unit_test(each_client_has_an_overlay_of_its_own),
		cmocka_unit_test(a_second_client_of_a_contact_is_greeted_alone),
		cmocka_unit_test(a_contact_who_was_away_from_the_start_sees_the_end),
		cmocka_unit_test(her_own_dnd_in_a_meeting_is_the_original),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
