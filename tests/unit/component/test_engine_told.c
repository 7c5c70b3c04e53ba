#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

#include <jansson.h>

/* What `why` says of what each contact saw last, which is what the publisher goes by. */

#define ZOE "zoe@example.test"

static json_t *why(struct world *world)
{
	struct buf text;
	json_t *json;

	buf_init(&text, 1 << 20);
	assert_true(engine_why(world->engine, ALICE, true, &text));
	json = json_loads(buf_text(&text), 0, NULL);
	assert_non_null(json);
	buf_finish(&text);
	return json;
}

/* Borrowed from what why() said. */
static const json_t *client(const json_t *json, const char *resource)
{
	const json_t *resources = json_object_get(json, "resources");
	const json_t *one;
	size_t i;

	json_array_foreach (resources, i, one) {
		const char *name = json_string_value(json_object_get(one, "resource"));

		if (name != NULL && strcmp(name, resource) == 0)
			return one;
	}
	return NULL;
}

static void expect_told(const json_t *one, const char *contact, const char *sees)
{
	const json_t *list = json_object_get(one, "told");
	const char *found = NULL;
	const json_t *told;
	size_t i;

	json_array_foreach (list, i, told) {
		if (strcmp(json_string_value(json_object_get(told, "contact")),
			    contact) == 0)
			found = json_string_value(json_object_get(told, "sees"));
	}
	if (sees == NULL)
		assert_null(found);
	else
		assert_string_equal(found == NULL ? "nothing of ours" : found, sees);
}

/* What this contact saw last under her desk; NULL: nothing of ours. */
static void expect(struct world *world, const char *contact, const char *sees)
{
	json_t *json = why(world);
	const json_t *desk = client(json, "desk");

	assert_non_null(desk);
	expect_told(desk, contact, sees);
	json_decref(json);
}

static void who_was_told_nothing_is_not_named(void **state)
{
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, bob_alone);
	expect(&world, BOB, NULL);
	world_end(&world);
}

static void a_meeting_shows_the_overlay_and_its_end_her_own(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 20);
	expect(&world, BOB, "overlay");
	world_pass(&world, 20000);
	expect(&world, BOB, "own");
	world_end(&world);
}

static void what_was_said_stands_there_to_the_letter(void **state)
{
	static const char own[] = "<status>at my desk</status>";
	struct world world;
	json_t *json;
	const char *overlay;

	(void)state;
	scene_meeting(&world, USER_MODE, 20);
	json = why(&world);
	assert_string_equal(
		json_string_value(json_object_get(client(json, "desk"), "own_xml")), own);
	overlay = json_string_value(json_object_get(client(json, "desk"), "overlay_xml"));
	assert_non_null(overlay);
	assert_true(world_has_presence(buf_text(&world.all), DESK, BOB, overlay));
	json_decref(json);
	world_pass(&world, 20000);
	json = why(&world);
	assert_true(json_is_null(json_object_get(client(json, "desk"), "overlay_xml")));
	json_decref(json);
	world_end(&world);
}

/* The server broadcasts it before it tells us, and nothing of ours is laid over it. */
static void her_own_word_takes_the_place_of_the_overlay(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_comes(&world, DESK, "<show>dnd</show>");
	expect(&world, BOB, "own");
	world_comes(&world, DESK, "");
	expect(&world, BOB, "overlay");
	world_end(&world);
}

static void a_contact_who_comes_later_is_named_then(void **state)
{
	static const char *const both[] = {BOB, ZOE, NULL};
	struct world world;

	(void)state;
	scene_pair(&world, USER_MODE);
	scene_lists(&world, both);
	world_meeting(&world, -10, 600, GATEWAY_BUSY_BUSY);
	expect(&world, BOB, "overlay");
	expect(&world, ZOE, NULL);
	world_comes(&world, ZOE "/phone", "");
	expect(&world, ZOE, "overlay");
	world_end(&world);
}

static void who_is_removed_is_named_no_more(void **state)
{
	struct world world;

	(void)state;
	scene_meeting(&world, USER_MODE " roster_max_age = 30;", 45);
	world_pass(&world, 45000);
	expect(&world, BOB, "overlay"); // until her list is read
	(void)world_sent(&world);
	scene_lists(&world, nobody);
	expect(&world, BOB, NULL);
	world_end(&world);
}

static void each_client_of_hers_has_a_list_of_its_own(void **state)
{
	struct world world;
	json_t *json;

	(void)state;
	scene_meeting(&world, USER_MODE, 600);
	world_comes(&world, ALICE "/phone", "<show>dnd</show>");
	json = why(&world);
	expect_told(client(json, "desk"), BOB, "overlay");
	expect_told(client(json, "phone"), BOB, NULL);
	json_decref(json);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_told_nothing_is_not_named),
		cmocka_unit_test(a_meeting_shows_the_overlay_and_its_end_her_own),
		cmocka_unit_test(what_was_said_stands_there_to_the_letter),
		cmocka_unit_test(her_own_word_takes_the_place_of_the_overlay),
		cmocka_unit_test(a_contact_who_comes_later_is_named_then),
		cmocka_unit_test(who_is_removed_is_named_no_more),
		cmocka_unit_test(each_client_of_hers_has_a_list_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
