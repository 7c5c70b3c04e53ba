#include "search_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void candidates_come_in_order_and_never_from_the_parent(void **state)
{
	(void)state;
	struct search *search = search_begin(&search_none);

#define ASK(method, url)                    \
	search_expect(search, method, url); \
	search_reply(search, 404, NULL)
	ASK(AUTODISCOVER_JSON, "https://Sub.example.com" QUERY);
	ASK(AUTODISCOVER_JSON, "https://autodiscover.Sub.example.com" QUERY);
	ASK(AUTODISCOVER_SOAP, "https://Sub.example.com/autodiscover/autodiscover.svc");
	ASK(AUTODISCOVER_POX, "https://Sub.example.com/autodiscover/autodiscover.xml");
	ASK(AUTODISCOVER_SOAP,
		"https://autodiscover.Sub.example.com/autodiscover/autodiscover.svc");
	ASK(AUTODISCOVER_POX,
		"https://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
	ASK(AUTODISCOVER_HTTP,
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
#undef ASK
	assert_non_null(strstr(search->text, "sub.example.com (SOAP): HTTP 404; "));
	search_expect_end(search, SEARCH_FAILED);
}

static void the_cloud_is_asked_first_where_there_is_a_token(void **state)
{
	(void)state;
	struct search *search = search_begin(&(struct search_settings){.hosts = "",
		.service = "",
		.cloud = "https://outlook.office365.com/.default"});

	search_expect(search, AUTODISCOVER_JSON, "https://outlook.office365.com" QUERY);
	search_reply(
		search, 200, FOUND_AT("https://outlook.office365.com/EWS/Exchange.asmx"));
	assert_string_equal(
		search->url, "https://outlook.office365.com/EWS/Exchange.asmx");
	search_expect_end(search, SEARCH_FOUND);
}

static void a_named_service_is_asked_instead(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(
		search, 200, POX_AT("https://mail.sub.example.com/EWS/Exchange.asmx"));
	search_expect_end(search, SEARCH_FOUND);
}

static void a_host_that_is_not_there_is_asked_once(void **state)
{
	(void)state;
	struct search *search = search_begin(&search_none);

	search_expect(search, AUTODISCOVER_JSON, "https://Sub.example.com" QUERY);
	search_fail(search, TRANSFER_UNREACHABLE);
	search_expect(
		search, AUTODISCOVER_JSON, "https://autodiscover.Sub.example.com" QUERY);
	search_fail(search, TRANSFER_TLS);
	search_expect(search, AUTODISCOVER_HTTP,
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
	search_fail(search, TRANSFER_UNREACHABLE);
	assert_non_null(strstr(search->text, "sub.example.com (v2): cannot be reached"));
	assert_non_null(strstr(search->text, "certificate was refused"));
	search_expect_end(search, SEARCH_FAILED);
}

static void a_refused_log_on_is_not_repeated_at_the_same_host(void **state)
{
	(void)state;
	struct search *search = search_begin_at_soap(&search_one);

	search_reply(search, 401, NULL);
	assert_non_null(strstr(search->text, "the log-on was refused"));
	search_expect_end(search, SEARCH_FAILED);
}

static void who_asks_without_credentials_may_be_asked_for_them(void **state)
{
	(void)state;
	struct search *search = search_begin(&search_one);

	assert_true(search_next(search, NOW, &(struct search_request){0}));
	search_reply(search, 401, NULL);
	search_expect(search, AUTODISCOVER_SOAP,
		"https://cas.example.com:444/autodiscover/autodiscover.svc");
	search_destroy(search);
}

static void what_was_never_sent_is_asked_again(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	for (int i = 0; i < 2 * SEARCH_REQUESTS_MAX; i++) {
		search_undone(search);
		search_expect(search, AUTODISCOVER_POX,
			"https://cas.example.com:444/autodiscover/autodiscover.xml");
	}
	search_destroy(search);
}

static void an_unknown_address_is_unknown_when_nobody_knows_it(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200, POX_UNKNOWN);
	search_expect_end(search, SEARCH_UNKNOWN);
}

static void no_mail_address_is_not_looked_for(void **state)
{
	(void)state;
	struct search *search = search_create(&search_none, "alice");

	assert_non_null(search);
	search_expect_end(search, SEARCH_UNKNOWN);
}

static void a_domain_that_is_no_host_name_makes_no_url(void **state)
{
	(void)state;
	struct search *search = search_create(&search_none, "alice@b\xc3\xbc"
							    "cher.example");

	assert_non_null(search);
	search_expect_end(search, SEARCH_FAILED);
}

static void a_foreign_server_of_ews_gets_nothing(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200, POX_AT("https://example.com/EWS/Exchange.asmx"));
	assert_string_equal(search->url, "");
	assert_non_null(strstr(search->text, "add it to autodiscover_hosts"));
	search_expect_end(search, SEARCH_ELSEWHERE);
}

static void the_way_inside_does_where_the_one_outside_is_foreign(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200,
		POX("<Protocol><Type>EXPR</Type><EwsUrl>https://evil.example/"
		    "</EwsUrl></Protocol><Protocol><Type>EXCH</Type><EwsUrl>"
		    "https://a.ok.example.net/EWS</EwsUrl></Protocol>"));
	assert_string_equal(search->url, "https://a.ok.example.net/EWS");
	search_expect_end(search, SEARCH_FOUND);
}

