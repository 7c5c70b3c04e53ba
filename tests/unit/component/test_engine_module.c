#include "component/engine/engine_private.h"
#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Our module in the server: how presence is learnt from it, and who sees whom. */

#define ABILITIES                                             \
	"<ability name='overlays'/><ability name='clients'/>" \
	"<ability name='sees'/>"

static bool says_hello(struct world *world)
{
	return strstr(world_sent(world), "<hello ") != NULL;
}

static bool is_known(const struct world *world, const char *jid)
{
	return people_find(&world->engine->people, jid) != NULL;
}

/* bob may see alice, who is online. */
static void begin(struct world *world, const char *publish)
{
	const char *sent;

	scene_module(world, publish);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_module_sees(world, ALICE, BOB_SEES);
	sent = world_sent(world);
	expect_presence(sent, ALICE_MEET, BOB, "type='subscribed'");
	expect_presence(sent, SHOWN, BOB, "at my desk");
}

/* ------------------------------------------------------------------ hello */

static void each_served_domain_is_greeted(void **state)
{
	struct world *world = *state;
	const char *sent;

	world_begin_with(world,
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; }, "
		"{ im = \"other.test\"; mail = \"other.com\"; } );\n",
		DOMAIN_POLICY);
	world->has_module = true;
	engine_link_up(world->engine);
	sent = world_sent(world);
	assert_int_equal(scene_count(sent,
				 "<hello xmlns='urn:calpresence:server:1' version='1'/>"),
		2);
	assert_non_null(strstr(sent, "<iq type='set' from='" SELF "' to='other.test'"));
}

static void that_the_component_is_not_let_in_is_said_once(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_ERROR);
	struct world *world = *state;
	char *text;

	world_begin(world, DOMAIN_POLICY);
	world->has_module = true;
	world_up(world);
	for (int i = 0; i < 3; i++) {
		world_refuse_about(world, "example.test", "<hello ", "forbidden");
		(void)world_sent(world);
		world_pass(world, 60000);
		assert_true(says_hello(world));
	}
	/* It is said again where that was mended and is broken anew. */
	world_hello(world);
	world_module_feed(world, "<end/><bye/>");
	world_refuse_about(world, "example.test", "<hello ", "forbidden");
	world_end(world);
	text = scene_log_end(log);
	assert_int_equal(scene_count(text, "does not let this component in"), 2);
	assert_non_null(strstr(text, "calpresence_components"));
	free(text);
}

