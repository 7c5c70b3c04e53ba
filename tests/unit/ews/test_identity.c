#include "ews/desk/identity.h"

#include "test.h"

#define SEED UINT64_C(0x123456789)
#define INTERVAL INT64_C(300000)
#define MINUTE INT64_C(60000)
#define QUARTER INT64_C(900000)

static struct identity make(unsigned concurrency)
{
	struct identity identity;
	identity_init(&identity, concurrency, INTERVAL, SEED);
	return identity;
}

static void run(struct identity *identity, enum identity_outcome outcome, int64_t now)
{
	uint64_t serial = identity_start(identity, now);
	identity_done(identity, serial, outcome, MINUTE, now);
}

static struct identity make_proven(unsigned concurrency)
{
	struct identity identity = make(concurrency);
	run(&identity, IDENTITY_GOOD, 0);
	return identity;
}

/* As many as may be out at once, started as soon as each may. Returns how many. */
static unsigned fill(struct identity *identity, int64_t now, uint64_t *serials)
{
	unsigned n = 0;
	while (identity_ready(identity, now) != INT64_MAX) {
		now = identity_ready(identity, now);
		serials[n++] = identity_start(identity, now);
	}
	return n;
}

static void exactly_one_request_goes_first(void **state)
{
	(void)state;
	struct identity identity = make(4);
	assert_int_equal(identity_ready(&identity, 10), 10);
	uint64_t serial = identity_start(&identity, 10);
	assert_int_equal(identity_ready(&identity, 100000), INT64_MAX);
	identity_done(&identity, serial, IDENTITY_GOOD, 0, 20);
	uint64_t serials[8];
	assert_int_equal(fill(&identity, 20, serials), 4);
}

static void it_starts_as_starting_and_is_up_after_an_answer(void **state)
{
	(void)state;
	struct identity identity = make(4);
	assert_int_equal(identity_health(&identity), GATEWAY_STARTING);
	run(&identity, IDENTITY_GOOD, 0);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
}

static void a_second_request_waits_for_the_first_or_a_moment(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	uint64_t serial = identity_start(&identity, 1000);
	assert_int_equal(identity_ready(&identity, 1001), 1000 + IDENTITY_STAGGER_MS);
	identity_done(&identity, serial, IDENTITY_GOOD, 0, 1005);
	assert_int_equal(identity_ready(&identity, 1005), 1005);
}

static void a_changed_password_costs_two_bad_logons(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	unsigned bad = 0;
	/* An hour of somebody who always wants to send; refusals come back after 50 ms.
	 */
	for (int64_t now = 1000; now < 1000 + 3600000; now += 10) {
		if (identity_ready(&identity, now) > now)
			continue;
		uint64_t serial = identity_start(&identity, now);
		bad++;
		now += 50;
		identity_done(&identity, serial, IDENTITY_DENIED, 0, now);
		if (bad == 2)
			assert_int_equal(identity_health(&identity), GATEWAY_LOCKED);
	}
	assert_int_equal(bad, 2 + 3); // and one probe every 15 minutes
}

static void the_second_try_comes_after_5_to_30_seconds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 100; seed++) {
		struct identity identity;
		identity_init(&identity, 4, INTERVAL, seed);
		run(&identity, IDENTITY_DENIED, 0);
		assert_in_range(identity_ready(&identity, 0), 5000, 30000);
		assert_int_equal(identity_health(&identity), GATEWAY_DOWN);
	}
}

static void refusals_of_requests_that_were_out_together_count(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	uint64_t serials[8];
	unsigned n = fill(&identity, 0, serials);
	assert_int_equal(n, 4);
	for (unsigned i = 0; i < n; i++)
		identity_done(&identity, serials[i], IDENTITY_DENIED, 0, 1000);
	assert_int_equal(identity_health(&identity), GATEWAY_LOCKED);
	assert_int_equal(identity_ready(&identity, 1000), 1000 + QUARTER);
}

static void an_answer_from_before_the_refusal_does_not_prove_the_logon(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	uint64_t serials[8];
	(void)fill(&identity, 0, serials);
	identity_done(&identity, serials[3], IDENTITY_DENIED, 0, 1000);
	identity_done(&identity, serials[0], IDENTITY_GOOD, 0, 1001);
	assert_int_equal(identity_health(&identity), GATEWAY_DOWN);
	assert_int_equal(
		identity_ready(&identity, 60000), INT64_MAX); // two are still out
}

static void a_good_answer_closes_the_breaker(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	run(&identity, IDENTITY_DENIED, 0);
	run(&identity, IDENTITY_DENIED, 30000);
	run(&identity, IDENTITY_DENIED, 30000 + QUARTER);
	run(&identity, IDENTITY_GOOD, 30000 + 2 * QUARTER);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
	uint64_t serials[8];
	assert_int_equal(fill(&identity, 30000 + 2 * QUARTER, serials), 4);
}

