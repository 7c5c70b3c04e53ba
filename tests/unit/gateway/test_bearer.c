#include "gateway/auth/bearer.h"

#include "test.h"

#define NOW INT64_C(1000000)

static void grant(struct bearer *bearer, int64_t life_s, int64_t now_ms)
{
	struct secret token = {0};
	assert_true(secret_set(&token, "t", 1));
	assert_true(bearer_grant(bearer, &token, life_s, now_ms));
	secret_finish(&token);
}

static void one_question_is_out_at_a_time(void **state)
{
	(void)state;
	struct bearer bearer = {0};
	assert_false(bearer_is_wanted(&bearer, false, NOW));
	assert_true(bearer_is_wanted(&bearer, true, NOW));
	bearer.asking = true;
	assert_false(bearer_is_wanted(&bearer, true, NOW));
	bearer_fail(&bearer, NOW);
	assert_true(bearer_is_wanted(&bearer, true, NOW));
	bearer_finish(&bearer);
}

static void a_used_token_is_renewed_before_its_end(void **state)
{
	(void)state;
	static const struct {
		int64_t life_s;
		int64_t renew_s;
		int64_t end_s;
	} cases[] = {
		{3600, 3300, 3570}, {86400, 86100, 86370}, {600, 480, 570}, {10, 8, 9}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bearer bearer = {0};
		grant(&bearer, cases[i].life_s, NOW);
		assert_int_equal(bearer_due(&bearer), INT64_MAX);
		bearer.used = true;
		assert_int_equal(bearer_due(&bearer), NOW + cases[i].renew_s * 1000);
		assert_false(bearer_is_wanted(&bearer, true, bearer.renew_ms - 1));
		assert_true(bearer_is_wanted(&bearer, false, bearer.renew_ms));
		int64_t end_ms = NOW + cases[i].end_s * 1000;
		assert_true(bearer_is_usable(&bearer, end_ms - 1));
		assert_false(bearer_is_usable(&bearer, end_ms));
		bearer_finish(&bearer);
	}
}

static void a_renewal_that_failed_is_tried_again_later(void **state)
{
	(void)state;
	struct bearer bearer = {0};
	grant(&bearer, 3600, NOW);
	bearer.used = true;
	bearer.asking = true;
	int64_t then = bearer.renew_ms;
	bearer_fail(&bearer, then);
	assert_true(bearer_is_usable(&bearer, then));
	assert_false(bearer_is_wanted(&bearer, true, then));
	assert_int_equal(bearer_due(&bearer), then + BEARER_PAUSE_MS);
	bearer_finish(&bearer);
}

static void only_the_refused_token_is_dropped(void **state)
{
	(void)state;
	struct bearer bearer = {0};
	grant(&bearer, 3600, NOW);
	uint64_t first = bearer.serial;
	grant(&bearer, 3600, NOW);
	bearer_drop(&bearer, first); // a late answer to what carried the first
	assert_true(bearer_is_usable(&bearer, NOW));
	bearer_drop(&bearer, bearer.serial);
	assert_false(bearer_is_usable(&bearer, NOW));
	assert_true(bearer_is_wanted(&bearer, true, NOW));
	bearer_finish(&bearer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_question_is_out_at_a_time),
		cmocka_unit_test(a_used_token_is_renewed_before_its_end),
		cmocka_unit_test(a_renewal_that_failed_is_tried_again_later),
		cmocka_unit_test(only_the_refused_token_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
