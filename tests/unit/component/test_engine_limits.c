#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "component/publish/watchers.h"
#include "component/rosters/rosters.h"
#include "component/sources/sources_private.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* What outsiders can drive has a maximum, and beyond it all goes on. */

static void of_a_thousand_clients_only_the_first_count(void **state)
{
	struct world *world = *state;
	struct person *person;
	char full[64];

	scene_alice(world, DOMAIN_POLICY);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(full, sizeof(full), ALICE "/%d", i);
		world_comes(world, full, "<show>chat</show>");
	}
	person = people_find(&world->engine->people, ALICE);
	assert_non_null(person);
	assert_int_equal(person->n_clients, CLIENTS_PER_PERSON_MAX);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "<show>chat</show>");
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(full, sizeof(full), ALICE "/%d", i);
		world_goes(world, full);
	}
	world_goes(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_person_has_so_many_watchers_and_no_more(void **state)
{
	struct world *world = *state;
	char jid[64];

	scene_alice(world, DOMAIN_POLICY);
	for (int i = 1; i < WATCHERS_PER_PERSON_MAX; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		assert_non_null(
			watcher_add(people_find(&world->engine->people, ALICE)->watchers,
				SHOWN, jid, WATCHER_APPROVED, WORLD_NOW));
	}
	world_says(world, "last@example.test", ALICE_MEET, "subscribe");
	assert_non_null(strstr(world_sent(world), "to='last@example.test'"));
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	assert_string_equal(world_sent(world), "");
	world_comes(world, DESK, "<show>xa</show>");
	assert_int_equal(outbox_length(world->outbox), WATCHERS_PER_PERSON_MAX);
}

static void of_a_contact_list_only_so_many_are_read(void **state)
{
	static char jids[CONTACTS_PER_PERSON_MAX + 1][32];
	static const char *contacts[CONTACTS_PER_PERSON_MAX + 2];
	struct world *world = *state;

	for (size_t i = 0; i <= CONTACTS_PER_PERSON_MAX; i++) {
		(void)snprintf(jids[i], sizeof(jids[i]), "u%zu@example.test", i);
		contacts[i] = jids[i];
	}
	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_roster(world, ALICE, contacts);
	world_blocked(world, ALICE, "");
	assert_int_equal(roster_contacts(people_find(&world->engine->people, ALICE)),
		CONTACTS_PER_PERSON_MAX);
	world_says(world, jids[CONTACTS_PER_PERSON_MAX], ALICE_MEET, "subscribe");
	expect_no_presence(
		world_sent(world), ALICE_MEET, jids[CONTACTS_PER_PERSON_MAX], "");
	world_says(world, jids[0], ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), ALICE_MEET, jids[0], "type='subscribed'");
}

static void no_answer_is_needed(void *context, struct name *subject,
	enum iq_answer answer, const struct element *iq)
{
	(void)context;
	(void)subject;
	(void)answer;
	(void)iq;
}

static void only_so_many_questions_wait_for_their_answers(void **state)
{
	const struct iq_question question = {
		.type = "get",
		.to = "example.test",
		.inside = "",
		.answered = no_answer_is_needed,
	};
	struct world *world = *state;
	struct iqs *iqs;

	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	iqs = world->engine->people.iqs;
	for (size_t i = iqs_waiting(iqs); i < IQ_MAX; i++)
		assert_true(iqs_ask(iqs, &question, world->now.mono_ms));
	assert_false(iqs_ask(iqs, &question, world->now.mono_ms));
	world_pass(world, IQ_TIMEOUT_MS);
	assert_int_equal(iqs_waiting(iqs), 0);
	assert_true(iqs_ask(iqs, &question, world->now.mono_ms));
}

static void only_so_many_people_are_known(void **state)
{
	struct world *world = *state;
	char jid[64];

	world_begin(world, DOMAIN_POLICY);
	for (size_t i = 0; i < PEOPLE_MAX; i++) {
		(void)snprintf(jid, sizeof(jid), "u%zu@example.test", i);
		assert_non_null(people_get(&world->engine->people, jid));
	}
	assert_null(people_get(&world->engine->people, BOB));
	world_up_prosody(world);
	world_comes(world, BOB "/x", "");
	assert_non_null(people_get(&world->engine->people, jid));
	/* Who left no trace makes room within the hour. */
	world_pass(world, 3600000);
	assert_non_null(people_get(&world->engine->people, BOB));
}

static void of_many_doubtful_clients_everyone_is_asked_in_time(void **state)
{
	static const char question[] = "disco#info";
	struct world *world = *state;
	char full[64];
	unsigned asked;

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	for (int i = 0; i < 2500; i++) {
		(void)snprintf(full, sizeof(full), "p%d@example.test/%d", i / 50, i);
		world_comes(world, full, "");
	}
	(void)world_sent(world);
	world_restart(world);
	world_up_ejabberd(world);
	(void)world_sent(world);
	world_pass(world, 1000);
	asked = scene_count(world_sent(world), question);
	assert_in_range(asked, 1, 100);
	for (int i = 1; i < LIVENESS_INTERVAL_MS / 1000; i++) {
		world_pass(world, 1000);
		asked += scene_count(world_sent(world), question);
	}
	assert_in_range(asked, 2500, 2600);
}

