#include "gateway/dispatch/throttle.h"

#include "gateway/dispatch/account.h"
#include "test.h"

#define MINUTE INT64_C(60000)
#define HOUR INT64_C(3600000)

/* The budget of an account as Exchange keeps it: the time of each request is taken from
 * it, and it recharges all the while. */
struct budget {
	double balance_ms;
	double burst_ms;
	double recharge; // ms each ms
	double cutoff_ms;
	int64_t now_ms;
	int64_t until_ms; // refused until then
	unsigned refused;
};

static void pass(struct budget *budget, int64_t now_ms)
{
	budget->balance_ms += budget->recharge * (double)(now_ms - budget->now_ms);
	if (budget->balance_ms > budget->burst_ms)
		budget->balance_ms = budget->burst_ms;
	budget->now_ms = now_ms;
}

/* How long to wait; 0: let in. */
static int64_t knock(struct budget *budget, int64_t now_ms)
{
	pass(budget, now_ms);
	if (budget->balance_ms < -budget->cutoff_ms)
		budget->until_ms =
			now_ms + (int64_t)(-budget->balance_ms / budget->recharge);
	if (budget->until_ms <= now_ms)
		return 0;
	budget->refused++;
	return budget->until_ms - now_ms;
}

#define OUT_MAX 64

/* Somebody who always wants to send, with requests that take so long, against a budget.
 * Returns how many were answered. */
static unsigned run(
	struct account *account, struct budget *budget, int64_t takes_ms, int64_t for_ms)
{
	struct {
		uint64_t serial;
		int64_t end_ms;
	} out[OUT_MAX];
	unsigned n = 0;
	unsigned answered = 0;
	for (int64_t now = 0; now < for_ms; now += 20) {
		for (unsigned i = 0; i < n; i++) {
			if (out[i].end_ms > now)
				continue;
			pass(budget, now);
			budget->balance_ms -= (double)takes_ms;
			account_done(account, out[i].serial, ACCOUNT_GOOD, 0, now);
			answered++;
			out[i--] = out[--n];
		}
		if (account_ready(account, now) > now)
			continue;
		uint64_t serial = account_start(account, now);
		int64_t wait = knock(budget, now);
		if (wait > 0) {
			account_done(account, serial, ACCOUNT_SPENT, wait, now);
			continue;
		}
		out[n].serial = serial;
		out[n++].end_ms = now + takes_ms;
	}
	return answered;
}

static void the_budget_of_exchange_is_overdrawn_once(void **state)
{
	(void)state;
	struct account account;
	account_init(&account, 4, 5 * MINUTE, 7);
	struct budget budget = {.balance_ms = 300000,
		.burst_ms = 300000,
		.recharge = 0.25,
		.cutoff_ms = 600000};
	unsigned answered = run(&account, &budget, 2000, 4 * HOUR);
	assert_int_equal(budget.refused, 1);
	/* In four hours an hour is granted, and the burst. */
	assert_in_range(answered, (3600 + 300) / 2 / 2, (3600 + 900) / 2);
}

static void in_a_day_it_is_overdrawn_a_few_times(void **state)
{
	(void)state;
	struct account account;
	account_init(&account, 8, 5 * MINUTE, 7);
	struct budget budget = {.balance_ms = 300000,
		.burst_ms = 300000,
		.recharge = 0.25,
		.cutoff_ms = 600000};
	unsigned answered = run(&account, &budget, 3000, 24 * HOUR);
	assert_in_range(budget.refused, 1, 5);
	assert_true(answered > 6 * 3600 / 3 * 2 / 3); // of what is granted
}

static void what_is_granted_is_not_stretched(void **state)
{
	(void)state;
	struct account account;
	account_init(&account, 4, 5 * MINUTE, 7);
	struct budget budget = {.balance_ms = 300000,
		.burst_ms = 300000,
		.recharge = 4,
		.cutoff_ms = 600000};
	unsigned answered = run(&account, &budget, 2000, HOUR);
	assert_int_equal(budget.refused, 0);
	assert_true(answered > 7000);
}

