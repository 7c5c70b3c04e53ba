#include "base/log.h"
#include "component/moved.h"
#include "test.h"

#include <stdio.h>

/* Looking for mailboxes that Exchange does not have where they were. */

static void gateways_are_asked_in_the_order_of_their_fitness(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse_everywhere(world);
}

static void after_a_round_it_is_tried_slowly_at_the_first(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse_everywhere(world);
	assert_int_equal(world->n_watch, 4);
	assert_int_equal(world->watched_not_before, WORLD_NOW + 3600);
	expect_why(world, "next try: ");
	engine_worker_started(world->engine, HQ);
	assert_int_equal(world->watched_not_before, WORLD_NOW + 3600);
	world_pass(world, 3600 * 1000);
	refuse_everywhere(world);
	assert_int_equal(world->n_watch, 8);
}

static void nobody_is_asked_twice_within_an_hour(void **state)
{
	struct world *world = *state;

	begin(world);
	answer(world, &moving, 15);
	refuse(world);
	refuse(world);
	assert_int_equal(world->watched_gateway, HQ);
	assert_int_equal(world->watched_not_before, WORLD_NOW + 15);
	for (unsigned i = 0; i < 10; i++) {
		world_pass(world, 300000);
		answer(world, &moving, 300);
	}
	assert_int_equal(world->n_watch, 4);
	assert_int_equal(world->n_unwatch, 3);
	world_pass(world, 600000);
	answer(world, &moving, 300);
	assert_int_equal(world->watched_gateway, BRANCH);
}

static void other_failures_move_nothing(void **state)
{
	static const struct gateway_failure refused = {.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorNoFreeBusyAccess",
		.text = "no access"};
	struct world *world = *state;

	begin(world);
	answer(world, &refused, 3600);
	health(world, HQ, GATEWAY_DOWN);
	assert_int_equal(world->n_watch, 1);
}

static void who_cannot_read_it_is_no_home_either(void **state)
{
	static const struct gateway_failure refused = {.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorNoFreeBusyAccess",
		.text = "no access"};
	static const struct gateway_failure slow = {.fault = GATEWAY_FAULT_TRANSIENT,
		.code = "ErrorTimeoutExpired",
		.text = ""};
	struct world *world = *state;

	begin(world);
	refuse(world);
	answer(world, &refused, 3600);
	assert_int_equal(world->watched_gateway, OLD);
	answer(world, &slow, 15); // tries again by itself
	assert_int_equal(world->watched_gateway, OLD);
	world_pass(world, 179999);
	assert_int_equal(world->watched_gateway, OLD);
	world_pass(world, 1);
	assert_int_equal(world->watched_gateway, HQ);
	expect_why(world, "ErrorMailRecipientNotFound");
}

static void a_gateway_that_is_down_has_said_nothing(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, BRANCH, GATEWAY_DOWN);
	refuse(world);
	assert_int_equal(world->watched_gateway, OLD);
	health(world, OLD, GATEWAY_DOWN);
	assert_int_equal(world->watched_gateway, BRANCH); // where it waits
	health(world, HQ, GATEWAY_UP);                    // which does not have it
	health(world, OTHER, GATEWAY_UP);                 // which may not have it
	assert_int_equal(world->watched_gateway, BRANCH);
	health(world, OLD, GATEWAY_UP);
	assert_int_equal(world->watched_gateway, OLD);
	health(world, BRANCH, GATEWAY_UP); // it has its turn
	assert_int_equal(world->watched_gateway, OLD);
	refuse(world);
	assert_int_equal(world->watched_gateway, BRANCH);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_mailbox_waits_for_the_gateway_that_is_down(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, OLD, GATEWAY_DOWN);
	refuse(world);
	refuse(world);
	assert_int_equal(world->watched_gateway, OLD);
	health(world, OLD, GATEWAY_UP);
	assert_int_equal(world->n_watch, 3); // its worker knows already
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_why(world, "by gateway old, where it was found");
}

static void a_mailbox_waits_an_hour_and_is_looked_for_again(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, OLD, GATEWAY_DOWN);
	refuse(world);
	refuse(world);
	world_pass(world, 3600 * 1000 - 1);
	assert_int_equal(world->watched_gateway, OLD);
	world_pass(world, 1);
	assert_int_equal(world->watched_gateway, HQ);
	refuse(world);
	refuse(world);
	assert_int_equal(world->watched_gateway, OLD);
}

static void a_mailbox_that_may_arrive_soon_waits_at_the_first(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, BRANCH, GATEWAY_DOWN);
	answer(world, &moving, 15);
	refuse(world);
	assert_int_equal(world->watched_gateway, HQ);
	assert_int_equal(world->watched_not_before, WORLD_NOW + 15);
}

static void a_mailbox_that_is_here_and_there_settles_for_the_hour(void **state)
{
	struct world *world = *state;
	unsigned n_watch;

	begin(world);
	for (unsigned i = 0; i < 4; i++) {
		refuse(world);
		world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	}
	n_watch = world->n_watch;
	refuse(world);
	assert_int_equal(world->n_watch, n_watch);
	world_pass(world, 3600 * 1000);
	refuse(world);
	assert_int_equal(world->n_watch, n_watch + 1);
}

