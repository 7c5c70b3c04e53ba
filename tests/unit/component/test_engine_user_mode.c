#include "base/clock.h"
#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Mode `user`: what the module in the server is told to lay over people's presence. */

#define DOMAINS "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
#define ALICE_NONE "<person jid='" ALICE "'/>"
#define COMPLETE "<overlays xmlns='urn:calpresence:server:1' complete='true'/>"
#define ABILITIES                                             \
	"<ability name='overlays'/><ability name='clients'/>" \
	"<ability name='sees'/>"

/* Where another overlay follows, the one before is kept for so long. */
#define CHAIN_S 10
#define HOLD_MS 8000
/* Seconds from the world's begin to where begin() has brought it. */
#define BEGUN_S (HOLD_MS / 1000)

/* alice is online on a server with our module; her calendar is wanted, and what the
 * module may have from before was taken away. */
static void begin_with(struct world *world, const char *people)
{
	world_begin_with(world, people, USER_MODE);
	world_module_begins(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_ends(world);
	assert_string_equal(world->watched_address, "alice@example.com");
	world_pass(world, HOLD_MS);
	assert_string_equal(world_overlays(world), COMPLETE);
}

static void begin(struct world *world)
{
	begin_with(world, DOMAINS);
}

/* What is told of alice now is this show, until so many seconds from the world's begin.
 */
static void expect_told(
	struct world *world, const char *show, int64_t until, const char *text)
{
	const char *told = world_overlays(world);
	char time[CLOCK_TEXT_SIZE];
	char person[512];

	clock_print((WORLD_NOW + until) * 1000, time);
	(void)snprintf(person, sizeof(person),
		"<person jid='" ALICE "' show='%s' until='%s'><status>%s</status>"
		"</person>",
		show, time, text);
	if (strstr(told, person) == NULL)
		fail_msg("no %s in: %s", person, told);
}

static void expect_none_told(struct world *world)
{
	const char *told = world_overlays(world);

	if (strstr(told, "<person ") != NULL)
		fail_msg("told: %s", told);
}

/* Seconds since the world began. */
static int64_t now(const struct world *world)
{
	return world->now.wall_ms / 1000 - WORLD_NOW;
}

static void read_events(
	struct world *world, const struct gateway_event *events, unsigned n)
{
	int64_t at = world->now.wall_ms / 1000;
	const struct gateway_calendar calendar = {
		.mailbox = world->watched,
		.read_at = at,
		.from = at - 3600,
		.to = at + 86400,
		.n = n,
		.events = events,
	};

	engine_on_gateway(world->engine, world->watched_gateway,
		&(struct gateway_message){
			.type = GATEWAY_CALENDAR, .calendar = calendar});
}

/* ------------------------------------------------------------------ edges */

static void an_overlay_is_told_at_the_edge_and_taken_back_at_its_end(void **state)
{
	struct world *world = *state;
	int64_t end;

	begin(world);
	world_meeting(world, 10, 20, GATEWAY_BUSY_BUSY);
	end = now(world) + 20;
	expect_none_told(world);
	world_pass(world, 9999);
	expect_none_told(world);
	world_pass(world, 1);
	expect_told(world, "dnd", end, "In a meeting");
	world_pass(world, 9999);
	expect_none_told(world);
	world_pass(world, 1);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
	world_pass(world, 60000);
	expect_none_told(world);
}

/* Nothing goes out under her address, nor is anything asked of her. */
static void nothing_but_overlays_is_said(void **state)
{
	struct world *world = *state;

	begin(world);
	(void)world_sent(world);
	world_meeting(world, -10, 20, GATEWAY_BUSY_BUSY);
	world_module_client(world, DESK, "<show>away</show>");
	world_pass(world, 20000);
	(void)world_overlays(world);
	(void)world_sent(world);
	assert_null(strstr(buf_text(&world->all), "<presence"));
	assert_null(strstr(buf_text(&world->all), "jabber:iq:roster"));
	assert_null(strstr(buf_text(&world->all), "<sees "));
}

static void another_overlay_follows_without_a_gap(void **state)
{
	struct world *world = *state;

	begin(world);
	const struct gateway_event events[] = {
		{.start = WORLD_NOW + BEGUN_S - 10,
			.end = WORLD_NOW + BEGUN_S + 100,
			.busy = GATEWAY_BUSY_BUSY},
		{.start = WORLD_NOW + BEGUN_S + 100,
			.end = WORLD_NOW + BEGUN_S + 300,
			.busy = GATEWAY_BUSY_OOF},
	};
	read_events(world, events, 2);
	expect_told(world, "dnd", BEGUN_S + 100 + CHAIN_S, "In a meeting");
	world_pass(world, 100000);
	expect_told(world, "away", BEGUN_S + 300, "Out of office");
	world_pass(world, 200000);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

/* Two meetings in a row are one overlay. */
static void the_same_overlay_is_told_once(void **state)
{
	struct world *world = *state;

	begin(world);
	const struct gateway_event events[] = {
		{.start = WORLD_NOW + BEGUN_S - 10,
			.end = WORLD_NOW + BEGUN_S + 100,
			.busy = GATEWAY_BUSY_BUSY},
		{.start = WORLD_NOW + BEGUN_S + 100,
			.end = WORLD_NOW + BEGUN_S + 300,
			.busy = GATEWAY_BUSY_BUSY},
	};
	read_events(world, events, 2);
	expect_told(world, "dnd", BEGUN_S + 300, "In a meeting");
	world_pass(world, 100000);
	expect_none_told(world);
}

static void an_overlay_that_keeps_her_show_is_the_most_reachable(void **state)
{
	struct world *world = *state;
	int64_t t;

	begin_with(world, DOMAINS "mapping = { busy = { show = \"keep\"; status = "
				  "\"In a meeting\"; }; };\n");
	t = now(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_told(world, "chat", t + 60, "In a meeting");
}

static void texts_of_many_languages_are_told(void **state)
{
	struct world *world = *state;

	begin_with(world, DOMAINS
		"mapping = { busy = { show = \"xa\"; status = ( { text = \"a < b\"; }, "
		"{ lang = \"de\"; text = \"im Gespräch\"; } ); }; };\n");
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_non_null(strstr(world_overlays(world),
		"<status>a &lt; b</status><status xml:lang='de'>im Gespräch</status>"));
}

/* ------------------------------------------------------------------ ends that move */

static void the_end_is_told_anew_when_half_of_the_time_is_over(void **state)
{
	struct world *world = *state;

	begin(world);
	/* Longer than a reading counts, which is an hour. */
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 3600, "In a meeting");
	for (int i = 0; i < 5; i++) {
		world_pass(world, 300000);
		world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
		expect_none_told(world);
	}
	world_pass(world, 300000);
	expect_told(world, "dnd", BEGUN_S + 1500 + 3600, "In a meeting");
}

static void a_reading_after_half_of_the_time_is_told_at_once(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 3600, "In a meeting");
	world_pass(world, 2000 * 1000);
	expect_none_told(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 2000 + 3600, "In a meeting");
}

static void an_earlier_end_is_told_at_once(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 1200, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 1200, "In a meeting");
	world_pass(world, 60000);
	world_meeting(world, -70, 240, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 300, "In a meeting");
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

static void a_later_end_is_told_in_time(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
	world_pass(world, 300000);
	world_meeting(world, -310, 900, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 1200, "In a meeting");
}

/* A calendar that cannot be read any more takes no overlay back before it is stale. */
static void a_stale_calendar_ends_the_overlay(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 80000, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 3600, "In a meeting");
	world_pass(world, 3599000);
	expect_none_told(world);
	world_pass(world, 1000);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

static void set_clock(struct world *world, int64_t by_ms)
{
	world->now.wall_ms += by_ms;
	engine_set_now(world->engine, world->now);
	engine_clock_jumped(world->engine);
	world_turn(world);
}

static void a_clock_that_is_set_moves_the_edges(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, 600, 1200, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	set_clock(world, 600000);
	expect_told(world, "dnd", BEGUN_S + 1200, "In a meeting");
	set_clock(world, -300000);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
	world_pass(world, 300000);
	expect_told(world, "dnd", BEGUN_S + 1200, "In a meeting");
}

/* ------------------------------------------------------------------ many at once */

/* The most persons in one iq, and all of them together. */
static size_t count_persons(const char *told, size_t *out_most)
{
	const char *iq = told;
	size_t n = 0;

	*out_most = 0;
	while ((iq = strstr(iq, "<overlays ")) != NULL) {
		const char *next = strstr(iq + 1, "<overlays ");
		size_t in_one = 0;
		const char *person = iq;

		while ((person = strstr(person + 1, "<person ")) != NULL &&
			(next == NULL || person < next))
			in_one++;
		n += in_one;
		*out_most = in_one > *out_most ? in_one : *out_most;
		iq++;
	}
	return n;
}

/* So many people, who all have a meeting in 100 s. */
static void begin_many(struct world *world, int n, const char *max)
{
	char jid[64];

	world_begin_with(world, DOMAINS, USER_MODE);
	world->has_module = true;
	world_up(world);
	world_hello_with(world, "120", max, ABILITIES);
	world_module_ends(world);
	for (int i = 0; i < n; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test/desk", i);
		world_module_client(world, jid, "");
		world_meeting(world, 100, 1000, GATEWAY_BUSY_BUSY);
	}
	world_pass(world, HOLD_MS);
	(void)world_overlays(world);
	(void)world_sent(world);
}

static void a_batch_is_as_large_as_the_module_takes(void **state)
{
	struct world *world = *state;
	size_t most;

	begin_many(world, 10, "4");
	world_pass(world, 100000);
	assert_int_equal(count_persons(world_overlays(world), &most), 10);
	assert_int_equal(most, 4);
}

static void twelve_hundred_people_have_one_edge(void **state)
{
	const char *told;
	struct world *world = *state;
	size_t most;
	char part[64];

	begin_many(world, 1200, "500");
	world_pass(world, 100000);
	told = world_overlays(world);
	assert_int_equal(count_persons(told, &most), 1200);
	assert_in_range(most, 100, 500);
	for (int i = 0; i < 1200; i++) {
		(void)snprintf(
			part, sizeof(part), "<person jid='p%d@example.test' show=", i);
		assert_int_equal(scene_count(told, part), 1);
	}
	world_pass(world, 900000);
	told = world_overlays(world);
	assert_int_equal(count_persons(told, &most), 1200);
	assert_null(strstr(told, "show="));
}

/* What changes while earlier batches wait for their answer is told once, as it is then.
 */
static void what_waits_is_told_as_it_is_in_the_end(void **state)
{
	struct world *world = *state;
	const char *sent;
	size_t most;

	begin_many(world, 30, "1");
	world_pass(world, 100000);
	sent = world_sent(world);
	assert_int_equal(scene_count(sent, "<person "), 8);
	/* The last one's meeting is cancelled. */
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	sent = world_overlays(world);
	assert_int_equal(count_persons(sent, &most), 30);
	assert_int_equal(scene_count(sent, "show='dnd'"), 29);
	assert_non_null(strstr(sent, "<person jid='p29@example.test'/>"));
}

/* ------------------------------------------------------------------ rounds */

static void after_a_restart_what_the_module_has_stays_until_calendars_are_known(
	void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 20000, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	world->now.wall_ms += 7200 * 1000; // what was read is stale
	world_restart(world);
	world_module_begins(world);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	assert_string_equal(world_overlays(world), "");
	world_pass(world, HOLD_MS - 1);
	assert_string_equal(world_overlays(world), "");
	world_pass(world, 1);
	assert_string_equal(world_overlays(world), COMPLETE);
}

static void after_a_restart_a_calendar_that_was_read_is_told_at_once(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 20000, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	world->now.wall_ms += 7200 * 1000;
	world_restart(world);
	world_module_begins(world);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

/* What was read a while before the restart still counts: nothing shows through. */
static void after_a_restart_a_meeting_is_told_again(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
	world_pass(world, 60000);
	(void)world_overlays(world);
	world_restart(world);
	world_module_begins(world);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
	world_pass(world, HOLD_MS);
	assert_non_null(strstr(world_overlays(world), "complete='true'"));
	expect_none_told(world);
}

/* It was loaded anew, or took us for dead. */
static void a_module_that_does_not_know_us_is_told_everything_anew(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_refuse_about(world, "example.test", "<overlays ", "unexpected-request");
	world->overlays_from = world->all.len;
	assert_non_null(strstr(world_sent(world), "<hello "));
	world_hello(world);
	world_module_client(world, DESK, "");
	world_module_feed(world, "<end/>");
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
	world_pass(world, HOLD_MS);
	assert_non_null(strstr(world_overlays(world), "complete='true'"));
}

static void an_answer_that_does_not_come_has_all_told_anew(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_sent(world);
	world_pass(world, 21000);
	assert_non_null(strstr(world_sent(world), "<hello "));
	world->overlays_from = world->all.len;
	world_hello(world);
	world_module_client(world, DESK, "");
	world_module_feed(world, "<end/>");
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
}

static void a_lost_stream_has_all_told_anew(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
	world_down(world);
	world_pass(world, 5000);
	world_module_begins(world);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
}

/* ------------------------------------------------------------------ who is told of */

static void nobody_is_told_of_who_is_offline(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, 100, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	world_module_gone(world, DESK);
	assert_int_equal(world->n_unwatch, 1);
	world_pass(world, 200000);
	expect_none_told(world);
	/* She comes into a running meeting. */
	world_module_client(world, DESK, "");
	expect_told(world, "dnd", BEGUN_S + 600, "In a meeting");
}

static void a_person_whom_the_module_does_not_take_is_named(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_WARNING);
	struct world *world = *state;
	char *text;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	world_answer_about(world, "example.test", "<overlays ",
		"<overlays xmlns='urn:calpresence:server:1'><failed jid='" ALICE
		"' reason='status'/></overlays>");
	world_end(world);
	text = scene_log_end(log);
	assert_non_null(strstr(text, "jid=\"" ALICE "\" reason=\"status\""));
	free(text);
}

static void nothing_is_told_to_a_module_that_has_no_overlays(void **state)
{
	struct world *world = *state;

	world_begin_with(world, DOMAINS, USER_MODE);
	world->has_module = true;
	world_up(world);
	world_hello_with(
		world, "120", "500", "<ability name='clients'/><ability name='sees'/>");
	world_module_client(world, DESK, "");
	world_module_ends(world);
	assert_int_equal(world->n_watch, 0);
	world_pass(world, HOLD_MS);
	assert_string_equal(world_overlays(world), "");
}

/* Her contact in the component's domain and her own presence are two things. */
static void both_modes_show_the_same_meeting(void **state)
{
	struct world *world = *state;
	int64_t t;

	world_begin_with(
		world, DOMAINS, "modes = [ \"component\", \"user\" ];" DOMAIN_POLICY);
	world_module_begins(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_ends(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_module_sees(world, ALICE, BOB_SEES);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	t = now(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_told(world, "dnd", t + 60, "In a meeting");
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	world_pass(world, 60000);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	assert_int_equal(world->n_watch, 1);
}

static void without_the_module_it_is_said_once_how_to_install_it(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_ERROR);
	struct world *world = *state;
	char *text;

	world_begin_with(world, DOMAINS, USER_MODE);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_STATE,
			.state = {.health = GATEWAY_UP,
				.code = "",
				.text = "",
				.server_version = ""}});
	scene_alice_again(world);
	for (int i = 0; i < 5; i++) {
		world_pass(world, 61000);
		(void)world_sent(world);
	}
	assert_int_equal(world->n_watch, 0);
	world_end(world);
	text = scene_log_end(log);
	assert_int_equal(scene_count(text, "publish mode \"user\" is off"), 1);
	assert_non_null(strstr(text, "docs/SERVER-MODULE.md"));
	free(text);
}

/* ------------------------------------------------------------------ ends of us */

/* Also at a reload: it may become a stop once no more can be said. */
static void a_clean_stop_leaves_the_module_ten_seconds(void **state)
{
	struct world *world = *state;

	(void)state;
	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	for (int i = 0; i < 2; i++) {
		engine_retract(world->engine, i == 0 ? world->config : NULL);
		assert_string_equal(world_overlays(world),
			"<overlays xmlns='urn:calpresence:server:1' lease='10'/>");
	}
}

/* The mode was turned off while we were down. */
static void without_the_mode_what_the_module_has_is_taken_away_at_once(void **state)
{
	struct world *world = *state;

	scene_module(world, DOMAIN_POLICY);
	assert_string_equal(world_overlays(world), COMPLETE);
	world_pass(world, 2 * HOLD_MS);
	assert_string_equal(world_overlays(world), "");
}

static void a_reload_without_the_mode_takes_overlays_back(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	(void)world_sent(world);
	world_reload(world, DOMAINS, DOMAIN_POLICY);
	assert_non_null(strstr(world_sent(world), ALICE_NONE));
}

static void a_reload_without_her_takes_her_overlay_back(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	(void)world_sent(world);
	world_reload(world,
		"users = ( { jid = \"bob@example.test\"; mailbox = \"b@example.com\"; } "
		");\n",
		USER_MODE);
	assert_non_null(strstr(world_sent(world), ALICE_NONE));
}

static void a_reload_that_changes_nothing_for_her_says_nothing(void **state)
{
	struct world *world = *state;

	(void)state;
	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	(void)world_sent(world);
	world_reload(world, DOMAINS, USER_MODE);
	assert_null(strstr(world_sent(world), "<person"));
}

static void who_is_forgotten_in_a_meeting_is_told_of_on(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	assert_true(engine_forget(world->engine, ALICE));
	world_meeting(world, 0, 0, GATEWAY_BUSY_FREE);
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

/* What she keeps for her return is of no use any more. */
static void who_is_forgotten_while_offline_loses_her_overlay(void **state)
{
	struct world *world = *state;

	begin(world);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
	(void)world_overlays(world);
	world_module_gone(world, DESK);
	expect_none_told(world);
	assert_true(engine_forget(world->engine, ALICE));
	assert_non_null(strstr(world_overlays(world), ALICE_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_overlay_is_told_at_the_edge_and_taken_back_at_its_end),
		world_test(nothing_but_overlays_is_said),
		world_test(another_overlay_follows_without_a_gap),
		world_test(the_same_overlay_is_told_once),
		world_test(an_overlay_that_keeps_her_show_is_the_most_reachable),
		world_test(texts_of_many_languages_are_told),
		world_test(the_end_is_told_anew_when_half_of_the_time_is_over),
		world_test(a_reading_after_half_of_the_time_is_told_at_once),
		world_test(an_earlier_end_is_told_at_once),
		world_test(a_later_end_is_told_in_time),
		world_test(a_stale_calendar_ends_the_overlay),
		world_test(a_clock_that_is_set_moves_the_edges),
		world_test(both_modes_show_the_same_meeting),
		world_test(a_batch_is_as_large_as_the_module_takes),
		world_test(twelve_hundred_people_have_one_edge),
		world_test(what_waits_is_told_as_it_is_in_the_end),
		world_test(
			after_a_restart_what_the_module_has_stays_until_calendars_are_known),
		world_test(after_a_restart_a_calendar_that_was_read_is_told_at_once),
		world_test(after_a_restart_a_meeting_is_told_again),
		world_test(a_module_that_does_not_know_us_is_told_everything_anew),
		world_test(an_answer_that_does_not_come_has_all_told_anew),
		world_test(a_lost_stream_has_all_told_anew),
		world_test(nobody_is_told_of_who_is_offline),
		world_test(a_person_whom_the_module_does_not_take_is_named),
		world_test(nothing_is_told_to_a_module_that_has_no_overlays),
		world_test(without_the_module_it_is_said_once_how_to_install_it),
		world_test(a_clean_stop_leaves_the_module_ten_seconds),
		world_test(without_the_mode_what_the_module_has_is_taken_away_at_once),
		world_test(a_reload_without_the_mode_takes_overlays_back),
		world_test(a_reload_without_her_takes_her_overlay_back),
		world_test(a_reload_that_changes_nothing_for_her_says_nothing),
		world_test(who_is_forgotten_in_a_meeting_is_told_of_on),
		world_test(who_is_forgotten_while_offline_loses_her_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