static void without_a_refusal_there_is_no_pace(void **state)
{
	(void)state;
	struct throttle throttle;
	throttle_init(&throttle);
	assert_int_equal(throttle_ready(&throttle, 5), 5);
	throttle_start(&throttle, 5);
	assert_int_equal(throttle_ready(&throttle, 90000), 90000);
	throttle_done(&throttle, 90000);
	assert_int_equal(throttle_ready(&throttle, 90000), 90000);
}

static void a_spent_budget_halves_what_is_taken(void **state)
{
	(void)state;
	struct throttle throttle;
	throttle_init(&throttle);
	throttle_start(&throttle, 0);
	throttle_done(&throttle, 10000); // 10 s of 10
	throttle_spent(&throttle, 30000, 10000);
	assert_int_equal(throttle.stretch, 8000); // 10 s in 40 s, and half of it
	throttle_start(&throttle, 40000);
	assert_int_equal(
		throttle_ready(&throttle, 40100), INT64_MAX); // not at once with it
	throttle_done(&throttle, 41000);
	assert_int_equal(throttle_ready(&throttle, 41000), 48000);
	assert_int_equal(throttle_ready(&throttle, 60000), 60000);
}

static void refusals_of_an_account_that_takes_its_share_stretch_to_a_bound(void **state)
{
	(void)state;
	struct throttle throttle;
	throttle_init(&throttle);
	int64_t now = 0;
	for (int i = 0; i < 20; i++) {
		throttle_start(&throttle, now);
		throttle_done(&throttle, now + MINUTE);
		now += MINUTE;
		throttle_spent(&throttle, MINUTE, now);
		assert_true(throttle.stretch <= THROTTLE_STRETCH_MAX);
		now += MINUTE;
	}
	assert_true(throttle.stretch > THROTTLE_STRETCH_FIRST);
}

static void what_our_own_use_does_not_explain_slows_nothing_beyond_its_wait(void **state)
{
	(void)state;
	struct account account;
	account_init(&account, 4, 5 * MINUTE, 7);
	int64_t now = 0;
	/* An overloaded server, for half an hour; each probe takes 10 ms. */
	while (now < 30 * MINUTE) {
		now = account_ready(&account, now);
		uint64_t serial = account_start(&account, now);
		account_done(&account, serial, ACCOUNT_SPENT, MINUTE, now + 10);
		now += 10;
	}
	int64_t ready = account_ready(&account, now);
	assert_true(ready - now <= MINUTE * 5 / 4);
	now = ready;
	for (int i = 0; i < 4; i++) {
		uint64_t serial = account_start(&account, now);
		account_done(&account, serial, ACCOUNT_GOOD, 0, now + 2000);
		now += 2000;
		assert_int_equal(account_ready(&account, now), now);
	}
}

static void a_short_wait_is_soon_forgotten_and_a_long_one_is_not(void **state)
{
	(void)state;
	for (int64_t wait = 1000; wait <= HOUR; wait *= 60) {
		struct throttle throttle;
		throttle_init(&throttle);
		throttle_start(&throttle, 0);
		throttle_done(&throttle, wait);
		throttle_spent(&throttle, wait, wait);
		int64_t stretch = throttle.stretch;
		assert_true(stretch > 0);
		throttle_start(&throttle, 11 * wait);
		throttle_done(&throttle, 11 * wait);
		assert_in_range(throttle.stretch, stretch / 3, stretch * 2 / 3);
		throttle_start(&throttle, 201 * wait);
		throttle_done(&throttle, 201 * wait);
		assert_int_equal(throttle.stretch, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_budget_of_exchange_is_overdrawn_once),
		cmocka_unit_test(in_a_day_it_is_overdrawn_a_few_times),
		cmocka_unit_test(what_is_granted_is_not_stretched),
		cmocka_unit_test(without_a_refusal_there_is_no_pace),
		cmocka_unit_test(a_spent_budget_halves_what_is_taken),
		cmocka_unit_test(
			refusals_of_an_account_that_takes_its_share_stretch_to_a_bound),
		cmocka_unit_test(
			what_our_own_use_does_not_explain_slows_nothing_beyond_its_wait),
		cmocka_unit_test(a_short_wait_is_soon_forgotten_and_a_long_one_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
