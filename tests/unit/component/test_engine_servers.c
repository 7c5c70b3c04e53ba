#include "base/log.h"
#include "component/engine_scene.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Who tells us presence, and what changes when that changes. */

#define ESCAPED "alice\\40example.test@" SELF // the form where no domain is the default

static const char two_domains[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; default = true; }, "
	"{ im = \"other.test\"; mail = \"other.com\"; } );\n";

static const char asked[] = "users = ( { jid = \"alice@example.test\"; mailbox = "
			    "\"alice@example.com\"; } );\n"
			    "presence = { source = \"subscription\"; };\n";

static const char asked_if_needed[] =
	"users = ( { jid = \"alice@example.test\"; mailbox = \"alice@example.com\"; } "
	");\n";

static void privileges(struct world *world, const char *domain, const char *perms)
{
	world_feed(world,
		"<message " NS "from='%s' to='" SELF "'><privilege "
		"xmlns='urn:xmpp:privilege:2'>%s</privilege></message>",
		domain, perms);
}

static void may_presence(struct world *world, const char *domain)
{
	privileges(world, domain,
		"<perm access='roster' type='both'/>"
		"<perm access='presence' type='managed_entity'/>");
}

static void is_prosody(struct world *world, const char *domain)
{
	world_software(world, domain, "Prosody");
}

/* alice is known, bob watches her, the component starts anew. */
static void begin_again(struct world *world)
{
	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_restart(world);
	world_up(world);
}

/* Prosody 0.12 writes each namespace of the permission inside the one before it. */
static void a_nested_namespace_is_a_privilege(void **state)
{
	struct world *world = *state;

	world_begin(world, "");
	world_up(world);
	privileges(world, "example.test",
		"<perm access='roster' type='both'/>"
		"<perm access='presence' type='managed_entity'/><perm access='iq'>"
		"<namespace ns='urn:xmpp:push:0' type='set'>"
		"<namespace ns='urn:xmpp:blocking' type='get'/></namespace></perm>");
	is_prosody(world, "example.test");
	world_comes(world, DESK, "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_roster(world, ALICE, (const char *const[]){BOB, NULL});
	assert_non_null(
		strstr(world_sent(world), "<blocklist xmlns='urn:xmpp:blocking'"));
}

static void a_late_privilege_shows_nobody_offline_who_is_online(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_again(world);
	is_prosody(world, "example.test");
	world_pass(world, 6000);
	may_presence(world, "example.test");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_comes(world, DESK, "<status>at my desk</status>");
	is_prosody(world, "example.test");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, BOB, "at my desk");
	expect_no_presence(sent, SHOWN, BOB, "type='unavailable'");
}

static void a_privilege_behind_the_version_waits_for_the_presences(void **state)
{
	struct world *world = *state;

	begin_again(world);
	is_prosody(world, "example.test");
	world_pass(world, 4900);
	may_presence(world, "example.test");
	world_pass(world, 200);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_comes(world, DESK, "<status>at my desk</status>");
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_server_that_never_tells_its_name_is_partial(void **state)
{
	struct world *world = *state;

	begin_again(world);
	may_presence(world, "example.test");
	world_comes(world, DESK, "<status>at my desk</status>");
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_pass(world, 5000);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

static void a_privilege_taken_away_leaves_nobody_online(void **state)
{
	struct world *world = *state;

	begin_again(world);
	may_presence(world, "example.test");
	world_comes(world, DESK, "");
	is_prosody(world, "example.test");
	(void)world_sent(world);
	privileges(world, "example.test", "<perm access='presence' type='none'/>");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	may_presence(world, "example.test");
	world_comes(world, DESK, "<show>xa</show>");
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SHOWN, BOB, "<show>xa</show>");
}

static void each_domain_waits_for_its_own_server(void **state)
{
	struct world *world = *state;
	const char *sent;

	world_begin_with(world, two_domains, DOMAIN_POLICY);
	world_up(world);
	may_presence(world, "example.test");
	is_prosody(world, "example.test");
	world_comes(world, DESK, "");
	world_comes(world, "zoe@other.test/x", "");
	world_says(world, "zoe@other.test", ALICE_MEET, "subscribe");
	world_says(world, BOB, "zoe\\40other.test@" SELF, "subscribe");
	world_says(world, BOB, "zoe\\40evil.test@" SELF, "subscribe");
	sent = world_sent(world);
	expect_presence(sent, SHOWN, "zoe@other.test", "<c ");
	expect_no_presence(sent, "zoe\\40other.test@" SELF "/calendar", BOB, "");
	may_presence(world, "other.test");
	is_prosody(world, "other.test");
	expect_presence(
		world_sent(world), "zoe\\40other.test@" SELF "/calendar", BOB, "<c ");
	/* Nor does a domain speak for another. */
	privileges(world, "evil.test", "<perm access='presence' type='none'/>");
	world_comes(world, "eve@evil.test/x", "");
	assert_string_equal(world_sent(world), "");
}

/* alice has approved our subscription and is online, bob watches her. */
static void begin_approved(struct world *world)
{

	world_begin_with(world, asked, DOMAIN_POLICY);
	world_up(world);
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SELF, ALICE, "type='subscribe'");
	world_answer(world, "example.test", "");
	world_says(world, ALICE, SELF, "subscribed");
	expect_presence(world_sent(world), SELF, ALICE, "type='probe'");
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ESCAPED, "subscribe");
	expect_presence(world_sent(world), ESCAPED "/calendar", BOB, "at my desk");
}

