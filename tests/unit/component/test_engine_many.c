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

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(all_are_told_and_little_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
