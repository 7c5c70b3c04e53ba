#ifndef TESTS_UNIT_COMPONENT_MOVED_H
#define TESTS_UNIT_COMPONENT_MOVED_H

#include "component/engine_fixture.h"
#include "test.h"

#include <string.h>

/* A world of four gateways, of which three may have alice's mailbox. */

#define ALICE "alice@example.test"
#define BOB "bob@example.test"
#define ALICE_MEET "alice@meet.example.test"
#define SHOWN ALICE_MEET "/calendar"

#define ANYONE "watchers = \"domain\";"
#define DOMAINS "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
#define GATEWAY(name, domains)                                                        \
	"{ name = \"" name "\"; url = \"https://" name ".example.com/\"; username = " \
	"\"u\"; password = \"p\"; mail_domains = [ " domains " ]; }"
/* In the order of fitness: hq (0), branch (1), old (3); the other has nothing of hers. */
#define FOUR                                                                   \
	DOMAINS "gateways = ( " GATEWAY("hq", "\"example.com\"") ", " GATEWAY( \
		"branch", "\"example.com\"") ", " GATEWAY("other",             \
		"\"c.org\"") ", " GATEWAY("old", "") " );\n"

enum { HQ, BRANCH, OTHER, OLD };

static const struct gateway_failure not_here = {.fault = GATEWAY_FAULT_MAILBOX,
	.code = "ErrorMailRecipientNotFound",
	.text = "nobody of that name",
	.elsewhere = true};

static const struct gateway_failure moving = {.fault = GATEWAY_FAULT_TRANSIENT,
	.code = "ErrorMailboxMoveInProgress",
	.text = "on its way",
	.elsewhere = true};

static inline void health(
	struct world *world, unsigned gateway, enum gateway_health health)
{
	const struct gateway_state state = {.health = (uint8_t)health,
		.fault = GATEWAY_FAULT_CONNECT,
		.code = "",
		.text = "",
		.server_version = ""};

	engine_on_gateway(world->engine, gateway,
		&(struct gateway_message){.type = GATEWAY_STATE, .state = state});
	world_turn(world);
}

static inline void present(struct world *world)
{
	world_up_prosody(world);
	world_comes(world, ALICE "/desk", "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
}

static inline void begin(struct world *world)
{
	world_begin_with(world, FOUR, ANYONE);
	present(world);
	assert_int_equal(world->n_watch, 1);
	assert_int_equal(world->watched_gateway, HQ);
}

/* The gateway that was asked last answers; it would ask again in so many seconds. */
static inline void answer(
	struct world *world, const struct gateway_failure *answer, int next_s)
{
	struct gateway_failure failure = *answer;

	failure.mailbox = world->watched;
	failure.at = world->now.wall_ms / 1000;
	failure.next_try = failure.at + next_s;
	engine_on_gateway(world->engine, world->watched_gateway,
		&(struct gateway_message){.type = GATEWAY_FAILURE, .failure = failure});
	world_turn(world);
}

static inline void refuse(struct world *world)
{
	answer(world, &not_here, 3600);
}

static inline void expect_why(struct world *world, const char *part)
{
	const char *why = world_why(world, ALICE, false);

	if (strstr(why, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, why);
}

/* Nobody has it: all three were asked. */
static inline void refuse_everywhere(struct world *world)
{
	refuse(world);
	assert_int_equal(world->watched_gateway, BRANCH);
	refuse(world);
	assert_int_equal(world->watched_gateway, OLD);
	refuse(world);
	assert_int_equal(world->watched_gateway, HQ);
}

#endif
