#include "test.h"

#include "config_files.h"

/* What is allowed and can hardly be meant: it is said, and the configuration is taken. */

static void expect_warning(const char *text, const char *expected)
{
	struct config_errors errors = {0};
	struct config *config = config_load_text("test.conf", text, 1, &errors);

	assert_non_null(config);
	assert_int_equal(errors.n, 0);
	assert_int_equal(errors.n_warnings, 1);
	assert_int_equal(errors.kept, 1);
	assert_true(errors.list[0].is_warning);
	assert_string_equal(errors.list[0].text, expected);
	config_errors_finish(&errors);
	config_free(config);
}

static void expect_silence(const char *text)
{
	struct config_errors errors = {0};
	struct config *config = config_load_text("test.conf", text, 1, &errors);

	assert_non_null(config);
	if (errors.kept > 0)
		fail_msg("%s", errors.list[0].text);
	config_errors_finish(&errors);
	config_free(config);
}

static void a_usual_file_has_none(void **state)
{
	(void)state;
	expect_silence(MINIMAL);
	expect_silence(COMPONENT "gateways = ( " GATEWAY(
		"hq", "impersonate = true;") " );\n" DOMAINS
					     "calendar = { detail = \"items\"; };");
	expect_silence(MINIMAL "publish = { watchers = \"list\";"
			       " watcher_list = [ \"example.test\" ]; };");
	expect_silence(COMPONENT GATEWAYS "users = ( { jid = \"bob@example.test\";"
					  " mailbox = \"bob@example.com\"; } );");
}

static void a_list_of_nobody_is_said(void **state)
{
	(void)state;
	expect_warning(MINIMAL "publish = { watchers = \"list\"; };",
		"test.conf:4: warning: publish.watchers is \"list\", and watcher_list is "
		"empty: nobody sees anything");
}

static void entries_that_no_gateway_may_read_are_said(void **state)
{
	(void)state;
	expect_warning(MINIMAL "calendar = { detail = \"items\"; };",
		"test.conf:4: warning: calendar.detail is \"items\", which takes "
		"impersonate = true, and no gateway has that: free/busy is read");
}

static void a_reading_that_ends_before_the_next_one_is_said(void **state)
{
	(void)state;
	expect_silence(COMPONENT
		"gateways = ( " GATEWAY("hq", "poll_interval = 3600;") " );\n" DOMAINS);
	expect_warning(COMPONENT
		"gateways = ( " GATEWAY("hq", "poll_interval = 3601;") " );\n" DOMAINS,
		"test.conf:2: warning: gateways[] reads a calendar each 3601 s, by "
		"poll_interval, and a reading counts for 3600 s, by "
		"calendar.stale_after: in between it is unknown");
}

#define EXAMPLE_ALONE \
	"gateways = ( " GATEWAY("hq", "mail_domains = [ \"example.com\" ];") " );\n"

static void a_mail_domain_that_nobody_reads_is_said(void **state)
{
	(void)state;
	expect_silence(COMPONENT EXAMPLE_ALONE DOMAINS);
	expect_warning(COMPONENT EXAMPLE_ALONE
		"domains = ( { im = \"example.test\"; mail = \"eu.example.com\"; },\n"
		" { im = \"b.test\"; mail = \"exmaple.com\"; } );",
		"test.conf:4: warning: domains[] has the mail domain \"exmaple.com\", "
		"which no gateway reads");
}

static void mailboxes_that_nobody_reads_are_said_once(void **state)
{
	(void)state;
	expect_warning(COMPONENT EXAMPLE_ALONE DOMAINS
		"users = ( { jid = \"z@example.test\"; mailbox = \"z@example.net\"; },\n"
		" { jid = \"a@example.test\"; mailbox = \"a@example.net\"; },\n"
		" { mailbox = \"room@example.net\"; name = \"Room\"; gateway = \"hq\"; "
		"},\n"
		" { jid = \"b@example.test\"; mailbox = \"b@example.com\"; } );",
		"test.conf:4: warning: the user \"z@example.test\" has a mailbox that no "
		"gateway reads, as the first of 2");
}

static void people_of_other_domains_are_said_once(void **state)
{
	(void)state;
	expect_warning(MINIMAL "users = ( { jid = \"bob@exmaple.test\"; mailbox = "
			       "\"bob@example.com\"; } );",
		"test.conf:4: warning: the user \"bob@exmaple.test\" is of none of the "
		"domains in `domains`");
}

static void a_secret_with_a_blank_at_an_end_is_said(void **state)
{
	(void)state;
	char folder[] = "/tmp/calpresence-warnings-XXXXXX";
	static const struct {
		const char *secret;
		const char *how;
	} cases[] = {{"geheim \n", "ends"}, {" geheim", "begins"}, {"geheim\n\n", "ends"},
		{"geheim\t", "ends"}};

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[256];

		write_file("a.secret", cases[i].secret, strlen(cases[i].secret), 0600);
		(void)snprintf(expected, sizeof(expected),
			"test.conf:3: warning: component.secret_file \"a.secret\": the "
			"secret %s with a blank or an empty line, which counts",
			cases[i].how);
		expect_warning(GATEWAYS DOMAINS
			"component = { jid = \"meet.example.test\";"
			" secret_file = \"a.secret\"; };",
			expected);
	}
	assert_int_equal(unlink("a.secret"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_file_has_none),
		cmocka_unit_test(a_list_of_nobody_is_said),
		cmocka_unit_test(entries_that_no_gateway_may_read_are_said),
		cmocka_unit_test(a_reading_that_ends_before_the_next_one_is_said),
		cmocka_unit_test(a_mail_domain_that_nobody_reads_is_said),
		cmocka_unit_test(mailboxes_that_nobody_reads_are_said_once),
		cmocka_unit_test(people_of_other_domains_are_said_once),
		cmocka_unit_test(a_secret_with_a_blank_at_an_end_is_said),
	};

	return cmocka_run_group_tests_name("config warnings", tests, NULL, NULL);
}
