#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* A server that does not tell of lost sessions: whether her clients are still there. */

/* On ejabberd, bob watches alice. */
static void begin(struct world *world)
{
	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void an_unconfirmed_client_is_asked_and_taken_away(void **state)
{
	struct world *world = *state;

	begin(world);
	world_restart(world);
	world_up_ejabberd(world);
	/* What was last known is the best there is... */
	expect_presence(world_sent(world), SHOWN, BOB, "<c ");
	/* ... until the server says that the client is gone. */
	world_pass(world, 1000);
	assert_non_null(strstr(world_sent(world), "disco#info"));
	world_refuse(world, DESK, "service-unavailable");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void an_unconfirmed_client_that_answers_stays(void **state)
{
	struct world *world = *state;

	begin(world);
	world_down(world);
	world_up_ejabberd(world);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 1000);
	world_answer(
		world, DESK, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	for (int i = 0; i < 300; i++)
		world_pass(world, 1000);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

/* ejabberd's roster privilege repeats to us what it tells one contact: that she blocked
 * or removed him, or that her session was lost. Her own words are in her language. */
static void the_servers_word(struct world *world)
{
	begin(world);
	world_says(world, DESK, SELF, "unavailable");
	expect_no_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void she_is_there_though_the_server_told_a_contact_otherwise(void **state)
{
	struct world *world = *state;

	the_servers_word(world);
	world_answer(world, DESK, "");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_meeting(world, -10, 60, GATEWAY_BUSY_OOF);
	expect_presence(world_sent(world), SHOWN, BOB, "Out of office");
}

static void she_is_gone_if_the_server_says_so_when_asked(void **state)
{
	struct world *world = *state;

	the_servers_word(world);
	world_refuse(world, DESK, "service-unavailable");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void what_she_says_herself_is_believed(void **state)
{
	struct world *world = *state;

	begin(world);
	world_goes(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_unconfirmed_client_is_asked_and_taken_away),
		world_test(an_unconfirmed_client_that_answers_stays),
		world_test(she_is_there_though_the_server_told_a_contact_otherwise),
		world_test(she_is_gone_if_the_server_says_so_when_asked),
		world_test(what_she_says_herself_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
