#include "test.h"

#include "component/settings/limits.h"
#include "config_files.h"

static char *folder; // of the files that a test makes

static int make_folder(void **state)
{
	char name[] = "/tmp/calpresence-people-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(name));
	folder = strdup(name);
	return chdir(folder);
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink("users.csv");
	(void)unlink("a.secret");
	(void)rmdir(folder);
	free(folder);
	return 0;
}

static void expect_mailbox(
	const struct config *config, const char *jid, const char *address)
{
	struct config_mailbox mailbox;

	if (address) {
		assert_true(config_mailbox_for(config, jid, &mailbox));
		assert_string_equal(mailbox.address, address);
	} else {
		assert_false(config_mailbox_for(config, jid, &mailbox));
	}
}

static void people_of_a_served_domain_have_mailboxes_of_their_name(void **state)
{
	(void)state;
	struct config *config = load_good(COMPONENT GATEWAYS
		"domains = ( { im = \"example.test\"; mail = \"Example.COM\"; },"
		" { im = \"b.test\"; mail = \"b.example.com\"; } );");

	expect_mailbox(config, "alice@example.test", "alice@example.com");
	expect_mailbox(config, "alice@b.test", "alice@b.example.com");
	expect_mailbox(
		config, "o\\27neil+x\\26y\\2fz@example.test", "o'neil+x&y/z@example.com");
	expect_mailbox(config, "alice@sub.example.test", NULL);
	expect_mailbox(config, "alice@other.test", NULL);
	expect_mailbox(config, "example.test", NULL);
	expect_mailbox(config, "a\\20b@example.test", NULL);
	config_free(config);
}

static void an_entry_of_their_own_goes_before_the_domain(void **state)
{
	(void)state;
	struct config *config =
		load_good(MINIMAL "users = ( { jid = \"bob@example.test\"; mailbox = "
				  "\"robert@example.com\"; },"
				  " { jid = \"Carol@Other.Test\"; mailbox = "
				  "\"c@example.com\"; gateway = \"hq\"; } "
				  ");");
	struct config_mailbox mailbox;

	expect_mailbox(config, "bob@example.test", "robert@example.com");
	assert_true(config_mailbox_for(config, "carol@other.test", &mailbox));
	assert_string_equal(mailbox.address, "c@example.com");
	assert_string_equal(mailbox.gateway, "hq");
	assert_true(config_mailbox_for(config, "bob@example.test", &mailbox));
	assert_string_equal(mailbox.gateway, "");
	config_free(config);
}

static void domains_are_served_by_entry_and_by_user(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL
		"users = ( { jid = \"bob@example.test\"; mailbox = \"bob@example.com\"; "
		"},"
		" { jid = \"carol@other.test\"; mailbox = \"carol@example.com\"; } );");

	assert_int_equal(config->n_served, 2);
	assert_true(config_serves_domain(config, "example.test"));
	assert_true(config_serves_domain(config, "other.test"));
	assert_false(config_serves_domain(config, "meet.example.test"));
	assert_false(config_serves_domain(config, ""));
	assert_non_null(config_domain_for(config, "example.test"));
	assert_null(config_domain_for(config, "other.test"));
	assert_true(config_has_users(config, "example.test"));
	assert_true(config_has_users(config, "other.test"));
	assert_false(config_has_users(config, "meet.example.test"));
	assert_string_equal(config_user_for(config, "carol@other.test")->mailbox,
		"carol@example.com");
	assert_null(config_user_for(config, "alice@example.test"));
	config_free(config);
}

static void users_alone_need_no_domains(void **state)
{
	(void)state;
	struct config *config =
		load_good(COMPONENT GATEWAYS "users = ( { jid = \"bob@example.test\"; "
					     "mailbox = \"bob@example.com\"; } );");

	assert_null(config->default_domain);
	assert_null(config_domain_for(config, "example.test"));
	expect_mailbox(config, "bob@example.test", "bob@example.com");
	expect_mailbox(config, "alice@example.test", NULL);
	config_free(config);
}

static void exactly_one_domain_is_the_default(void **state)
{
	(void)state;
	struct config *config =
		load_good(COMPONENT GATEWAYS "domains = ( { im = \"z.test\"; mail = "
					     "\"z.com\"; }, { im = \"a.test\"; mail = "
					     "\"a.com\"; } );");
	assert_string_equal(config->default_domain->im, "z.test");
	assert_true(config->default_domain->is_default);
	assert_false(config_domain_for(config, "a.test")->is_default);
	config_free(config);

	config = load_good(COMPONENT GATEWAYS "domains = ( { im = \"z.test\"; mail = "
					      "\"z.com\"; }, { im = \"m.test\"; mail = "
					      "\"m.com\"; default = true; }, { im = "
					      "\"a.test\"; mail = \"a.com\"; } );");
	assert_string_equal(config->default_domain->im, "m.test");
	config_free(config);
}

static void expect_gateway(const struct config *config, const char *mailbox,
	const char *named, const char *name)
{
	const struct config_gateway *gateway = config_gateway_for(config, mailbox, named);

	if (name) {
		assert_non_null(gateway);
		assert_string_equal(gateway->name, name);
	} else {
		assert_null(gateway);
	}
}

