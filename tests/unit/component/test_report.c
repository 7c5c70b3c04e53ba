#include "component/engine_scene.h"
#include "component/report/report.h"
#include "test.h"

#include <string.h>

/* What `why` and `status` say. */

static void expect(const struct buf *text, const char *part)
{
	if (!strstr(buf_text(text), part))
		fail_msg("no \"%s\" in:\n%s", part, buf_text(text));
}

static void expect_why(struct world *world, const char *jid, bool known, const char *part)
{
	struct buf why;

	buf_init(&why, 65536);
	assert_int_equal(
		report_why(engine_people(world->engine), jid, false, &why), known);
	expect(&why, part);
	buf_finish(&why);
}

/* Without white space between the parts, so that a test can name them. */
static void expect_json(struct world *world, const char *jid, const char *part)
{
	struct buf dense;

	buf_init(&dense, 65536);
	for (const char *c = world_why(world, jid, true); *c != '\0'; c++)
		if (*c != '\n' && !(*c == ' ' && (c[-1] == ' ' || c[-1] == '\n')))
			buf_add(&dense, c, 1);
	expect(&dense, part);
	buf_finish(&dense);
}

static void begin_asked(struct world *world)
{
	world_begin(world, "modes = [ \"component\" ];");
	world_up_prosody(world);
	world_comes(world, ALICE "/desk", "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
}

static void make_bob_a_contact(struct world *world)
{
	scene_lists(world, bob_alone);
	(void)world_sent(world);
}

static void why_tells_the_unknown_from_the_unserved(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	expect_why(world, "nobody@example.test", false, "nothing is known of");
	expect_why(world, "nobody@meet.example.test", false, "nothing is known of");
	expect_why(world, "alice@other.test", false, "\"other.test\" are not served");
	expect_why(world, "alice", false, "not the address of a person");
	expect_why(world, "a@b@c", false, "not the address of a person");
}

/* The control sequence introducer of C1, too, which a terminal obeys. */
static void what_she_writes_forges_no_line_and_steers_no_terminal(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	world_comes(world, ALICE "/desk",
		"<status>lunch\ncalendar: free (as read)\xc2\x9b"
		"2J</status>");
	expect_why(world, ALICE, true, "\"lunch?calendar: free (as read)??2J\"\n");
	expect_json(world, ALICE, "calendar: free (as read)??2J\"");
}

static void a_watcher_waits_until_her_contact_list_admits_him(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	expect_why(world, ALICE, true,
		"watchers: 0 admitted, 1 waiting\n"
		"  bob@example.test (pending) is not shown it: not known yet: her "
		"contact "
		"list has not been read\n");
	make_bob_a_contact(world);
	expect_why(world, ALICE, true,
		"watchers: 1 admitted, 0 waiting; contacts who may see her: 1\nuntil");
}

static void a_stranger_and_one_who_is_blocked_wait_for_ever(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	scene_lists(world, nobody);
	expect_why(world, ALICE, true,
		"bob@example.test (pending) is not shown it: he is not a contact of hers "
		"who may see her\n");
	expect_json(world, ALICE,
		"\"waits_for\": \"he is not a contact of hers who may see her\"");
	world_end(world);
	begin_asked(world);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_blocked(world, ALICE, "<item jid='" BOB "'/>");
	expect_why(world, ALICE, true,
		"bob@example.test (pending) is not shown it: she blocks him\n");
}

static void whoever_is_configured_and_was_not_seen_is_named(void **state)
{
	struct world *world = *state;

	world_begin_with(world,
		"users = ( { jid = \"dave@example.test\"; mailbox = \"d@example.com\"; "
		"},\n { mailbox = \"one@example.com\"; name = \"One\"; } );\n",
		"modes = [ \"component\" ];");
	expect_why(world, "dave@example.test", true, "no client of hers was seen");
	expect_why(
		world, "dave@example.test", true, "mailbox d@example.com by gateway hq");
	expect_json(world, "dave@example.test", "\"known\": false");
	expect_why(world, "one\\40example.com@" SELF, true,
		", the room \"One\", seen by its calendar alone\n"
		"calendar: unknown (nobody watches the room, so its calendar is not "
		"read)\n  mailbox one@example.com by gateway hq\n");
	world_end(world);
	world_begin(world, "modes = [ \"component\" ];");
	expect_why(world, "eve@example.test", false,
		"(her mailbox would be eve@example.com, by gateway hq)");
}

static void what_the_module_was_told_is_said(void **state)
{
	struct world *world = *state;

	scene_module(world, USER_MODE);
	(void)world_overlays(world);
	expect_json(world, ALICE, "\"told\": null");
	world_meeting(world, -10, 600, GATEWAY_BUSY_BUSY);
	assert_non_null(strstr(world_overlays(world), "In a meeting"));
	expect_why(world, ALICE, true,
		"told to the module in the server: dnd, \"In a meeting\", until ");
}

static void a_time_that_is_none_is_null(void **state)
{
	struct world *world = *state;

	world_begin_with(world,
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
		"calendar = { automatic_replies = true; };\n",
		CONTACTS_POLICY);
	world_up_prosody(world);
	world_comes(world, DESK, "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	scene_lists(world, bob_alone);
	(void)world_sent(world);
	assert_int_not_equal(world->watched, 0);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_OOF,
			.oof = {.mailbox = world->watched,
				.at = WORLD_NOW,
				.from = GATEWAY_TIME_MIN,
				.to = GATEWAY_TIME_MAX}});
	expect_json(world, ALICE, "\"from\": null,\"to\": null");
	expect_json(world, ALICE, "\"read_at\": null");
	expect_why(world, ALICE, true, "automatic replies until further notice");
}

