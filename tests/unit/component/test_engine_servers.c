#include "base/log.h"
#include "component/engine_scene.h"
#include "component/presence/model.h"
#include "test.h"

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
	world_answer(world, domain,
		"<query xmlns='jabber:iq:version'><name>Prosody</name></query>");
}

/* alice is known, bob watches her, the component starts anew. */
static void begin_again(struct world *world)
{
	world_begin(world, DOMAIN_POLICY);
	world_up_prosody(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ALICE_MEET, "subscribe");
	world_restart(world);
	world_up(world);
}

/* Prosody 0.12 writes each namespace of the permission inside the one before it. */
static void a_nested_namespace_is_a_privilege(void **state)
{
	struct world world;

	(void)state;
	world_begin(&world, "");
	world_up(&world);
	privileges(&world, "example.test",
		"<perm access='roster' type='both'/>"
		"<perm access='presence' type='managed_entity'/><perm access='iq'>"
		"<namespace ns='urn:xmpp:push:0' type='set'>"
		"<namespace ns='urn:xmpp:blocking' type='get'/></namespace></perm>");
	is_prosody(&world, "example.test");
	world_comes(&world, DESK, "");
	world_says(&world, BOB, ALICE_MEET, "subscribe");
	world_roster(&world, ALICE, (const char *const[]){BOB, NULL});
	assert_non_null(
		strstr(world_sent(&world), "<blocklist xmlns='urn:xmpp:blocking'"));
	world_end(&world);
}

static void a_late_privilege_shows_nobody_offline_who_is_online(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin_again(&world);
	is_prosody(&world, "example.test");
	world_pass(&world, 6000);
	may_presence(&world, "example.test");
	assert_false(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	world_comes(&world, DESK, "<status>at my desk</status>");
	is_prosody(&world, "example.test");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, SHOWN, BOB, "at my desk"));
	assert_false(world_has_presence(sent, SHOWN, BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_privilege_behind_the_version_waits_for_the_presences(void **state)
{
	struct world world;

	(void)state;
	begin_again(&world);
	is_prosody(&world, "example.test");
	world_pass(&world, 4900);
	may_presence(&world, "example.test");
	world_pass(&world, 200);
	assert_false(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	world_comes(&world, DESK, "<status>at my desk</status>");
	is_prosody(&world, "example.test");
	assert_true(world_has_presence(world_sent(&world), SHOWN, BOB, "at my desk"));
	world_end(&world);
}

static void a_server_that_never_tells_its_name_is_partial(void **state)
{
	struct world world;

	(void)state;
	begin_again(&world);
	may_presence(&world, "example.test");
	world_comes(&world, DESK, "<status>at my desk</status>");
	assert_false(world_has_presence(world_sent(&world), SHOWN, BOB, ""));
	world_pass(&world, 5000);
	assert_true(world_has_presence(world_sent(&world), SHOWN, BOB, "at my desk"));
	world_end(&world);
}

static void a_privilege_taken_away_leaves_nobody_online(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin_again(&world);
	may_presence(&world, "example.test");
	world_comes(&world, DESK, "");
	is_prosody(&world, "example.test");
	(void)world_sent(&world);
	privileges(&world, "example.test", "<perm access='presence' type='none'/>");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, SHOWN, BOB, "type='unavailable'"));
	may_presence(&world, "example.test");
	world_comes(&world, DESK, "<show>xa</show>");
	is_prosody(&world, "example.test");
	assert_true(
		world_has_presence(world_sent(&world), SHOWN, BOB, "<show>xa</show>"));
	world_end(&world);
}

static void each_domain_waits_for_its_own_server(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	world_begin_with(&world, two_domains, DOMAIN_POLICY);
	world_up(&world);
	may_presence(&world, "example.test");
	is_prosody(&world, "example.test");
	world_comes(&world, DESK, "");
	world_comes(&world, "zoe@other.test/x", "");
	world_says(&world, "zoe@other.test", ALICE_MEET, "subscribe");
	world_says(&world, BOB, "zoe\\40other.test@" SELF, "subscribe");
	world_says(&world, BOB, "zoe\\40evil.test@" SELF, "subscribe");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, SHOWN, "zoe@other.test", "<c "));
	assert_false(
		world_has_presence(sent, "zoe\\40other.test@" SELF "/calendar", BOB, ""));
	may_presence(&world, "other.test");
	is_prosody(&world, "other.test");
	assert_true(world_has_presence(
		world_sent(&world), "zoe\\40other.test@" SELF "/calendar", BOB, "<c "));
	/* Nor does a domain speak for another. */
	privileges(&world, "evil.test", "<perm access='presence' type='none'/>");
	world_comes(&world, "eve@evil.test/x", "");
	assert_string_equal(world_sent(&world), "");
	world_end(&world);
}

