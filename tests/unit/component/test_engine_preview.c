#include "component/engine_scene.h"
#include "test.h"

#include <string.h>

/* What a reload would do, before it does it. */

#define PEOPLE "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
#define ALL_PEOPLE                                                               \
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"    \
	"users = ( { jid = \"" ALICE "\"; mailbox = \"alice@example.com\"; },\n" \
	" { jid = \"carol@example.test\"; mailbox = \"carol@example.com\"; },\n" \
	" { mailbox = \"one@example.com\"; name = \"One\"; } );\n"

static struct config *configure(const char *people, const char *publish)
{
	struct config_errors errors = {0};
	struct config *config;
	static char text[80 * 1024];

	(void)snprintf(text, sizeof(text),
		"component = { jid = \"" SELF "\"; secret = \"s\"; };\n"
		"gateways = ( { name = \"hq\"; url = "
		"\"https://mail.example.com/EWS/Exchange.asmx\"; username = \"u\"; "
		"password = \"p\"; } );\n"
		"%spublish = { %s };\n",
		people, publish);
	config = config_load_text("next.conf", text, 2, &errors);
	assert_non_null(config);
	config_errors_finish(&errors);
	return config;
}

static struct engine_preview expect_preview(struct world *world, const char *people,
	const char *publish, const char *expected)
{
	struct config *next = configure(people, publish);
	struct engine_preview preview;
	struct buf lines;

	buf_init(&lines, 1024 * 1024);
	preview = engine_preview(world->engine, next, &lines);
	assert_string_equal(buf_text(&lines), expected);
	/* It is a look alone. */
	assert_string_equal(world_sent(world), "");
	buf_finish(&lines);
	config_free(next);
	return preview;
}

static void the_same_again_changes_nothing(void **state)
{
	struct world *world = *state;
	struct engine_preview preview;

	scene_meeting(world, CONTACTS_POLICY, 600);
	(void)world_sent(world);
	preview = expect_preview(world, PEOPLE, CONTACTS_POLICY, "");
	assert_int_equal(preview.subscriptions, 1);
	assert_int_equal(preview.ended, 0);
}

static void who_is_named_appears_changes_and_vanishes(void **state)
{
	struct world *world = *state;

	world_begin_with(world, ALL_PEOPLE, DOMAIN_POLICY);
	expect_preview(world,
		"users = ( { jid = \"" ALICE "\"; mailbox = \"a@example.com\"; },\n"
		" { jid = \"dave@b.test\"; mailbox = \"dave@example.com\"; },\n"
		" { mailbox = \"two@example.com\"; name = \"Two\"; } );\n",
		DOMAIN_POLICY " resource = \"x\";",
		"changes: everybody has the resource \"x\" instead of \"calendar\" in "
		"mode "
		"component\n"
		"vanishes: the people of example.test, but for `users`\n"
		"changes: alice@example.test (mailbox a@example.com instead of "
		"alice@example.com)\n"
		"vanishes: carol@example.test\n"
		"vanishes: one@meet.example.test\n"
		"appears: dave@b.test (mailbox dave@example.com)\n"
		"appears: two\\40example.com@meet.example.test (mailbox "
		"two@example.com)\n");
}

static void modes_and_domains_are_named_as_such(void **state)
{
	struct world *world = *state;

	world_begin(world, "modes = [ \"component\" ];");
	expect_preview(world,
		"domains = ( { im = \"example.test\"; mail = \"example.net\"; },\n"
		" { im = \"b.test\"; mail = \"b.example.com\"; } );\n",
		"modes = [ \"user\" ];",
		"vanishes: publish mode component\n"
		"appears: publish mode user\n"
		"changes: the people of example.test have mailboxes at example.net "
		"instead of example.com\n"
		"appears: the people of b.test\n");
}

/* bob sees alice, and her domain is served no more. */
static void subscriptions_that_end_are_counted(void **state)
{
	struct world *world = *state;
	struct engine_preview preview;

	scene_meeting(world, CONTACTS_POLICY, 600);
	(void)world_sent(world);
	preview = expect_preview(world,
		"domains = ( { im = \"b.test\"; mail = \"example.com\"; } );\n",
		CONTACTS_POLICY,
		"vanishes: the people of example.test\n"
		"appears: the people of b.test\n"
		"vanishes: alice@example.test; 1 lose sight, 1 subscriptions end\n");
	assert_int_equal(preview.subscriptions, 1);
	assert_int_equal(preview.ended, 1);
}

static void a_long_preview_is_cut_and_says_so(void **state)
{
	static char people[64 * 1024] = PEOPLE "users = ( ";
	size_t used = strlen(people);
	struct world *world = *state;
	struct config *next;
	struct buf lines;

	for (int i = 0; i < 1001; i++)
		used += (size_t)snprintf(people + used, sizeof(people) - used,
			"%s{ jid = \"p%d@b.test\"; mailbox = \"p@e.com\"; }",
			i > 0 ? "," : "", i);
	(void)snprintf(people + used, sizeof(people) - used, " );\n");
	next = configure(people, DOMAIN_POLICY);
	world_begin(world, DOMAIN_POLICY);
	buf_init(&lines, 1024 * 1024);
	(void)engine_preview(world->engine, next, &lines);
	assert_int_equal(scene_count(buf_text(&lines), "appears: "), 1000);
	assert_non_null(strstr(buf_text(&lines), "\nand 1 more\n"));
	buf_finish(&lines);
	config_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(the_same_again_changes_nothing),
		world_test(who_is_named_appears_changes_and_vanishes),
		world_test(modes_and_domains_are_named_as_such),
		world_test(subscriptions_that_end_are_counted),
		world_test(a_long_preview_is_cut_and_says_so),
	};

	return cmocka_run_group_tests_name("engine preview", tests, NULL, NULL);
}
