#include "component/engine_scene.h"
#include "component/xmpp/link.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Two thousand people with a hundred watchers each, whose meetings begin at once: what
 * waits to be sent is bounded all the time, and everybody is told in the end. */

#define PEOPLE 2000
#define WATCHERS 100
/* What the pass lets wait before it looks at the next person. */
#define WAITING_MAX (20000 + WATCHERS)
/* How many presences go into the store in one turn. */
#define KEPT_A_TURN_MAX 2500

static void subscribe_all(struct world *world)
{
	char person[64];
	char watcher[64];

	for (int i = 0; i < PEOPLE; i++) {
		(void)snprintf(person, sizeof(person), "p%d@" SELF, i);
		for (int k = 0; k < WATCHERS; k++) {
			(void)snprintf(watcher, sizeof(watcher), "w%d@example.test", k);
			store_put_subscription(world->store, person, watcher,
				STORE_SUBSCRIPTION_APPROVED, WORLD_NOW);
		}
	}
}

/* Sends all there is to send, a block at a time as the stream does, and counts what has
 * this part. */
static unsigned send_all(struct world *world, const char *part)
{
	struct buf block;
	unsigned n = 0;
	bool more = true;

	buf_init(&block, LINK_BLOCK_MAX);
	while (more || outbox_length(world->outbox) > 0) {
		more = engine_turn(world->engine);
		assert_in_range(outbox_length(world->outbox), 0, WAITING_MAX);
		buf_reset(&block);
		(void)outbox_take(world->outbox, &block, LINK_BLOCK_MAX);
		n += scene_count(buf_text(&block), part);
	}
	buf_finish(&block);
	return n;
}

static void all_are_told_and_little_waits(void **state)
{
	struct world *world = *state;
	char jid[64];

	world_begin(world, DOMAIN_POLICY);
	subscribe_all(world);
	world_restart(world);
	world_up_ejabberd(world);
	for (int i = 0; i < PEOPLE; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test/desk", i);
		world_comes(world, jid, "");
	}
	assert_int_equal(send_all(world, "<c "), PEOPLE * WATCHERS);
	assert_int_equal(world->n_watch, PEOPLE);
	world->together = true;
	/* Mailboxes are numbered from 1 on. */
	for (world->watched = 1; world->watched <= PEOPLE; world->watched++)
		world_meeting(world, 100, 1000, GATEWAY_BUSY_BUSY);
	assert_int_equal(send_all(world, "In a meeting"), 0);
	world->now.wall_ms += 100000;
	world->now.mono_ms += 100000;
	engine_set_now(world->engine, world->now);
	assert_int_equal(send_all(world, "In a meeting"), PEOPLE * WATCHERS);
	/* While it waits for the stream, time goes on. */
	world->now.wall_ms += 900000;
	world->now.mono_ms += 900000;
	engine_set_now(world->engine, world->now);
	assert_int_equal(send_all(world, "<c "), PEOPLE * WATCHERS);
}

static void count_row(
	void *context, const char *jid, const char *resource, const void *blob, size_t n)
{
	(void)jid;
	(void)resource;
	(void)blob;
	(void)n;
	++*(int *)context;
}

static int rows(struct world *world)
{
	int n = 0;

	assert_true(store_each_presence(world->store, count_row, &n));
	return n;
}

/* That a server does not tell everything is found when many are known already. */
static void the_presence_of_many_is_kept_little_by_little(void **state)
{
	const int people = 3 * PEOPLE;
	struct world *world = *state;
	bool more = true;
	int before = 0;
	char jid[64];

	world_begin(world, DOMAIN_POLICY);
	world_dump_begins(world);
	(void)world_sent(world);
	world->together = true;
	for (int i = 0; i < people; i++) {
		(void)snprintf(jid, sizeof(jid), "p%d@example.test/desk", i);
		world_comes(world, jid, "");
	}
	world_software(world, "example.test", "ejabberd");
	while (more) {
		int now;

		more = engine_turn(world->engine);
		now = rows(world);
		assert_in_range(now - before, 0, KEPT_A_TURN_MAX);
		before = now;
	}
	assert_int_equal(before, people);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(all_are_told_and_little_waits),
		world_test(the_presence_of_many_is_kept_little_by_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
