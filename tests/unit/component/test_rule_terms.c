#include "component/calendars/calendar.h"

#include "test.h"

#include <string.h>

static uint64_t translated(const char *old, const char *present, uint64_t flags)
{
	const struct rule_terms terms = rule_terms_match(old, strlen(old), present);

	return rule_terms_translate(&terms, flags);
}

static bool has_new(const char *old, const char *present)
{
	return rule_terms_match(old, strlen(old), present).has_new;
}

#define FLAGS (CAL_EVENT_ENTRY | CAL_EVENT_MEETING)
#define W(i) CAL_EVENT_WORD(i)

static void the_same_terms_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(translated("cFocus\noIna\n", "cFocus\noIna\n", FLAGS | W(1)),
		FLAGS | W(1));
	assert_false(has_new("cFocus\noIna\n", "cFocus\noIna\n"));
	assert_false(has_new("", ""));
}

static void terms_keep_what_was_found_under_other_numbers(void **state)
{
	(void)state;
	const char *old = "cFocus\noIna\ncTravel\n";
	const char *present = "cTRAVEL\ncfocus\n";

	assert_int_equal(translated(old, present, FLAGS | W(0)), FLAGS | W(1));
	assert_int_equal(translated(old, present, W(2)), W(0));
	assert_int_equal(translated(old, present, W(1)), 0); // nobody asks any more
	assert_false(has_new(old, present));
}

static void a_new_term_was_not_looked_for(void **state)
{
	(void)state;
	assert_true(has_new("cFocus\n", "cFocus\ncTravel\n"));
	assert_true(has_new("", "cFocus\n"));
	assert_true(has_new("cFocus\n", "oFocus\n")); // of another kind
	assert_int_equal(translated("cFocus\n", "cOther\ncFocus\n", W(0)), W(1));
	assert_int_equal(translated("cFocus\n", "cFocu\n", W(0)), 0);
}

static void a_list_without_its_last_newline_is_a_list(void **state)
{
	(void)state;
	assert_int_equal(translated("cA\ncB", "cB\ncA", W(1)), W(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_terms_change_nothing),
		cmocka_unit_test(terms_keep_what_was_found_under_other_numbers),
		cmocka_unit_test(a_new_term_was_not_looked_for),
		cmocka_unit_test(a_list_without_its_last_newline_is_a_list),
	};

	return cmocka_run_group_tests_name("rule terms", tests, NULL, NULL);
}
