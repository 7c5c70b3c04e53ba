#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Contacts of other servers, who are shown overlays with publish.external alone. */

#define ZOE "zoe@other.test"

#define DOMAINS "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"

static const char *const zoe_alone[] = {ZOE, NULL};

/* alice is online, zoe of another server is her only contact. */
static void begin(struct world *world, const char *publish)
{
	scene_alice(world, publish);
	world_pass(world, 1000);
	(void)world_sent(world);
	scene_lists(world, zoe_alone);
	(void)world_sent(world);
}

static const char *ever_sent(struct world *world)
{
	(void)world_sent(world);
	return buf_text(&world->all);
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		n++;
	return n;
}

static void an_edge_is_one_stanza_to_a_contact_of_another_server(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world, USER_MODE " external = true;");
	world_meeting(&world, 10, 20, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 10000);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, ZOE, "In a meeting"));
	assert_int_equal(count(sent, "other.test"), 1);
	world_pass(&world, 10000);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, ZOE, "at my desk"));
	assert_int_equal(count(sent, "other.test"), 1);
	assert_null(strstr(ever_sent(&world), "probe"));
	world_end(&world);
}

static void her_own_change_is_overlaid_again_at_another_server(void **state)
{
	struct world world;

	(void)state;
	begin(&world, USER_MODE " external = true;");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_true(world_has_presence(world_sent(&world), DESK, ZOE, "In a meeting"));
	world_comes(&world, DESK, "<show>away</show>");
	assert_true(world_has_presence(world_sent(&world), DESK, ZOE, "In a meeting"));
	world_goes(&world, DESK);
	assert_true(
		world_has_presence(world_sent(&world), DESK, ZOE, "type='unavailable'"));
	world_end(&world);
}

static void without_external_nothing_goes_to_another_server(void **state)
{
	struct world world;

	(void)state;
	begin(&world, USER_MODE);
	world_meeting(&world, 10, 20, GATEWAY_BUSY_BUSY);
	world_pass(&world, 10000);
	world_comes(&world, DESK, "<show>away</show>");
	world_pass(&world, 10000);
	world_goes(&world, DESK);
	engine_stop(world.engine);
	(void)world_sent(&world);
	assert_null(strstr(ever_sent(&world), "other.test"));
	world_end(&world);
}

static void a_policy_of_domains_keeps_other_servers_out(void **state)
{
	struct world world;

	(void)state;
	begin(&world, USER_MODE " external = true; watchers = \"domain\";");
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_null(strstr(world_sent(&world), "other.test"));
	world_end(&world);
}

static void what_is_no_person_is_told_nothing(void **state)
{
	static const char *const others[] = {
		"gateway.other.test", "meet.example.test", "bob@meet.example.test", NULL};
	struct world world;

	(void)state;
	begin(&world, USER_MODE " external = true; roster_max_age = 1;");
	world_pass(&world, 5000);
	world_comes(&world, DESK, "");
	world_meeting(&world, 20, 60, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	scene_lists(&world, others);
	world_pass(&world, 30000);
	assert_null(strstr(world_sent(&world), "In a meeting"));
	world_end(&world);
}

static void what_is_out_is_taken_back_where_external_is_turned_off(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world, USER_MODE " external = true;");
	world_meeting(&world, -10, 600, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_restart_with(&world, DOMAINS, USER_MODE);
	world_dump_begins(&world);
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_dump_ends(&world);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, DESK, ZOE, "at my desk"));
	assert_int_equal(count(sent, "other.test"), 1);
	scene_lists(&world, zoe_alone);
	world_pass(&world, 600000);
	assert_null(strstr(world_sent(&world), "other.test"));
	world_end(&world);
}

static void a_crash_is_repaired_at_another_server(void **state)
{
	struct world world;

	(void)state;
	begin(&world, USER_MODE " external = true;");
	world_meeting(&world, -10, 30, GATEWAY_BUSY_BUSY);
	(void)world_sent(&world);
	world_restart(&world);
	world_dump_begins(&world);
	world_dump_ends(&world);
	assert_true(
		world_has_presence(world_sent(&world), DESK, ZOE, "type='unavailable'"));
	world_end(&world);
}

