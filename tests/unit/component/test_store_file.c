#include "component/store/schema.h"
#include "component/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#define NOW 1700000000

/* A folder of its own for every test. */
struct place {
	char folder[64];
	char path[128];
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/test_store.XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	(void)snprintf(place->path, sizeof(place->path), "%s/x.db", place->folder);
	*state = place;
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;
	char pattern[128];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s/*", place->folder);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			(void)unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	(void)rmdir(place->folder);
	free(place);
	return 0;
}

static struct store *open_at(const char *path)
{
	struct store_error error = {""};
	bool moved = false;
	struct store *store = store_open(path, NOW, &moved, &error);

	assert_string_equal(error.text, "");
	assert_false(moved);
	assert_non_null(store);
	return store;
}

static void assert_refused(const char *path, const char *why)
{
	struct store_error error = {""};
	bool moved = false;

	assert_null(store_open(path, NOW, &moved, &error));
	if (strstr(error.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, why);
}

static void count_source(
	void *context, const char *person, enum store_source state, int64_t since)
{
	(void)person;
	(void)state;
	(void)since;
	(*(size_t *)context)++;
}

static size_t sources(struct store *store)
{
	size_t n = 0;

	assert_true(store_each_source(store, count_source, &n));
	return n;
}

static bool exists(const char *path, const char *ending)
{
	char name[256];
	struct stat info;

	(void)snprintf(name, sizeof(name), "%s%s", path, ending);
	return lstat(name, &info) == 0;
}

static off_t size_of(const char *path, const char *ending)
{
	char name[256];
	struct stat info;

	(void)snprintf(name, sizeof(name), "%s%s", path, ending);
	assert_int_equal(stat(name, &info), 0);
	return info.st_size;
}

static void overwrite(const char *path, off_t at, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void query(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Puts n sources and commits, puts one more and dies without a close. */
static void crash_with(const char *path, int n)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store_error error;
		bool moved;
		struct store *store = store_open(path, NOW, &moved, &error);
		char person[32];

		for (int i = 0; store != NULL && i < n; i++) {
			(void)snprintf(person, sizeof(person), "p%d@x", i);
			store_put_source(store, person, STORE_SOURCE_ASKED, NOW);
		}
		if (store == NULL || !store_commit(store, NULL))
			_exit(1);
		store_put_source(store, "never@x", STORE_SOURCE_ASKED, NOW);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

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

static void assert_moved(const char *path)
{
	struct store_error error = {""};
	bool moved = false;
	struct store *store = store_open(path, NOW, &moved, &error);

	assert_non_null(store);
	assert_true(moved);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, ".corrupt-1700000000\", a new one was begun"));
	assert_int_equal(sources(store), 0);
	store_put_source(store, "a@x", STORE_SOURCE_ASKED, NOW);
	assert_true(store_commit(store, NULL));
	store_close(store);
	store = open_at(path);
	assert_int_equal(sources(store), 1);
	store_close(store);
}

static void garbage_is_moved_aside(void **state)
{
	const struct place *place = *state;

	overwrite(place->path, 0, "this has never been a database");
	assert_moved(place->path);
	assert_int_equal(size_of(place->path, ".corrupt-1700000000"), 30);
}

static void a_garbled_header_is_moved_aside(void **state)
{
	const struct place *place = *state;
	struct store *store = open_at(place->path);

	store_close(store);
	overwrite(place->path, 0, "garbage");
	assert_moved(place->path);
}

