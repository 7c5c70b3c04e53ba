#include "store_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "test.h"

static void what_was_closed_is_there_again(void **state)
{
	const struct place *place = *state;
	struct store *store = open_at(place->path);

	store_put_source(store, "a@x", STORE_SOURCE_ASKED, NOW);
	store_close(store);
	assert_false(exists(place->path, "-wal"));
	store = open_at(place->path);
	assert_int_equal(sources(store), 1);
	store_close(store);
}

static void a_crash_keeps_what_was_committed_and_no_more(void **state)
{
	const struct place *place = *state;
	struct store *store;

	crash_with(place->path, 10);
	assert_true(exists(place->path, "-wal"));
	store = open_at(place->path);
	assert_int_equal(sources(store), 10);
	store_close(store);
}

static void the_file_is_for_its_owner_only(void **state)
{
	static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
	const struct place *place = *state;
	mode_t before = umask(0);
	struct store *store = open_at(place->path);
	char name[256];
	struct stat info;

	store_put_source(store, "a@x", STORE_SOURCE_ASKED, NOW);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", place->path, endings[i]);
		assert_int_equal(stat(name, &info), 0);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
	store_close(store);
	(void)umask(before);
}

static void a_second_process_is_refused(void **state)
{
	const struct place *place = *state;
	struct store *store = open_at(place->path);
	struct store_error expected;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store_error error = {""};
		bool moved;
		bool refused = store_open(place->path, NOW, &moved, &error) == NULL;

		(void)snprintf(expected.text, sizeof(expected.text),
			"another calpresence uses \"%s\"", place->path);
		_exit(refused && strcmp(error.text, expected.text) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	store_close(store);
	store_close(open_at(place->path));
}

static void a_child_does_not_inherit_the_lock(void **state)
{
	const struct place *place = *state;
	struct store *store = open_at(place->path);
	int hold[2];
	pid_t child;
	int status;
	char byte;

	assert_int_equal(pipe(hold), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
	}
	store_close(store);
	a_second_process_is_refused(state);
	assert_int_equal(close(hold[1]), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(close(hold[0]), 0);
}

static void a_missing_folder_is_told(void **state)
{
	const struct place *place = *state;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/missing/x.db", place->folder);
	assert_refused(path, "No such file or directory (its folder has to exist");
	assert_refused(place->folder, "Is a directory");
	(void)snprintf(path, sizeof(path), "%s.lock", place->folder);
	assert_int_equal(unlink(path), 0);
}

static void a_folder_that_is_not_ours_is_told(void **state)
{
	const struct place *place = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store_error error = {""};
		bool moved;

		/* Root may write anywhere. */
		if (chmod(place->folder, 0500) != 0 ||
			(geteuid() == 0 && setuid(65534) != 0))
			_exit(2);
		if (store_open(place->path, NOW, &moved, &error) != NULL)
			_exit(3);
		_exit(strstr(error.text, "Permission denied") != NULL ? 0 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(place->folder, 0700), 0);
}

static void a_commit_that_cannot_be_written_is_told_and_survived(void **state)
{
	const struct place *place = *state;
	struct store *store = open_at(place->path);
	struct store_error error = {""};
	sqlite3 *other;

	assert_int_equal(sqlite3_open(place->path, &other), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_put_source(store, "a@x", STORE_SOURCE_ASKED, NOW);
	assert_false(store_commit(store, &error));
	assert_non_null(strstr(error.text, "database is locked"));
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	store_put_source(store, "a@x", STORE_SOURCE_ASKED, NOW);
	assert_true(store_commit(store, &error));
	assert_int_equal(sources(store), 1);
	store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_closed_is_there_again),
		TEST(a_crash_keeps_what_was_committed_and_no_more),
		TEST(the_file_is_for_its_owner_only),
		TEST(a_second_process_is_refused),
		TEST(a_child_does_not_inherit_the_lock),
		TEST(a_missing_folder_is_told),
		TEST(a_folder_that_is_not_ours_is_told),
		TEST(a_commit_that_cannot_be_written_is_told_and_survived),
	};

	return cmocka_run_group_tests_name("store file", tests, NULL, NULL);
}
