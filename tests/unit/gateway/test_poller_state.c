#include "poller_bench.h"
#include "test.h"

static void an_unreachable_gateway_fails_no_mailbox(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 500);
	for (int i = 0; i < 5; i++)
		bench_refuse(&bench, bench_wait_next(&bench), OUTCOME_RETRY,
			GATEWAY_FAULT_CONNECT);
	assert_int_equal(bench.n_failures, 0);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_DOWN);
	assert_int_equal(gateway.fault, GATEWAY_FAULT_CONNECT);
	assert_string_equal(gateway.text, "in words");
	assert_true(gateway.next_try > now_utc_s(&bench.now));
	bench_answer(&bench, bench_wait_next(&bench));
	gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_UP);
	assert_string_equal(gateway.text, "");
	for (int i = 0; i < 4; i++)
		bench_answer(&bench, bench_wait_next(&bench));
	assert_int_equal(bench.n_calendars, 500);
	bench_tear_down(&bench);
}

static void a_throttle_holds_everything(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 200);
	bench_refuse(
		&bench, bench_next(&bench), OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_WAITING);
	assert_in_range(
		gateway.next_try, now_utc_s(&bench.now) + 55, now_utc_s(&bench.now) + 75);
	int64_t before = bench.now.mono_ms;
	struct poller_request *request = bench_wait_next(&bench);
	assert_true(bench.now.mono_ms - before >= 55000);
	assert_int_equal(bench.n_failures, 0);
	bench_answer(&bench, request);
	assert_int_equal(bench_state_of(&bench).health, GATEWAY_UP);
	bench_tear_down(&bench);
}

static void two_refused_logons_lock(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 500);
	bench_refuse(&bench, bench_wait_next(&bench), OUTCOME_DENIED, GATEWAY_FAULT_AUTH);
	bench_refuse(&bench, bench_wait_next(&bench), OUTCOME_DENIED, GATEWAY_FAULT_AUTH);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_LOCKED);
	assert_int_equal(gateway.fault, GATEWAY_FAULT_AUTH);
	assert_null(bench_next(&bench));
	bench_tear_down(&bench);
}

static void settings_that_cannot_work_are_told(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	state_refuse(&bench.state, "no such way");
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_DOWN);
	assert_int_equal(gateway.fault, GATEWAY_FAULT_CONFIG);
	assert_string_equal(gateway.text, "no such way");
	bench_tear_down(&bench);
}

static void the_state_is_told_on_a_change_and_each_5_s(void **state)
{
	(void)state;
	struct bench bench;
	struct gateway_state gateway;
	bench_set_up(&bench);
	assert_true(bench_tells(&bench, &gateway));
	assert_false(bench_tells(&bench, &gateway));
	bench_watch(&bench, 0, 1);
	assert_false(bench_tells(&bench, &gateway));
	bench_answer(&bench, bench_next(&bench));
	assert_true(bench_tells(&bench, &gateway));
	assert_int_equal(gateway.since, now_utc_s(&bench.now));
	bench_pass(&bench, STATE_TELL_MS - 1);
	assert_false(bench_tells(&bench, &gateway));
	bench_pass(&bench, 1);
	assert_true(bench_tells(&bench, &gateway));
	bench_tear_down(&bench);
}

static void a_hint_is_told_once_the_gateway_is_up(void **state)
{
	(void)state;
	struct bench bench;
	struct gateway_state gateway;
	bench_set_up(&bench);
	(void)bench_state_of(&bench);
	state_hint(&bench.state, NULL, "set the clock");
	assert_false(bench_tells(&bench, &gateway));
	assert_string_equal(bench_state_of(&bench).text, "");
	bench_watch(&bench, 0, 1);
	bench_answer(&bench, bench_wait_next(&bench));
	assert_true(bench_tells(&bench, &gateway));
	assert_string_equal(gateway.text, "set the clock");
	assert_false(bench_tells(&bench, &gateway));
	assert_string_equal(bench_state_of(&bench).text, "");
	bench_tear_down(&bench);
}

static void hints_wait_in_their_order(void **state)
{
	(void)state;
	struct bench bench;
	struct gateway_state gateway;
	bench_set_up(&bench);
	for (int i = 0; i < 2 * STATE_HINTS_MAX; i++)
		state_hint(
			&bench.state, NULL, i == 0 ? "set the clock" : "grant the right");
	bench_watch(&bench, 0, 1);
	bench_answer(&bench, bench_wait_next(&bench));
	for (int i = 0; i < STATE_HINTS_MAX; i++) {
		assert_true(bench_tells(&bench, &gateway));
		assert_string_equal(
			gateway.text, i == 0 ? "set the clock" : "grant the right");
	}
	assert_false(bench_tells(&bench, &gateway));
	assert_string_equal(bench_state_of(&bench).text, "");
	bench_tear_down(&bench);
}

static void a_failure_long_past_is_not_the_gateways_trouble(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 200);
	bench_answer(&bench, bench_next(&bench));
	assert_int_equal(bench_state_of(&bench).health, GATEWAY_UP);
	bench_refuse(
		&bench, bench_wait_next(&bench), OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_UP);
	assert_int_equal(gateway.fault, GATEWAY_FAULT_TRANSIENT);
	int64_t failed_at = gateway.failed_at;
	assert_in_range(failed_at, now_utc_s(&bench.now) - 10, now_utc_s(&bench.now));
	assert_int_equal(bench_state_of(&bench).failed_at, failed_at);
	for (int i = 0; i < 8; i++)
		bench_answer(&bench, bench_wait_next(&bench));
	bench_pass(&bench, 600000);
	gateway = bench_state_of(&bench);
	assert_int_equal(gateway.fault, GATEWAY_FAULT_NONE);
	assert_int_equal(gateway.failed_at, 0);
	assert_string_equal(gateway.text, "");
	bench_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unreachable_gateway_fails_no_mailbox),
		cmocka_unit_test(a_throttle_holds_everything),
		cmocka_unit_test(two_refused_logons_lock),
		cmocka_unit_test(settings_that_cannot_work_are_told),
		cmocka_unit_test(the_state_is_told_on_a_change_and_each_5_s),
		cmocka_unit_test(a_hint_is_told_once_the_gateway_is_up),
		cmocka_unit_test(hints_wait_in_their_order),
		cmocka_unit_test(a_failure_long_past_is_not_the_gateways_trouble),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
