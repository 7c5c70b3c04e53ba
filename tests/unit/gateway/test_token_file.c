#include "gateway/auth/token_file.h"

#include "gateway/auth/token.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int enter_folder(void **state)
{
	char folder[] = "/tmp/calpresence-token-XXXXXX";
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	*state = strdup(folder);
	return 0;
}

static int leave_folder(void **state)
{
	(void)unlink("token");
	assert_int_equal(rmdir(*state), 0); // nothing else was left behind
	free(*state);
	return 0;
}

static void replace(const char *text)
{
	struct secret token = {0};
	assert_true(secret_set(&token, text, strlen(text)));
	assert_null(token_file_replace("token", &token));
	secret_finish(&token);
}

static void what_is_kept_is_read_back(void **state)
{
	(void)state;
	struct secret token = {0};
	struct stat status;
	replace("first");
	replace("second");
	assert_null(token_file_read("token", &token));
	assert_string_equal(token.bytes, "second");
	assert_int_equal(stat("token", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	secret_finish(&token);
}

static void a_file_that_others_can_read_is_refused(void **state)
{
	(void)state;
	struct secret token = {0};
	replace("first");
	assert_int_equal(chmod("token", 0640), 0);
	assert_non_null(strstr(token_file_read("token", &token), "chmod 600"));
	assert_null(token.bytes);
}

static void what_holds_no_token_is_told(void **state)
{
	(void)state;
	struct secret token = {0};
	assert_string_equal(token_file_read("token", &token), "it is not there");
	replace("two\nlines");
	assert_string_equal(token_file_read("token", &token), "it holds no token");
	replace("");
	assert_string_equal(token_file_read("token", &token), "it holds no token");
	char *longest = malloc(TOKEN_MAX + 2);
	assert_non_null(longest);
	memset(longest, 't', TOKEN_MAX + 1);
	longest[TOKEN_MAX + 1] = '\0';
	replace(longest);
	assert_string_equal(token_file_read("token", &token), "it holds no token");
	longest[TOKEN_MAX] = '\0';
	replace(longest);
	assert_null(token_file_read("token", &token));
	assert_int_equal(token.len, TOKEN_MAX);
	secret_finish(&token);
	free(longest);
}

static void a_folder_that_is_not_there_is_told_and_nothing_is_left(void **state)
{
	(void)state;
	struct secret token = {0};
	assert_true(secret_set(&token, "t", 1));
	assert_non_null(token_file_replace("nowhere/token", &token));
	secret_finish(&token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)
		IN_FOLDER(what_is_kept_is_read_back),
		IN_FOLDER(a_file_that_others_can_read_is_refused),
		IN_FOLDER(what_holds_no_token_is_told),
		IN_FOLDER(a_folder_that_is_not_there_is_told_and_nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
