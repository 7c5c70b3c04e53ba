#include "lookup_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void candidates_come_in_order_and_never_from_the_parent(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&lookup_none);

#define ASK(method, url)                    \
	lookup_expect(lookup, method, url); \
	lookup_reply(lookup, 404, NULL)
	ASK(AUTODISCOVER_JSON, "https://Sub.example.com" QUERY);
	ASK(AUTODISCOVER_JSON, "https://autodiscover.Sub.example.com" QUERY);
	ASK(AUTODISCOVER_SOAP,
		"https://autodiscover.Sub.example.com/autodiscover/autodiscover.svc");
	ASK(AUTODISCOVER_POX,
		"https://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
	ASK(AUTODISCOVER_HTTP,
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
#undef ASK
	assert_non_null(
		strstr(lookup->text, "autodiscover.sub.example.com (SOAP): HTTP 404; "));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void the_mail_domain_itself_is_told_who_we_are_only_where_it_is_named(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&(struct lookup_settings){
		.hosts = "sub.example.com", .service = "", .cloud = ""});

	lookup_expect(lookup, AUTODISCOVER_JSON, "https://Sub.example.com" QUERY);
	lookup_reply(lookup, 404, NULL);
	lookup_expect(
		lookup, AUTODISCOVER_JSON, "https://autodiscover.Sub.example.com" QUERY);
	lookup_reply(lookup, 404, NULL);
	lookup_expect(lookup, AUTODISCOVER_SOAP,
		"https://Sub.example.com/autodiscover/autodiscover.svc");
	lookup_reply(lookup, 404, NULL);
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://Sub.example.com/autodiscover/autodiscover.xml");
	lookup_destroy(lookup);
}

static void nobody_is_told_who_we_are_before_he_asks_as_exchange_does(void **state)
{
	(void)state;
	const struct transfer web_site = {
		.result = TRANSFER_ANSWERED, .status = 401, .retry_after_ms = -1};
	struct lookup *lookup = lookup_begin(&lookup_basic);
	struct lookup_request request;
	lookup_pass(lookup, 2); // without credentials
	assert_true(lookup_next(lookup, NOW, &request));
	assert_string_equal(request.url,
		"https://autodiscover.Sub.example.com/autodiscover/autodiscover.svc");
	assert_true(request.knocks && request.anonymous);
	lookup_done(lookup, &web_site, NULL, 0, NOW);
	/* Not by the other method either. */
	assert_true(lookup_next(lookup, NOW, &request));
	assert_int_equal(request.method, AUTODISCOVER_HTTP);
	assert_true(request.anonymous);
	lookup_reply(lookup, 404, NULL);
	assert_non_null(strstr(lookup->text, "add it to autodiscover_hosts"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void who_asks_as_exchange_does_is_told_once_it_did(void **state)
{
	(void)state;
	const struct transfer exchange = {.result = TRANSFER_ANSWERED,
		.status = 401,
		.exchange = true,
		.retry_after_ms = -1};
	struct lookup *lookup = lookup_begin(&lookup_basic);
	struct lookup_request request;
	lookup_pass(lookup, 2);
	assert_true(lookup_next(lookup, NOW, &request));
	assert_true(request.knocks);
	lookup_done(lookup, &exchange, NULL, 0, NOW);
	for (int i = 0; i < 2; i++) { // SOAP, then POX
		assert_true(lookup_next(lookup, NOW, &request));
		assert_false(request.knocks || request.anonymous);
		lookup_reply(lookup, 404, NULL);
	}
	lookup_destroy(lookup);
}

static void the_cloud_is_asked_first_where_there_is_a_token(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&(struct lookup_settings){.hosts = "",
		.service = "",
		.cloud = "https://outlook.office365.com/.default"});

	lookup_expect(lookup, AUTODISCOVER_JSON, "https://outlook.office365.com" QUERY);
	lookup_reply(
		lookup, 200, FOUND_AT("https://outlook.office365.com/EWS/Exchange.asmx"));
	assert_string_equal(
		lookup->url, "https://outlook.office365.com/EWS/Exchange.asmx");
	lookup_expect_end(lookup, LOOKUP_FOUND);
}

static void a_named_service_is_asked_instead(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(
		lookup, 200, POX_AT("https://mail.sub.example.com/EWS/Exchange.asmx"));
	lookup_expect_end(lookup, LOOKUP_FOUND);
}

static void a_host_that_is_not_there_is_asked_once(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&lookup_none);

	lookup_expect(lookup, AUTODISCOVER_JSON, "https://Sub.example.com" QUERY);
	lookup_fail(lookup, TRANSFER_UNREACHABLE);
	lookup_expect(
		lookup, AUTODISCOVER_JSON, "https://autodiscover.Sub.example.com" QUERY);
	lookup_fail(lookup, TRANSFER_TLS);
	lookup_expect(lookup, AUTODISCOVER_HTTP,
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml");
	lookup_fail(lookup, TRANSFER_UNREACHABLE);
	assert_non_null(strstr(lookup->text, "sub.example.com (v2): cannot be reached"));
	assert_non_null(strstr(lookup->text, "certificate was refused"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void a_refused_log_on_is_not_repeated_at_the_same_host(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_soap(&lookup_one);

	lookup_reply(lookup, 401, NULL);
	assert_non_null(strstr(lookup->text, "the log-on was refused"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void who_asks_without_credentials_may_be_asked_for_them(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&lookup_one);

	assert_true(lookup_next(lookup, NOW, &(struct lookup_request){0}));
	lookup_reply(lookup, 401, NULL);
	lookup_expect(lookup, AUTODISCOVER_SOAP,
		"https://cas.example.com:444/autodiscover/autodiscover.svc");
	lookup_destroy(lookup);
}

static void what_was_never_sent_is_asked_again(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	for (int i = 0; i < 2 * LOOKUP_REQUESTS_MAX; i++) {
		lookup_undone(lookup);
		lookup_expect(lookup, AUTODISCOVER_POX,
			"https://cas.example.com:444/autodiscover/autodiscover.xml");
	}
	lookup_destroy(lookup);
}

static void an_unknown_address_is_unknown_when_nobody_knows_it(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200, POX_UNKNOWN);
	lookup_expect_end(lookup, LOOKUP_UNKNOWN);
}

static void no_mail_address_is_not_looked_for(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_create(&lookup_none, "alice");

	assert_non_null(lookup);
	lookup_expect_end(lookup, LOOKUP_UNKNOWN);
}

static void a_domain_that_is_no_host_name_makes_no_url(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_create(&lookup_none, "alice@b\xc3\xbc"
							    "cher.example");

	assert_non_null(lookup);
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void a_foreign_server_of_ews_gets_nothing(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200, POX_AT("https://example.com/EWS/Exchange.asmx"));
	assert_string_equal(lookup->url, "");
	assert_non_null(strstr(lookup->text, "add it to autodiscover_hosts"));
	lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
}

static void the_way_inside_does_where_the_one_outside_is_foreign(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200,
		POX("<Protocol><Type>EXPR</Type><EwsUrl>https://evil.example/"
		    "</EwsUrl></Protocol><Protocol><Type>EXCH</Type><EwsUrl>"
		    "https://a.ok.example.net/EWS</EwsUrl></Protocol>"));
	assert_string_equal(lookup->url, "https://a.ok.example.net/EWS");
	lookup_expect_end(lookup, LOOKUP_FOUND);
}

static void ews_without_https_is_for_this_machine(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&lookup_one);

	assert_true(lookup_next(lookup, NOW, &(struct lookup_request){0}));
	lookup_reply(
		lookup, 200, FOUND_AT("http://mail.sub.example.com/EWS/Exchange.asmx"));
	lookup_pass(lookup, 2);
	lookup_expect_end(lookup, LOOKUP_FAILED);
	lookup = lookup_begin(&(struct lookup_settings){.hosts = "127.0.0.1",
		.service = "http://127.0.0.1:8080/autodiscover/autodiscover.xml",
		.cloud = ""});
	assert_true(lookup_next(lookup, NOW, &(struct lookup_request){0}));
	lookup_reply(lookup, 200, FOUND_AT("http://127.0.0.1:8081/EWS/Exchange.asmx"));
	lookup_expect_end(lookup, LOOKUP_FOUND);
}

/* ------------------------------------------------------------------ patience */

static void a_busy_service_is_asked_again_when_it_says(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);
	struct lookup_request request;

	lookup_done(lookup,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = 503,
			.retry_after_ms = 5000},
		NULL, 0, NOW);
	assert_false(lookup_next(lookup, NOW + 4999, &request));
	assert_int_equal(lookup->state, LOOKUP_ON);
	assert_int_equal(lookup->due_ms, NOW + 5000);
	assert_true(lookup_next(lookup, NOW + 5000, &request));
	assert_string_equal(
		request.url, "https://cas.example.com:444/autodiscover/autodiscover.xml");
	lookup_destroy(lookup);
}

static void a_service_that_stays_busy_is_passed_over(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin(&lookup_one);
	struct lookup_request request;
	int64_t now_ms = NOW;

	for (int i = 0; i <= LOOKUP_BUSY_MAX; i++, now_ms += LOOKUP_BUSY_MS) {
		assert_true(lookup_next(lookup, now_ms, &request));
		assert_int_equal(request.method, AUTODISCOVER_JSON);
		lookup_done(lookup,
			&(struct transfer){.result = TRANSFER_ANSWERED,
				.status = 429,
				.retry_after_ms = -1},
			NULL, 0, now_ms);
	}
	assert_true(lookup_next(lookup, now_ms, &request));
	assert_int_equal(request.method, AUTODISCOVER_SOAP);
	lookup_destroy(lookup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_come_in_order_and_never_from_the_parent),
		cmocka_unit_test(
			the_mail_domain_itself_is_told_who_we_are_only_where_it_is_named),
		cmocka_unit_test(
			nobody_is_told_who_we_are_before_he_asks_as_exchange_does),
		cmocka_unit_test(who_asks_as_exchange_does_is_told_once_it_did),
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
