#include "gateway/polling/batch_size.h"

#include "gateway/limits.h"
#include "test.h"

#define MINUTE INT64_C(60000)

static void a_refused_size_is_halved_down_to_one(void **state)
{
	(void)state;
	struct batch_size size;
	batch_size_init(&size, GATEWAY_BATCH_MAX);
	assert_int_equal(size.most, GATEWAY_BATCH_MAX);
	static const size_t halves[] = {50, 25, 12, 6, 3, 1, 1};
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
		batch_size_refused(&size, size.most, 0);
		assert_int_equal(size.most, halves[i]);
	}
}

static void requests_that_were_out_together_shrink_it_once(void **state)
{
	(void)state;
	struct batch_size size;
	batch_size_init(&size, GATEWAY_BATCH_MAX);
	for (int i = 0; i < 4; i++)
		batch_size_refused(&size, 100, 0);
	assert_int_equal(size.most, 50);
}

static void it_grows_again_with_each_minute_of_success(void **state)
{
	(void)state;
	struct batch_size size;
	batch_size_init(&size, GATEWAY_BATCH_MAX);
	batch_size_refused(&size, 100, 0);
	batch_size_good(&size, MINUTE - 1);
	assert_int_equal(size.most, 50);
	batch_size_good(&size, MINUTE);
	assert_int_equal(size.most, 50 + BATCH_SIZE_GROW);
	batch_size_good(&size, MINUTE + 1);
	assert_int_equal(size.most, 50 + BATCH_SIZE_GROW);
	for (int64_t minute = 2; minute < 30; minute++)
		batch_size_good(&size, minute * MINUTE);
	assert_int_equal(size.most, GATEWAY_BATCH_MAX);
}

static void a_refusal_begins_the_minute_anew(void **state)
{
	(void)state;
	struct batch_size size;
	batch_size_init(&size, GATEWAY_BATCH_MAX);
	batch_size_refused(&size, 100, 0);
	batch_size_refused(&size, 100, MINUTE); // an old one
	batch_size_good(&size, MINUTE + 1);
	assert_int_equal(size.most, 50);
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