static void trouble_does_not_open_the_way_through_an_open_breaker(void **state)
{
	(void)state;
	enum identity_outcome outcomes[] = {
		IDENTITY_BUSY, IDENTITY_UNREACHABLE, IDENTITY_STOPPED, IDENTITY_STRAY};
	for (size_t i = 0; i < 4; i++) {
		struct identity identity = make_proven(4);
		run(&identity, IDENTITY_DENIED, 0);
		run(&identity, IDENTITY_DENIED, 30000);
		int64_t now = 30000 + QUARTER;
		run(&identity, outcomes[i], now);
		assert_true(identity_ready(&identity, now) >= now + QUARTER);
		assert_int_equal(identity_health(&identity), GATEWAY_LOCKED);
	}
}

static void new_settings_forget_the_breaker_and_what_is_out(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	run(&identity, IDENTITY_DENIED, 0);
	uint64_t old = identity_start(&identity, 30000);
	identity_configure(&identity, 2, INTERVAL);
	uint64_t canary = identity_start(&identity, 30001);
	identity_done(&identity, old, IDENTITY_DENIED, 0, 30002);
	assert_int_equal(identity_health(&identity), GATEWAY_STARTING);
	assert_int_equal(identity_ready(&identity, 30002), INT64_MAX);
	identity_done(&identity, canary, IDENTITY_GOOD, 0, 30003);
	uint64_t serials[8];
	assert_int_equal(fill(&identity, 30003, serials), 2);
}

static void a_throttle_waits_with_jitter_and_halves_once(void **state)
{
	(void)state;
	struct identity identity = make_proven(8);
	uint64_t serials[8];
	assert_int_equal(fill(&identity, 0, serials), 8);
	for (unsigned i = 0; i < 8; i++)
		identity_done(&identity, serials[i], IDENTITY_BUSY, MINUTE, 1000);
	assert_int_equal(identity.slots, 4);
	assert_in_range(
		identity_ready(&identity, 1000), 1000 + MINUTE, 1000 + MINUTE * 5 / 4);
	assert_int_equal(identity_health(&identity), GATEWAY_WAITING);
	int64_t now = 1000 + MINUTE * 5 / 4;
	run(&identity, IDENTITY_BUSY, now);
	assert_int_equal(identity.slots, 2);
	for (int i = 0; i < 5; i++)
		run(&identity, IDENTITY_BUSY, now += MINUTE * 5 / 4);
	assert_int_equal(identity.slots, 1);
}

static void a_throttle_of_those_that_were_out_halves_their_number(void **state)
{
	(void)state;
	struct identity identity = make_proven(64);
	uint64_t serials[64];
	for (unsigned i = 0; i < 28; i++)
		serials[i] = identity_start(&identity, i * IDENTITY_STAGGER_MS);
	/* 27 are let in, as Exchange's EwsMaxConcurrency has it. */
	identity_done(&identity, serials[27], IDENTITY_BUSY, 1000, 3000);
	assert_int_equal(identity.slots, 14);
}

static void a_request_that_says_nothing_changes_nothing(void **state)
{
	(void)state;
	struct identity identity = make(4);
	for (int i = 0; i < 20; i++) {
		run(&identity, IDENTITY_VOID, 0);
		assert_int_equal(identity_health(&identity), GATEWAY_STARTING);
		assert_int_equal(identity_ready(&identity, 0), 0);
	}
	uint64_t serials[8];
	assert_int_equal(fill(&identity, 0, serials), 1); // still unproven
}

static void after_a_spent_budget_requests_keep_a_pace(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	uint64_t serial = identity_start(&identity, 0);
	identity_done(&identity, serial, IDENTITY_GOOD, 0, MINUTE);
	run(&identity, IDENTITY_SPENT, MINUTE);
	int64_t now = identity_ready(&identity, MINUTE);
	assert_in_range(now, 2 * MINUTE, MINUTE + MINUTE * 5 / 4);
	serial = identity_start(&identity, now);
	identity_done(&identity, serial, IDENTITY_GOOD, 0, now + 1000);
	/* A minute in two was taken, half of that is from now on. */
	assert_int_equal(identity_ready(&identity, now + 1000), now + 4000);
	identity_configure(&identity, 4, INTERVAL);
	assert_int_equal(identity_ready(&identity, now + 1000), now + 1000);
}