static void the_longest_mail_domain_chooses_the_gateway(void **state)
{
	(void)state;
	struct config *config = load_good(COMPONENT DOMAINS "gateways = (" GATEWAY(
		"all", "") "," GATEWAY("com",
		"mail_domains = [ \"example.com\", \"example.net\" ];") "," GATEWAY("eu",
		"mail_domains = [ \"EU.example.com\" ];") "," GATEWAY("late",
		"mail_domains = [ \"example.com\" ];") ");");

	expect_gateway(config, "a@example.com", NULL, "com");
	expect_gateway(config, "a@EXAMPLE.net", "", "com");
	expect_gateway(config, "a@us.example.com", NULL, "com");
	expect_gateway(config, "a@eu.example.com", NULL, "eu");
	expect_gateway(config, "a@x.eu.example.com", NULL, "eu");
	expect_gateway(config, "a@myexample.com", NULL, "all");
	expect_gateway(config, "a@com", NULL, "all");
	expect_gateway(config, "a@example.com", "late", "late");
	expect_gateway(config, "a@example.com", "gone", NULL);
	config_free(config);
}

static void all_that_fit_are_listed_in_the_order_of_their_fitness(void **state)
{
	(void)state;
	static const char *const expected[] = {"eu", "com", "late", "all"};
	const struct config_gateway *gateways[5];
	struct config *config =
		load_good(COMPONENT DOMAINS "gateways = (" GATEWAY("all", "") "," GATEWAY(
			"com", "mail_domains = [ \"example.com\" ];") "," GATEWAY("no",
			"mail_domains = [ \"example.net\" ];") "," GATEWAY("eu",
			"mail_domains = [ \"eu.example.com\" ];") "," GATEWAY("late",
			"mail_domains = [ \"example.com\" ];") ");");

	assert_int_equal(
		config_gateways_for(config, "a@eu.example.com", NULL, gateways), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(gateways[i]->name, expected[i]);
	assert_int_equal(config_gateways_for(config, "a@example.com", "no", gateways), 1);
	assert_string_equal(gateways[0]->name, "no");
	assert_int_equal(
		config_gateways_for(config, "a@example.com", "gone", gateways), 0);
	config_free(config);
}

static void a_mailbox_may_have_no_gateway(void **state)
{
	(void)state;
	struct config *config = load_good(COMPONENT DOMAINS "gateways = (" GATEWAY(
		"com", "mail_domains = [ \"example.com\" ];") ");");

	expect_gateway(config, "a@example.org", NULL, NULL);
	config_free(config);
}

static void watchers_are_listed_by_name_or_domain(void **state)
{
	(void)state;
	struct config *config = load_good(
		MINIMAL "publish = { watcher_list = [ \"b.test\", \"Bob@A.test\" ]; };");

	assert_true(config_watcher_is_listed(config, "bob@a.test"));
	assert_true(config_watcher_is_listed(config, "anyone@b.test"));
	assert_true(config_watcher_is_listed(config, "b.test"));
	assert_false(config_watcher_is_listed(config, "alice@a.test"));
	assert_false(config_watcher_is_listed(config, "a.test"));
	config_free(config);
	config = load_good(MINIMAL);
	assert_false(config_watcher_is_listed(config, "bob@a.test"));
	config_free(config);
}

static void expect_secret(const char *bytes, size_t n, mode_t mode, const char *expected)
{
	struct config_errors errors = {0};

	write_file("a.secret", bytes, n, mode);
	struct config *config = config_load_text("test.conf",
		GATEWAYS DOMAINS "component = { jid = \"meet.example.test\"; secret_file "
				 "= \"a.secret\"; };",
		1, &errors);
	assert_int_equal(config != NULL, expected != NULL);
	if (config)
		assert_string_equal(config->component.secret.bytes, expected);
	config_free(config);
	config_errors_finish(&errors);
}

static void a_secret_file_loses_one_newline(void **state)
{
	(void)state;
	expect_secret("geheim", 6, 0600, "geheim");
	expect_secret("geheim\n", 7, 0640, "geheim");
	expect_secret("geheim\r\n", 8, 0660, "geheim");
	expect_secret("geheim\n\n", 8, 0600, "geheim\n");
	expect_secret(" geheim ", 8, 0600, " geheim ");
}

static void a_secret_file_that_is_empty_or_open_to_others_is_refused(void **state)
{
	(void)state;
	expect_secret("", 0, 0600, NULL);
	expect_secret("\n", 1, 0600, NULL);
	expect_secret("a\0b", 3, 0600, NULL);
	expect_secret("geheim", 6, 0604, NULL);
	expect_secret("geheim", 6, 0602, NULL);
	expect_secret("geheim", 6, 0601, NULL);
}

static void a_secret_file_ends_at_its_limit(void **state)
{
	(void)state;
	char text[CONFIG_SECRET_MAX + 3];

	memset(text, 'x', sizeof(text));
	text[CONFIG_SECRET_MAX] = '\0';
	expect_secret(text, CONFIG_SECRET_MAX, 0600, text);
	text[CONFIG_SECRET_MAX] = 'x';
	expect_secret(text, CONFIG_SECRET_MAX + 1, 0600, NULL);
	expect_secret(text, CONFIG_SECRET_MAX + 3, 0600, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_of_a_served_domain_have_mailboxes_of_their_name),
		cmocka_unit_test(an_entry_of_their_own_goes_before_the_domain),
		cmocka_unit_test(domains_are_served_by_entry_and_by_user),
		cmocka_unit_test(users_alone_need_no_domains),
		cmocka_unit_test(exactly_one_domain_is_the_default),
		cmocka_unit_test(the_longest_mail_domain_chooses_the_gateway),
		cmocka_unit_test(all_that_fit_are_listed_in_the_order_of_their_fitness),
		cmocka_unit_test(a_mailbox_may_have_no_gateway),
		cmocka_unit_test(watchers_are_listed_by_name_or_domain),
		cmocka_unit_test(a_secret_file_loses_one_newline),
		cmocka_unit_test(
			a_secret_file_that_is_empty_or_open_to_others_is_refused),
		cmocka_unit_test(a_secret_file_ends_at_its_limit),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
