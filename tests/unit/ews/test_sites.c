#include "sites_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void one_lookup_stands_for_a_domain(void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	assert_true(sites_is_lost(&bench.sites));
	assert_false(sites_is_due(&bench));
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	(void)sites_expect_none(&bench, "bob@Example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	assert_string_equal(bench.settled, "example.com");
	assert_int_equal(bench.n_settled, 1);
	sites_expect(&bench, "alice@example.com", A);
	sites_expect(&bench, "bob@EXAMPLE.com", A);
	assert_false(sites_is_lost(&bench.sites));
	assert_false(sites_is_due(&bench));
	sites_tear_down(&bench);
}

static void what_was_found_is_looked_for_again_after_a_day_and_serves_meanwhile(
	void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	bench.now.mono_ms += SITES_GOOD_MS - 1;
	assert_false(sites_is_due(&bench));
	bench.now.mono_ms += 1;
	assert_true(sites_next(&bench, 0));
	sites_expect(&bench, "alice@example.com", A);
	do
		(void)sites_done(&bench, 0, 404, NULL);
	while (sites_next(&bench, 0));
	sites_expect(&bench, "alice@example.com", A);
	bench.now.mono_ms += SITES_BAD_MS;
	sites_find_now(&bench, FOUND_AT(B));
	sites_expect(&bench, "alice@example.com", B);
	sites_tear_down(&bench);
}

static void what_was_not_found_is_looked_for_again_after_an_hour(void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, NULL);
	struct sites_answer answer =
		sites_expect_none(&bench, "bob@example.com", true, false);
	assert_int_equal(answer.until_ms, bench.now.mono_ms + SITES_BAD_MS);
	assert_non_null(strstr(answer.text, "cas.example.com (SOAP): HTTP 404"));
	bench.now.mono_ms += SITES_BAD_MS - 1;
	assert_false(sites_is_due(&bench));
	bench.now.mono_ms += 1;
	sites_find_now(&bench, FOUND_AT(A));
	sites_expect(&bench, "bob@example.com", A);
	sites_tear_down(&bench);
}

static void the_advice_comes_first_and_what_was_tried_where_there_is_room(void **state)
{
	(void)state;
	static const char advice[] =
		"Autodiscover does not answer, set url or autodiscover_url: ";
	const struct gateway_configure settings = {.autodiscover = true, .auth = "ntlm"};
	struct sites_bench bench;
	char address[GATEWAY_ADDRESS_MAX];
	sites_set_up(&bench, &settings);
	/* What was tried is longer than there is room for. */
	(void)snprintf(address, sizeof address, "alice@%060d.%060d.example.com", 1, 2);
	(void)sites_expect_none(&bench, address, false, false);
	sites_find_now(&bench, NULL);
	struct sites_answer answer = sites_expect_none(&bench, address, true, false);
	assert_memory_equal(answer.text, advice, strlen(advice));
	assert_in_range(strlen(answer.text), 400, GATEWAY_TEXT_MAX - 1);
	sites_tear_down(&bench);
}

static void a_mailbox_that_nobody_knows_does_not_condemn_its_domain(void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "typo@example.com", false, false);
	sites_find_unknown(&bench);
	(void)sites_expect_none(&bench, "typo@example.com", true, true);
	(void)sites_expect_none(&bench, "bob@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	sites_expect(&bench, "bob@example.com", A);
	(void)sites_expect_none(&bench, "typo@example.com", true, true);
	sites_tear_down(&bench);
}

static void five_unknown_mailboxes_are_a_domain_that_is_not_here(void **state)
{
	(void)state;
	struct sites_bench bench;
	char address[64];

	sites_set_up(&bench, &sites_settings);
	for (int i = 0; i < SITES_UNKNOWN_MAX; i++) {
		(void)snprintf(address, sizeof address, "u%d@example.com", i);
		(void)sites_expect_none(&bench, address, false, false);
		sites_find_unknown(&bench);
	}
	(void)sites_expect_none(&bench, "another@example.com", true, true);
	assert_false(sites_is_due(&bench));
	sites_tear_down(&bench);
}

static void a_mailbox_in_doubt_is_looked_for_alone_once_an_hour(void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, FOUND_AT(A));
	sites_doubt(&bench.sites, "bob@example.com", &bench.now);
	sites_expect(&bench, "bob@example.com", A); // until it is known better
	sites_find_now(&bench, FOUND_AT(B));
	assert_string_equal(bench.settled, "bob@example.com");
	sites_expect(&bench, "bob@example.com", B);
	sites_expect(&bench, "alice@example.com", A);
	sites_doubt(&bench.sites, "bob@example.com", &bench.now);
	assert_false(sites_is_due(&bench));
	bench.now.mono_ms += HOUR;
	sites_doubt(&bench.sites, "bob@example.com", &bench.now);
	sites_find_now(&bench, NULL); // nobody answers: it stays
	sites_expect(&bench, "bob@example.com", A);
	bench.now.mono_ms += HOUR;
	sites_find_unknown(&bench);
	(void)sites_expect_none(&bench, "bob@example.com", true, true);
	sites_tear_down(&bench);
}

