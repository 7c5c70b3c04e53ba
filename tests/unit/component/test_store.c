#include "component/store/store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define NOW 1000000

/* Everything that a store hands out, as lines. */
struct rows {
	char text[4096];
	size_t n;
};

static void add_row(struct rows *rows, const char *line)
{
	size_t used = strlen(rows->text);

	(void)snprintf(rows->text + used, sizeof(rows->text) - used, "%s\n", line);
	rows->n++;
}

static void on_subscription(void *context, const char *person, const char *watcher,
	enum store_subscription state, int64_t since)
{
	char line[256];

	(void)since;
	(void)snprintf(
		line, sizeof(line), "subscription %s %s %d", person, watcher, (int)state);
	add_row(context, line);
}

static void on_source(
	void *context, const char *person, enum store_source state, int64_t since)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "source %s %d %lld", person, (int)state,
		(long long)since);
	add_row(context, line);
}

static void on_presence(void *context, const char *person, const char *resource,
	const void *blob, size_t n)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "presence %s %s %zu:%.*s", person, resource, n,
		(int)n, (const char *)blob);
	add_row(context, line);
}

static void on_calendar(void *context, const char *person, const char *mailbox,
	int64_t read_at, const void *blob, size_t n)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "calendar %s %s %lld %zu:%.*s", person,
		mailbox, (long long)read_at, n, (int)n, (const char *)blob);
	add_row(context, line);
}

static void on_replies(void *context, const char *person, const char *mailbox,
	const struct store_replies *replies)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "replies %s %s %lld %lld %lld", person,
		mailbox, (long long)replies->at, (long long)replies->from,
		(long long)replies->to);
	add_row(context, line);
}

static void assert_holds(struct store *store, const char *expected)
{
	struct rows rows = {.n = 0};

	assert_true(store_each_subscription(store, on_subscription, &rows));
	assert_true(store_each_source(store, on_source, &rows));
	assert_true(store_each_presence(store, on_presence, &rows));
	assert_true(store_each_calendar(store, on_calendar, &rows));
	assert_true(store_each_replies(store, on_replies, &rows));
	assert_string_equal(rows.text, expected);
}

static int open_in_memory(void **state)
{
	struct store_error error;
	bool moved;

	*state = store_open(":memory:", NOW, &moved, &error);
	return *state != NULL && !moved ? 0 : -1;
}

static int close_it(void **state)
{
	store_close(*state);
	return 0;
}

static void a_new_store_is_empty(void **state)
{
	assert_holds(*state, "");
	assert_true(store_commit(*state, NULL));
}

static void closing_nothing_is_fine(void **state)
{
	(void)state;
	store_close(NULL);
}

