#include "gateway/dispatch/account.h"

#include "test.h"

#include <stdio.h>

#define SEED UINT64_C(0x123456789)
#define INTERVAL INT64_C(300000)
#define MINUTE INT64_C(60000)
#define QUARTER INT64_C(900000)

static struct account make(unsigned concurrency)
{
	struct account account;
	account_init(&account, concurrency, INTERVAL, SEED);
	return account;
}

static void run(struct account *account, enum account_event event, int64_t now)
{
	uint64_t serial = account_start(account, now);
	account_done(account, serial, event, MINUTE, now);
}

static struct account make_proven(unsigned concurrency)
{
	struct account account = make(concurrency);
	run(&account, ACCOUNT_GOOD, 0);
	return account;
}

/* As many as may be out at once, started as soon as each may. Returns how many. */
static unsigned fill(struct account *account, int64_t now, uint64_t *serials)
{
	unsigned n = 0;
	while (account_ready(account, now) != INT64_MAX) {
		now = account_ready(account, now);
		serials[n++] = account_start(account, now);
	}
	return n;
}

static void exactly_one_request_goes_first(void **state)
{
	(void)state;
	struct account account = make(4);
	assert_int_equal(account_ready(&account, 10), 10);
	uint64_t serial = account_start(&account, 10);
	assert_int_equal(account_ready(&account, 100000), INT64_MAX);
	account_done(&account, serial, ACCOUNT_GOOD, 0, 20);
	uint64_t serials[8];
	assert_int_equal(fill(&account, 20, serials), 4);
}

static void it_starts_as_starting_and_is_up_after_an_answer(void **state)
{
	(void)state;
	struct account account = make(4);
	assert_int_equal(account_health(&account), GATEWAY_STARTING);
	run(&account, ACCOUNT_GOOD, 0);
	assert_int_equal(account_health(&account), GATEWAY_UP);
}

static void a_second_request_waits_for_the_first_or_a_moment(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	uint64_t serial = account_start(&account, 1000);
	assert_int_equal(account_ready(&account, 1001), 1000 + ACCOUNT_STAGGER_MS);
	account_done(&account, serial, ACCOUNT_GOOD, 0, 1005);
	assert_int_equal(account_ready(&account, 1005), 1005);
}

static void a_changed_password_costs_two_bad_logons(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	unsigned bad = 0;
	/* An hour of somebody who always wants to send; refusals come back after 50 ms.
	 */
	for (int64_t now = 1000; now < 1000 + 3600000; now += 10) {
		if (account_ready(&account, now) > now)
			continue;
		uint64_t serial = account_start(&account, now);
		bad++;
		now += 50;
		account_done(&account, serial, ACCOUNT_DENIED, 0, now);
		if (bad == 2)
			assert_int_equal(account_health(&account), GATEWAY_LOCKED);
	}
	assert_int_equal(bad, 2 + 3); // and one probe every 15 minutes
}

static void the_second_try_comes_after_5_to_30_seconds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 100; seed++) {
		struct account account;
		account_init(&account, 4, INTERVAL, seed);
		run(&account, ACCOUNT_DENIED, 0);
		assert_in_range(account_ready(&account, 0), 5000, 30000);
		assert_int_equal(account_health(&account), GATEWAY_DOWN);
	}
}

static void refusals_of_requests_that_were_out_together_count(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	uint64_t serials[8];
	unsigned n = fill(&account, 0, serials);
	assert_int_equal(n, 4);
	for (unsigned i = 0; i < n; i++)
		account_done(&account, serials[i], ACCOUNT_DENIED, 0, 1000);
	assert_int_equal(account_health(&account), GATEWAY_LOCKED);
	assert_int_equal(account_ready(&account, 1000), 1000 + QUARTER);
}