/* alice has approved our subscription and is online, bob watches her. */
static void begin_approved(struct world *world)
{
	const char *sent;

	world_begin_with(world, asked, DOMAIN_POLICY);
	world_up(world);
	is_prosody(world, "example.test");
	sent = world_sent(world);
	assert_true(world_has_presence(sent, SELF, ALICE, "type='subscribe'"));
	world_answer(world, "example.test", "");
	world_says(world, ALICE, SELF, "subscribed");
	assert_true(world_has_presence(world_sent(world), SELF, ALICE, "type='probe'"));
	world_comes(world, DESK, "<status>at my desk</status>");
	world_says(world, BOB, ESCAPED, "subscribe");
	assert_true(world_has_presence(
		world_sent(world), ESCAPED "/calendar", BOB, "at my desk"));
}

static void an_approved_subscription_tells_presence(void **state)
{
	struct world world;

	(void)state;
	begin_approved(&world);
	world_goes(&world, DESK);
	assert_true(world_has_presence(
		world_sent(&world), ESCAPED "/calendar", BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_few_users_do_not_hide_that_a_domain_has_no_source(void **state)
{
	static const char people[] =
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
		"users = ( { jid = \"bob@example.test\"; mailbox = "
		"\"robert@example.com\"; } );\n";
	FILE *log = tmpfile();
	struct world world;
	char text[4096];
	size_t n;

	(void)state;
	assert_non_null(log);
	log_setup(log, LOG_LEVEL_ERROR, false);
	world_begin_with(&world, people, DOMAIN_POLICY);
	world_up(&world);
	is_prosody(&world, "example.test");
	world_pass(&world, 5000);
	world_end(&world);
	log_setup(stderr, LOG_LEVEL_INFO, false);
	rewind(log);
	n = fread(text, 1, sizeof(text) - 1, log);
	text[n] = '\0';
	(void)fclose(log);
	assert_non_null(strstr(text, "presence = \"managed_entity\""));
}

static void after_a_restart_the_approved_are_probed_before_anything_is_said(void **state)
{
	struct world world;
	const char *sent;

	(void)state;
	begin_approved(&world);
	world_restart(&world);
	world_up(&world);
	is_prosody(&world, "example.test");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, SELF, ALICE, "type='probe'"));
	assert_false(world_has_presence(sent, SELF, ALICE, "type='subscribe'"));
	assert_false(world_has_presence(sent, ESCAPED "/calendar", BOB, ""));
	world_comes(&world, DESK, "<status>at my desk</status>");
	world_answer(&world, "example.test", "");
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, ESCAPED "/calendar", BOB, "at my desk"));
	assert_false(
		world_has_presence(sent, ESCAPED "/calendar", BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_probe_answered_with_nobody_shows_her_offline(void **state)
{
	struct world world;

	(void)state;
	begin_approved(&world);
	world_restart(&world);
	world_up(&world);
	is_prosody(&world, "example.test");
	world_says(&world, ALICE, SELF, "unavailable");
	world_answer(&world, "example.test", "");
	assert_true(world_has_presence(
		world_sent(&world), ESCAPED "/calendar", BOB, "type='unavailable'"));
	world_end(&world);
}

static void a_withdrawn_approval_shows_her_offline_and_is_not_asked_for_again(
	void **state)
{
	struct world world;

	(void)state;
	begin_approved(&world);
	world_says(&world, ALICE, SELF, "unsubscribed");
	assert_true(world_has_presence(
		world_sent(&world), ESCAPED "/calendar", BOB, "type='unavailable'"));
	world_restart(&world);
	world_up(&world);
	is_prosody(&world, "example.test");
	assert_false(world_has_presence(world_sent(&world), SELF, ALICE, ""));
	/* She may change her mind. */
	world_says(&world, ALICE, SELF, "subscribed");
	assert_true(world_has_presence(world_sent(&world), SELF, ALICE, "type='probe'"));
	world_end(&world);
}

static void an_undecided_request_is_repeated_after_a_day_only(void **state)
{
	struct world world;

	(void)state;
	world_begin_with(&world, asked, DOMAIN_POLICY);
	world_up(&world);
	is_prosody(&world, "example.test");
	assert_true(
		world_has_presence(world_sent(&world), SELF, ALICE, "type='subscribe'"));
	world_restart(&world);
	world_up(&world);
	is_prosody(&world, "example.test");
	assert_false(world_has_presence(world_sent(&world), SELF, ALICE, ""));
	world.now.wall_ms += 86400000;
	world_restart(&world);
	world_up(&world);
	is_prosody(&world, "example.test");
	assert_true(
		world_has_presence(world_sent(&world), SELF, ALICE, "type='subscribe'"));
	world_end(&world);
}

static void who_was_not_asked_cannot_approve(void **state)
{
	struct world world;

	(void)state;
	begin_approved(&world);
	world_says(&world, BOB, SELF, "subscribed");
	assert_string_equal(world_sent(&world), "");
	world_says(&world, "eve@evil.test", SELF, "subscribed");
	assert_string_equal(world_sent(&world), "");
	world_end(&world);
}

static void without_a_privilege_the_listed_people_are_asked(void **state)
{
	struct world world;

	(void)state;
	world_begin_with(&world, asked_if_needed, DOMAIN_POLICY);
	world_up(&world);
	is_prosody(&world, "example.test");
	world_pass(&world, 4999);
	assert_string_equal(world_sent(&world), "");
	world_pass(&world, 1);
	assert_true(
		world_has_presence(world_sent(&world), SELF, ALICE, "type='subscribe'"));
	world_end(&world);
}

static void a_stream_that_is_shared_is_never_complete(void **state)
{
	struct world world;

	(void)state;
	begin_approved(&world);
	assert_true(world.engine->servers->complete);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	world.engine->echoes.shared = true;
	world_up(&world);
	is_prosody(&world, "example.test");
	assert_false(world.engine->servers->complete);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nested_namespace_is_a_privilege),
		cmocka_unit_test(a_late_privilege_shows_nobody_offline_who_is_online),
		cmocka_unit_test(a_privilege_behind_the_version_waits_for_the_presences),
		cmocka_unit_test(a_server_that_never_tells_its_name_is_partial),
		cmocka_unit_test(a_privilege_taken_away_leaves_nobody_online),
		cmocka_unit_test(each_domain_waits_for_its_own_server),
		cmocka_unit_test(a_stream_that_is_shared_is_never_complete),
		cmocka_unit_test(an_approved_subscription_tells_presence),
		cmocka_unit_test(a_few_users_do_not_hide_that_a_domain_has_no_source),
		cmocka_unit_test(
			after_a_restart_the_approved_are_probed_before_anything_is_said),
		cmocka_unit_test(a_probe_answered_with_nobody_shows_her_offline),
		cmocka_unit_test(
			a_withdrawn_approval_shows_her_offline_and_is_not_asked_for_again),
		cmocka_unit_test(an_undecided_request_is_repeated_after_a_day_only),
		cmocka_unit_test(who_was_not_asked_cannot_approve),
		cmocka_unit_test(without_a_privilege_the_listed_people_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