static void subscriptions_come_back_in_order(void **state)
{
	store_put_subscription(*state, "b@x", "w@x", STORE_SUBSCRIPTION_PENDING, NOW);
	store_put_subscription(*state, "a@x", "w@x", STORE_SUBSCRIPTION_PENDING, NOW);
	store_put_subscription(*state, "a@x", "v@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_put_subscription(*state, "b@x", "w@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_put_subscription(*state, "c@x", "w@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_del_subscription(*state, "c@x", "w@x");
	store_del_subscription(*state, "nobody@x", "w@x");
	assert_holds(*state, "subscription a@x v@x 2\n"
			     "subscription a@x w@x 1\n"
			     "subscription b@x w@x 2\n");
	assert_true(store_commit(*state, NULL));
}

static void a_source_keeps_its_latest_state(void **state)
{
	store_put_source(*state, "a@x", STORE_SOURCE_ASKED, NOW);
	store_put_source(*state, "a@x", STORE_SOURCE_APPROVED, NOW + 5);
	store_put_source(*state, "b@x", STORE_SOURCE_REFUSED, NOW);
	assert_holds(*state, "source a@x 2 1000005\nsource b@x 3 1000000\n");
}

static void blobs_come_back_byte_for_byte(void **state)
{
	store_put_presence(*state, "a@x", "", "", 0, NOW);
	store_put_presence(*state, "a@x", "desk", NULL, 0, NOW);
	store_put_presence(*state, "a@x", "phone", "own", 3, NOW);
	store_put_presence(*state, "a@x", "phone", "other", 5, NOW);
	store_put_presence(*state, "b@x", "phone", "gone", 4, NOW);
	store_del_presence(*state, "b@x", "phone");
	store_put_calendar(*state, "a@x", "a@mail", NOW, "events", 6);
	store_put_calendar(*state, "a@x", "b@mail", NOW + 1, "more", 4);
	store_put_calendar(*state, "b@x", "b@mail", -1, "", 0);
	assert_holds(*state, "presence a@x  0:\n"
			     "presence a@x desk 0:\n"
			     "presence a@x phone 5:other\n"
			     "calendar a@x b@mail 1000001 4:more\n"
			     "calendar b@x b@mail -1 0:\n");
}

static void compare_bytes(void *context, const char *person, const char *resource,
	const void *blob, size_t n)
{
	(void)person;
	(void)resource;
	assert_int_equal(n, 256);
	assert_memory_equal(blob, context, 256);
}

static void a_blob_may_hold_any_byte(void **state)
{
	unsigned char bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	store_put_presence(*state, "a@x", "phone", bytes, sizeof(bytes), NOW);
	assert_true(store_each_presence(*state, compare_bytes, bytes));
}

static void keys_are_compared_byte_for_byte(void **state)
{
	store_put_source(
		*state, "o'neil\\20\"; DROP TABLE source; --@x", STORE_SOURCE_ASKED, 1);
	store_put_source(*state, "\xc3\x9f@x", STORE_SOURCE_ASKED, 1);
	store_put_source(*state, "A@x", STORE_SOURCE_ASKED, 1);
	store_put_source(*state, "a@x", STORE_SOURCE_ASKED, 1);
	assert_holds(*state, "source A@x 1 1\n"
			     "source a@x 1 1\n"
			     "source o'neil\\20\"; DROP TABLE source; --@x 1 1\n"
			     "source \xc3\x9f@x 1 1\n");
}

static void an_error_is_told_once_by_the_next_commit(void **state)
{
	struct store_error error = {""};

	store_put_source(*state, "a@x", STORE_SOURCE_ASKED, NOW);
	store_put_source(*state, "b@x", (enum store_source)9, NOW);
	assert_false(store_commit(*state, &error));
	assert_non_null(strstr(error.text, "\":memory:\": CHECK constraint failed"));
	assert_true(store_commit(*state, &error));
	assert_holds(*state, "source a@x 1 1000000\n");
}

static void a_failed_commit_may_be_left_unexplained(void **state)
{
	store_put_source(*state, "b@x", (enum store_source)9, NOW);
	assert_false(store_commit(*state, NULL));
	assert_true(store_commit(*state, NULL));
}

struct deleter {
	struct store *store;
	size_t n;
};

static void delete_row(void *context, const char *person, const char *watcher,
	enum store_subscription state, int64_t since)
{
	struct deleter *deleter = context;

	(void)state;
	(void)since;
	store_del_subscription(deleter->store, person, watcher);
	deleter->n++;
}

static void rows_may_be_deleted_while_they_are_read(void **state)
{
	struct deleter deleter = {*state, 0};
	char watcher[32];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(watcher, sizeof(watcher), "w%d@x", i);
		store_put_subscription(
			*state, "a@x", watcher, STORE_SUBSCRIPTION_PENDING, NOW);
	}
	assert_true(store_each_subscription(*state, delete_row, &deleter));
	assert_int_equal(deleter.n, 1000);
	assert_true(store_commit(*state, NULL));
	assert_holds(*state, "");
}

static void old_calendars_are_forgotten(void **state)
{
	store_put_calendar(*state, "a@x", "a@mail", NOW - 1, "e", 1);
	store_put_calendar(*state, "b@x", "b@mail", NOW, "e", 1);
	store_forget_before(*state, NOW, 0);
	assert_holds(*state, "calendar b@x b@mail 1000000 1:e\n");
}

static void the_last_word_of_automatic_replies_is_kept(void **state)
{
	const struct store_replies old = {.at = NOW - 1, .from = 5, .to = 7};
	const struct store_replies new = {.at = NOW, .from = 8, .to = 8};

	store_put_replies(*state, "a@x", "a@mail", &old);
	store_put_replies(*state, "b@x", "b@mail", &old);
	store_put_replies(*state, "a@x", "a2@mail", &new);
	assert_holds(*state, "replies a@x a2@mail 1000000 8 8\n"
			     "replies b@x b@mail 999999 5 7\n");
	store_forget_replies_before(*state, NOW);
	assert_holds(*state, "replies a@x a2@mail 1000000 8 8\n");
}

static void people_without_a_trace_are_forgotten(void **state)
{
	store_put_presence(*state, "gone@x", "phone", "own", 3, NOW - 1);
	store_put_source(*state, "gone@x", STORE_SOURCE_APPROVED, NOW - 1);
	store_put_presence(*state, "read@x", "phone", "own", 3, NOW - 100000);
	store_put_source(*state, "read@x", STORE_SOURCE_APPROVED, NOW - 100000);
	store_put_calendar(*state, "read@x", "c@mail", NOW, "e", 1);
	store_forget_before(*state, NOW + 1, NOW);
	assert_true(store_commit(*state, NULL));
	assert_holds(*state, "source read@x 2 900000\npresence read@x phone 3:own\n");
	store_forget_before(*state, NOW + 1, NOW + 1);
	assert_holds(*state, "");
}

static void an_approved_watcher_outlives_his_contact(void **state)
{
	store_put_subscription(
		*state, "a@x", "w@x", STORE_SUBSCRIPTION_APPROVED, NOW - 1);
	store_put_subscription(*state, "a@x", "v@x", STORE_SUBSCRIPTION_PENDING, NOW - 1);
	store_put_subscription(*state, "a@x", "u@x", STORE_SUBSCRIPTION_PENDING, NOW);
	store_forget_before(*state, NOW, NOW);
	assert_holds(*state, "subscription a@x u@x 1\nsubscription a@x w@x 2\n");
}

static void guests_and_who_is_to_be_told_the_end_are_kept_for_a_while(void **state)
{
	store_put_subscription(*state, "a@x", "g@x", STORE_SUBSCRIPTION_GUEST, NOW - 1);
	store_put_subscription(*state, "a@x", "h@x", STORE_SUBSCRIPTION_GUEST, NOW - 1);
	store_put_subscription(*state, "a@x", "l@x", STORE_SUBSCRIPTION_LEAVING, NOW - 1);
	store_put_subscription(*state, "a@x", "m@x", STORE_SUBSCRIPTION_LEAVING, NOW);
	store_put_subscription(*state, "a@x", "h@x", STORE_SUBSCRIPTION_GUEST, NOW);
	store_forget_before(*state, NOW, NOW);
	assert_true(store_commit(*state, NULL));
	assert_holds(*state, "subscription a@x h@x 3\nsubscription a@x m@x 4\n");
	store_forget_before(*state, NOW + 1, NOW + 1);
	assert_holds(*state, "");
}

static void a_forgotten_person_leaves_nothing(void **state)
{
	store_put_subscription(*state, "a@x", "w@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_put_subscription(*state, "b@x", "a@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_put_subscription(*state, "b@x", "w@x", STORE_SUBSCRIPTION_APPROVED, NOW);
	store_put_source(*state, "a@x", STORE_SOURCE_APPROVED, NOW);
	store_put_presence(*state, "a@x", "phone", "own", 3, NOW);
	store_put_calendar(*state, "a@x", "a@mail", NOW, "e", 1);
	store_put_replies(*state, "a@x", "a@mail", &(struct store_replies){.at = NOW});
	assert_true(store_forget_person(*state, "a@x"));
	assert_false(store_forget_person(*state, "a@x"));
	assert_false(store_forget_person(*state, "nobody@x"));
	assert_true(store_commit(*state, NULL));
	assert_holds(*state, "subscription b@x w@x 2\n");
}

static int64_t cpu_ms(void)
{
	return (int64_t)clock() / (CLOCKS_PER_SEC / 1000);
}

static void count_row(void *context, const char *person, const char *watcher,
	enum store_subscription state, int64_t since)
{
	(void)person;
	(void)watcher;
	(void)state;
	(void)since;
	(*(size_t *)context)++;
}

static void a_hundred_thousand_rows_are_one_quick_turn(void **state)
{
	char person[32];
	size_t n = 0;
	int64_t start = cpu_ms();

	for (int i = 0; i < 100000; i++) {
		(void)snprintf(person, sizeof(person), "p%d@x", i / 2);
		store_put_subscription(*state, person, i % 2 == 0 ? "w@x" : "v@x",
			STORE_SUBSCRIPTION_APPROVED, NOW);
	}
	assert_true(store_commit(*state, NULL));
	assert_true(store_each_subscription(*state, count_row, &n));
	assert_int_equal(n, 100000);
	assert_in_range(cpu_ms() - start, 0, 5000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_in_memory, close_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_empty),
		cmocka_unit_test(closing_nothing_is_fine),
		TEST(subscriptions_come_back_in_order),
		TEST(a_source_keeps_its_latest_state),
		TEST(blobs_come_back_byte_for_byte),
		TEST(a_blob_may_hold_any_byte),
		TEST(keys_are_compared_byte_for_byte),
		TEST(an_error_is_told_once_by_the_next_commit),
		TEST(a_failed_commit_may_be_left_unexplained),
		TEST(rows_may_be_deleted_while_they_are_read),
		TEST(old_calendars_are_forgotten),
		TEST(the_last_word_of_automatic_replies_is_kept),
		TEST(people_without_a_trace_are_forgotten),
		TEST(an_approved_watcher_outlives_his_contact),
		TEST(guests_and_who_is_to_be_told_the_end_are_kept_for_a_while),
		TEST(a_forgotten_person_leaves_nothing),
		TEST(a_hundred_thousand_rows_are_one_quick_turn),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
