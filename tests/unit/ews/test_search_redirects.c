#include "search_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ redirections */

static void a_redirection_within_the_own_domain_is_followed(void **state)
{
	(void)state;
	struct search *search = search_begin_at_soap(&search_one);

	search_redirect(
		search, "https://other.sub.example.com/Autodiscover/Autodiscover.svc");
	search_expect(search, AUTODISCOVER_SOAP,
		"https://other.sub.example.com/Autodiscover/Autodiscover.svc");
	search_reply(search, 401, NULL);
	search_destroy(search);
}

static void the_end_of_a_path_chooses_the_method(void **state)
{
	(void)state;
	struct search *search = search_begin_at_soap(&search_one);

	search_redirect(search, "https://a.ok.example.net/autodiscover/autodiscover.xml");
	search_expect(search, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	search_redirect(
		search, "https://foreign.example/autodiscover/autodiscover.json?Email=a");
	search_expect(search, AUTODISCOVER_JSON,
		"https://foreign.example/autodiscover/autodiscover.json?Email=a");
	search_reply(search, 200, FOUND_AT("https://mail.sub.example.com/EWS"));
	search_expect_end(search, SEARCH_FOUND);
}

static void a_foreign_host_is_not_told_who_we_are(void **state)
{
	(void)state;
	static const char *const hosts[] = {"evil.example", "example.com",
		"xsub.example.com", "sub.example.com.evil.example",
		"not-ok.example.net.evil", "example.net"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct search *search = search_begin_at_pox(&search_one);
		char url[256];

		(void)snprintf(url, sizeof(url),
			"https://%s/autodiscover/autodiscover.xml", hosts[i]);
		search_redirect(search, url);
		search_expect_end(search, SEARCH_ELSEWHERE);
	}
}

/* What version 2 says is believed of whoever was led to; no credentials showed who it is.
 */
static void a_password_goes_to_no_other_ews_either_after_a_redirection(void **state)
{
	(void)state;
	struct search_settings settings = search_one;
	for (int basic = 0; basic < 2; basic++) {
		settings.basic = basic;
		struct search *search = search_begin(&settings);
		assert_true(search_next(search, NOW, &(struct search_request){0}));
		search_redirect(search, "https://evil.example" QUERY);
		search_expect(search, AUTODISCOVER_JSON, "https://evil.example" QUERY);
		search_reply(search, 200, FOUND_AT("https://web.sub.example.com/"));
		if (basic)
			search_pass(search, 2);
		search_expect_end(search, basic ? SEARCH_ELSEWHERE : SEARCH_FOUND);
	}
}

static void a_password_goes_to_named_hosts_alone_after_a_redirection(void **state)
{
	(void)state;
	struct search_settings settings = search_one;
	settings.basic = true;
	struct search *search = search_begin_at_pox(&settings);

	search_redirect(
		search, "https://other.sub.example.com/autodiscover/autodiscover.xml");
	search_expect_end(search, SEARCH_ELSEWHERE);
	search = search_begin_at_pox(&settings);
	search_redirect(
		search, "https://x.friendly.example/autodiscover/autodiscover.xml");
	search_expect(search, AUTODISCOVER_POX,
		"https://x.friendly.example/autodiscover/autodiscover.xml");
	/* From there it may not go on to others. */
	search_redirect(search, "https://sub.example.com/autodiscover/autodiscover.xml");
	search_expect_end(search, SEARCH_ELSEWHERE);
	search = search_begin_at_pox(&settings);
	search_redirect(
		search, "https://cas.example.com/autodiscover/other/autodiscover.xml");
	search_expect(search, AUTODISCOVER_POX,
		"https://cas.example.com/autodiscover/other/autodiscover.xml");
	search_destroy(search);
}

static void redirections_go_to_services_by_https_only(void **state)
{
	(void)state;
	static const char *const locations[] = {
		"http://a.ok.example.net/autodiscover/autodiscover.xml",
		"https://a.ok.example.net/owa/auth/logon.aspx",
		"https://a.ok.example.net/",
		"https://a.ok.example.net",
		"https://a.ok.example.net/autodiscover",
		"https://a.ok.example.net/autodiscover/../owa/",
		"https://a.ok.example.net/autodiscover/%2e%2e/owa/",
		"https://a.ok.example.net/autodiscover/..%2Fowa/",
		"https://a.ok.example.net/autodiscover/%252e%252e/owa/",
		"https://a.ok.example.net/?/autodiscover/autodiscover.xml",
		"https://user@a.ok.example.net/autodiscover/autodiscover.xml",
		"ftp://a.ok.example.net/autodiscover/autodiscover.xml",
		"/autodiscover/autodiscover.xml",
	};

	for (size_t i = 0; i < sizeof(locations) / sizeof(locations[0]); i++) {
		struct search *search = search_begin_at_pox(&search_one);

		search_redirect(search, locations[i]);
		search_expect_end(search, SEARCH_FAILED);
	}
}

static void a_url_is_asked_once(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_redirect(search, "https://a.ok.example.net/autodiscover/autodiscover.xml");
	search_expect(search, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	search_redirect(
		search, "https://CAS.example.com:444/autodiscover/autodiscover.xml");
	assert_non_null(strstr(search->text, "was asked before"));
	search_expect_end(search, SEARCH_FAILED);
}

static void ten_redirections_are_enough(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);
	char url[128];

	for (int i = 0; i <= SEARCH_HOPS_MAX; i++) {
		(void)snprintf(url, sizeof(url),
			"https://a.ok.example.net/autodiscover/%d.xml", i);
		search_redirect(search, url);
		if (i < SEARCH_HOPS_MAX)
			search_expect(search, AUTODISCOVER_POX, url);
	}
	assert_true(search->hops > SEARCH_HOPS_MAX);
	search_expect_end(search, SEARCH_FAILED);
}

static void the_body_redirects_by_the_same_rules(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200,
		POX("<Action>redirectUrl</Action><RedirectUrl>"
		    "http://a.ok.example.net/autodiscover/autodiscover.xml"
		    "</RedirectUrl>"));
	search_expect_end(search, SEARCH_FAILED);
	search = search_begin_at_pox(&search_one);
	search_reply(search, 200,
		POX("<Action>redirectUrl</Action><RedirectUrl>"
		    "https://a.ok.example.net/autodiscover/autodiscover.xml"
		    "</RedirectUrl>"));
	search_expect(search, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	search_destroy(search);
}

static void only_a_redirection_is_taken_without_https(void **state)
{
	(void)state;
	static const char url[] =
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml";
	struct search *search = search_begin(&search_none);

	search_pass(search, 6);
	search_expect(search, AUTODISCOVER_HTTP, url);
	search_reply(search, 200, POX_AT("https://mail.sub.example.com/EWS"));
	search_expect_end(search, SEARCH_FAILED);
	search = search_begin(&search_none);
	search_pass(search, 6);
	search_expect(search, AUTODISCOVER_HTTP, url);
	search_redirect(
		search, "https://x.sub.example.com/autodiscover/autodiscover.xml");
	search_expect(search, AUTODISCOVER_POX,
		"https://x.sub.example.com/autodiscover/autodiscover.xml");
	search_destroy(search);
	search = search_begin(&search_basic);
	search_pass(search, 6);
	search_expect(search, AUTODISCOVER_HTTP, url);
	search_redirect(
		search, "https://x.sub.example.com/autodiscover/autodiscover.xml");
	search_expect_end(search, SEARCH_ELSEWHERE);
}

/* ------------------------------------------------------------------ addresses */

#define REDIRECT_ADDRESS(address) \
	POX("<Action>redirectAddr</Action><RedirectAddr>" address "</RedirectAddr>")

static void another_address_is_asked_for_at_its_own_domain(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200, REDIRECT_ADDRESS("alice@friendly.example"));
	search_expect(search, AUTODISCOVER_JSON,
		"https://friendly.example/autodiscover/autodiscover.json/v1.0/"
		"alice@friendly.example?Protocol=EWS");
	search_reply(search, 404, NULL);
	search_pass(search, 1);
	search_expect(search, AUTODISCOVER_SOAP,
		"https://friendly.example/autodiscover/autodiscover.svc");
	search_destroy(search);
}