static void ews_without_https_is_for_this_machine(void **state)
{
	(void)state;
	struct search *search = search_begin(&search_one);

	assert_true(search_next(search, NOW, &(struct search_request){0}));
	search_reply(
		search, 200, FOUND_AT("http://mail.sub.example.com/EWS/Exchange.asmx"));
	search_pass(search, 2);
	search_expect_end(search, SEARCH_FAILED);
	search = search_begin(&(struct search_settings){.hosts = "127.0.0.1",
		.service = "http://127.0.0.1:8080/autodiscover/autodiscover.xml",
		.cloud = ""});
	assert_true(search_next(search, NOW, &(struct search_request){0}));
	search_reply(search, 200, FOUND_AT("http://127.0.0.1:8081/EWS/Exchange.asmx"));
	search_expect_end(search, SEARCH_FOUND);
}

/* ------------------------------------------------------------------ patience */

static void a_busy_service_is_asked_again_when_it_says(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);
	struct search_request request;

	search_done(search,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = 503,
			.retry_after_ms = 5000},
		NULL, 0, NOW);
	assert_false(search_next(search, NOW + 4999, &request));
	assert_int_equal(search->state, SEARCH_ON);
	assert_int_equal(search->due_ms, NOW + 5000);
	assert_true(search_next(search, NOW + 5000, &request));
	assert_string_equal(
		request.url, "https://cas.example.com:444/autodiscover/autodiscover.xml");
	search_destroy(search);
}

static void a_service_that_stays_busy_is_passed_over(void **state)
{
	(void)state;
	struct search *search = search_begin(&search_one);
	struct search_request request;
	int64_t now_ms = NOW;

	for (int i = 0; i <= SEARCH_BUSY_MAX; i++, now_ms += SEARCH_BUSY_MS) {
		assert_true(search_next(search, now_ms, &request));
		assert_int_equal(request.method, AUTODISCOVER_JSON);
		search_done(search,
			&(struct transfer){.result = TRANSFER_ANSWERED,
				.status = 429,
				.retry_after_ms = -1},
			NULL, 0, now_ms);
	}
	assert_true(search_next(search, now_ms, &request));
	assert_int_equal(request.method, AUTODISCOVER_SOAP);
	search_destroy(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_come_in_order_and_never_from_the_parent),
		cmocka_unit_test(the_cloud_is_asked_first_where_there_is_a_token),
		cmocka_unit_test(a_named_service_is_asked_instead),
		cmocka_unit_test(a_host_that_is_not_there_is_asked_once),
		cmocka_unit_test(a_refused_log_on_is_not_repeated_at_the_same_host),
		cmocka_unit_test(who_asks_without_credentials_may_be_asked_for_them),
		cmocka_unit_test(what_was_never_sent_is_asked_again),
		cmocka_unit_test(an_unknown_address_is_unknown_when_nobody_knows_it),
		cmocka_unit_test(no_mail_address_is_not_looked_for),
		cmocka_unit_test(a_domain_that_is_no_host_name_makes_no_url),
		cmocka_unit_test(a_foreign_server_of_ews_gets_nothing),
		cmocka_unit_test(the_way_inside_does_where_the_one_outside_is_foreign),
		cmocka_unit_test(ews_without_https_is_for_this_machine),
		cmocka_unit_test(a_busy_service_is_asked_again_when_it_says),
		cmocka_unit_test(a_service_that_stays_busy_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
