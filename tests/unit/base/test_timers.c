#include "base/timers.h"

#include "test.h"

#define MANY 200
#define ROUNDS 2000

struct probe {
	struct timer timer; // first: fire() gets back to the probe from it
	int id;
	int64_t set_again;     // for this time, from inside fire()
	struct timer *cancels; // borrowed
};

static struct timers timers;
static struct probe probes[MANY]; // they outlive each test, whose end looks at them
static int fired_ids[MANY];
static size_t n_fired;

static void record(struct timer *timer, int64_t now)
{
	struct probe *probe = (struct probe *)timer;

	assert_true(timer->at <= now);
	assert_false(timer_is_set(timer));
	fired_ids[n_fired++] = probe->id;
	if (probe->cancels != NULL)
		timers_cancel(&timers, probe->cancels);
	if (probe->set_again != 0)
		timers_set(&timers, timer, probe->set_again);
}

static int setup(void **state)
{
	(void)state;
	timers_init(&timers);
	for (int i = 0; i < MANY; i++)
		probes[i] = (struct probe){.id = i, .timer.fire = record};
	n_fired = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	timers_finish(&timers);
	return 0;
}

static void without_timers_nothing_is_next(void **state)
{
	(void)state;
	assert_true(timers_next(&timers) == INT64_MAX);
	assert_int_equal(timers_fire(&timers, INT64_MAX, 10), 0);
}

static void timers_fire_by_time_and_equal_ones_as_they_were_set(void **state)
{
	static const int64_t at[] = {30, 10, 20, 10, 31};
	static const int expected[] = {1, 3, 2, 0};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		timers_set(&timers, &probes[i].timer, at[i]);
	assert_int_equal(timers_next(&timers), 10);
	assert_int_equal(timers_fire(&timers, 9, 10), 0);
	assert_int_equal(timers_fire(&timers, 30, 10), 4);
	assert_memory_equal(fired_ids, expected, sizeof(expected));
	assert_true(timer_is_set(&probes[4].timer));
	assert_int_equal(timers_next(&timers), 31);
}

static void moving_a_timer_forgets_its_old_time(void **state)
{
	(void)state;
	timers_set(&timers, &probes[0].timer, 10);
	timers_set(&timers, &probes[1].timer, 20);
	timers_set(&timers, &probes[0].timer, 30);
	assert_int_equal(timers_next(&timers), 20);
	assert_int_equal(timers_fire(&timers, 20, 10), 1);
	assert_int_equal(timers_fire(&timers, 30, 10), 1);
	assert_int_equal(n_fired, 2);
}

static void cancelling_accepts_a_timer_that_is_not_set(void **state)
{
	struct probe *probe = &probes[0];

	(void)state;
	timers_cancel(&timers, &probe->timer);
	timers_set(&timers, &probe->timer, 10);
	timers_cancel(&timers, &probe->timer);
	timers_cancel(&timers, &probe->timer);
	assert_int_equal(timers_fire(&timers, 10, 10), 0);
}

static void no_more_fire_than_were_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		timers_set(&timers, &probes[i].timer, 10);
	assert_int_equal(timers_fire(&timers, 10, 2), 2);
	assert_int_equal(timers_next(&timers), 10);
	assert_int_equal(timers_fire(&timers, 10, 2), 1);
}

static void a_timer_set_again_for_the_past_waits_for_the_next_call(void **state)
{
	static const int expected[] = {0, 1};

	(void)state;
	probes[0].set_again = 5;
	timers_set(&timers, &probes[0].timer, 10);
	timers_set(&timers, &probes[1].timer, 10);
	assert_int_equal(timers_fire(&timers, 10, 10), 2);
	assert_memory_equal(fired_ids, expected, sizeof(expected));
	assert_int_equal(timers_next(&timers), 5);
	assert_int_equal(timers_fire(&timers, 10, 10), 1);
	assert_int_equal(n_fired, 3);
}

static void a_timer_set_again_for_later_keeps_to_it(void **state)
{
	struct probe *probe = &probes[0];

	(void)state;
	probe->set_again = 11;
	timers_set(&timers, &probe->timer, 10);
	assert_int_equal(timers_fire(&timers, 10, 10), 1);
	assert_int_equal(timers_fire(&timers, 10, 10), 0);
	assert_int_equal(timers_fire(&timers, 11, 10), 1);
}

static void firing_may_cancel_any_timer(void **state)
{
	(void)state;
	probes[0].set_again = 1;
	probes[1].cancels = &probes[0].timer; // which waits
	probes[2].cancels = &probes[1].timer; // which has fired
	for (size_t i = 0; i < 3; i++)
		timers_set(&timers, &probes[i].timer, 10);
	assert_int_equal(timers_fire(&timers, 10, 10), 3);
	assert_true(timers_next(&timers) == INT64_MAX);

	probes[0].set_again = 0;
	probes[0].cancels = &probes[1].timer; // which is due
	timers_set(&timers, &probes[0].timer, 20);
	timers_set(&timers, &probes[1].timer, 20);
	assert_int_equal(timers_fire(&timers, 20, 10), 1);
}

static void finishing_leaves_timers_not_set(void **state)
{
	struct probe *probe = &probes[0];

	(void)state;
	timers_set(&timers, &probe->timer, 10);
	timers_finish(&timers);
	assert_false(timer_is_set(&probe->timer));
}

/* Numerical Recipes' generator: tests need no good one, only the same every time. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

static void the_heap_agrees_with_a_linear_search(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct timer *timer = &probes[next_random(&seed) % MANY].timer;
		int64_t next = INT64_MAX;

		if (next_random(&seed) % 4 == 0)
			timers_cancel(&timers, timer);
		else
			timers_set(&timers, timer, next_random(&seed) % 1000);
		for (size_t i = 0; i < MANY; i++) {
			if (timer_is_set(&probes[i].timer) && probes[i].timer.at < next)
				next = probes[i].timer.at;
		}
		assert_true(timers_next(&timers) == next);
	}
	while (timers_fire(&timers, INT64_MAX - 1, 1) == 1) {
		int64_t at = probes[fired_ids[n_fired - 1]].timer.at;

		assert_true(at <= timers_next(&timers));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			without_timers_nothing_is_next, setup, teardown),
		cmocka_unit_test_setup_teardown(
			timers_fire_by_time_and_equal_ones_as_they_were_set, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			moving_a_timer_forgets_its_old_time, setup, teardown),
		cmocka_unit_test_setup_teardown(
			cancelling_accepts_a_timer_that_is_not_set, setup, teardown),
		cmocka_unit_test_setup_teardown(
			no_more_fire_than_were_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_timer_set_again_for_the_past_waits_for_the_next_call, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_timer_set_again_for_later_keeps_to_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
			firing_may_cancel_any_timer, setup, teardown),
		cmocka_unit_test_setup_teardown(
			finishing_leaves_timers_not_set, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_heap_agrees_with_a_linear_search, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