static void an_answer_from_before_the_refusal_does_not_prove_the_logon(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	uint64_t serials[8];
	(void)fill(&account, 0, serials);
	account_done(&account, serials[3], ACCOUNT_DENIED, 0, 1000);
	account_done(&account, serials[0], ACCOUNT_GOOD, 0, 1001);
	assert_int_equal(account_health(&account), GATEWAY_DOWN);
	assert_int_equal(account_ready(&account, 60000), INT64_MAX); // two are still out
}

static void a_good_answer_closes_the_breaker(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	run(&account, ACCOUNT_DENIED, 0);
	run(&account, ACCOUNT_DENIED, 30000);
	run(&account, ACCOUNT_DENIED, 30000 + QUARTER);
	run(&account, ACCOUNT_GOOD, 30000 + 2 * QUARTER);
	assert_int_equal(account_health(&account), GATEWAY_UP);
	uint64_t serials[8];
	assert_int_equal(fill(&account, 30000 + 2 * QUARTER, serials), 4);
}

static void trouble_does_not_open_the_way_through_an_open_breaker(void **state)
{
	(void)state;
	enum account_event events[] = {
		ACCOUNT_BUSY, ACCOUNT_UNREACHABLE, ACCOUNT_STOPPED, ACCOUNT_STRAY};
	for (size_t i = 0; i < 4; i++) {
		struct account account = make_proven(4);
		run(&account, ACCOUNT_DENIED, 0);
		run(&account, ACCOUNT_DENIED, 30000);
		int64_t now = 30000 + QUARTER;
		run(&account, events[i], now);
		assert_true(account_ready(&account, now) >= now + QUARTER);
		assert_int_equal(account_health(&account), GATEWAY_LOCKED);
	}
}

static void whom_another_was_granted_the_log_on_goes_on_at_once(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	run(&account, ACCOUNT_DENIED, 0);
	run(&account, ACCOUNT_DENIED, 30000);
	int64_t now = 30000 + QUARTER;
	run(&account, ACCOUNT_BUSY, now);
	account_adopt(&account, 0, 0, now);
	assert_in_range(account_ready(&account, now), now + MINUTE, now + MINUTE * 5 / 4);
}

static void some_probes_go_between_two_long_pauses(void **state)
{
	(void)state;
	struct account account = make_proven(1);
	int64_t now = 0;
	unsigned late = 0;
	for (int i = 0; i < 100; i++) {
		run(&account, ACCOUNT_STRAY, now);
		int64_t pause = account_ready(&account, now) - now;
		if (account.halvings > ACCOUNT_HALVINGS) {
			late++;
			assert_int_equal(late % ACCOUNT_PROBES == 0,
				pause > ACCOUNT_PAUSE_MIN_MS * 5 / 4);
		}
		now += pause;
	}
	assert_true(late > 3 * ACCOUNT_PROBES);
}

static void a_throttle_waits_with_jitter_and_halves_once(void **state)
{
	(void)state;
	struct account account = make_proven(8);
	uint64_t serials[8];
	assert_int_equal(fill(&account, 0, serials), 8);
	for (unsigned i = 0; i < 8; i++)
		account_done(&account, serials[i], ACCOUNT_BUSY, MINUTE, 1000);
	assert_int_equal(account.slots, 4);
	assert_in_range(
		account_ready(&account, 1000), 1000 + MINUTE, 1000 + MINUTE * 5 / 4);
	assert_int_equal(account_health(&account), GATEWAY_WAITING);
	int64_t now = 1000 + MINUTE * 5 / 4;
	run(&account, ACCOUNT_BUSY, now);
	assert_int_equal(account.slots, 2);
	for (int i = 0; i < 5; i++)
		run(&account, ACCOUNT_BUSY, now += MINUTE * 5 / 4);
	assert_int_equal(account.slots, 1);
}

static void a_throttle_of_those_that_were_out_halves_their_number(void **state)
{
	(void)state;
	struct account account = make_proven(64);
	uint64_t serials[64];
	for (unsigned i = 0; i < 28; i++)
		serials[i] = account_start(&account, i * ACCOUNT_STAGGER_MS);
	/* 27 are let in, as Exchange's EwsMaxConcurrency has it. */
	account_done(&account, serials[27], ACCOUNT_BUSY, 1000, 3000);
	assert_int_equal(account.slots, 14);
}

