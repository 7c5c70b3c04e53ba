#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* Mode `user` on a server that does not tell of lost sessions. */

static void begin(struct world *world)
{
	world_begin(world, "modes = [ \"user\" ]; ignore_blocking = true;");
	world_up_ejabberd(world);
	world_comes(world, BOB "/home", "");
	world_comes(world, DESK, "<status>at my desk</status>");
	(void)world_sent(world);
	world_roster(world, ALICE, bob_alone);
	world_pass(world, 60000);
	(void)world_sent(world);
}

/* The server is asked for the client within a second, and knows nothing of it. */
static void refuse_desk(struct world *world)
{
	(void)world_sent(world);
	world_pass(world, 1000);
	assert_non_null(strstr(world_sent(world), "disco#info"));
	world_refuse(world, DESK, "service-unavailable");
}

static void a_client_that_is_overlaid_is_asked_for_at_once(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	refuse_desk(&world);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_client_that_gets_its_original_back_is_asked_for_at_once(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	world_pass(&world, 1000);
	(void)world_sent(&world);
	world_answer(
		&world, DESK, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	world_pass(&world, 29000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	refuse_desk(&world);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_client_that_spoke_right_before_it_was_lost_is_asked_for(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	world_comes(&world, DESK, "<show>away</show>");
	refuse_desk(&world);
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

static void an_overlay_that_overtook_the_original_is_said_again(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	world_comes(&world, DESK, "<show>away</show>");
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_pass(&world, 300);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

static void a_client_that_speaks_may_be_another_session(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_comes(&world, BOB "/home", "");
	assert_true(world_has_presence(
		world_sent(&world), DESK, BOB "/home", "In a meeting"));
	world_end(&world);
}

static void a_doubtful_client_is_shown_to_who_comes_once_it_answers(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 600, GATEWAY_BUSY_BUSY);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	world_up_ejabberd(&world);
	(void)world_sent(&world);
	world_comes(&world, BOB "/phone", "");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB "/phone", ""));
	world_pass(&world, 1000);
	(void)world_sent(&world);
	world_answer(
		&world, DESK, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_end(&world);
}

/* ejabberd's roster privilege repeats to us what it tells one contact: that she blocked
 * or removed him, or that her session was lost. */
static void begin_with_the_servers_word(struct world *world)
{
	begin(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	world_pass(world, 1000);
	world_answer(world, DESK, "");
	(void)world_sent(world);
	world_says(world, DESK, SELF, "unavailable");
}

static void she_is_there_though_the_server_told_a_contact_otherwise(void **state)
{
	struct world world;

	(void)state;
	begin_with_the_servers_word(&world);
	world_answer(&world, DESK, "");
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_meeting(&world, -10, 60, GATEWAY_BUSY_OOF);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "Out of office"));
	world_end(&world);
}

static void she_is_gone_if_the_server_says_so_when_asked(void **state)
{
	struct world world;

	(void)state;
	begin_with_the_servers_word(&world);
	world_refuse(&world, DESK, "service-unavailable");
	assert_true(
		world_has_presence(world_sent(&world), DESK, BOB, "type='unavailable'"));
	world_end(&world);
}

/* All of it in one turn of the loop, so that nothing has left when the next is said. */
static void a_greeting_that_waits_is_no_ghost_either(void **state)
{
	struct world world;
	const char *sent;
	const char *gone;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	world_comes(&world, BOB "/home", "<show>away</show>");
	world_goes(&world, DESK);
	sent = world_sent(&world);
	gone = strstr(sent, "type='unavailable' from='" DESK "'");
	assert_non_null(gone);
	assert_false(world_has_presence(gone, DESK, BOB "/home", ""));
	world_end(&world);
}

/* He may have come on another one while nobody told us. */
static void an_overlay_is_taken_back_though_no_client_of_his_is_known(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "In a meeting"));
	world_goes(&world, BOB "/home");
	world_meeting(&world, -10, 30, GATEWAY_BUSY_OOF);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "Out of office"));
	world_pass(&world, 30000);
	assert_true(world_has_presence(world_sent(&world), DESK, BOB, "at my desk"));
	world_end(&world);
}

static void nothing_is_given_to_whom_nothing_was_shown(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	world_goes(&world, BOB "/home");
	(void)world_sent(&world);
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	world_pass(&world, 30000);
	assert_false(world_has_presence(world_sent(&world), DESK, BOB, ""));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(she_is_there_though_the_server_told_a_contact_otherwise),
		cmocka_unit_test(she_is_gone_if_the_server_says_so_when_asked),
		cmocka_unit_test(a_greeting_that_waits_is_no_ghost_either),
		cmocka_unit_test(a_client_that_is_overlaid_is_asked_for_at_once),
		cmocka_unit_test(
			a_client_that_gets_its_original_back_is_asked_for_at_once),
		cmocka_unit_test(
			a_client_that_spoke_right_before_it_was_lost_is_asked_for),
		cmocka_unit_test(an_overlay_that_overtook_the_original_is_said_again),
		cmocka_unit_test(a_client_that_speaks_may_be_another_session),
		cmocka_unit_test(a_doubtful_client_is_shown_to_who_comes_once_it_answers),
		cmocka_unit_test(
			an_overlay_is_taken_back_though_no_client_of_his_is_known),
		cmocka_unit_test(nothing_is_given_to_whom_nothing_was_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
