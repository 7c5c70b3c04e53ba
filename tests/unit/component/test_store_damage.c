#include "store_place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(garbage_is_moved_aside),
		TEST(a_garbled_header_is_moved_aside),
		TEST(a_broken_page_is_found_after_a_crash),
		TEST(what_was_moved_aside_is_never_overwritten),
		TEST(a_log_cut_anywhere_loses_only_its_end),
	};

	return cmocka_run_group_tests_name("store damage", tests, NULL, NULL);
}
