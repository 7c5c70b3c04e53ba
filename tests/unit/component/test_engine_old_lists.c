#include "component/engine_scene.h"
#include "test.h"

/* Nobody is shown anything by a contact list that is too old, unless a newer one is
 * refused. */

#define TOO_OLD_MS 601000

/* Her list was read when bob was admitted, and has grown too old since.
 */
static void begin_component(struct world *world)
{
	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, TOO_OLD_MS);
	(void)world_sent(world);
}

static void who_was_removed_long_ago_is_not_told_what_she_says(void **state)
{
	struct world *world = *state;

	begin_component(world);
	world_comes(world, DESK, "<status>a secret</status>");
	scene_lists(world, nobody);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='unsubscribed'");
	expect_no_presence(buf_text(&world->all), SHOWN, BOB, "a secret");
}

static void who_is_still_a_contact_is_told_once_that_is_known(void **state)
{
	struct world *world = *state;

	begin_component(world);
	world_comes(world, DESK, "<status>a secret</status>");
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "a secret");
}

static void an_old_list_counts_where_there_is_no_newer_one(void **state)
{
	struct world *world = *state;

	begin_component(world);
	world_comes(world, DESK, "<status>a secret</status>");
	world_refuse(world, ALICE, "forbidden");
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "a secret");
}

static void that_she_left_waits_for_no_list(void **state)
{
	struct world *world = *state;

	begin_component(world);
	world_goes(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void who_probes_by_an_old_list_is_answered_by_the_new_one(void **state)
{
	struct world *world = *state;

	begin_component(world);
	world_says(world, BOB "/home", ALICE_MEET, "probe");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_pass(world, 1000);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void who_asks_by_an_old_list_waits_for_the_new_one(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, "eve@example.test", ALICE_MEET, "subscribe");
	scene_lists(world, bob_alone);
	world_pass(world, TOO_OLD_MS);
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	scene_lists(world, nobody);
	sent = world_sent(world);
	expect_no_presence(buf_text(&world->all), ALICE_MEET, BOB, "subscribed");
	expect_no_presence(sent, SHOWN, BOB, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(who_was_removed_long_ago_is_not_told_what_she_says),
		world_test(who_is_still_a_contact_is_told_once_that_is_known),
		world_test(an_old_list_counts_where_there_is_no_newer_one),
		world_test(that_she_left_waits_for_no_list),
		world_test(who_probes_by_an_old_list_is_answered_by_the_new_one),
		world_test(who_asks_by_an_old_list_waits_for_the_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
