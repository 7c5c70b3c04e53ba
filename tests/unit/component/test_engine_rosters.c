#include "component/engine_scene.h"
#include "component/rosters/rosters.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* How contact lists are read: some at a time, each name once in memory. */

#define PEOPLE 100
#define CONTACTS 1000

static void person(int i, const char *resource, char out_jid[64])
{
	(void)snprintf(out_jid, 64, "p%d@example.test%s", i, resource);
}

/* Somebody whom bob wants to see is online. */
static void come(struct world *world, int i)
{
	char jid[64];

	person(i, "/desk", jid);
	world_comes(world, jid, "");
	(void)snprintf(jid, sizeof(jid), "p%d@" SELF, i);
	world_says(world, BOB, jid, "subscribe");
}

static void they_are_read_some_at_a_time(void **state)
{
	struct world *world = *state;
	unsigned asked = 0;
	char jid[64];

	world_begin(world, CONTACTS_POLICY);
	world_up_ejabberd(world);
	(void)world_sent(world);
	for (int i = 0; i < PEOPLE; i++)
		come(world, i);
	assert_int_equal(
		scene_count(world_sent(world), "jabber:iq:roster"), ROSTERS_AT_ONCE);
	/* Each answer lets the next question out, until all are answered. */
	for (int i = 0; i < PEOPLE; i++) {
		person(i, "", jid);
		world_roster(world, jid, nobody);
		asked += i + ROSTERS_AT_ONCE < PEOPLE;
	}
	assert_int_equal(scene_count(buf_text(&world->all), "jabber:iq:roster"),
		asked + ROSTERS_AT_ONCE);
}

static void a_contact_of_many_is_one_name(void **state)
{
	static char texts[CONTACTS][64];
	static const char *contacts[CONTACTS + 1];
	struct world *world = *state;
	size_t before;
	char jid[64];

	for (int i = 0; i < CONTACTS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "c%d@example.test", i);
		contacts[i] = texts[i];
	}
	world_begin(world, CONTACTS_POLICY);
	world_up_ejabberd(world);
	for (int i = 0; i < 8; i++)
		come(world, i);
	before = world->names.table.n;
	for (int i = 0; i < 8; i++) {
		(void)world_sent(world);
		person(i, "", jid);
		world_roster(world, jid, contacts);
	}
	assert_int_equal(world->names.table.n, before + CONTACTS);
}

/* Who waits in the queue for the question can be forgotten. */
static void people_in_the_queue_can_be_forgotten(void **state)
{
	struct world *world = *state;
	char jid[64];

	world_begin(world, CONTACTS_POLICY);
	world_up_ejabberd(world);
	for (int i = 0; i < 40; i++)
		come(world, i);
	for (int i = 39; i >= 10; i -= 2) {
		person(i, "/desk", jid);
		world_goes(world, jid);
		person(i, "", jid);
		assert_true(engine_forget(world->engine, jid));
	}
	(void)world_sent(world);
	for (int i = 0; i < 12; i++) {
		world_pass(world, 20000);
		(void)world_sent(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(they_are_read_some_at_a_time),
		world_test(a_contact_of_many_is_one_name),
		world_test(people_in_the_queue_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
