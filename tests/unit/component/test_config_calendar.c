#include "test.h"

#include "config_files.h"

/* What is read of a calendar beside the times at which somebody is busy. */

static void replies_and_items_are_off_where_nobody_asks_for_them(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL);

	assert_false(config->calendar.automatic_replies);
	assert_int_equal(config->calendar.replies_interval_s, 1800);
	assert_int_equal(config->calendar.detail, CONFIG_DETAIL_FREEBUSY);
	config_free(config);
}

static void replies_and_items_are_read_as_asked_for(void **state)
{
	(void)state;
	struct config *config =
		load_good(MINIMAL "calendar = { automatic_replies = true;"
				  " replies_interval = 900; detail = \"items\"; };");

	assert_true(config->calendar.automatic_replies);
	assert_int_equal(config->calendar.replies_interval_s, 900);
	assert_int_equal(config->calendar.detail, CONFIG_DETAIL_ITEMS);
	config_free(config);
}

static void replies_are_not_asked_for_more_often_than_they_change(void **state)
{
	(void)state;
	expect_error(MINIMAL "calendar = { replies_interval = 899; };",
		"test.conf:4: calendar.replies_interval is 899, but must be 900 to "
		"86400");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_and_items_are_off_where_nobody_asks_for_them),
		cmocka_unit_test(replies_and_items_are_read_as_asked_for),
		cmocka_unit_test(replies_are_not_asked_for_more_often_than_they_change),
	};

	return cmocka_run_group_tests_name("config calendar", tests, NULL, NULL);
}