static void nonsense_is_passed_over(void **state)
{
	static const char *const stanzas[] = {
		"<presence " NS "/>",
		"<presence " NS "from='" DESK "'/>",
		"<presence " NS "to='meet.example.test'/>",
		"<presence " NS "from='@@' to='meet.example.test'/>",
		"<presence " NS "from='example.test/x' to='meet.example.test'/>",
		"<presence " NS "from='eve@evil.test/x' to='meet.example.test'/>",
		"<presence " NS "from='" DESK "' to='meet.example.test' type='error'/>",
		"<presence " NS "from='" DESK "' to='meet.example.test' type='x'/>",
		"<presence " NS "from='" ALICE "' to='meet.example.test'/>",
		"<presence " NS "from='" ALICE "/x' to='meet.example.test' "
		"type='unavailable'/>",
		"<presence " NS "from='" DESK "' to='meet.example.test' id='ours'>"
		"<show>xa</show></presence>",
		"<presence " NS "from='" BOB "' to='" ALICE_MEET "' type='subscribed'/>",
		"<presence " NS "from='" BOB "' to='" ALICE_MEET "'/>",
		"<presence " NS "from='example.test' to='" ALICE_MEET "' type='probe'/>",
		"<message " NS "/>",
		"<message " NS "from='example.test'><privilege "
		"xmlns='urn:xmpp:privilege:3'/></message>",
		"<message " NS "from='" BOB "' to='" ALICE_MEET "'/>",
		"<message " NS "from='" BOB "/x' to='meet.example.test'><privilege "
		"xmlns='urn:xmpp:privilege:2'/></message>",
		"<iq " NS "type='result' from='example.test' to='meet.example.test'/>",
		"<iq " NS "type='result' from='" BOB "' to='meet.example.test' id='1'/>",
		"<iq " NS "type='error' id='1'/>",
		"<nothing " NS "/>",
	};
	struct world *world = *state;

	scene_alice(world, DOMAIN_POLICY);
	world_says(world, BOB "/x", ALICE_MEET, "probe");
	(void)world_sent(world);
	for (size_t i = 0; i < sizeof(stanzas) / sizeof(stanzas[0]); i++) {
		world_feed(world, "%s", stanzas[i]);
		assert_string_equal(world_sent(world), "");
	}
}

/* The id of the question is known to nobody else, but its addressee alone may answer. */
static void an_answer_from_somebody_else_is_none(void **state)
{
	struct world *world = *state;
	const char *id;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, "eve@example.test", ALICE_MEET, "subscribe");
	(void)world_sent(world);
	id = strstr(buf_text(&world->all), "to='" ALICE "' id='");
	assert_non_null(id);
	id += strlen("to='" ALICE "' id='");
	world_feed(world,
		"<iq " NS "type='result' from='eve@example.test' to='meet.example.test' "
		"id='%.*s'><query xmlns='jabber:iq:roster'><item jid='eve@example.test' "
		"subscription='from'/></query></iq>",
		(int)strcspn(id, "'"), id);
	assert_string_equal(world_sent(world), "");
}

/* ejabberd 24.10 to 24.12 send a privileged iq back as a request. */
static void a_question_of_our_own_that_comes_back_is_no_answer(void **state)
{
	struct world *world = *state;
	const char *id;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_roster(world, ALICE, bob_alone);
	(void)world_sent(world);
	id = strstr(strstr(buf_text(&world->all), "urn:xmpp:privilege:2") - 120,
		"to='" ALICE "' id='");
	assert_non_null(id);
	id += strlen("to='" ALICE "' id='");
	world_feed(world,
		"<iq " NS "type='get' from='" ALICE "' to='meet.example.test' "
		"id='%.*s'><blocklist xmlns='urn:xmpp:blocking'/></iq>",
		(int)strcspn(id, "'"), id);
	assert_non_null(strstr(world_sent(world), "service-unavailable"));
	expect_no_presence(buf_text(&world->all), ALICE_MEET, BOB, "");
	world_blocked(world, ALICE, "");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

/* ejabberd answers a privileged iq only if the inner one has an address, too. */
static void the_inner_question_for_a_block_list_has_her_address(void **state)
{
	struct world *world = *state;

	scene_alice(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_roster(world, ALICE, bob_alone);
	assert_non_null(
		strstr(world_sent(world), "id='blocklist' to='" ALICE "'><blocklist "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(of_a_thousand_clients_only_the_first_count),
		world_test(a_person_has_so_many_watchers_and_no_more),
		world_test(of_a_contact_list_only_so_many_are_read),
		world_test(only_so_many_questions_wait_for_their_answers),
		world_test(only_so_many_people_are_known),
		world_test(of_many_doubtful_clients_everyone_is_asked_in_time),
		world_test(nonsense_is_passed_over),
		world_test(an_answer_from_somebody_else_is_none),
		world_test(a_question_of_our_own_that_comes_back_is_no_answer),
		world_test(the_inner_question_for_a_block_list_has_her_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