static void another_address_does_not_make_its_domain_ours(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200, REDIRECT_ADDRESS("alice@evil.example"));
	search_expect(search, AUTODISCOVER_JSON,
		"https://evil.example/autodiscover/autodiscover.json/v1.0/"
		"alice@evil.example?Protocol=EWS");
	search_reply(search, 200, FOUND_AT("https://evil.example/EWS/Exchange.asmx"));
	search_pass(search, 1);
	search_expect(search, AUTODISCOVER_HTTP,
		"http://autodiscover.evil.example/autodiscover/autodiscover.xml");
	search_redirect(search, "https://evil.example/autodiscover/autodiscover.xml");
	search_expect_end(search, SEARCH_ELSEWHERE);
}

static void addresses_in_a_circle_end(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);

	search_reply(search, 200, REDIRECT_ADDRESS("bob@sub.example.com"));
	search_pass(search, 2);
	search_expect(search, AUTODISCOVER_POX,
		"https://cas.example.com:444/autodiscover/autodiscover.xml");
	search_reply(search, 200, REDIRECT_ADDRESS("ALICE@sub.example.com"));
	assert_non_null(strstr(search->text, "in a circle"));
	search_expect_end(search, SEARCH_FAILED);
}

static void five_other_addresses_are_enough(void **state)
{
	(void)state;
	struct search *search = search_begin_at_pox(&search_one);
	char body[1024];

	for (int i = 0; i < SEARCH_ADDRESSES_MAX - 1; i++) {
		(void)snprintf(
			body, sizeof(body), REDIRECT_ADDRESS("u%d@sub.example.com"), i);
		search_reply(search, 200, body);
		search_pass(search, 2);
		search_expect(search, AUTODISCOVER_POX,
			"https://cas.example.com:444/autodiscover/autodiscover.xml");
	}
	search_reply(search, 200, REDIRECT_ADDRESS("last@sub.example.com"));
	search_expect_end(search, SEARCH_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redirection_within_the_own_domain_is_followed),
		cmocka_unit_test(the_end_of_a_path_chooses_the_method),
		cmocka_unit_test(a_foreign_host_is_not_told_who_we_are),
		cmocka_unit_test(
			a_password_goes_to_no_other_ews_either_after_a_redirection),
		cmocka_unit_test(
			a_password_goes_to_named_hosts_alone_after_a_redirection),
		cmocka_unit_test(redirections_go_to_services_by_https_only),
		cmocka_unit_test(a_url_is_asked_once),
		cmocka_unit_test(ten_redirections_are_enough),
		cmocka_unit_test(the_body_redirects_by_the_same_rules),
		cmocka_unit_test(only_a_redirection_is_taken_without_https),
		cmocka_unit_test(another_address_is_asked_for_at_its_own_domain),
		cmocka_unit_test(another_address_does_not_make_its_domain_ours),
		cmocka_unit_test(addresses_in_a_circle_end),
		cmocka_unit_test(five_other_addresses_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