static void a_request_that_says_nothing_changes_nothing(void **state)
{
	(void)state;
	struct account account = make(4);
	for (int i = 0; i < 20; i++) {
		run(&account, ACCOUNT_VOID, 0);
		assert_int_equal(account_health(&account), GATEWAY_STARTING);
		assert_int_equal(account_ready(&account, 0), 0);
	}
	uint64_t serials[8];
	assert_int_equal(fill(&account, 0, serials), 1); // still unproven
}

static void after_a_spent_budget_requests_keep_a_pace(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	uint64_t serial = account_start(&account, 0);
	account_done(&account, serial, ACCOUNT_GOOD, 0, MINUTE);
	run(&account, ACCOUNT_SPENT, MINUTE);
	int64_t now = account_ready(&account, MINUTE);
	assert_in_range(now, 2 * MINUTE, MINUTE + MINUTE * 5 / 4);
	serial = account_start(&account, now);
	account_done(&account, serial, ACCOUNT_GOOD, 0, now + 1000);
	/* A minute in two was taken, half of that is from now on. */
	assert_int_equal(account_ready(&account, now + 1000), now + 4000);
}

static void slots_come_back_one_a_minute_up_to_the_configured(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	run(&account, ACCOUNT_BUSY, 0);
	assert_int_equal(account.slots, 2);
	int64_t now = MINUTE * 5 / 4;
	run(&account, ACCOUNT_GOOD, now);
	assert_int_equal(account_health(&account), GATEWAY_UP);
	assert_int_equal(account.slots, 3); // a minute without a throttle
	run(&account, ACCOUNT_GOOD, now + MINUTE - 1);
	assert_int_equal(account.slots, 3);
	run(&account, ACCOUNT_GOOD, now + MINUTE);
	run(&account, ACCOUNT_GOOD, now + 2 * MINUTE);
	run(&account, ACCOUNT_GOOD, now + 3 * MINUTE);
	assert_int_equal(account.slots, 4);
}

static void pauses_of_an_unreachable_gateway_double_up_to_the_interval(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	int64_t now = 0;
	int64_t expected = ACCOUNT_PAUSE_MIN_MS;
	for (int i = 0; i < 20; i++) {
		run(&account, ACCOUNT_UNREACHABLE, now);
		int64_t pause = account_ready(&account, now) - now;
		assert_in_range(pause, expected, expected * 5 / 4);
		now += pause;
		expected = 2 * expected < INTERVAL ? 2 * expected : INTERVAL;
	}
	assert_int_equal(account_health(&account), GATEWAY_DOWN);
	run(&account, ACCOUNT_GOOD, now);
	assert_int_equal(account_health(&account), GATEWAY_UP);
	assert_int_equal(account_ready(&account, now), now);
}

static void pauses_until_someone_acts_double_up_to_a_quarter(void **state)
{
	(void)state;
	struct account account = make(4);
	int64_t now = 0;
	for (int i = 0; i < 20; i++) {
		run(&account, ACCOUNT_STOPPED, now);
		now = account_ready(&account, now);
	}
	run(&account, ACCOUNT_STOPPED, now);
	assert_in_range(account_ready(&account, now) - now, QUARTER, QUARTER * 5 / 4);
}

static void requests_that_fail_together_are_one_trouble(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	uint64_t serials[8] = {0};
	(void)fill(&account, 0, serials);
	for (unsigned i = 0; i < 4; i++)
		account_done(&account, serials[i], ACCOUNT_UNREACHABLE, 0, 1000);
	assert_in_range(account_ready(&account, 1000), 1000 + ACCOUNT_PAUSE_MIN_MS,
		1000 + ACCOUNT_PAUSE_MIN_MS * 5 / 4);
}

