#include "component/engine_scene.h"
#include "component/presence/rosters.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How contact lists are read: some at a time, each name once in memory. */

#define PEOPLE 100
#define CONTACTS 1000

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		n++;
	return n;
}

static void person(int i, const char *resource, char out_jid[64])
{
	(void)snprintf(out_jid, 64, "p%d@example.test%s", i, resource);
}

static void they_are_read_some_at_a_time(void **state)
{
	struct world world;
	unsigned asked = 0;
	const char *sent;
	char jid[64];

	(void)state;
	world_begin(&world, "modes = [ \"user\" ]; ignore_blocking = true;");
	world_up_ejabberd(&world);
	(void)world_sent(&world);
	for (int i = 0; i < PEOPLE; i++) {
		person(i, "/desk", jid);
		world_comes(&world, jid, "");
	}
	sent = world_sent(&world);
	assert_int_equal(count(sent, "jabber:iq:roster"), ROSTERS_AT_ONCE);
	/* Each answer lets the next question out, until all are answered. */
	for (int i = 0; i < PEOPLE; i++) {
		person(i, "", jid);
		world_roster(&world, jid, nobody);
		asked += i + ROSTERS_AT_ONCE < PEOPLE;
	}
	assert_int_equal(
		count(buf_text(&world.all), "jabber:iq:roster"), asked + ROSTERS_AT_ONCE);
	world_end(&world);
}

static void a_contact_of_many_is_one_name(void **state)
{
	static char texts[CONTACTS][64];
	static const char *contacts[CONTACTS + 1];
	struct world world;
	unsigned before;
	char jid[64];

	(void)state;
	for (int i = 0; i < CONTACTS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "c%d@example.test", i);
		contacts[i] = texts[i];
	}
	world_begin(&world, "modes = [ \"user\" ]; ignore_blocking = true;");
	world_up_ejabberd(&world);
	for (int i = 0; i < 8; i++) {
		person(i, "/desk", jid);
		world_comes(&world, jid, "");
	}
	before = HASH_COUNT(world.names.table);
	for (int i = 0; i < 8; i++) {
		(void)world_sent(&world);
		person(i, "", jid);
		world_roster(&world, jid, contacts);
	}
	assert_int_equal(HASH_COUNT(world.names.table), before + CONTACTS);
	/* Who is offline costs nothing at an edge. */
	(void)world_sent(&world);
	world_meeting(&world, -10, 60, GATEWAY_BUSY_BUSY);
	assert_null(strstr(world_sent(&world), "In a meeting"));
	world_comes(&world, "c999@example.test/home", "");
	assert_true(world_has_presence(world_sent(&world), "p7@example.test/desk",
		"c999@example.test/home", "In a meeting"));
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_read_some_at_a_time),
		cmocka_unit_test(a_contact_of_many_is_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