static void a_broken_page_is_found_after_a_crash(void **state)
{
	const struct place *place = *state;
	off_t size;

	store_close(open_at(place->path));
	size = size_of(place->path, "");
	crash_with(place->path, 0);
	for (off_t at = 4096; at < size; at += 4096)
		overwrite(place->path, at, "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
	assert_moved(place->path);
	assert_int_equal(size_of(place->path, ".corrupt-1700000000"), size);
	assert_true(exists(place->path, ".corrupt-1700000000-wal"));
}

static void what_was_moved_aside_is_never_overwritten(void **state)
{
	const struct place *place = *state;
	struct store_error error = {""};
	bool moved = false;
	char older[256];

	(void)snprintf(older, sizeof(older), "%s.corrupt-1700000000", place->path);
	overwrite(older, 0, "older");
	overwrite(place->path, 0, "this has never been a database");
	store_close(store_open(place->path, NOW, &moved, &error));
	assert_true(moved);
	assert_non_null(strstr(error.text, ".corrupt-1700000001\""));
	assert_int_equal(size_of(place->path, ".corrupt-1700000000"), 5);
	assert_int_equal(size_of(place->path, ".corrupt-1700000001"), 30);
}

static void a_log_cut_anywhere_loses_only_its_end(void **state)
{
	const struct place *place = *state;
	char wal[256];

	(void)snprintf(wal, sizeof(wal), "%s-wal", place->path);
	for (off_t cut = 0;; cut += 977) {
		struct store *store;

		crash_with(place->path, 3);
		if (cut >= size_of(wal, ""))
			break;
		assert_int_equal(truncate(wal, cut), 0);
		store = open_at(place->path);
		assert_in_range(sources(store), 0, 3);
		store_close(store);
		assert_int_equal(unlink(place->path), 0);
	}
}

static void a_newer_file_is_refused_and_left_alone(void **state)
{
	const struct place *place = *state;

	store_close(open_at(place->path));
	query(place->path, "PRAGMA user_version = 999");
	assert_refused(
		place->path, "is of version 999, this calpresence knows versions up to");
	assert_false(exists(place->path, ".corrupt-1700000000"));
	query(place->path, "PRAGMA user_version = 1");
	store_close(open_at(place->path));
}

static void a_database_of_another_program_is_refused(void **state)
{
	const struct place *place = *state;

	query(place->path, "CREATE TABLE theirs (x)");
	assert_refused(place->path, "is a database of another program");
	query(place->path, "INSERT INTO theirs VALUES (1)");
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

static const char *const history[] = {
	"CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)",
	"ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7",
	"CREATE TABLE b (x); broken",
};

static void an_older_schema_is_brought_forward(void **state)
{
	sqlite3 *db;
	sqlite3_int64 number;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(schema_migrate(db, history, 1), SQLITE_OK);
	assert_int_equal(schema_number(db, "PRAGMA user_version", &number), SQLITE_OK);
	assert_int_equal(number, 1);
	assert_int_equal(schema_migrate(db, history, 2), SQLITE_OK);
	assert_int_equal(schema_migrate(db, history, 2), SQLITE_OK);
	assert_int_equal(schema_number(db, "PRAGMA user_version", &number), SQLITE_OK);
	assert_int_equal(number, 2);
	assert_int_equal(schema_number(db, "SELECT x + y FROM a", &number), SQLITE_OK);
	assert_int_equal(number, 8);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_failed_migration_leaves_the_version_before(void **state)
{
	const struct place *place = *state;
	sqlite3 *db;
	sqlite3_int64 number;

	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(schema_migrate(db, history, 3), SQLITE_ERROR);
	assert_non_null(strstr(sqlite3_errmsg(db), "broken"));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(schema_number(db, "PRAGMA user_version", &number), SQLITE_OK);
	assert_int_equal(number, 2);
	assert_int_equal(schema_number(db, "SELECT count(*) FROM sqlite_schema", &number),
		SQLITE_OK);
	assert_int_equal(number, 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
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
		TEST(garbage_is_moved_aside),
		TEST(a_garbled_header_is_moved_aside),
		TEST(a_broken_page_is_found_after_a_crash),
		TEST(what_was_moved_aside_is_never_overwritten),
		TEST(a_log_cut_anywhere_loses_only_its_end),
		TEST(a_newer_file_is_refused_and_left_alone),
		TEST(a_database_of_another_program_is_refused),
		TEST(a_missing_folder_is_told),
		TEST(a_folder_that_is_not_ours_is_told),
		TEST(a_commit_that_cannot_be_written_is_told_and_survived),
		TEST(an_older_schema_is_brought_forward),
		TEST(a_failed_migration_leaves_the_version_before),
	};

	return cmocka_run_group_tests_name("store files", tests, NULL, NULL);
}