static void a_gateway_that_never_answered_well_is_down(void **state)
{
	(void)state;
	struct account account = make(4);
	run(&account, ACCOUNT_STRAY, 0);
	assert_int_equal(account_health(&account), GATEWAY_DOWN);
	assert_int_equal(account_ready(&account, 0), 0);
	run(&account, ACCOUNT_GOOD, 0);
	assert_int_equal(account_health(&account), GATEWAY_UP);
}

static void one_failed_request_holds_nobody_back(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	for (int i = 1; i < ACCOUNT_STRAYS_MAX; i++)
		run(&account, ACCOUNT_STRAY, 0);
	assert_int_equal(account_health(&account), GATEWAY_UP);
	assert_int_equal(account_ready(&account, 0), 0);
	run(&account, ACCOUNT_STRAY, 0); // but so many in a row are the gateway
	assert_int_equal(account_health(&account), GATEWAY_DOWN);
	assert_true(account_ready(&account, 0) > 0);
}

static void one_busy_mailbox_is_not_the_account(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	for (int i = 0; i < 10; i++)
		assert_false(account_is_short(&account, "a@example.com"));
	assert_false(account_is_short(&account, "b@example.com"));
	run(&account, ACCOUNT_GOOD, 0);
	assert_false(account_is_short(&account, "c@example.com"));
	assert_false(account_is_short(&account, "b@example.com"));
	assert_true(account_is_short(&account, "a@example.com"));
	assert_false(account_is_short(&account, "a@example.com"));
}

/* A third of all are on a server that is busy. */
static void mailboxes_of_a_busy_server_stop_the_account_ever_more_seldom(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	unsigned stops = 0;
	unsigned seed = 1;
	for (unsigned i = 0; i < 20000; i++) {
		char address[32];
		(void)snprintf(address, sizeof address, "u%u@example.com", i % 5000);
		seed = seed * 1103515245u + 12345u;
		if ((seed >> 16) % 3 == 0)
			stops += account_is_short(&account, address);
		else
			run(&account, ACCOUNT_GOOD, 0);
	}
	assert_in_range(stops, 1, 20);
	/* Where all are, each time takes more of them, up to a bound. */
	unsigned taken = 0;
	for (unsigned i = 0; i < 1000; i++) {
		char address[32];
		(void)snprintf(address, sizeof address, "v%u@example.com", i);
		taken++;
		if (!account_is_short(&account, address))
			continue;
		assert_in_range(taken, ACCOUNT_MAILBOXES, ACCOUNT_MAILBOXES_MAX);
		taken = 0;
	}
	assert_in_range(taken, 0, ACCOUNT_MAILBOXES_MAX);
}

static void what_another_worker_learnt_of_the_account_counts(void **state)
{
	(void)state;
	struct account account = make_proven(4);
	account_adopt(&account, 1, 60000, 0);
	assert_int_equal(account_ready(&account, 0), 60000);
	account_adopt(&account, 0, 0, 10000);
	assert_int_equal(account_ready(&account, 10000), 10000);
	account_adopt(&account, 2, QUARTER, 10000);
	assert_int_equal(account_health(&account), GATEWAY_LOCKED);
	assert_int_equal(account_ready(&account, 10000), 10000 + QUARTER);
	account_adopt(&account, 1, 0, 20000); // older
	assert_int_equal(account_health(&account), GATEWAY_LOCKED);
	run(&account, ACCOUNT_GOOD, 10000 + QUARTER);
	assert_int_equal(account_health(&account), GATEWAY_UP);
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
		cmocka_unit_test(whom_another_was_granted_the_log_on_goes_on_at_once),
		cmocka_unit_test(some_probes_go_between_two_long_pauses),
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
		cmocka_unit_test(one_busy_mailbox_is_not_the_account),
		cmocka_unit_test(
			mailboxes_of_a_busy_server_stop_the_account_ever_more_seldom),
		cmocka_unit_test(what_another_worker_learnt_of_the_account_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
