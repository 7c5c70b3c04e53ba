#include "graph/calendar/callers.h"

#include "test.h"

#include <stdio.h>

#define DAY CALLERS_REFUSED_MS

static const uint32_t numbers[] = {1, 2, 3, 4, 5, 6};
static const char *const addresses[] = {"a@x", "b@x", "c@x", "d@x", "e@x", "f@x"};

/* A request about n mailboxes from the first on. */
static struct callers_choice choice(size_t first, size_t n)
{
	return (struct callers_choice){
		.mailboxes = numbers + first, .addresses = addresses + first, .n = n};
}

static struct caller *take(
	struct callers *callers, size_t first, size_t n, int64_t now_ms)
{
	const struct callers_choice all = choice(first, n);
	return callers_take(callers, &all, now_ms);
}

static bool refuse(struct callers *callers, struct caller *caller, size_t first, size_t n,
	int64_t now_ms)
{
	const struct callers_choice all = choice(first, n);
	bool is_other = callers_refused(callers, caller, true, &all, now_ms);
	callers_give_back(callers, caller);
	return is_other;
}

/* One that has worked. */
static void work(struct callers *callers, size_t first, size_t n)
{
	struct caller *caller = take(callers, first, n, 0);
	assert_non_null(caller);
	callers_worked(callers, caller);
	callers_give_back(callers, caller);
}

static void who_has_worked_is_asked_as_again(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	work(&callers, 0, 2);
	for (int i = 0; i < 3; i++) {
		struct caller *caller = take(&callers, 3, 2, i);
		assert_string_equal(caller_address(caller), "a@x");
		callers_give_back(&callers, caller);
	}
	callers_finish(&callers);
}

static void no_more_than_two_are_out_as_one(void **state)
{
	struct callers callers;
	struct caller *out[6];
	(void)state;
	assert_true(callers_init(&callers, ""));
	work(&callers, 0, 1);
	for (size_t i = 0; i < 6; i++)
		out[i] = take(&callers, i, 1, 0);
	assert_string_equal(caller_address(out[0]), "a@x");
	assert_string_equal(caller_address(out[1]), "a@x");
	for (size_t i = 2; i < 6; i++)
		assert_string_equal(caller_address(out[i]), addresses[i]);
	for (size_t i = 0; i < 6; i++) {
		callers_worked(&callers, out[i]);
		callers_give_back(&callers, out[i]);
	}
	/* In turn, from the one that waited longest. */
	out[0] = take(&callers, 0, 1, 0);
	out[1] = take(&callers, 0, 1, 0);
	assert_string_equal(caller_address(out[0]), "a@x");
	assert_string_equal(caller_address(out[1]), "c@x");
	callers_give_back(&callers, out[0]);
	callers_give_back(&callers, out[1]);
	callers_finish(&callers);
}

static void who_was_refused_is_left_alone_for_a_day(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	struct caller *caller = take(&callers, 0, 2, 0);
	assert_true(refuse(&callers, caller, 0, 2, 0));
	caller = take(&callers, 0, 2, 1);
	assert_string_equal(caller_address(caller), "b@x");
	callers_worked(&callers, caller);
	callers_give_back(&callers, caller);
	caller = take(&callers, 0, 1, DAY - 1);
	assert_string_equal(caller_address(caller), "b@x");
	callers_give_back(&callers, caller);
	callers_finish(&callers);
}

static void where_all_are_refused_one_is_asked_all_the_same(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	assert_true(refuse(&callers, take(&callers, 0, 2, 0), 0, 2, 0));
	assert_false(refuse(&callers, take(&callers, 0, 2, 1), 0, 2, 1));
	struct caller *caller = take(&callers, 0, 2, 2);
	assert_non_null(caller);
	callers_give_back(&callers, caller);
	callers_finish(&callers);
}

static void five_refusals_are_the_application_s(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	for (size_t i = 0; i < 4; i++)
		(void)refuse(&callers, take(&callers, i, 1, 0), i, 1, 0);
	assert_false(callers_are_exhausted(&callers, 6));
	assert_true(callers_are_exhausted(&callers, 4));
	(void)refuse(&callers, take(&callers, 4, 1, 0), 4, 1, 0);
	assert_true(callers_are_exhausted(&callers, 6));
	work(&callers, 5, 1);
	assert_false(callers_are_exhausted(&callers, 6));
	callers_finish(&callers);
}

static void a_pause_is_the_caller_s_where_there_is_another(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	work(&callers, 0, 1);
	struct caller *first = take(&callers, 0, 1, 0);
	assert_false(callers_paused(&callers, first, 1000, 0));
	work(&callers, 1, 1);
	assert_true(callers_paused(&callers, first, 1000, 0));
	callers_give_back(&callers, first);
	struct caller *caller = take(&callers, 2, 1, 999);
	assert_string_equal(caller_address(caller), "b@x");
	callers_give_back(&callers, caller);
	caller = take(&callers, 2, 1, 1000);
	assert_string_equal(caller_address(caller), "a@x");
	callers_give_back(&callers, caller);
	callers_finish(&callers);
}

static void who_is_set_is_always_the_one(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, "svc@x"));
	struct caller *first = take(&callers, 0, 2, 0);
	struct caller *second = take(&callers, 2, 2, 0);
	assert_string_equal(caller_address(first), "svc@x");
	assert_ptr_equal(first, second);
	assert_true(callers_are_busy(&callers));
	assert_null(take(&callers, 4, 2, 0));
	callers_give_back(&callers, second);
	assert_false(refuse(&callers, first, 0, 2, 0));
	first = take(&callers, 0, 2, 0);
	assert_non_null(first); // the account waits, and then it is tried again
	callers_give_back(&callers, first);
	callers_finish(&callers);
}

static void who_is_not_watched_any_more_is_not_asked_as(void **state)
{
	struct callers callers;
	(void)state;
	assert_true(callers_init(&callers, ""));
	work(&callers, 0, 1);
	struct caller *out = take(&callers, 0, 1, 0);
	callers_forget(&callers, 1);
	callers_worked(&callers, out);
	callers_give_back(&callers, out);
	struct caller *caller = take(&callers, 1, 1, 0);
	assert_string_equal(caller_address(caller), "b@x");
	callers_give_back(&callers, caller);
	callers_forget(&callers, 2);
	callers_forget(&callers, 77);
	assert_null(callers.all);
	callers_finish(&callers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_worked_is_asked_as_again),
		cmocka_unit_test(no_more_than_two_are_out_as_one),
		cmocka_unit_test(who_was_refused_is_left_alone_for_a_day),
		cmocka_unit_test(where_all_are_refused_one_is_asked_all_the_same),
		cmocka_unit_test(five_refusals_are_the_application_s),
		cmocka_unit_test(a_pause_is_the_caller_s_where_there_is_another),
		cmocka_unit_test(who_is_set_is_always_the_one),
		cmocka_unit_test(who_is_not_watched_any_more_is_not_asked_as),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