static void a_module_that_is_loaded_at_run_time_is_found(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world->has_module = true;
	world_pass(world, 60000);
	assert_true(says_hello(world));
	world_hello(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_feed(world, "<end/>");
	(void)world_sent(world);
	/* From now on the module tells, and nobody else. */
	world_comes(world, DESK, "<status>not of the feed</status>");
	world_goes(world, DESK);
	assert_string_equal(world_sent(world), "");
	world_module_sees(world, ALICE, BOB_SEES);
	world_module_gone(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_module_that_vanishes_has_the_stream_begun_anew(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_module_feed(world, "<bye/>");
	assert_true(says_hello(world));
	assert_int_equal(world->n_reconnect, 0);
	world_refuse_about(world, "example.test", "<hello ", "service-unavailable");
	assert_int_equal(world->n_reconnect, 1);
	world_down(world);
	scene_alice_again(world);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void it_is_told_that_we_are_alive_each_third_of_the_lease(void **state)
{
	static const char alive[] = "<overlays xmlns='urn:calpresence:server:1'/>";
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world->has_module = true;
	world_up(world);
	world_hello_with(world, "30", "500", ABILITIES);
	world_module_ends(world);
	for (int i = 0; i < 5; i++) {
		world_pass(world, 9999);
		assert_null(strstr(world_overlays(world), alive));
		world_pass(world, 1);
		assert_string_equal(world_overlays(world), alive);
	}
}

static void a_module_that_took_us_for_dead_is_greeted_anew(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_pass(world, 40000);
	world_refuse_about(world, "example.test", "<overlays ", "unexpected-request");
	assert_true(says_hello(world));
	world_hello(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_feed(world, "<end/>");
	world_module_sees(world, ALICE, BOB_SEES);
	expect_no_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_module_that_went_without_a_word_is_missed(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_pass(world, 40000);
	world_refuse_about(world, "example.test", "<overlays ", "service-unavailable");
	assert_true(says_hello(world));
	world_refuse_about(world, "example.test", "<hello ", "service-unavailable");
	assert_int_equal(world->n_reconnect, 1);
}

static void a_server_that_is_slow_to_greet_back_has_not_lost_it(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_pass(world, 40000);
	world_refuse_about(world, "example.test", "<overlays ", "unexpected-request");
	assert_true(says_hello(world));
	world_pass(world, 21000);
	assert_true(says_hello(world));
	assert_int_equal(world->n_reconnect, 0);
	expect_no_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

/* ------------------------------------------------------------------ the feed */

static void nothing_is_said_before_the_snapshot_ends(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	store_put_subscription(
		world->store, ALICE_MEET, BOB, STORE_SUBSCRIPTION_APPROVED, WORLD_NOW);
	world_restart(world);
	world_module_begins(world);
	world_module_client(world, DESK, "<show>away</show><status>out</status>");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_module_ends(world);
	world_module_sees(world, ALICE, BOB_SEES);
	expect_presence(world_sent(world), SHOWN, BOB, "out");
}

static void changes_and_ends_are_told(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_module_client(world, DESK,
		"<show>xa</show><status xml:lang='en'>lunch</status><status "
		"xml:lang='de'>Mittag</status>");
	expect_presence(world_sent(world), SHOWN, BOB,
		"<show>xa</show><status xml:lang='en'>lunch</status><status "
		"xml:lang='de'>Mittag</status>");
	world_module_gone(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void the_priority_is_an_attribute(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_module_feed(world,
		"<client jid='" ALICE "/phone' priority='7'><show>xa</show></client>");
	expect_presence(world_sent(world), SHOWN, BOB, "<show>xa</show>");
	world_module_feed(world, "<client jid='" ALICE
				 "/tablet' priority='-1'><show>chat</show></client>");
	world_module_gone(world, ALICE "/phone");
	world_module_gone(world, DESK);
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

/* Sessions that were lost while nobody listened. */
static void who_is_not_in_the_next_snapshot_is_gone(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_down(world);
	world_module_begins(world);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_module_feed(world, "<end/>");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

static void a_client_that_went_while_the_next_round_began_is_gone(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_module_client(world, ALICE "/phone", "<show>away</show>");
	world_module_feed(world, "<bye/>");
	(void)world_sent(world);
	world_hello(world);
	world_module_client(world, ALICE "/phone", "<show>away</show>");
	world_module_feed(world, "<end/>");
	world_module_sees(world, ALICE, BOB_SEES);
	expect_presence(world_sent(world), SHOWN, BOB, "<show>away</show>");
}

static void lost_news_begin_a_new_round(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, DOMAIN_POLICY);
	world->seq++;
	world_module_gone(world, DESK);
	sent = world_sent(world);
	assert_non_null(strstr(sent, "<hello "));
	expect_no_presence(sent, SHOWN, BOB, "");
	world_hello(world);
	world_module_client(world, DESK, "<show>xa</show>");
	world_module_feed(world, "<end/>");
	world_module_sees(world, ALICE, BOB_SEES);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "<show>xa</show>");
	expect_no_presence(sent, SHOWN, BOB, "type='unavailable'");
}

static void news_of_an_earlier_round_are_not_heard(void **state)
{
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	world_module_feed(world, "<bye/>");
	assert_true(says_hello(world));
	/* On its way before the server has read <hello/>. */
	world_module_gone(world, DESK);
	world_module_client(world, "carol@example.test/x", "");
	assert_string_equal(world_sent(world), "");
	assert_false(is_known(world, "carol@example.test"));
	world_hello(world);
	world_module_client(world, "dave@example.test/x", "");
	assert_true(is_known(world, "dave@example.test"));
}

static void a_feed_without_a_number_is_not_heard(void **state)
{
	static const char *const seqs[] = {"", "seq=''", "seq='0'", "seq='-1'", "seq='x'",
		"seq='99999999999999999999'"};
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		world_feed(world,
			"<message " NS "from='example.test' to='" SELF "'><feed "
			"xmlns='urn:calpresence:server:1' %s><gone jid='" DESK
			"'/></feed></message>",
			seqs[i]);
		assert_string_equal(world_sent(world), "");
	}
}

static void nobody_else_can_feed_us(void **state)
{
	static const char *const forgers[] = {"bob@example.test/x", BOB, "example.test/x",
		"evil.test", "sub.example.test", SELF};
	struct world *world = *state;

	begin(world, DOMAIN_POLICY);
	for (size_t i = 0; i < sizeof(forgers) / sizeof(forgers[0]); i++) {
		world_feed(world,
			"<message " NS "from='%s' to='" SELF "'><feed "
			"xmlns='urn:calpresence:server:1' seq='%d'><gone jid='" DESK
			"'/><client jid='carol@example.test/x' priority='0'/></feed>"
			"</message>",
			forgers[i], (int)world->seq + 1);
		assert_string_equal(world_sent(world), "");
		assert_false(is_known(world, "carol@example.test"));
	}
}

static void a_module_speaks_for_its_own_domain_alone(void **state)
{
	static const char *const jids[] = {"zoe@other.test/x", "eve@evil.test/x",
		"carol@example.test", "example.test/x", "@@", ""};
	struct world *world = *state;

	world_begin_with(world,
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; "
		"default = true; }, { im = \"other.test\"; mail = \"other.com\"; } );\n",
		DOMAIN_POLICY);
	world_up_module(world);
	for (size_t i = 0; i < sizeof(jids) / sizeof(jids[0]); i++)
		world_module_client(world, jids[i], "");
	world_module_feed(world, "<client priority='0'/><gone/><nothing/>");
	assert_int_equal(world->engine->people.n, 0);
	world_module_client(world, "carol@example.test/x", "");
	assert_true(is_known(world, "carol@example.test"));
}

/* ------------------------------------------------------------------ who sees whom */

static void who_sees_her_is_asked_once_and_pushes_are_obeyed(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, CONTACTS_POLICY);
	world_module_client(world, DESK, "<show>xa</show>");
	expect_presence(world_sent(world), SHOWN, BOB, "<show>xa</show>");
	assert_int_equal(scene_count(buf_text(&world->all), "<sees "), 1);
	world_module_feed(world, "<sees jid='" ALICE "'>" BOB_SEES_NOT "</sees>");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_presence(sent, ALICE_MEET, BOB, "type='unsubscribed'");
	world_module_client(world, DESK, "<status>a secret</status>");
	assert_string_equal(world_sent(world), "");
	assert_int_equal(scene_count(buf_text(&world->all), "<sees "), 1);
}

/* Her approval is known at once, and does not wait for a change of hers. */
static void who_is_approved_later_is_admitted_at_once(void **state)
{
	struct world *world = *state;

	scene_module(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_module_sees(world, ALICE, BOB_SEES_NOT);
	assert_string_equal(world_sent(world), "");
	(void)world_overlays(world);
	world_pass(world, 3600 * 1000);
	(void)world_overlays(world);
	(void)world_sent(world);
	world_module_feed(world, "<sees jid='" ALICE "'>" BOB_SEES "</sees>");
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void who_is_blocked_sees_nothing_until_he_is_not(void **state)
{
	static const char *const policies[] = {CONTACTS_POLICY, DOMAIN_POLICY,
		"watchers = \"list\"; watcher_list = [ \"" BOB "\" ];"};

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct world *world = *state;

		begin(world, policies[i]);
		world_module_feed(
			world, "<sees jid='" ALICE "'>" BOB_IS_BLOCKED "</sees>");
		expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
		world_module_client(world, DESK, "<status>a secret</status>");
		assert_string_equal(world_sent(world), "");
		world_says(world, BOB "/x", ALICE_MEET, "probe");
		expect_presence(world_sent(world), SHOWN, BOB "/x", "type='unavailable'");
		world_module_feed(world, "<sees jid='" ALICE "'>" BOB_SEES "</sees>");
		expect_presence(world_sent(world), SHOWN, BOB, "a secret");
		assert_null(strstr(buf_text(&world->all), "unsubscribed"));
		world_end(world);
	}
}

/* Where everybody of the domain may watch, her contact list does not matter. */
static void a_policy_of_domains_admits_who_is_no_contact(void **state)
{
	struct world *world = *state;

	scene_module(world, DOMAIN_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_module_sees(world, ALICE, BOB_SEES_NOT);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void no_list_is_read_where_the_module_answers(void **state)
{
	struct world *world = *state;

	begin(world, CONTACTS_POLICY);
	world_meeting(world, 1000, 2000, GATEWAY_BUSY_BUSY);
	world_pass(world, 1000 * 1000);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
	assert_null(strstr(buf_text(&world->all), "jabber:iq:roster"));
	assert_null(strstr(buf_text(&world->all), "urn:xmpp:blocking"));
}

static void an_answer_that_did_not_come_is_asked_for_again(void **state)
{
	struct world *world = *state;

	scene_module(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	assert_non_null(strstr(world_sent(world), "<sees "));
	for (int i = 0; i < 25; i++)
		world_pass(world, 1000);
	assert_non_null(strstr(world_sent(world), "<sees "));
	world_module_sees(world, ALICE, BOB_SEES);
	expect_presence(world_sent(world), ALICE_MEET, BOB, "type='subscribed'");
}

static void a_question_that_is_refused_means_that_he_sees_nothing(void **state)
{
	struct world *world = *state;

	scene_module(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_refuse_about(world, "example.test", "<sees ", "bad-request");
	assert_string_equal(world_sent(world), "");
	world_module_client(world, DESK, "<show>xa</show>");
	assert_string_equal(world_sent(world), "");
}

/* What the module cannot answer now says nothing of him. */
static void a_question_that_fails_turns_nobody_out(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, CONTACTS_POLICY);
	world_module_feed(world, "<bye/>");
	(void)world_sent(world);
	world_hello(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_feed(world, "<end/>");
	assert_non_null(strstr(world_sent(world), "<sees "));
	world_refuse_about(world, "example.test", "<sees ", "internal-server-error");
	assert_string_equal(world_sent(world), "");
	world_pass(world, 2000);
	sent = world_sent(world);
	assert_non_null(strstr(sent, "<sees "));
	assert_null(strstr(sent, "<hello "));
	world_refuse_about(world, "example.test", "<sees ", "unexpected-request");
	world_pass(world, 1000); // the second round within a short time
	assert_true(says_hello(world));
	assert_null(strstr(buf_text(&world->all), "unsubscribed"));
}

static void a_new_round_asks_anew(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin(world, CONTACTS_POLICY);
	world_module_feed(world, "<bye/>");
	(void)world_sent(world);
	world_hello(world);
	world_module_client(world, DESK, "<status>a secret</status>");
	world_module_feed(world, "<end/>");
	expect_no_presence(world_sent(world), SHOWN, BOB, "a secret");
	world_module_sees(world, ALICE, BOB_SEES_NOT);
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "type='unavailable'");
	expect_no_presence(sent, SHOWN, BOB, "a secret");
}

/* The id of the question who sees alice. */
static void sees_question(const char *sent, char out_id[64])
{
	const char *question = strstr(sent, "<sees ");
	const char *id = NULL;
	const char *at = sent;

	assert_non_null(question);
	while ((at = strstr(at, " id='")) != NULL && at < question)
		id = at++;
	assert_non_null(id);
	(void)snprintf(
		out_id, 64, "%.*s", (int)strcspn(id + 5, "'"), id + strlen(" id='"));
}

static void bob_sees_says(struct world *world, const char *id)
{
	world_feed(world,
		"<iq " NS "type='result' from='example.test' to='" SELF "' id='%s'>"
		"<sees xmlns='urn:calpresence:server:1' jid='" ALICE "'>" BOB_SEES
		"</sees></iq>",
		id);
}

static void an_answer_of_the_stream_before_says_nothing(void **state)
{
	struct world *world = *state;
	char id[64];

	scene_module(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	sees_question(world_sent(world), id);
	world_down(world);
	world_pass(world, 3000);
	world_module_begins(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_ends(world);
	assert_int_equal(scene_count(buf_text(&world->all), "<sees "), 2);
	bob_sees_says(world, id);
	assert_string_equal(world_sent(world), "");
	world_module_sees(world, ALICE, BOB_SEES_NOT);
	assert_null(strstr(buf_text(&world->all), "subscribed"));
}

static void an_answer_about_somebody_forgotten_says_nothing(void **state)
{
	struct world *world = *state;
	char id[64];

	scene_module(world, CONTACTS_POLICY);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	sees_question(world_sent(world), id);
	world_module_gone(world, DESK);
	assert_true(engine_forget(world->engine, ALICE));
	assert_false(is_known(world, ALICE));
	(void)world_sent(world);
	bob_sees_says(world, id);
	assert_string_equal(world_sent(world), "");
	assert_false(is_known(world, ALICE));
	world_module_client(world, DESK, "<status>at my desk</status>");
	assert_string_equal(world_sent(world), "");
}

/* As many in one question as the module takes. */
static void many_watchers_are_asked_for_in_few_questions(void **state)
{
	struct world *world = *state;
	const char *sent;
	char jid[64];

	world_begin(world, DOMAIN_POLICY);
	world->has_module = true;
	world_up(world);
	world_hello_with(world, "120", "500", ABILITIES);
	world_module_client(world, DESK, "");
	world_module_ends(world);
	world->together = true;
	for (int i = 0; i < 90; i++) {
		(void)snprintf(jid, sizeof(jid), "u%d@example.test", i);
		world_says(world, jid, ALICE_MEET, "subscribe");
	}
	sent = world_sent(world);
	assert_int_equal(scene_count(sent, "<watcher "), 90);
	assert_int_equal(scene_count(sent, "<sees "), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(each_served_domain_is_greeted),
		world_test(that_the_component_is_not_let_in_is_said_once),
		world_test(a_module_that_is_loaded_at_run_time_is_found),
		world_test(a_module_that_vanishes_has_the_stream_begun_anew),
		world_test(it_is_told_that_we_are_alive_each_third_of_the_lease),
		world_test(a_module_that_took_us_for_dead_is_greeted_anew),
		world_test(a_server_that_is_slow_to_greet_back_has_not_lost_it),
		world_test(nothing_is_said_before_the_snapshot_ends),
		world_test(changes_and_ends_are_told),
		world_test(the_priority_is_an_attribute),
		world_test(who_is_not_in_the_next_snapshot_is_gone),
		world_test(a_client_that_went_while_the_next_round_began_is_gone),
		world_test(lost_news_begin_a_new_round),
		world_test(news_of_an_earlier_round_are_not_heard),
		world_test(a_feed_without_a_number_is_not_heard),
		world_test(nobody_else_can_feed_us),
		world_test(a_module_speaks_for_its_own_domain_alone),
		world_test(who_sees_her_is_asked_once_and_pushes_are_obeyed),
		world_test(who_is_approved_later_is_admitted_at_once),
		world_test(who_is_blocked_sees_nothing_until_he_is_not),
		world_test(a_policy_of_domains_admits_who_is_no_contact),
		world_test(no_list_is_read_where_the_module_answers),
		world_test(an_answer_that_did_not_come_is_asked_for_again),
		world_test(a_question_that_is_refused_means_that_he_sees_nothing),
		world_test(a_question_that_fails_turns_nobody_out),
		world_test(a_module_that_went_without_a_word_is_missed),
		world_test(a_new_round_asks_anew),
		world_test(an_answer_of_the_stream_before_says_nothing),
		world_test(an_answer_about_somebody_forgotten_says_nothing),
		world_test(many_watchers_are_asked_for_in_few_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
