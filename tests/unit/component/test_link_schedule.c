#include "component/xmpp/link_schedule.h"

#include "test.h"

#define T0 INT64_C(1000000)
#define EVERY INT64_C(60000)

static struct link_schedule fresh(uint32_t seed)
{
	struct link_schedule schedule;

	link_schedule_init(&schedule, seed, T0);
	return schedule;
}

static void the_first_try_is_due_at_once(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	assert_true(schedule.next_try_ms == T0);
}

static void the_pause_doubles_up_to_a_minute(void **state)
{
	static const int64_t most[] = {
		2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};

	(void)state;
	for (uint32_t seed = 0; seed < 200; seed++) {
		struct link_schedule schedule = fresh(seed);

		for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
			link_schedule_lost(&schedule, LINK_LOSS_REFUSED, T0);
			assert_in_range(schedule.next_try_ms - T0, most[i] / 2, most[i]);
		}
	}
}

static void two_links_do_not_come_back_together(void **state)
{
	struct link_schedule a = fresh(1);
	struct link_schedule b = fresh(2);

	(void)state;
	link_schedule_lost(&a, LINK_LOSS_SHUTDOWN, T0);
	link_schedule_lost(&b, LINK_LOSS_SHUTDOWN, T0);
	assert_true(a.next_try_ms != b.next_try_ms);
}

static void the_pause_fits_the_loss(void **state)
{
	static const struct {
		enum link_loss loss;
		int64_t least;
		int64_t most;
	} cases[] = {
		{LINK_LOSS_REFUSED, 1000, 2000},
		{LINK_LOSS_RESOLVE, 1000, 2000},
		{LINK_LOSS_SECRET, 300000, 330000},
		{LINK_LOSS_HOST_UNKNOWN, 300000, 330000},
		{LINK_LOSS_CONFLICT, 30000, 33000},
		{LINK_LOSS_INVALID_FROM, 1000, 2000},
		{LINK_LOSS_SILENT, 1000, 2000},
		{LINK_LOSS_OTHER, 1000, 2000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link_schedule schedule = fresh(7);

		link_schedule_lost(&schedule, cases[i].loss, T0);
		assert_in_range(schedule.next_try_ms - T0, cases[i].least, cases[i].most);
	}
}

static void only_a_stream_that_held_forgives_earlier_losses(void **state)
{
	struct link_schedule schedule = fresh(3);

	(void)state;
	for (int i = 0; i < 5; i++) {
		link_schedule_up(&schedule, T0);
		link_schedule_lost(&schedule, LINK_LOSS_INVALID_FROM, T0 + 59999);
	}
	assert_in_range(schedule.next_try_ms - T0 - 59999, 16000, 32000);
	link_schedule_up(&schedule, T0);
	link_schedule_lost(&schedule, LINK_LOSS_INVALID_FROM, T0 + 60000);
	assert_in_range(schedule.next_try_ms - T0 - 60000, 1000, 2000);
}

static void a_ping_is_due_every_minute(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	link_schedule_up(&schedule, T0);
	assert_int_equal(link_schedule_check(&schedule, T0 + EVERY - 1), LINK_CHECK_FINE);
	for (int i = 1; i <= 10; i++) {
		assert_int_equal(
			link_schedule_check(&schedule, T0 + i * EVERY), LINK_CHECK_PING);
		assert_int_equal(
			link_schedule_check(&schedule, T0 + i * EVERY), LINK_CHECK_FINE);
		link_schedule_heard(&schedule);
	}
}

static void two_misses_in_a_row_are_the_end(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	link_schedule_up(&schedule, T0);
	assert_int_equal(link_schedule_check(&schedule, T0 + EVERY), LINK_CHECK_PING);
	assert_int_equal(link_schedule_check(&schedule, T0 + 2 * EVERY), LINK_CHECK_PING);
	assert_int_equal(link_schedule_check(&schedule, T0 + 3 * EVERY), LINK_CHECK_DEAD);
}

static void anything_heard_forgives_a_miss(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	link_schedule_up(&schedule, T0);
	for (int i = 1; i <= 20; i++) {
		assert_int_equal(
			link_schedule_check(&schedule, T0 + i * EVERY), LINK_CHECK_PING);
		if (i % 2 == 0)
			link_schedule_heard(&schedule);
	}
}

static void a_long_sleep_is_one_miss(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	link_schedule_up(&schedule, T0);
	assert_int_equal(link_schedule_check(&schedule, T0 + EVERY), LINK_CHECK_PING);
	assert_int_equal(
		link_schedule_check(&schedule, T0 + 600 * EVERY), LINK_CHECK_PING);
	assert_int_equal(
		link_schedule_check(&schedule, T0 + 600 * EVERY + 1), LINK_CHECK_FINE);
}

static void a_new_stream_starts_without_misses(void **state)
{
	struct link_schedule schedule = fresh(1);

	(void)state;
	link_schedule_up(&schedule, T0);
	(void)link_schedule_check(&schedule, T0 + EVERY);
	(void)link_schedule_check(&schedule, T0 + 2 * EVERY);
	link_schedule_up(&schedule, T0 + 3 * EVERY);
	assert_int_equal(link_schedule_check(&schedule, T0 + 3 * EVERY), LINK_CHECK_FINE);
	assert_int_equal(link_schedule_check(&schedule, T0 + 4 * EVERY), LINK_CHECK_PING);
	assert_int_equal(link_schedule_check(&schedule, T0 + 5 * EVERY), LINK_CHECK_PING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_try_is_due_at_once),
		cmocka_unit_test(the_pause_doubles_up_to_a_minute),
		cmocka_unit_test(two_links_do_not_come_back_together),
		cmocka_unit_test(the_pause_fits_the_loss),
		cmocka_unit_test(only_a_stream_that_held_forgives_earlier_losses),
		cmocka_unit_test(a_ping_is_due_every_minute),
		cmocka_unit_test(two_misses_in_a_row_are_the_end),
		cmocka_unit_test(anything_heard_forgives_a_miss),
		cmocka_unit_test(a_long_sleep_is_one_miss),
		cmocka_unit_test(a_new_stream_starts_without_misses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