static void why_names_the_problem_of_the_gateway(void **state)
{
	const struct gateway_state down = {.health = GATEWAY_DOWN,
		.fault = GATEWAY_FAULT_CONNECT,
		.code = "",
		.text = "cannot reach Exchange",
		.server_version = ""};
	const struct gateway_state up = {
		.health = GATEWAY_UP, .code = "", .text = "cannot", .server_version = ""};
	struct world *world = *state;

	begin_asked(world);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_STATE, .state = down});
	expect_why(world, ALICE, true, "problem of the gateway: cannot reach Exchange");
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_STATE, .state = up});
	assert_null(strstr(world_why(world, ALICE, false), "problem"));
}

static void nobody_is_called_offline_without_a_stream(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	make_bob_a_contact(world);
	world_restart(world);
	expect_why(world, ALICE, true, "own presence: not known");
	expect_why(world, ALICE, true, "whether she is online is not known");
}

static void a_reading_holds_until_it_is_stale(void **state)
{
	struct world *world = *state;

	begin_asked(world);
	make_bob_a_contact(world);
	world_meeting(world, 7200, 9000, GATEWAY_BUSY_BUSY);
	expect_why(world, ALICE, true, "(in 60 min), unless the calendar is read again");
}

/* What status says, with a stream that was never opened; whether somebody has to act. */
static bool status(struct world *world, struct buf *out_text)
{
	const struct secret secret = {.bytes = (char[]){"s"}, .len = 1};
	const struct link_options options = {
		.jid = SELF, .host = "127.0.0.1", .port = 1, .secret = &secret};
	const struct link_events events = {0};
	struct link *link = link_create(&options, &events, 1);
	struct workers *workers = workers_create(
		(struct gateway_configure[2]){0}, 2, &(struct workers_events){0});
	const struct report_surroundings around = {
		.version = "1", .link = link, .workers = workers};
	bool act;

	assert_non_null(link);
	assert_non_null(workers);
	buf_init(out_text, 65536);
	act = report_status(engine_people(world->engine), &around, false, out_text);
	link_destroy(link);
	workers_destroy(workers);
	return act;
}

static void status_begins_with_what_needs_somebody(void **state)
{
	const struct gateway_state locked = {.health = GATEWAY_LOCKED,
		.fault = GATEWAY_FAULT_AUTH,
		.code = "",
		.text = "the password is wrong",
		.server_version = ""};
	struct world *world = *state;
	struct buf text;

	world_begin(world, "modes = [ \"component\", \"user\" ];");
	world_up_prosody(world);
	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_STATE, .state = locked});
	assert_true(status(world, &text));
	assert_int_equal(strncmp(buf_text(&text), "somebody has to act:\n", 21), 0);
	expect(&text,
		"\n  the link to the IM server is not up (idle, last loss: none)\n");
	expect(&text, "\n  mode user is off for example.test: the server has no ");
	expect(&text, "\n  gateway hq is locked: the password is wrong\n");
	expect(&text, "\n  presence source: privilege\n  module in the server: none\n"
		      "  contact lists: readable, block lists: readable\n");
	expect(&text, "\n  mode component: on\n");
	buf_finish(&text);
}

static void a_mode_says_why_it_is_off_and_what_it_cannot_know(void **state)
{
	struct world *world = *state;
	struct buf text;

	world_begin(world, "modes = [ \"component\" ];");
	assert_true(status(world, &text));
	expect(&text, "mode component: off: the stream to the server is down\n");
	expect(&text, "mode user: off: publish.modes does not have it\n");
	buf_finish(&text);
	world_up_module(world);
	assert_true(status(world, &text));
	expect(&text, "presence source: module\n");
	expect(&text, "mode component: on\n");
	assert_null(strstr(buf_text(&text), "contact lists"));
	buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(why_tells_the_unknown_from_the_unserved),
		world_test(what_she_writes_forges_no_line_and_steers_no_terminal),
		world_test(a_watcher_waits_until_her_contact_list_admits_him),
		world_test(a_stranger_and_one_who_is_blocked_wait_for_ever),
		world_test(whoever_is_configured_and_was_not_seen_is_named),
		world_test(what_the_module_was_told_is_said),
		world_test(a_time_that_is_none_is_null),
		world_test(status_begins_with_what_needs_somebody),
		world_test(a_mode_says_why_it_is_off_and_what_it_cannot_know),
		world_test(why_names_the_problem_of_the_gateway),
		world_test(nobody_is_called_offline_without_a_stream),
		world_test(a_reading_holds_until_it_is_stale),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
