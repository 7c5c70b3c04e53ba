#include "component/store/store.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define NOW 1000000

static void on_home(
	void *context, const char *person, const char *mailbox, const char *gateway)
{
	char *text = context;
	size_t used = strlen(text);

	(void)snprintf(text + used, 256 - used, "%s %s %s\n", person, mailbox, gateway);
}

static void assert_holds(struct store *store, const char *expected)
{
	char text[256] = "";

	assert_true(store_each_home(store, on_home, text));
	assert_string_equal(text, expected);
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

static void the_last_home_is_kept_until_it_is_taken_back(void **state)
{
	store_put_home(*state, "a@x", "a@mail", "hq", NOW);
	store_put_home(*state, "b@x", "b@mail", "hq", NOW);
	store_put_home(*state, "a@x", "a2@mail", "branch", NOW);
	assert_holds(*state, "a@x a2@mail branch\nb@x b@mail hq\n");
	store_del_home(*state, "b@x");
	store_del_home(*state, "nobody@x");
	assert_true(store_commit(*state, NULL));
	assert_holds(*state, "a@x a2@mail branch\n");
}

static void who_leaves_no_trace_has_no_home(void **state)
{
	store_put_home(*state, "gone@x", "g@mail", "hq", NOW - 1);
	store_put_home(*state, "here@x", "h@mail", "hq", NOW);
	store_forget_before(*state, NOW, NOW);
	assert_holds(*state, "here@x h@mail hq\n");
	store_forget_person(*state, "here@x");
	assert_holds(*state, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_in_memory, close_it)

static void on_breaker(void *context, const struct store_breaker *breaker)
{
	struct store_breaker *last = context;

	*last = *breaker;
}

static void how_log_ons_ended_is_kept_until_there_is_nothing_to_keep(void **state)
{
	struct store_breaker bad = {
		.id = {1, 2}, .refusals = 2, .bad_before = 7, .bad_last = 8};
	struct store_breaker last = {.refusals = -1};

	store_put_breaker(*state, &bad, NOW);
	assert_true(store_each_breaker(*state, on_breaker, &last));
	assert_memory_equal(&last, &bad, sizeof(bad));
	bad.refusals = bad.bad_before = bad.bad_last = 0;
	store_put_breaker(*state, &bad, NOW);
	last.refusals = -1;
	assert_true(store_each_breaker(*state, on_breaker, &last));
	assert_int_equal(last.refusals, -1);
	assert_true(store_commit(*state, NULL));
}

static void each_store_has_its_salt(void **state)
{
	unsigned char salt[STORE_SALT_SIZE] = {0};
	unsigned char again[STORE_SALT_SIZE] = {0};
	unsigned char none[STORE_SALT_SIZE] = {0};

	store_salt(*state, salt);
	store_salt(*state, again);
	assert_memory_equal(salt, again, sizeof(salt));
	assert_memory_not_equal(salt, none, sizeof(salt));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_home_is_kept_until_it_is_taken_back),
		TEST(who_leaves_no_trace_has_no_home),
		TEST(how_log_ons_ended_is_kept_until_there_is_nothing_to_keep),
		TEST(each_store_has_its_salt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