static void slots_come_back_one_a_minute_up_to_the_configured(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	run(&identity, IDENTITY_BUSY, 0);
	assert_int_equal(identity.slots, 2);
	int64_t now = MINUTE * 5 / 4;
	run(&identity, IDENTITY_GOOD, now);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
	assert_int_equal(identity.slots, 3); // a minute without a throttle
	run(&identity, IDENTITY_GOOD, now + MINUTE - 1);
	assert_int_equal(identity.slots, 3);
	run(&identity, IDENTITY_GOOD, now + MINUTE);
	run(&identity, IDENTITY_GOOD, now + 2 * MINUTE);
	run(&identity, IDENTITY_GOOD, now + 3 * MINUTE);
	assert_int_equal(identity.slots, 4);
}

static void pauses_of_an_unreachable_gateway_double_up_to_the_interval(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	int64_t now = 0;
	int64_t expected = IDENTITY_PAUSE_MIN_MS;
	for (int i = 0; i < 20; i++) {
		run(&identity, IDENTITY_UNREACHABLE, now);
		int64_t pause = identity_ready(&identity, now) - now;
		assert_in_range(pause, expected, expected * 5 / 4);
		now += pause;
		expected = 2 * expected < INTERVAL ? 2 * expected : INTERVAL;
	}
	assert_int_equal(identity_health(&identity), GATEWAY_DOWN);
	run(&identity, IDENTITY_GOOD, now);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
	assert_int_equal(identity_ready(&identity, now), now);
}

static void pauses_until_someone_acts_double_up_to_a_quarter(void **state)
{
	(void)state;
	struct identity identity = make(4);
	int64_t now = 0;
	for (int i = 0; i < 20; i++) {
		run(&identity, IDENTITY_STOPPED, now);
		now = identity_ready(&identity, now);
	}
	run(&identity, IDENTITY_STOPPED, now);
	assert_in_range(identity_ready(&identity, now) - now, QUARTER, QUARTER * 5 / 4);
}

static void requests_that_fail_together_are_one_trouble(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	uint64_t serials[8] = {0};
	(void)fill(&identity, 0, serials);
	for (unsigned i = 0; i < 4; i++)
		identity_done(&identity, serials[i], IDENTITY_UNREACHABLE, 0, 1000);
	assert_in_range(identity_ready(&identity, 1000), 1000 + IDENTITY_PAUSE_MIN_MS,
		1000 + IDENTITY_PAUSE_MIN_MS * 5 / 4);
}

static void a_gateway_that_never_answered_well_is_down(void **state)
{
	(void)state;
	struct identity identity = make(4);
	run(&identity, IDENTITY_STRAY, 0);
	assert_int_equal(identity_health(&identity), GATEWAY_DOWN);
	assert_int_equal(identity_ready(&identity, 0), 0);
	run(&identity, IDENTITY_GOOD, 0);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
}

static void one_failed_request_holds_nobody_back(void **state)
{
	(void)state;
	struct identity identity = make_proven(4);
	for (int i = 1; i < IDENTITY_STRAYS_MAX; i++)
		run(&identity, IDENTITY_STRAY, 0);
	assert_int_equal(identity_health(&identity), GATEWAY_UP);
	assert_int_equal(identity_ready(&identity, 0), 0);
	run(&identity, IDENTITY_STRAY, 0); // but so many in a row are the gateway
	assert_int_equal(identity_health(&identity), GATEWAY_DOWN);
	assert_true(identity_ready(&identity, 0) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_one_request_goes_first),
		cmocka_unit_test(it_starts_as_starting_and_is_up_after_an_answer),
		cmocka_unit_test(a_second_request_waits_for_the_first_or_a_moment),
		cmocka_unit_test(a_changed_password_costs_two_bad_logons),
		cmocka_unit_test(the_second_try_comes_after_5_to_30_seconds),
		cmocka_unit_test(refusals_of_requests_that_were_out_together_count),
		cmocka_unit_test(
			an_answer_from_before_the_refusal_does_not_prove_the_logon),
		cmocka_unit_test(a_good_answer_closes_the_breaker),
		cmocka_unit_test(trouble_does_not_open_the_way_through_an_open_breaker),
		cmocka_unit_test(new_settings_forget_the_breaker_and_what_is_out),
		cmocka_unit_test(a_throttle_waits_with_jitter_and_halves_once),
		cmocka_unit_test(a_throttle_of_those_that_were_out_halves_their_number),
		cmocka_unit_test(a_request_that_says_nothing_changes_nothing),
		cmocka_unit_test(after_a_spent_budget_requests_keep_a_pace),
		cmocka_unit_test(slots_come_back_one_a_minute_up_to_the_configured),
		cmocka_unit_test(
			pauses_of_an_unreachable_gateway_double_up_to_the_interval),
		cmocka_unit_test(pauses_until_someone_acts_double_up_to_a_quarter),
		cmocka_unit_test(requests_that_fail_together_are_one_trouble),
		cmocka_unit_test(a_gateway_that_never_answered_well_is_down),
		cmocka_unit_test(one_failed_request_holds_nobody_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
