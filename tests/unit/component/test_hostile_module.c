#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A module that answers oddly, and strangers who make us ask it. */

#define ABILITIES                                             \
	"<ability name='overlays'/><ability name='clients'/>" \
	"<ability name='sees'/>"

static bool says_hello(struct world *world)
{
	return strstr(world_sent(world), "<hello ") != NULL;
}

/* alice is in a meeting of which the module is told. */
static void begin(struct world *world)
{
	world_begin(world, USER_MODE);
	world_module_begins(world);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	world_meeting(world, -10, 3600, GATEWAY_BUSY_BUSY);
}

/* How often it is greeted within a moment if it goes on like this. */
static unsigned hellos_in_a_second(
	struct world *world, void (*spoil)(struct world *world))
{
	unsigned n = 0;

	for (int i = 0; i < 20; i++) {
		spoil(world);
		world_pass(world, 50);
		if (!says_hello(world))
			continue;
		n++;
		world_hello(world);
		world_module_client(world, DESK, "");
		world_module_feed(world, "<end/>");
	}
	return n;
}

static void refuse_overlays(struct world *world)
{
	if (strstr(buf_text(&world->all) + world->overlays_from, "<person "))
		world_refuse_about(
			world, "example.test", "<overlays ", "internal-server-error");
	world->overlays_from = world->all.len;
}

static void lose_news(struct world *world)
{
	world->seq += 5;
	world_module_feed(world, "<end/>");
}

static void say_bye(struct world *world)
{
	world_module_feed(world, "<bye/>");
}

static void a_module_that_refuses_all_is_not_greeted_without_end(void **state)
{
	struct world *world = *state;

	begin(world);
	assert_true(hellos_in_a_second(world, refuse_overlays) <= 2);
}

static void a_feed_that_goes_on_losing_news_is_not_begun_without_end(void **state)
{
	struct world *world = *state;

	begin(world);
	assert_true(hellos_in_a_second(world, lose_news) <= 2);
}

static void a_module_that_comes_and_goes_is_not_greeted_without_end(void **state)
{
	struct world *world = *state;

	begin(world);
	assert_true(hellos_in_a_second(world, say_bye) <= 2);
}

/* Whoever wants can make up addresses of a server of his own. */
static void strangers_who_were_refused_leave_nothing_behind(void **state)
{
	struct world *world = *state;
	size_t before;
	char jid[64];
	char watcher[128];

	scene_module(world, CONTACTS_POLICY);
	before = world->names.table.n;
	for (int i = 0; i < 400; i++) {
		(void)snprintf(jid, sizeof(jid), "m%d@elsewhere.test", i);
		(void)snprintf(watcher, sizeof(watcher),
			"<watcher jid='%s' sees='false'/>", jid);
		world_says(world, jid, ALICE_MEET, "probe");
		world_module_sees(world, ALICE, watcher);
		(void)world_sent(world);
	}
	assert_true(world->names.table.n < before + 220);
}

static void odd_numbers_are_taken_as_the_nearest_that_make_sense(void **state)
{
	static const char *const odd[] = {"0", "-1", "", "x", "99999999999999999999999"};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		world_begin(world, DOMAIN_POLICY);
		world->has_module = true;
		world_up(world);
		world_hello_with(world, odd[i], odd[i], ABILITIES ABILITIES ABILITIES);
		world_module_feed(world,
			"<client jid='" DESK "' priority='%s'/>"
			"<client jid='" ALICE "'/><client jid='x@other.test/y'/><client/>"
			"<gone/><gone jid='" BOB
			"/x'/><end/><end/><sees/><sees jid='" ALICE
			"'><watcher/><watcher jid='" BOB "'/></sees>",
			odd[i]);
		world_says(world, BOB, ALICE_MEET, "subscribe");
		world_module_sees(world, ALICE,
			"<watcher jid='carol@example.test' "
			"sees='true'/><watcher/>" BOB_SEES);
		expect_presence(world_sent(world), SHOWN, BOB, "");
		world_end(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_module_that_refuses_all_is_not_greeted_without_end),
		world_test(a_feed_that_goes_on_losing_news_is_not_begun_without_end),
		world_test(a_module_that_comes_and_goes_is_not_greeted_without_end),
		world_test(strangers_who_were_refused_leave_nothing_behind),
		world_test(odd_numbers_are_taken_as_the_nearest_that_make_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
