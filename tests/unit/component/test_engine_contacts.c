#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* Who of her contacts is shown her calendar, where her lists decide. */

static void begin(struct world *world, const char *publish)
{
	scene_alice(world, publish);
	world_says(world, BOB, ALICE_MEET, "subscribe");
}

/* bob is admitted by a list that was read now. */
static void begin_admitted(struct world *world, const char *publish)
{
	begin(world, publish);
	scene_lists(world, bob_alone);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void nobody_is_told_before_the_block_list_is_read(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_comes(world, DESK, "<show>away</show>");
	if (world->n_watch > 0)
		world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
}

static void an_old_list_is_read_again_before_a_meeting_is_shown(void **state)
{
	struct world *world = *state;

	begin_admitted(world, CONTACTS_POLICY);
	world_pass(world, 601000);
	(void)world_sent(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	scene_lists(world, nobody);
	expect_no_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void an_old_list_still_counts_where_a_newer_one_is_refused(void **state)
{
	struct world *world = *state;

	begin_admitted(world, CONTACTS_POLICY);
	world_pass(world, 601000);
	(void)world_sent(world);
	world_meeting(world, -10, 60, GATEWAY_BUSY_BUSY);
	world_refuse(world, ALICE, "forbidden");
	expect_no_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void nobody_is_admitted_where_the_block_list_is_refused(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_refuse(world, ALICE, "forbidden");
	expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
}

static void a_server_that_knows_no_block_lists_blocks_nobody(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	world_answer(world, ALICE,
		"<privilege xmlns='urn:xmpp:privilege:2'><forwarded "
		"xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' "
		"id='blocklist'><error type='cancel'><service-unavailable "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq></forwarded>"
		"</privilege>");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void who_is_blocked_is_not_told(void **state)
{
	static const char *const blocks[] = {
		"<item jid='" BOB "'/>", "<item jid='example.test'/>"};
	static const char *const policies[] = {CONTACTS_POLICY, DOMAIN_POLICY};

	for (size_t i = 0; i < 4; i++) {
		struct world *world = *state;

		scene_alice(world, policies[i / 2]);
		world->blocks_are_left = true;
		world_says(world, BOB, ALICE_MEET, "subscribe");
		if (i / 2 == 0)
			world_roster(world, ALICE, bob_alone);
		(void)world_sent(world);
		world_blocked(world, ALICE, blocks[i % 2]);
		expect_no_presence(world_sent(world), ALICE_MEET, BOB, "");
		world_end(world);
	}
}

static void an_old_contact_list_is_read_again_before_the_edge(void **state)
{
	struct world *world = *state;

	begin_admitted(world, CONTACTS_POLICY " roster_max_age = 60;");
	world_meeting(world, 1000, 2000, GATEWAY_BUSY_BUSY);
	world_pass(world, 1000 * 1000 - 30001);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	assert_non_null(strstr(world_sent(world), "jabber:iq:roster"));
	scene_lists(world, nobody);
	world_pass(world, 30000);
	expect_no_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_list_that_is_old_at_once_is_read_once_before_the_edge(void **state)
{
	struct world *world = *state;

	begin_admitted(world, CONTACTS_POLICY " roster_max_age = 1;");
	world_meeting(world, 20, 2000, GATEWAY_BUSY_BUSY);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 19000);
	assert_non_null(strstr(world_sent(world), "jabber:iq:roster"));
	scene_lists(world, bob_alone);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

static void a_refused_list_is_not_asked_for_again_and_again(void **state)
{
	struct world *world = *state;

	begin_admitted(world, CONTACTS_POLICY " roster_max_age = 60;");
	world_meeting(world, 1000, 2000, GATEWAY_BUSY_BUSY);
	world_pass(world, 980000);
	assert_non_null(strstr(world_sent(world), "jabber:iq:roster"));
	world_refuse(world, ALICE, "internal-server-error");
	world_blocked(world, ALICE, "");
	assert_null(strstr(world_sent(world), "jabber:iq:roster"));
	world_pass(world, 20000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(nobody_is_told_before_the_block_list_is_read),
		world_test(an_old_list_is_read_again_before_a_meeting_is_shown),
		world_test(an_old_list_still_counts_where_a_newer_one_is_refused),
		world_test(nobody_is_admitted_where_the_block_list_is_refused),
		world_test(a_server_that_knows_no_block_lists_blocks_nobody),
		world_test(who_is_blocked_is_not_told),
		world_test(an_old_contact_list_is_read_again_before_the_edge),
		world_test(a_list_that_is_old_at_once_is_read_once_before_the_edge),
		world_test(a_refused_list_is_not_asked_for_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
