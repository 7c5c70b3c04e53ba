#include "base/log.h"
#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* What time, and the lack of news, do to what is shown. */

static void begin(struct world *world)
{
	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
}

static void set_clock(struct world *world, int64_t by_ms)
{
	world->now.wall_ms += by_ms;
	engine_set_now(world->engine, world->now);
	engine_clock_jumped(world->engine);
	world_turn(world);
}

static void an_edge_without_a_stream_is_told_on_the_next(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world);
	world_meeting(world, 10, 600, GATEWAY_BUSY_BUSY);
	world_down(world);
	world_pass(world, 10000);
	assert_string_equal(world_sent(world), "");
	world_dump_begins(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_dump_ends(world);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "In a meeting");
	expect_no_presence(sent, SHOWN, BOB, "type='unavailable'");
}

/* bob, who sees alice in a meeting, is told that she is gone; ten minutes later she is
 * back, and her calendar is asked for. */
static void begin_back_in_a_meeting(struct world *world)
{
	begin(world);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
	world_goes(world, DESK);
	(void)world_sent(world);
	world_pass(world, 600000);
	world_comes(world, DESK, "<status>back</status>");
	assert_int_equal(world->watched_last_read, 0);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

static void whose_meeting_was_cancelled_meanwhile_is_not_shown_in_it(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_back_in_a_meeting(world);
	world_meeting(world, 3000, 3600, GATEWAY_BUSY_BUSY);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "back");
	expect_no_presence(sent, SHOWN, BOB, "In a meeting");
}

static void what_was_read_before_counts_where_nothing_newer_comes(void **state)
{
	for (int fails = 0; fails < 2; fails++) {
		struct world *world = *state;

		begin_back_in_a_meeting(world);
		if (fails) {
			engine_on_gateway(world->engine, 0,
				&(struct gateway_message){.type = GATEWAY_FAILURE,
					.failure = {.mailbox = world->watched,
						.fault = GATEWAY_FAULT_ANSWER,
						.code = "c",
						.text = "t"}});
		} else {
			world_pass(world, 5000);
		}
		expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
		world_end(world);
	}
}

static void a_first_watcher_is_admitted_before_her_calendar_is_read(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
	world_says(world, BOB, ALICE_MEET, "unsubscribe");
	world_pass(world, 600000);
	(void)world_sent(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
	assert_int_equal(world->watched_last_read, 0);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

/* As when a client loses its connection. */
static void who_is_back_soon_is_shown_at_once(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
	world_goes(world, DESK);
	(void)world_sent(world);
	world_pass(world, 10000);
	world_comes(world, DESK, "<status>back</status>");
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_clock_set_forward_brings_the_meeting(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, 600, 1200, GATEWAY_BUSY_BUSY);
	set_clock(world, 600000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	world_pass(world, 600000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_clock_set_back_takes_the_meeting_away_until_it_is_time(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 1200, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	set_clock(world, -600000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 589999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_stale_calendar_comes_back_with_the_next_reading(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	world_pass(world, 3600000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 100000);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_stale_calendar_stays_unknown_over_a_restart(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	world->now.wall_ms += 3600000;
	world_restart(world);
	world_dump_begins(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_dump_ends(world);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	assert_int_equal(world->watched_last_read, 0);
}

static void a_reading_from_the_future_is_not_believed(void **state)
{
	struct world *world = *state;

	begin(world);
	world->now.wall_ms += 10000;
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(world), "");
}

static void a_cancelled_meeting_ends_with_the_next_reading(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 600000);
	assert_string_equal(world_sent(world), "");
}

static void a_worker_that_comes_back_is_told_what_to_read(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	assert_int_equal(world->n_watch, 1);
	engine_worker_started(world->engine, 0);
	assert_int_equal(world->n_watch, 2);
	assert_int_equal(world->watched_last_read, WORLD_NOW);
}

static void many_stale_calendars_are_said_in_two_lines(void **state)
{
	struct world *world = *state;
	char text[4096];
	FILE *log = tmpfile();
	size_t n;

	assert_non_null(log);
	world_begin(world, "watchers = \"domain\";");
	world_up_prosody(world);
	for (unsigned i = 0; i < 100; i++) {
		char jid[64];

		(void)snprintf(jid, sizeof(jid), "p%u@example.test/desk", i);
		world_comes(world, jid, "");
		(void)snprintf(jid, sizeof(jid), "p%u@meet.example.test", i);
		world_says(world, BOB, jid, "subscribe");
		(void)world_sent(world);
		world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	}
	log_setup(log, LOG_LEVEL_WARNING, false);
	world_pass(world, 3600 * 1000);
	(void)world_sent(world);
	world_pass(world, 60 * 1000);
	log_setup(stderr, LOG_LEVEL_WARNING, false);
	rewind(log);
	n = fread(text, 1, sizeof(text) - 1, log);
	text[n] = '\0';
	(void)fclose(log);
	assert_non_null(strstr(text, "a calendar has grown stale"));
	assert_non_null(strstr(text, " 99 more calendars have grown stale"));
	assert_null(strchr(strchr(strchr(text, '\n') + 1, '\n') + 1, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_edge_without_a_stream_is_told_on_the_next),
		world_test(a_clock_set_forward_brings_the_meeting),
		world_test(a_clock_set_back_takes_the_meeting_away_until_it_is_time),
		world_test(a_stale_calendar_comes_back_with_the_next_reading),
		world_test(a_stale_calendar_stays_unknown_over_a_restart),
		world_test(a_reading_from_the_future_is_not_believed),
		world_test(a_cancelled_meeting_ends_with_the_next_reading),
		world_test(many_stale_calendars_are_said_in_two_lines),
		world_test(a_worker_that_comes_back_is_told_what_to_read),
		world_test(whose_meeting_was_cancelled_meanwhile_is_not_shown_in_it),
		world_test(what_was_read_before_counts_where_nothing_newer_comes),
		world_test(a_first_watcher_is_admitted_before_her_calendar_is_read),
		world_test(who_is_back_soon_is_shown_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
