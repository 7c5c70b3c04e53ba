#include "component/moved.h"
#include "test.h"

/* Where mailboxes are that are not where the configuration has them. */

static void a_mailbox_that_moved_is_found_and_nothing_flickers(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 7200, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	refuse(world);
	assert_int_equal(world->n_unwatch, 1);
	assert_int_equal(world->watched_gateway, BRANCH);
	assert_int_equal(world->watched_last_read, 0);
	expect_why(world, "by gateway branch, where it is looked for");
	world_meeting(world, -10, 7200, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(world), "");
	expect_why(world, "by gateway branch, where it was found: gateway hq does not");
	world_pass(world, 600000);
	assert_int_equal(world->n_watch, 2);
}

static void a_pinned_mailbox_stays(void **state)
{
	struct world *world = *state;

	world_begin_with(world,
		FOUR "users = ( { jid = \"" ALICE
		     "\"; mailbox = \"a@example.com\"; gateway = \"old\"; } );\n",
		ANYONE);
	present(world);
	assert_int_equal(world->watched_gateway, OLD);
	refuse(world);
	assert_int_equal(world->n_watch, 1);
	assert_int_equal(world->n_unwatch, 0);
}

static void a_home_that_is_down_stays_home(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	health(world, BRANCH, GATEWAY_DOWN);
	world_pass(world, 300000);
	assert_int_equal(world->n_watch, 2);
}

static void a_mailbox_that_comes_back_is_found_again(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	refuse(world);
	assert_int_equal(world->watched_gateway, HQ);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	world_restart(world);
	present(world);
	assert_int_equal(world->watched_gateway, HQ);
}

static void a_home_outlives_a_restart(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	world_restart(world);
	present(world);
	assert_int_equal(world->watched_gateway, BRANCH);
	expect_why(world, "by gateway branch, where it was found");
}

static void a_home_ends_with_what_allowed_it(void **state)
{
	static const char *const others[] = {/* it serves other people now */
		DOMAINS "gateways = ( " GATEWAY("hq", "") ", " GATEWAY(
			"branch", "\"c.org\"") " );\n",
		/* she is pinned */
		FOUR "users = ( { jid = \"" ALICE
		     "\"; mailbox = \"alice@example.com\"; gateway = \"hq\"; } );\n",
		/* she has another mailbox */
		FOUR "users = ( { jid = \"" ALICE
		     "\"; mailbox = \"alison@example.com\"; } );\n",
		/* it is not there any more */
		DOMAINS "gateways = ( " GATEWAY("hq", "") " );\n"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct world *world = *state;

		begin(world);
		refuse(world);
		world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
		world_restart_with(world, others[i], ANYONE);
		present(world);
		assert_int_equal(world->watched_gateway, HQ);
		world_restart_with(world, FOUR, ANYONE); // it is not remembered
		present(world);
		assert_int_equal(world->watched_gateway, HQ);
		world_end(world);
	}
}

static void who_is_forgotten_has_no_home(void **state)
{
	struct world *world = *state;

	begin(world);
	refuse(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	assert_true(engine_forget(world->engine, ALICE));
	present(world);
	assert_int_equal(world->watched_gateway, HQ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_mailbox_that_moved_is_found_and_nothing_flickers),
		world_test(a_pinned_mailbox_stays),
		world_test(a_home_that_is_down_stays_home),
		world_test(a_mailbox_that_comes_back_is_found_again),
		world_test(a_home_outlives_a_restart),
		world_test(a_home_ends_with_what_allowed_it),
		world_test(who_is_forgotten_has_no_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
