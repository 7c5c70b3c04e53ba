#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* A reload takes back what the other configuration does not show any more. */

#define DOMAINS "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
#define ROOM "room1@" SELF

/* bob sees alice. */
static void begin(struct world *world)
{
	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void another_resource_leaves_no_ghost(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world);
	world_reload(world, DOMAINS, DOMAIN_POLICY "resource = \"cal\";");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	assert_null(strstr(sent, "unsubscribed"));
	scene_alice_again(world);
	expect_presence(world_sent(world), ALICE_MEET "/cal", BOB, "at my desk");
}

static void without_mode_component_contacts_are_hidden(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world);
	world_reload(world, DOMAINS, USER_MODE);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	assert_null(strstr(sent, "unsubscribed"));
	/* The subscription is there when the mode is on again. */
	world_reload(world, DOMAINS, DOMAIN_POLICY);
	scene_alice_again(world);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void whoever_is_served_no_more_is_gone(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world);
	world_reload(world,
		"users = ( { jid = \"bob@example.test\"; mailbox = \"b@example.com\"; } "
		");\n",
		DOMAIN_POLICY);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
}

static void a_room_that_is_taken_out_is_gone(void **state)
{
	struct world *world = *state;

	world_begin_with(world,
		DOMAINS
		"users = ( { mailbox = \"room1@example.com\"; name = \"Room 1\"; } );\n",
		DOMAIN_POLICY);
	world_up_prosody(world);
	world_says(world, BOB, ROOM, "subscribe");
	world_meeting(world, -10, 3000, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), ROOM "/calendar", BOB, "In use");
	world_reload(world, DOMAINS, DOMAIN_POLICY);
	expect_presence(world_sent(world), ROOM "/calendar", BOB, "type='unavailable'");
}

static void what_stays_the_same_is_not_touched(void **state)
{
	struct world *world = *state;

	begin(world);
	world_reload(world, DOMAINS, DOMAIN_POLICY);
	assert_string_equal(world_sent(world), "");
}

/* Who had no stream to be told on is told on the next. */
static void who_was_hidden_by_a_restart_is_told_later(void **state)
{
	struct world *world = *state;

	begin(world);
	world_down(world);
	world_reload(world, DOMAINS, DOMAIN_POLICY);
	world_up_prosody(world);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(another_resource_leaves_no_ghost),
		world_test(without_mode_component_contacts_are_hidden),
		world_test(whoever_is_served_no_more_is_gone),
		world_test(a_room_that_is_taken_out_is_gone),
		world_test(what_stays_the_same_is_not_touched),
		world_test(who_was_hidden_by_a_restart_is_told_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