static void an_approved_subscription_tells_presence(void **state)
{
	struct world *world = *state;

	begin_approved(world);
	world_goes(world, DESK);
	expect_presence(
		world_sent(world), ESCAPED "/calendar", BOB, "type='unavailable'");
}

static void a_few_users_do_not_hide_that_a_domain_has_no_source(void **state)
{
	static const char people[] =
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
		"users = ( { jid = \"bob@example.test\"; mailbox = "
		"\"robert@example.com\"; } );\n";
	FILE *log = scene_log_begin(LOG_LEVEL_ERROR);
	struct world *world = *state;
	char *text;

	world_begin_with(world, people, DOMAIN_POLICY);
	world_up(world);
	is_prosody(world, "example.test");
	world_pass(world, 5000);
	world_end(world);
	text = scene_log_end(log);
	assert_non_null(strstr(text, "presence = \"managed_entity\""));
	free(text);
}

static void after_a_restart_the_approved_are_probed_before_anything_is_said(void **state)
{
	struct world *world = *state;
	const char *sent;

	begin_approved(world);
	world_restart(world);
	world_up(world);
	is_prosody(world, "example.test");
	sent = world_sent(world);
	expect_presence(sent, SELF, ALICE, "type='probe'");
	expect_no_presence(sent, SELF, ALICE, "type='subscribe'");
	expect_no_presence(sent, ESCAPED "/calendar", BOB, "");
	world_comes(world, DESK, "<status>at my desk</status>");
	world_answer(world, "example.test", "");
	sent = world_sent(world);
	expect_presence(sent, ESCAPED "/calendar", BOB, "at my desk");
	expect_no_presence(sent, ESCAPED "/calendar", BOB, "type='unavailable'");
}

static void a_probe_answered_with_nobody_shows_her_offline(void **state)
{
	struct world *world = *state;

	begin_approved(world);
	world_restart(world);
	world_up(world);
	is_prosody(world, "example.test");
	world_says(world, ALICE, SELF, "unavailable");
	world_answer(world, "example.test", "");
	expect_presence(
		world_sent(world), ESCAPED "/calendar", BOB, "type='unavailable'");
}

static void a_withdrawn_approval_shows_her_offline_and_is_not_asked_for_again(
	void **state)
{
	struct world *world = *state;

	begin_approved(world);
	world_says(world, ALICE, SELF, "unsubscribed");
	expect_presence(
		world_sent(world), ESCAPED "/calendar", BOB, "type='unavailable'");
	world_restart(world);
	world_up(world);
	is_prosody(world, "example.test");
	expect_no_presence(world_sent(world), SELF, ALICE, "");
	/* She may change her mind. */
	world_says(world, ALICE, SELF, "subscribed");
	expect_presence(world_sent(world), SELF, ALICE, "type='probe'");
}

static void an_undecided_request_is_repeated_after_a_day_only(void **state)
{
	struct world *world = *state;

	world_begin_with(world, asked, DOMAIN_POLICY);
	world_up(world);
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SELF, ALICE, "type='subscribe'");
	world_restart(world);
	world_up(world);
	is_prosody(world, "example.test");
	expect_no_presence(world_sent(world), SELF, ALICE, "");
	world->now.wall_ms += 86400000;
	world_restart(world);
	world_up(world);
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SELF, ALICE, "type='subscribe'");
}

static void who_was_not_asked_cannot_approve(void **state)
{
	struct world *world = *state;

	begin_approved(world);
	world_says(world, BOB, SELF, "subscribed");
	assert_string_equal(world_sent(world), "");
	world_says(world, "eve@evil.test", SELF, "subscribed");
	assert_string_equal(world_sent(world), "");
}

static void without_a_privilege_the_listed_people_are_asked(void **state)
{
	struct world *world = *state;

	world_begin_with(world, asked_if_needed, DOMAIN_POLICY);
	world_up(world);
	is_prosody(world, "example.test");
	world_pass(world, 4999);
	assert_string_equal(world_sent(world), "");
	world_pass(world, 1);
	expect_presence(world_sent(world), SELF, ALICE, "type='subscribe'");
}