static void who_goes_offline_is_not_looked_for(void **state)
{
	struct world *world = *state;

	begin(world);
	for (unsigned i = HQ; i <= OLD; i++)
		health(world, i, GATEWAY_UP); // nobody has to be asked whether it is
	refuse(world);
	world_goes(world, ALICE "/desk");
	assert_int_equal(world->n_unwatch, 2);
	world_pass(world, 180000);
	refuse(world); // too late
	assert_int_equal(world->n_watch, 2);
	world_comes(world, ALICE "/desk", "");
	assert_int_equal(world->watched_gateway, HQ);
}

static void each_find_and_loss_is_said_once(void **state)
{
	struct world *world = *state;
	char text[4096];
	FILE *log = tmpfile();
	size_t n;
	size_t lines = 0;

	assert_non_null(log);
	begin(world);
	log_setup(log, LOG_LEVEL_INFO, false);
	refuse_everywhere(world);
	world_pass(world, 3600 * 1000);
	refuse_everywhere(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	log_setup(stderr, LOG_LEVEL_WARNING, false);
	rewind(log);
	n = fread(text, 1, sizeof(text) - 1, log);
	text[n] = '\0';
	(void)fclose(log);
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 2);
	assert_non_null(strstr(text, "is at none of the gateways that answer"));
	assert_non_null(strstr(text, "a mailbox was found jid=\"" ALICE "\""));
}

static void refusal(struct world *world, unsigned gateway)
{
	const struct gateway_state state = {.health = GATEWAY_DOWN,
		.fault = GATEWAY_FAULT_CONFIG,
		.code = "",
		.text = "EWS is not allowed",
		.server_version = ""};

	engine_on_gateway(world->engine, gateway,
		&(struct gateway_message){.type = GATEWAY_STATE, .state = state});
	world_turn(world);
}

static void who_is_at_a_gateway_that_refuses_everybody_is_looked_for(void **state)
{
	struct world *world = *state;

	begin(world);
	refusal(world, OTHER); // where she is not
	assert_int_equal(world->n_watch, 1);
	refusal(world, HQ);
	assert_int_equal(world->watched_gateway, BRANCH);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_why(world, "by gateway branch, where it was found");
	health(world, HQ, GATEWAY_UP); // she stays where she is read
	assert_int_equal(world->n_watch, 2);
}

static void who_comes_while_a_gateway_refuses_is_looked_for_at_once(void **state)
{
	struct world *world = *state;

	world_begin_with(world, FOUR, ANYONE);
	refusal(world, HQ);
	present(world);
	assert_int_equal(world->watched_gateway, BRANCH);
}

static void whom_nobody_else_has_waits_where_she_was_refused(void **state)
{
	struct world *world = *state;

	begin(world);
	refusal(world, HQ);
	refuse(world);
	assert_int_equal(world->watched_gateway, OLD);
	refuse(world);
	assert_int_equal(world->watched_gateway, HQ);
	refusal(world, HQ); // said again: nobody is asked for that
	assert_int_equal(world->watched_gateway, HQ);
	world_pass(world, 3600 * 1000);
	assert_int_equal(world->watched_gateway, BRANCH);
	refuse(world);
	refuse(world);
	health(world, HQ, GATEWAY_UP);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_why(world, "In a meeting");
}

static void where_nobody_else_answers_she_stays(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, BRANCH, GATEWAY_DOWN);
	refusal(world, OLD);
	refusal(world, HQ);
	assert_int_equal(world->n_watch, 1);
	health(world, BRANCH, GATEWAY_UP);
	assert_int_equal(world->watched_gateway, BRANCH);
}

static void a_gateway_that_was_down_before_may_turn_out_to_refuse(void **state)
{
	struct world *world = *state;

	begin(world);
	health(world, HQ, GATEWAY_DOWN);
	assert_int_equal(world->n_watch, 1);
	refusal(world, HQ);
	assert_int_equal(world->watched_gateway, BRANCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(gateways_are_asked_in_the_order_of_their_fitness),
		world_test(after_a_round_it_is_tried_slowly_at_the_first),
		world_test(nobody_is_asked_twice_within_an_hour),
		world_test(other_failures_move_nothing),
		world_test(who_cannot_read_it_is_no_home_either),
		world_test(a_gateway_that_is_down_has_said_nothing),
		world_test(a_mailbox_waits_for_the_gateway_that_is_down),
		world_test(a_mailbox_waits_an_hour_and_is_looked_for_again),
		world_test(a_mailbox_that_may_arrive_soon_waits_at_the_first),
		world_test(a_mailbox_that_is_here_and_there_settles_for_the_hour),
		world_test(who_goes_offline_is_not_looked_for),
		world_test(each_find_and_loss_is_said_once),
		world_test(who_is_at_a_gateway_that_refuses_everybody_is_looked_for),
		world_test(who_comes_while_a_gateway_refuses_is_looked_for_at_once),
		world_test(whom_nobody_else_has_waits_where_she_was_refused),
		world_test(where_nobody_else_answers_she_stays),
		world_test(a_gateway_that_was_down_before_may_turn_out_to_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
