#include "component/store/schema.h"
#include "store_place.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static void query(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_file_is_refused_and_left_alone(void **state)
{
	const struct place *place = *state;
	char known[64];

	(void)snprintf(known, sizeof(known), "PRAGMA user_version = %zu", schema_version);
	store_close(open_at(place->path));
	query(place->path, "PRAGMA user_version = 999");
	assert_refused(
		place->path, "is of version 999, this calpresence knows versions up to");
	assert_false(exists(place->path, ".corrupt-1700000000"));
	query(place->path, known);
	store_close(open_at(place->path));
}

static void a_database_of_another_program_is_refused(void **state)
{
	const struct place *place = *state;

	query(place->path, "CREATE TABLE theirs (x)");
	assert_refused(place->path, "is a database of another program");
	query(place->path, "INSERT INTO theirs VALUES (1)");
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

static void a_file_of_the_first_version_keeps_its_rows(void **state)
{
	const struct place *place = *state;
	struct store *store;
	sqlite3_int64 number;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(schema_migrate(db, schema_scripts, 1), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	query(place->path, "INSERT INTO source VALUES ('a@x', 2, 5);"
			   "INSERT INTO subscription VALUES ('a@x', 'w@x', 2, 7);"
			   "INSERT INTO overlay VALUES ('a@x', 'desk', 'w@x', 9);"
			   "INSERT INTO presence VALUES ('a@x', 'desk', 8, x'6f776e')");
	store = open_at(place->path);
	store_put_replies(store, "a@x", "a@mail", &(struct store_replies){.at = 1});
	assert_true(store_commit(store, NULL));
	store_close(store);
	assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
	assert_int_equal(
		schema_number(db,
			"SELECT count(*) FROM source JOIN replies USING (person) "
			"JOIN subscription USING (person) "
			"JOIN presence USING (person) WHERE own = x'6f776e' AND "
			"subscription.state = 2 AND subscription.since = 7",
			&number),
		SQLITE_OK);
	assert_int_equal(number, 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_file_is_refused_and_left_alone),
		TEST(a_database_of_another_program_is_refused),
		TEST(a_file_of_the_first_version_keeps_its_rows),
		TEST(an_older_schema_is_brought_forward),
		TEST(a_failed_migration_leaves_the_version_before),
	};

	return cmocka_run_group_tests_name("store schema", tests, NULL, NULL);
}