/* It is told the credentials anyhow, whatever the mail domain is called. */
static void a_mailbox_may_be_where_the_url_is(void **state)
{
	(void)state;
	struct sites_bench bench;
	struct gateway_configure both = sites_settings;
	both.url = "https://a.example.net/EWS\nhttps://b.example.net/EWS";

	sites_set_up(&bench, &both);
	sites_doubt(&bench.sites, "alice@example.com", &bench.now);
	sites_find_now(&bench, FOUND_AT("https://b.example.net/ews"));
	assert_false(sites_is_due(&bench));
	sites_expect(&bench, "alice@example.com", NULL);
	sites_doubt(&bench.sites, "bob@example.com", &bench.now);
	assert_true(sites_next(&bench, 0));
	(void)sites_done(&bench, 0, 200, FOUND_AT("https://x.b.example.net/EWS"));
	assert_true(sites_next(&bench, 0)); // that is another host
	sites_tear_down(&bench);
}

static void with_a_url_only_who_is_not_there_is_looked_for(void **state)
{
	(void)state;
	struct sites_bench bench;
	struct gateway_configure both = sites_settings;
	both.url = "https://x.example.com/EWS\n" A;

	sites_set_up(&bench, &both);
	sites_expect(&bench, "alice@example.com", NULL);
	assert_false(sites_is_due(&bench));
	assert_null(sites_route(&bench.sites, NULL, &bench.now));
	sites_doubt(&bench.sites, "alice@example.com", &bench.now);
	sites_find_now(&bench, FOUND_AT(A)); // one of its own
	sites_expect(&bench, "alice@example.com", NULL);
	sites_doubt(&bench.sites, "bob@example.com", &bench.now);
	sites_find_now(&bench, FOUND_AT(B));
	sites_expect(&bench, "bob@example.com", B);
	assert_string_equal(sites_route(&bench.sites, "bob@example.com", &bench.now), B);
	sites_tear_down(&bench);
}

static void few_lookups_are_under_way_at_a_time(void **state)
{
	(void)state;
	struct sites_bench bench;
	char address[64];

	sites_set_up(&bench, &sites_settings);
	for (int i = 0; i < 2 * SITES_LOOKUPS_MAX; i++) {
		(void)snprintf(address, sizeof address, "a@d%d.example.com", i);
		(void)sites_expect_none(&bench, address, false, false);
	}
	for (unsigned i = 0; i < SITES_LOOKUPS_MAX; i++)
		assert_true(sites_next(&bench, i));
	assert_false(sites_next(&bench, SITES_LOOKUPS_MAX));
	(void)sites_done(&bench, 1, 200, FOUND_AT(A));
	assert_true(sites_next(&bench, 1));
	sites_tear_down(&bench);
}

static void a_refused_log_on_counts_and_nothing_else_does(void **state)
{
	(void)state;
	struct sites_bench bench;

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	assert_true(sites_next(&bench, 0));
	assert_true(bench.request.anonymous);
	assert_int_equal(sites_done(&bench, 0, 401, NULL).scope, SCOPE_NONE);
	assert_true(sites_next(&bench, 0));
	assert_false(bench.request.anonymous);
	assert_string_equal(bench.request.header, AUTODISCOVER_SOAP_HEADER);
	struct outcome outcome = sites_done(&bench, 0, 401, NULL);
	assert_int_not_equal(outcome.scope, SCOPE_NONE);
	assert_int_equal(outcome.fault, GATEWAY_FAULT_AUTH);
	sites_tear_down(&bench);
}

static void what_never_got_out_is_asked_again(void **state)
{
	(void)state;
	struct sites_bench bench;
	static const struct outcome no_token = {.class = OUTCOME_DENIED,
		.scope = SCOPE_ACCOUNT,
		.fault = GATEWAY_FAULT_AUTH};

	sites_set_up(&bench, &sites_settings);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	sites_find_now(&bench, NULL);
	bench.now.mono_ms += SITES_BAD_MS;
	assert_true(sites_next(&bench, 0));
	(void)sites_done(&bench, 0, 404, NULL);
	assert_true(sites_next(&bench, 0));
	char url[256];
	(void)snprintf(url, sizeof url, "%s", bench.request.url);
	struct request_source *source = &bench.sites.source;
	struct request_reply reply = {.outcome = &no_token};
	assert_int_equal(
		source->done(source->self, 0, &reply, &bench.now).class, OUTCOME_DENIED);
	assert_true(sites_next(&bench, 0));
	assert_string_equal(bench.request.url, url);
	sites_tear_down(&bench);
}