static void a_contact_of_another_server_may_watch(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin(&world, "external = true;");
	world_says(&world, ZOE, ALICE_MEET, "subscribe");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, ALICE_MEET, ZOE, "type='subscribed'"));
	assert_true(world_has_presence(sent, SHOWN, ZOE, "at my desk"));
	world_end(&world);
}

static void a_stranger_of_another_server_gets_silence(void **state)
{
	struct world world;

	(void)state;
	begin(&world, "external = true;");
	(void)world_sent(&world);
	world_says(&world, "eve@other.test", ALICE_MEET, "subscribe");
	world_says(&world, "eve@other.test", ALICE_MEET, "probe");
	(void)world_sent(&world);
	scene_lists(&world, zoe_alone);
	(void)world_sent(&world);
	assert_null(strstr(ever_sent(&world), "eve@"));
	world_end(&world);
}

static void nobody_becomes_known_by_a_stranger_of_another_server(void **state)
{
	struct world world;
	struct buf why;

	(void)state;
	begin(&world, "external = true;");
	world_says(&world, "eve@other.test", "nobody@meet.example.test", "subscribe");
	assert_string_equal(world_sent(&world), "");
	buf_init(&why, 65536);
	assert_false(engine_why(world.engine, "nobody@example.test", false, &why));
	buf_finish(&why);
	world_end(&world);
}

static void without_external_a_contact_of_another_server_gets_silence(void **state)
{
	struct world world;

	(void)state;
	begin(&world, "");
	world_says(&world, ZOE, ALICE_MEET, "subscribe");
	world_says(&world, ZOE, ALICE_MEET, "probe");
	(void)world_sent(&world);
	assert_null(strstr(ever_sent(&world), "other.test"));
	world_end(&world);
}

static void whoever_is_listed_may_watch_from_another_server(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	world_begin(&world, "watchers = \"list\"; watcher_list = [ \"other.test\" ];");
	world_up_prosody(&world);
	world_comes(&world, DESK, "");
	world_says(&world, ZOE, ALICE_MEET, "subscribe");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, ALICE_MEET, ZOE, "type='subscribed'"));
	assert_true(world_has_presence(sent, SHOWN, ZOE, ""));
	world_end(&world);
}

static void a_removed_contact_of_another_server_sees_her_no_more(void **state)
{
	struct world world;

	(void)state;
	begin(&world, USER_MODE " external = true; roster_max_age = 30;");
	world_meeting(&world, -10, 45, GATEWAY_BUSY_BUSY);
	world_pass(&world, 15000);
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	assert_true(
		world_has_presence(world_sent(&world), DESK, ZOE, "type='unavailable'"));
	world_pass(&world, 30000);
	assert_null(strstr(world_sent(&world), "other.test"));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_is_one_stanza_to_a_contact_of_another_server),
		cmocka_unit_test(her_own_change_is_overlaid_again_at_another_server),
		cmocka_unit_test(without_external_nothing_goes_to_another_server),
		cmocka_unit_test(a_policy_of_domains_keeps_other_servers_out),
		cmocka_unit_test(what_is_no_person_is_told_nothing),
		cmocka_unit_test(what_is_out_is_taken_back_where_external_is_turned_off),
		cmocka_unit_test(a_crash_is_repaired_at_another_server),
		cmocka_unit_test(a_contact_of_another_server_may_watch),
		cmocka_unit_test(a_stranger_of_another_server_gets_silence),
		cmocka_unit_test(nobody_becomes_known_by_a_stranger_of_another_server),
		cmocka_unit_test(
			without_external_a_contact_of_another_server_gets_silence),
		cmocka_unit_test(whoever_is_listed_may_watch_from_another_server),
		cmocka_unit_test(a_removed_contact_of_another_server_sees_her_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
