#include "test.h"

#include "config_files.h"

#include <dirent.h>

/* Makes the working directory a copy of tests/config/broken with the modes that its
 * README tells of. */
static int copy_folder(void **state)
{
	char folder[] = "/tmp/calpresence-broken-XXXXXX";
	DIR *broken = opendir(BROKEN_FOLDER);

	assert_non_null(broken);
	assert_non_null(mkdtemp(folder));
	*state = strdup(folder);
	assert_int_equal(chdir(folder), 0);
	for (const struct dirent *entry; (entry = readdir(broken));) {
		const char *name = entry->d_name;
		char path[1024];

		if (name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", BROKEN_FOLDER, name);
		bool exposed = strcmp(name, "12-exposed.conf") == 0 ||
			       strcmp(name, "13-exposed.secret") == 0;
		char *text = read_file(path);
		write_file(name, text, strlen(text), exposed ? 0644 : 0600);
		free(text);
	}
	assert_int_equal(closedir(broken), 0);
	return 0;
}

static int remove_folder(void **state)
{
	DIR *copy = opendir(".");

	assert_non_null(copy);
	for (const struct dirent *entry; (entry = readdir(copy));)
		if (entry->d_name[0] != '.')
			assert_int_equal(unlink(entry->d_name), 0);
	assert_int_equal(closedir(copy), 0);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void expect_errors(const char *name)
{
	struct config_errors errors = {0};
	char file[256];
	char text[8192] = "";
	size_t used = 0;

	assert_null(config_load(name, 1, &errors));
	assert_int_equal(errors.kept, errors.n + errors.n_warnings);
	for (size_t i = 0; i < errors.kept; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s\n", errors.list[i].text);
	config_errors_finish(&errors);
	(void)snprintf(
		file, sizeof(file), "%.*s.expected", (int)(strlen(name) - 5), name);
	char *expected = read_file(file);
	assert_string_equal(text, expected);
	free(expected);
}

static void every_broken_file_is_refused_with_what_and_where(void **state)
{
	(void)state;
	DIR *copy = opendir(".");
	size_t n = 0;

	assert_non_null(copy);
	for (const struct dirent *entry; (entry = readdir(copy));) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".conf") != 0)
			continue;
		expect_errors(entry->d_name);
		n++;
	}
	assert_int_equal(closedir(copy), 0);
	assert_true(n >= 20);
}

static void a_file_that_is_not_there_is_one_error(void **state)
{
	(void)state;
	struct config_errors errors = {0};

	assert_null(config_load("not-there.conf", 1, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(
		errors.list[0].text, "not-there.conf: No such file or directory");
	config_errors_finish(&errors);
}

static void a_folder_is_no_configuration(void **state)
{
	(void)state;
	struct config_errors errors = {0};

	assert_null(config_load(".", 1, &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.list[0].text, ".: is not a regular file");
	config_errors_finish(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_broken_file_is_refused_with_what_and_where),
		cmocka_unit_test(a_file_that_is_not_there_is_one_error),
		cmocka_unit_test(a_folder_is_no_configuration),
	};

	return cmocka_run_group_tests(tests, copy_folder, remove_folder);
}