static void a_server_without_a_ticket_is_passed_over(void **state)
{
	(void)state;
	struct gateway_configure negotiate = sites_settings;
	negotiate.auth = "negotiate";
	negotiate.autodiscover_url = "";
	negotiate.autodiscover_hosts = "example.com";
	struct sites_bench bench;
	static const struct outcome no_ticket = {.class = OUTCOME_STOP,
		.scope = SCOPE_GATEWAY,
		.fault = GATEWAY_FAULT_AUTH,
		.text = "no ticket"};

	sites_set_up(&bench, &negotiate);
	(void)sites_expect_none(&bench, "alice@example.com", false, false);
	for (int i = 0; i < 2; i++) { // version 2
		assert_true(sites_next(&bench, 0));
		(void)sites_done(&bench, 0, 404, NULL);
	}
	assert_true(sites_next(&bench, 0));
	assert_string_equal(
		bench.request.url, "https://example.com/autodiscover/autodiscover.svc");
	struct request_source *source = &bench.sites.source;
	struct request_reply reply = {.outcome = &no_ticket};
	assert_int_equal(
		source->done(source->self, 0, &reply, &bench.now).scope, SCOPE_NONE);
	assert_true(sites_next(&bench, 0));
	assert_string_equal(bench.request.url,
		"https://autodiscover.example.com/autodiscover/autodiscover.svc");
	sites_tear_down(&bench);
}

/* Nobody knows bob's mailbox, which is not where alice's is. */
static void begin_without_bob(struct sites_bench *bench)
{
	sites_set_up(bench, &sites_settings);
	(void)sites_expect_none(bench, "alice@example.com", false, false);
	sites_find_now(bench, FOUND_AT(A));
	sites_doubt(&bench->sites, "bob@example.com", &bench->now);
	sites_find_unknown(bench);
}

static void who_is_watched_no_more_is_looked_for_no_more(void **state)
{
	(void)state;
	struct sites_bench bench;

	begin_without_bob(&bench);
	(void)sites_expect_none(&bench, "bob@example.com", true, true);
	sites_leave(&bench.sites, "bob@example.com");
	assert_int_equal(HASH_COUNT(bench.sites.entries), 2);
	bench.now.mono_ms += SITES_BAD_MS;
	assert_false(sites_next(&bench, 0));
	assert_int_equal(HASH_COUNT(bench.sites.entries), 1);
	sites_tear_down(&bench);
}

static void who_is_watched_again_is_looked_for_again(void **state)
{
	(void)state;
	struct sites_bench bench;

	begin_without_bob(&bench);
	sites_leave(&bench.sites, "bob@example.com");
	(void)sites_expect_none(&bench, "bob@example.com", true, true);
	bench.now.mono_ms += SITES_BAD_MS;
	sites_find_now(&bench, FOUND_AT(B));
	sites_expect(&bench, "bob@example.com", B);
	sites_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_lookup_stands_for_a_domain),
		cmocka_unit_test(
			what_was_found_is_looked_for_again_after_a_day_and_serves_meanwhile),
		cmocka_unit_test(what_was_not_found_is_looked_for_again_after_an_hour),
		cmocka_unit_test(
			the_advice_comes_first_and_what_was_tried_where_there_is_room),
		cmocka_unit_test(a_mailbox_that_nobody_knows_does_not_condemn_its_domain),
		cmocka_unit_test(five_unknown_mailboxes_are_a_domain_that_is_not_here),
		cmocka_unit_test(a_mailbox_in_doubt_is_looked_for_alone_once_an_hour),
		cmocka_unit_test(a_mailbox_may_be_where_the_url_is),
		cmocka_unit_test(with_a_url_only_who_is_not_there_is_looked_for),
		cmocka_unit_test(few_lookups_are_under_way_at_a_time),
		cmocka_unit_test(a_refused_log_on_counts_and_nothing_else_does),
		cmocka_unit_test(what_never_got_out_is_asked_again),
		cmocka_unit_test(a_server_without_a_ticket_is_passed_over),
		cmocka_unit_test(who_is_watched_no_more_is_looked_for_no_more),
		cmocka_unit_test(who_is_watched_again_is_looked_for_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
