#include "test.h"

#include "component/settings/limits.h"
#include "config_files.h"

static char *folder; // of the files that a test makes

static int make_folder(void **state)
{
	char name[] = "/tmp/calpresence-users-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(name));
	folder = strdup(name);
	return chdir(folder);
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink("users.csv");
	(void)rmdir(folder);
	free(folder);
	return 0;
}

static void a_users_file_may_come_from_a_spreadsheet(void **state)
{
	(void)state;
	const char csv[] = "\xef\xbb\xbfjid,mailbox,gateway\r\n"
			   "\"alice@example.test\",\"a.l@example.com\",\"hq\"\r\n"
			   "\r\n"
			   "# a remark\r\n"
			   "  bob@example.test , bob@example.com ,\r\n"
			   "carol@example.test,carol@example.com";

	write_file("users.csv", csv, sizeof(csv) - 1, 0644);
	struct config *config =
		load_good(COMPONENT GATEWAYS "users_file = \"users.csv\";");
	assert_int_equal(config->n_users, 3);
	assert_string_equal(config->users[0].mailbox, "a.l@example.com");
	assert_string_equal(config->users[0].gateway, "hq");
	assert_string_equal(config->users[1].jid, "bob@example.test");
	assert_string_equal(config->users[1].gateway, "");
	assert_string_equal(config->users[2].mailbox, "carol@example.com");
	config_free(config);
}

static void a_quoted_field_may_hold_commas_and_quotes(void **state)
{
	(void)state;
	const char csv[] =
		",\"room1@example.com\" ,, \"Room \"\"1\"\", second floor\"\r\n"
		",room2@example.com,,\" padded \"\n";

	write_file("users.csv", csv, sizeof(csv) - 1, 0644);
	struct config *config = load_good(MINIMAL "users_file = \"users.csv\";");
	assert_int_equal(config->n_rooms, 2);
	assert_string_equal(config->rooms[0].name, "Room \"1\", second floor");
	assert_string_equal(config->rooms[1].name, "padded");
	config_free(config);
}

static void a_quote_out_of_place_is_told(void **state)
{
	static const char *const lines[] = {"\"bob@example.test,bob@example.com",
		"\"bob@example.test\" x,bob@example.com", "bob@example.test,\"",
		"bob@example.test,\"bob@example.com\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		write_file("users.csv", lines[i], strlen(lines[i]), 0644);
		expect_error(MINIMAL "users_file = \"users.csv\";",
			"users.csv:1: a quote is out of place: a field begins and ends "
			"with one, and has two for one");
	}
}

/* A users file of n people; to be freed. */
static char *many_users(size_t n, size_t *out_length)
{
	size_t size = n * 64 + 1;
	char *text = malloc(size);
	size_t used = 0;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, size - used,
			"user%zu@example.test,user%zu@example.com\n", i, i);
	*out_length = used;
	return text;
}

static void of_ten_thousand_lines_each_error_has_its_line(void **state)
{
	(void)state;
	struct config_errors errors = {0};
	size_t length;
	char *text = many_users(10000, &length);

	for (char *at = text; (at = strstr(at, "99@example.test")) != NULL; at++)
		at[2] = ' '; // of every hundredth
	write_file("users.csv", text, length, 0600);
	assert_null(config_load_text(
		"test.conf", MINIMAL "users_file = \"users.csv\";", 1, &errors));
	assert_int_equal(errors.n, 100);
	assert_int_equal(errors.kept, 100);
	for (size_t i = 0; i < errors.kept; i++) {
		assert_int_equal(errors.list[i].line, 100 * (i + 1));
		assert_non_null(strstr(errors.list[i].text, "is not a bare JID"));
	}
	config_errors_finish(&errors);

	for (size_t i = 0; i < length; i++)
		text[i] = text[i] == '@' ? ' ' : text[i];
	write_file("users.csv", text, length, 0600);
	free(text);
	assert_null(config_load_text(
		"test.conf", MINIMAL "users_file = \"users.csv\";", 1, &errors));
	assert_int_equal(errors.n, 20000); // the JID and the mailbox of each
	assert_int_equal(errors.kept, CONFIG_ERRORS_MAX);
	assert_int_equal(errors.list[CONFIG_ERRORS_MAX - 1].line, CONFIG_ERRORS_MAX / 2);
	config_errors_finish(&errors);
}

static void as_many_users_as_the_limit_are_taken_and_not_one_more(void **state)
{
	(void)state;
	struct config_mailbox mailbox;
	struct config_errors errors = {0};
	size_t length;
	char *text = many_users(CONFIG_USERS_MAX, &length);

	write_file("users.csv", text, length, 0600);
	free(text);
	struct config *config =
		load_good(COMPONENT GATEWAYS "users_file = \"users.csv\";");
	assert_int_equal(config->n_users, CONFIG_USERS_MAX);
	assert_true(config_mailbox_for(config, "user99999@example.test", &mailbox));
	config_free(config);

	text = many_users(CONFIG_USERS_MAX + 2, &length);
	write_file("users.csv", text, length, 0600);
	free(text);
	assert_null(config_load_text("test.conf",
		COMPONENT GATEWAYS "users_file = \"users.csv\";", 1, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.list[0].text,
		"users.csv:100001: there are more than 100000 users");
	config_errors_finish(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_users_file_may_come_from_a_spreadsheet),
		cmocka_unit_test(a_quoted_field_may_hold_commas_and_quotes),
		cmocka_unit_test(a_quote_out_of_place_is_told),
		cmocka_unit_test(of_ten_thousand_lines_each_error_has_its_line),
		cmocka_unit_test(as_many_users_as_the_limit_are_taken_and_not_one_more),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
