#include "gateway/polling/items_check.h"

#include "test.h"

static const struct gateway_event nine = {
	.start = 9 * 3600, .end = 10 * 3600, .busy = GATEWAY_BUSY_BUSY};
static const struct gateway_event noon = {
	.start = 12 * 3600, .end = 13 * 3600, .busy = GATEWAY_BUSY_OOF};

static bool begin(struct items_check *check, uint32_t mailbox)
{
	return items_check_begin(
		check, &(struct gateway_calendar){
			       .mailbox = mailbox, .to = 86400, .n = 1, .events = &nine});
}

static void entries_that_are_missing_twice_in_a_row_are_found(void **state)
{
	(void)state;
	struct items_check check = {0};
	const struct gateway_event both[] = {nine, noon};
	assert_true(begin(&check, 1));
	assert_false(begin(&check, 2)); // one at a time
	assert_false(items_check_end(&check, both, 2));
	assert_true(begin(&check, 2));
	assert_false(items_check_end(&check, &nine, 1)); // that one was whole
	assert_true(begin(&check, 3));
	assert_false(items_check_end(&check, both, 2));
	assert_true(begin(&check, 4));
	assert_false(items_check_end(&check, NULL, 0)); // says nothing
	assert_true(begin(&check, 5));
	assert_true(items_check_end(&check, both, 2));
	assert_false(begin(&check, 6));
	items_check_finish(&check);
}

static void what_need_not_be_told_is_not_missed(void **state)
{
	(void)state;
	struct items_check check = {0};
	const struct gateway_event others[] = {nine,
		{.start = 12 * 3600, .end = 13 * 3600, .busy = GATEWAY_BUSY_FREE},
		{.start = 12 * 3600, .end = 13 * 3600, .busy = GATEWAY_BUSY_NODATA},
		{.start = 86400 - 60, .end = 90000, .busy = GATEWAY_BUSY_BUSY}};
	for (uint32_t i = 0; i < 5; i++) {
		assert_true(begin(&check, i));
		assert_false(items_check_end(&check, others, 4));
	}
	items_check_finish(&check);
}

static void after_a_few_that_were_whole_it_is_over(void **state)
{
	(void)state;
	struct items_check check = {0};
	for (uint32_t i = 0; i < ITEMS_CHECK_GOOD; i++) {
		assert_true(begin(&check, i));
		assert_false(items_check_end(&check, &nine, 1));
	}
	assert_false(begin(&check, 99));
	check = (struct items_check){0};
	for (uint32_t i = 0; i < ITEMS_CHECK_MAX; i++) {
		assert_true(begin(&check, i));
		items_check_abandon(&check, i + 1);
		assert_true(check.out);
		items_check_abandon(&check, i);
	}
	assert_false(begin(&check, 99));
	items_check_finish(&check);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_that_are_missing_twice_in_a_row_are_found),
		cmocka_unit_test(what_need_not_be_told_is_not_missed),
		cmocka_unit_test(after_a_few_that_were_whole_it_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
