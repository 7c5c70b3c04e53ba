#include "ews/reading/load.h"

#include "ews/limits.h"
#include "test.h"

#define MINUTE INT64_C(60000)

static void a_refused_size_is_halved_down_to_one(void **state)
{
	(void)state;
	struct load load;
	load_init(&load);
	assert_int_equal(load.most, AVAILABILITY_MAILBOXES_MAX);
	static const size_t halves[] = {50, 25, 12, 6, 3, 1, 1};
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
		load_refused(&load, load.most, 0);
		assert_int_equal(load.most, halves[i]);
	}
}

static void requests_that_were_out_together_shrink_it_once(void **state)
{
	(void)state;
	struct load load;
	load_init(&load);
	for (int i = 0; i < 4; i++)
		load_refused(&load, 100, 0);
	assert_int_equal(load.most, 50);
}

static void it_grows_again_with_each_minute_of_success(void **state)
{
	(void)state;
	struct load load;
	load_init(&load);
	load_refused(&load, 100, 0);
	load_good(&load, MINUTE - 1);
	assert_int_equal(load.most, 50);
	load_good(&load, MINUTE);
	assert_int_equal(load.most, 50 + LOAD_GROW);
	load_good(&load, MINUTE + 1);
	assert_int_equal(load.most, 50 + LOAD_GROW);
	for (int64_t minute = 2; minute < 30; minute++)
		load_good(&load, minute * MINUTE);
	assert_int_equal(load.most, AVAILABILITY_MAILBOXES_MAX);
}

static void a_refusal_begins_the_minute_anew(void **state)
{
	(void)state;
	struct load load;
	load_init(&load);
	load_refused(&load, 100, 0);
	load_refused(&load, 100, MINUTE); // an old one
	load_good(&load, MINUTE + 1);
	assert_int_equal(load.most, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_size_is_halved_down_to_one),
		cmocka_unit_test(requests_that_were_out_together_shrink_it_once),
		cmocka_unit_test(it_grows_again_with_each_minute_of_success),
		cmocka_unit_test(a_refusal_begins_the_minute_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
