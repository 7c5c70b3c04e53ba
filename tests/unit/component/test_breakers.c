#include "component/workers/breakers.h"

#include "test.h"

#define SECOND INT64_C(1000)

static struct gateway_configure settings_of(const char *username, const char *password)
{
	return (struct gateway_configure){.auth = "basic",
		.username = username,
		.password = password,
		.password_len = 6};
}

static void an_account_is_known_by_its_name_and_secret(void **state)
{
	(void)state;
	struct breakers breakers;
	struct breakers other;
	breakers_init(&breakers, 7);
	breakers_init(&other, 8);
	struct gateway_configure svc = settings_of("svc", "secret");
	struct gateway_configure same = svc;
	same.name = "another gateway";
	same.url = "https://elsewhere/";
	struct gateway_configure changed = settings_of("svc", "s3cret");
	struct gateway_configure joe = settings_of("joe", "secret");
	uint64_t account = breakers_account(&breakers, &svc);
	assert_true(account == breakers_account(&breakers, &same));
	assert_true(account != breakers_account(&breakers, &changed));
	assert_true(account != breakers_account(&breakers, &joe));
	assert_true(account != breakers_account(&other, &svc));
}

static void two_refusals_open_the_breaker_whoever_was_refused(void **state)
{
	(void)state;
	struct breakers breakers;
	breakers_init(&breakers, 7);
	assert_int_equal(breakers_state(&breakers, 5, 0, 0).refusals, 0);
	breakers_refused(&breakers, 5, 0);
	struct gateway_breaker told = breakers_state(&breakers, 5, 0, 10 * SECOND);
	assert_int_equal(told.refusals, 1);
	assert_int_equal(told.wait_ms, 20 * SECOND);
	breakers_refused(&breakers, 5, 30 * SECOND);
	told = breakers_state(&breakers, 5, 0, 30 * SECOND);
	assert_int_equal(told.refusals, 2);
	assert_int_equal(told.wait_ms, BREAKERS_OPEN_MS);
	/* Those with the same account try one after the other. */
	told = breakers_state(&breakers, 5, 2, 30 * SECOND);
	assert_int_equal(told.wait_ms, BREAKERS_OPEN_MS + 2 * BREAKERS_BETWEEN_MS);
	assert_int_equal(breakers_state(&breakers, 6, 0, 0).refusals, 0);
	breakers_granted(&breakers, 5);
	assert_int_equal(breakers_state(&breakers, 5, 0, 0).refusals, 0);
}

static void the_one_refused_longest_ago_makes_room(void **state)
{
	(void)state;
	struct breakers breakers;
	breakers_init(&breakers, 7);
	for (uint64_t account = 1; account <= BREAKERS_MAX + 1; account++)
		breakers_refused(&breakers, account, (int64_t)account);
	assert_int_equal(breakers_state(&breakers, 1, 0, 0).refusals, 0);
	for (uint64_t account = 2; account <= BREAKERS_MAX + 1; account++)
		assert_int_equal(breakers_state(&breakers, account, 0, 0).refusals, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_known_by_its_name_and_secret),
		cmocka_unit_test(two_refusals_open_the_breaker_whoever_was_refused),
		cmocka_unit_test(the_one_refused_longest_ago_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
