#include "component/engine_fixture.h"
#include "test.h"

#include <string.h>

/* What automatic replies do to what is shown. */

#define ALICE "alice@example.test"
#define DESK ALICE "/desk"
#define BOB "bob@example.test"
#define ALICE_MEET "alice@meet.example.test"
#define SHOWN ALICE_MEET "/calendar"
#define PUBLISH "watchers = \"domain\";"
#define INTERVAL_S 1800

static const char domains[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n";
static const char with_replies[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
	"calendar = { automatic_replies = true; };\n";
static const char of_another_mailbox[] =
	"domains = ( { im = \"example.test\"; mail = \"example.org\"; } );\n"
	"calendar = { automatic_replies = true; };\n";

static void come(struct world *world)
{
	world_dump_begins(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_dump_ends(world);
}

static void begin_as(struct world *world, const char *settings)
{
	world_begin_with(world, settings, PUBLISH);
	come(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
}

static void expect_shown(struct world *world, const char *part)
{
	const char *sent = world_sent(world);

	if (!world_has_presence(sent, SHOWN, BOB, part))
		fail_msg("no \"%s\" in: %s", part, sent);
}

static void expect_why(struct world *world, const char *part)
{
	const char *why = world_why(world, ALICE, false);

	if (strstr(why, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, why);
}

static void who_replies_is_out_of_office(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_shown(world, "In a meeting");
	world_replies(world, -10, 3600);
	expect_shown(world, "Out of office");
	expect_why(world, "automatic replies until 2027-01-15T09:00:00.000Z (in 60 min)");
	world_replies(world, 0, 0);
	expect_shown(world, "In a meeting");
	expect_why(world, "automatic replies: off; last heard of");
}

static void planned_replies_begin_and_end_on_the_second(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, 100, 200);
	expect_why(world, "automatic replies from 2027-01-15T08:01:40.000Z (in 100 s) "
			  "until 2027-01-15T08:03:20.000Z (in 3 min)");
	world_pass(world, 99999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_shown(world, "Out of office");
	world_pass(world, 99999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_shown(world, "at my desk");
}

static void replies_count_while_the_calendar_is_unknown(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	world_pass(world, 3000 * 1000);
	world_replies(world, -10, 80000);
	(void)world_sent(world);
	world_pass(world, 600 * 1000);
	assert_string_equal(world_sent(world), "");
	expect_why(world, "calendar: unknown");
	expect_why(world, "overlay: away, \"Out of office\"");
}

static void replies_that_are_not_heard_of_again_no_longer_count(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, -10, 10 * INTERVAL_S);
	expect_shown(world, "Out of office");
	world_pass(world, (int64_t)3 * INTERVAL_S * 1000 - 1);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_shown(world, "at my desk");
	expect_why(world, "automatic replies: unknown; last heard of");
}

static void plans_beyond_what_counts_change_nothing(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, 4 * INTERVAL_S, 5 * INTERVAL_S);
	world_pass(world, (int64_t)6 * INTERVAL_S * 1000);
	assert_string_equal(world_sent(world), "");
}

static void replies_survive_a_restart(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, -10, GATEWAY_TIME_MAX - WORLD_NOW);
	world_pass(world, 60 * 1000);
	world_restart(world);
	come(world);
	expect_shown(world, "Out of office");
	assert_int_equal(world->watched_replies_read, WORLD_NOW);
	expect_why(world, "automatic replies until further notice");
}

static void replies_of_another_mailbox_do_not_survive(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, -10, 3600);
	world_restart_with(world, of_another_mailbox, PUBLISH);
	come(world);
	expect_shown(world, "at my desk");
	assert_int_equal(world->watched_replies_read, 0);
}

static void switched_off_they_count_no_more(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world_replies(world, -10, 3600);
	expect_shown(world, "Out of office");
	world_restart_with(world, domains, PUBLISH);
	come(world);
	expect_shown(world, "at my desk");
}

static void a_word_from_the_future_is_not_believed(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_OOF,
			.oof = {.mailbox = world->watched,
				.at = WORLD_NOW + 2,
				.from = WORLD_NOW - 10,
				.to = WORLD_NOW + 3600}});
	assert_string_equal(world_sent(world), "");
}

static void what_nobody_is_watched_for_is_nobodys(void **state)
{
	struct world *world = *state;

	begin_as(world, with_replies);
	world->watched += 77;
	world_replies(world, -10, 3600);
	assert_string_equal(world_sent(world), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(who_replies_is_out_of_office),
		world_test(planned_replies_begin_and_end_on_the_second),
		world_test(replies_count_while_the_calendar_is_unknown),
		world_test(replies_that_are_not_heard_of_again_no_longer_count),
		world_test(plans_beyond_what_counts_change_nothing),
		world_test(replies_survive_a_restart),
		world_test(replies_of_another_mailbox_do_not_survive),
		world_test(switched_off_they_count_no_more),
		world_test(a_word_from_the_future_is_not_believed),
		world_test(what_nobody_is_watched_for_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
