#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "component/publish/watchers.h"
#include "component/report/report.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Contacts of other servers: publish.watchers decides, as of all others. */

#define ZOE "zoe@other.test"

static const char *const zoe_alone[] = {ZOE, NULL};

static const char *ever_sent(struct world *world)
{
	(void)world_sent(world);
	return buf_text(&world->all);
}

static void a_contact_of_another_server_may_watch(void **state)
{
	struct world *world = *state;
	const char *sent;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, ZOE, ALICE_MEET, "subscribe");
	scene_lists(world, zoe_alone);
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, ZOE, "type='subscribed'");
	expect_presence(sent, SHOWN, ZOE, "at my desk");
}

static void a_stranger_of_another_server_gets_silence(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	(void)world_sent(world);
	world_says(world, "eve@other.test", ALICE_MEET, "subscribe");
	world_says(world, "eve@other.test", ALICE_MEET, "probe");
	(void)world_sent(world);
	scene_lists(world, zoe_alone);
	(void)world_sent(world);
	assert_null(strstr(ever_sent(world), "eve@"));
}

static void nobody_becomes_known_by_a_stranger_of_another_server(void **state)
{
	struct world *world = *state;
	struct buf why;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, "eve@other.test", "nobody@meet.example.test", "subscribe");
	assert_string_equal(world_sent(world), "");
	buf_init(&why, 65536);
	assert_false(report_why(
		engine_people(world->engine), "nobody@example.test", false, &why));
	buf_finish(&why);
}

static void a_request_of_another_server_waits_until_she_comes(void **state)
{
	struct world *world = *state;

	world_begin(world, CONTACTS_POLICY);
	world_up_prosody(world);
	world_says(world, ZOE, ALICE_MEET, "subscribe");
	world_restart(world);
	world_up_prosody(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	scene_lists(world, zoe_alone);
	expect_presence(ever_sent(world), ALICE_MEET, ZOE, "'subscribed'");
	expect_presence(ever_sent(world), SHOWN, ZOE, "at my desk");
}

/* As many as they like: those of the server's own people are not forgotten for them. */
static void other_servers_take_no_room_of_the_servers_own_people(void **state)
{
	const struct subscriptions *subscriptions;
	struct world *world = *state;
	char jid[64];
	char to[64];

	world_begin(world, CONTACTS_POLICY);
	world_up_prosody(world);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	for (int i = 0; i < EARLY_FOREIGN_MAX + 500; i++) {
		(void)snprintf(jid, sizeof(jid), "s%d@other.test", i);
		(void)snprintf(to, sizeof(to), "n%d@" SELF, i % 1000);
		world_says(world, jid, i < 200 ? ALICE_MEET : to, "subscribe");
	}
	subscriptions = world->engine->people.subscriptions;
	assert_int_equal(subscriptions->n_early_foreign, EARLY_FOREIGN_MAX);
	assert_int_equal(subscriptions->n_early, EARLY_FOREIGN_MAX + 1);
	world_comes(world, DESK, "");
	scene_lists(world, bob_alone);
	expect_presence(ever_sent(world), ALICE_MEET, BOB, "'subscribed'");
}

static void whoever_is_listed_may_watch_from_another_server(void **state)
{
	struct world *world = *state;
	const char *sent;

	world_begin(world, "watchers = \"list\"; watcher_list = [ \"other.test\" ];");
	world_up_prosody(world);
	world_comes(world, DESK, "");
	world_says(world, ZOE, ALICE_MEET, "subscribe");
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, ZOE, "type='subscribed'");
	expect_presence(sent, SHOWN, ZOE, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_contact_of_another_server_may_watch),
		world_test(a_stranger_of_another_server_gets_silence),
		world_test(nobody_becomes_known_by_a_stranger_of_another_server),
		world_test(a_request_of_another_server_waits_until_she_comes),
		world_test(other_servers_take_no_room_of_the_servers_own_people),
		world_test(whoever_is_listed_may_watch_from_another_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