/* Prosody of Debian 12 nests the namespaces of an iq privilege, in random order. */
static void a_nested_privilege_counts(void **state)
{
	static const char *const perms[] = {
		"<namespace ns='urn:xmpp:push:0' type='set'><namespace "
		"ns='urn:xmpp:blocking' type='get'/></namespace>",
		"<namespace ns='urn:xmpp:a'><namespace ns='urn:xmpp:b' type='get'>"
		"<namespace ns='urn:xmpp:blocking' type='both'/></namespace></namespace>",
		"<namespace ns='urn:xmpp:blocking' type='get'><namespace "
		"ns='urn:xmpp:push:0' type='set'/></namespace>",
	};

	for (size_t i = 0; i < sizeof(perms) / sizeof(perms[0]); i++) {
		struct world *world = *state;
		char text[1024];

		(void)snprintf(text, sizeof(text),
			"<perm access='roster' type='both'/><perm access='presence' "
			"type='managed_entity'/><perm access='iq'>%s</perm>",
			perms[i]);
		world_begin(world, CONTACTS_POLICY);
		world_up(world);
		privileges(world, "example.test", text);
		is_prosody(world, "example.test");
		world_comes(world, DESK, "<status>at my desk</status>");
		world_says(world, BOB, ALICE_MEET, "subscribe");
		world_roster(world, ALICE, bob_alone);
		expect_no_presence(world_sent(world), ALICE_MEET, BOB, "subscribed");
		world_blocked(world, ALICE, "");
		expect_presence(world_sent(world), ALICE_MEET, BOB, "subscribed");
		world_end(world);
	}
}

/* A privilege to set block lists does not let us read them. */
static void a_privilege_of_another_type_does_not_count(void **state)
{
	struct world *world = *state;

	world_begin(world, CONTACTS_POLICY);
	world_up(world);
	privileges(world, "example.test",
		"<perm access='roster' type='get'/><perm access='presence' "
		"type='managed_entity'/><perm access='iq'><namespace "
		"ns='urn:xmpp:blocking' type='set'/></perm>");
	is_prosody(world, "example.test");
	world_comes(world, DESK, "");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_roster(world, ALICE, bob_alone);
	assert_null(strstr(world_sent(world), "urn:xmpp:blocking"));
}

/* Without XEP-0092: what a server is stands in its identity. */
static void a_server_that_hides_its_version_is_known_by_its_identity(void **state)
{
	struct world *world = *state;

	begin_again(world);
	may_presence(world, "example.test");
	is_prosody(world, "example.test");
	expect_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
	assert_null(strstr(buf_text(&world->all), "jabber:iq:version"));
}

/* alice was last heard of from a server that does not tell of lost sessions. */
static void begin_again_partial(struct world *world)
{
	world_begin(world, DOMAIN_POLICY);
	world_up_ejabberd(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	(void)world_sent(world);
	world_restart(world);
	world_up(world);
	may_presence(world, "example.test");
}

/* It costs no time to find that out. */
static void a_server_without_a_name_is_partial_at_once(void **state)
{
	struct world *world = *state;

	begin_again_partial(world);
	world_software(world, "example.test", NULL);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

/* The identity of a server counts, not that of what runs inside it. */
static void another_identity_is_not_the_servers(void **state)
{
	struct world *world = *state;

	begin_again_partial(world);
	world_answer_about(world, "example.test", "disco#info",
		"<query xmlns='http://jabber.org/protocol/disco#info'>"
		"<identity category='pubsub' type='pep' name='Prosody'/>"
		"<identity category='server' type='im' name='ejabberd'/></query>");
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
}

/* ejabberd 24.10 to 24.12 drop iqs of a privileged component. */
static void a_server_that_answers_nothing_is_read_after_five_seconds(void **state)
{
	struct world *world = *state;

	world_begin(world, DOMAIN_POLICY);
	world->has_module = true; // <hello/> gets no answer
	world_up(world);
	may_presence(world, "example.test");
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_pass(world, 4999);
	expect_no_presence(world_sent(world), SHOWN, BOB, "");
	world_pass(world, 1);
	expect_presence(world_sent(world), SHOWN, BOB, "at my desk");
	world_pass(world, 20000);
	expect_no_presence(world_sent(world), SHOWN, BOB, "type='unavailable'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_nested_namespace_is_a_privilege),
		world_test(a_late_privilege_shows_nobody_offline_who_is_online),
		world_test(a_privilege_behind_the_version_waits_for_the_presences),
		world_test(a_server_that_never_tells_its_name_is_partial),
		world_test(a_privilege_taken_away_leaves_nobody_online),
		world_test(each_domain_waits_for_its_own_server),
		world_test(an_approved_subscription_tells_presence),
		world_test(a_few_users_do_not_hide_that_a_domain_has_no_source),
		world_test(
			after_a_restart_the_approved_are_probed_before_anything_is_said),
		world_test(a_probe_answered_with_nobody_shows_her_offline),
		world_test(
			a_withdrawn_approval_shows_her_offline_and_is_not_asked_for_again),
		world_test(an_undecided_request_is_repeated_after_a_day_only),
		world_test(who_was_not_asked_cannot_approve),
		world_test(without_a_privilege_the_listed_people_are_asked),
		world_test(a_nested_privilege_counts),
		world_test(a_privilege_of_another_type_does_not_count),
		world_test(a_server_that_hides_its_version_is_known_by_its_identity),
		world_test(a_server_without_a_name_is_partial_at_once),
		world_test(another_identity_is_not_the_servers),
		world_test(a_server_that_answers_nothing_is_read_after_five_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
