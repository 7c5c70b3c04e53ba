#include "sites_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct outcome gone = {.class = OUTCOME_RETRY,
	.scope = SCOPE_GATEWAY,
	.fault = GATEWAY_FAULT_CONNECT,
	.text = "gone"};

static uint16_t site_of(struct sites_bench *bench, const char *address)
{
	return sites_ask(&bench->sites, address, &bench->now).site;
}

static void the_only_site_that_is_gone_is_the_gateways_trouble(void **state)
{
	(void)state;
	struct sites_bench bench;
	struct outcome outcome = gone;
	struct outcome why;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	uint16_t site = site_of(&bench, "alice@example.com");
	sites_judge(&bench.sites, site, &outcome, &bench.now);
	assert_int_not_equal(outcome.scope, SCOPE_SITE);
	assert_false(sites_is_down(&bench.sites, site, bench.now.mono_ms, &why));
	sites_tear_down(&bench);
}

static void one_of_two_sites_is_left_alone_with_growing_pauses(void **state)
{
	(void)state;
	struct sites_bench bench;
	struct outcome outcome = gone;
	struct outcome why;
	static const struct outcome good = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	(void)sites_expect_none(&bench, "bob@b.example.com", false, false);
	sites_find_now(&bench, FOUND_AT(B));
	uint16_t a = site_of(&bench, "alice@example.com");
	uint16_t b = site_of(&bench, "bob@b.example.com");
	int64_t pause_ms = SITES_PAUSE_MIN_MS;
	for (int i = 0; i < 10; i++) {
		outcome = gone;
		sites_judge(&bench.sites, b, &outcome, &bench.now);
		assert_int_equal(outcome.scope, SCOPE_SITE);
		bench.now.mono_ms += pause_ms - 1;
		assert_true(sites_is_down(&bench.sites, b, bench.now.mono_ms, &why));
		assert_string_equal(why.text, "gone");
		bench.now.mono_ms += 1;
		assert_false(sites_is_down(&bench.sites, b, bench.now.mono_ms, &why));
		assert_false(sites_is_down(&bench.sites, a, bench.now.mono_ms, &why));
		pause_ms = pause_ms * 2 < SITES_PAUSE_MAX_MS ? pause_ms * 2
							     : SITES_PAUSE_MAX_MS;
	}
	outcome = good;
	sites_judge(&bench.sites, b, &outcome, &bench.now);
	outcome = gone;
	sites_judge(&bench.sites, b, &outcome, &bench.now);
	assert_false(sites_is_down(
		&bench.sites, b, bench.now.mono_ms + SITES_PAUSE_MIN_MS, &why));
	sites_tear_down(&bench);
}

static void a_site_that_is_gone_puts_older_finds_in_doubt(void **state)
{
	(void)state;
	struct sites_bench bench;
	struct outcome outcome = gone;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	uint16_t site = site_of(&bench, "alice@example.com");
	sites_judge(&bench.sites, site, &outcome, &bench.now);
	assert_false(sites_is_due(&bench));
	bench.now.mono_ms += HOUR;
	sites_judge(&bench.sites, site, &outcome, &bench.now);
	sites_expect(&bench, "alice@example.com", A);
	sites_find_now(&bench, FOUND_AT(B));
	sites_expect(&bench, "alice@example.com", B);
	sites_tear_down(&bench);
}

static void the_urls_are_named(void **state)
{
	(void)state;
	struct sites_bench bench;
	char text[256];

	sites_set_up(&bench, &sites_settings);
	sites_print(&bench.sites, text, sizeof text);
	assert_string_equal(text, "");
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	sites_print(&bench.sites, text, sizeof text);
	assert_string_equal(text, A);
	(void)sites_expect_none(&bench, "bob@b.example.com", false, false);
	sites_find_now(&bench, FOUND_AT(B));
	sites_print(&bench.sites, text, sizeof text);
	assert_string_equal(text, A " and 1 more");
	sites_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_site_that_is_gone_is_the_gateways_trouble),
		cmocka_unit_test(one_of_two_sites_is_left_alone_with_growing_pauses),
		cmocka_unit_test(a_site_that_is_gone_puts_older_finds_in_doubt),
		cmocka_unit_test(the_urls_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
