#include "lookup_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ redirections */

static void a_redirection_within_the_own_domain_is_followed(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_soap(&lookup_one);

	lookup_redirect(
		lookup, "https://other.sub.example.com/Autodiscover/Autodiscover.svc");
	lookup_expect(lookup, AUTODISCOVER_SOAP,
		"https://other.sub.example.com/Autodiscover/Autodiscover.svc");
	lookup_reply(lookup, 401, NULL);
	lookup_destroy(lookup);
}

static void the_end_of_a_path_chooses_the_method(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_soap(&lookup_one);

	lookup_redirect(lookup, "https://a.ok.example.net/autodiscover/autodiscover.xml");
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	lookup_redirect(
		lookup, "https://foreign.example/autodiscover/autodiscover.json?Email=a");
	lookup_expect(lookup, AUTODISCOVER_JSON,
		"https://foreign.example/autodiscover/autodiscover.json?Email=a");
	lookup_reply(lookup, 200, FOUND_AT("https://mail.sub.example.com/EWS"));
	lookup_expect_end(lookup, LOOKUP_FOUND);
}

static void a_foreign_host_is_not_told_who_we_are(void **state)
{
	(void)state;
	static const char *const hosts[] = {"evil.example", "example.com",
		"xsub.example.com", "sub.example.com.evil.example",
		"not-ok.example.net.evil", "example.net"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct lookup *lookup = lookup_begin_at_pox(&lookup_one);
		char url[256];

		(void)snprintf(url, sizeof(url),
			"https://%s/autodiscover/autodiscover.xml", hosts[i]);
		lookup_redirect(lookup, url);
		lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
	}
}

/* What version 2 says is believed of whoever was led to; no credentials showed who it is.
 */
static void a_password_goes_to_no_other_ews_either_after_a_redirection(void **state)
{
	(void)state;
	struct lookup_settings settings = lookup_one;
	for (int basic = 0; basic < 2; basic++) {
		settings.basic = basic;
		struct lookup *lookup = lookup_begin(&settings);
		assert_true(lookup_next(lookup, NOW, &(struct lookup_request){0}));
		lookup_redirect(lookup, "https://evil.example" QUERY);
		lookup_expect(lookup, AUTODISCOVER_JSON, "https://evil.example" QUERY);
		lookup_reply(lookup, 200, FOUND_AT("https://web.sub.example.com/"));
		if (basic)
			lookup_pass(lookup, 2);
		lookup_expect_end(lookup, basic ? LOOKUP_ELSEWHERE : LOOKUP_FOUND);
	}
}

static void a_password_goes_to_named_hosts_alone_after_a_redirection(void **state)
{
	(void)state;
	struct lookup_settings settings = lookup_one;
	settings.basic = true;
	struct lookup *lookup = lookup_begin_at_pox(&settings);

	lookup_redirect(
		lookup, "https://other.sub.example.com/autodiscover/autodiscover.xml");
	lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
	lookup = lookup_begin_at_pox(&settings);
	lookup_redirect(
		lookup, "https://x.friendly.example/autodiscover/autodiscover.xml");
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://x.friendly.example/autodiscover/autodiscover.xml");
	/* From there it may not go on to others. */
	lookup_redirect(lookup, "https://sub.example.com/autodiscover/autodiscover.xml");
	lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
	lookup = lookup_begin_at_pox(&settings);
	lookup_redirect(
		lookup, "https://cas.example.com/autodiscover/other/autodiscover.xml");
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://cas.example.com/autodiscover/other/autodiscover.xml");
	lookup_destroy(lookup);
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
		struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

		lookup_redirect(lookup, locations[i]);
		lookup_expect_end(lookup, LOOKUP_FAILED);
	}
}

static void a_url_is_asked_once(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_redirect(lookup, "https://a.ok.example.net/autodiscover/autodiscover.xml");
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	lookup_redirect(
		lookup, "https://CAS.example.com:444/autodiscover/autodiscover.xml");
	assert_non_null(strstr(lookup->text, "was asked before"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void ten_redirections_are_enough(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);
	char url[128];

	for (int i = 0; i <= LOOKUP_HOPS_MAX; i++) {
		(void)snprintf(url, sizeof(url),
			"https://a.ok.example.net/autodiscover/%d.xml", i);
		lookup_redirect(lookup, url);
		if (i < LOOKUP_HOPS_MAX)
			lookup_expect(lookup, AUTODISCOVER_POX, url);
	}
	assert_true(lookup->hops > LOOKUP_HOPS_MAX);
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void the_body_redirects_by_the_same_rules(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200,
		POX("<Action>redirectUrl</Action><RedirectUrl>"
		    "http://a.ok.example.net/autodiscover/autodiscover.xml"
		    "</RedirectUrl>"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
	lookup = lookup_begin_at_pox(&lookup_one);
	lookup_reply(lookup, 200,
		POX("<Action>redirectUrl</Action><RedirectUrl>"
		    "https://a.ok.example.net/autodiscover/autodiscover.xml"
		    "</RedirectUrl>"));
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://a.ok.example.net/autodiscover/autodiscover.xml");
	lookup_destroy(lookup);
}

static void only_a_redirection_is_taken_without_https(void **state)
{
	(void)state;
	static const char url[] =
		"http://autodiscover.Sub.example.com/autodiscover/autodiscover.xml";
	struct lookup *lookup = lookup_begin(&lookup_none);

	lookup_pass(lookup, 4);
	lookup_expect(lookup, AUTODISCOVER_HTTP, url);
	lookup_reply(lookup, 200, POX_AT("https://mail.sub.example.com/EWS"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
	lookup = lookup_begin(&lookup_none);
	lookup_pass(lookup, 4);
	lookup_expect(lookup, AUTODISCOVER_HTTP, url);
	lookup_redirect(
		lookup, "https://x.sub.example.com/autodiscover/autodiscover.xml");
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://x.sub.example.com/autodiscover/autodiscover.xml");
	lookup_destroy(lookup);
	lookup = lookup_begin(&lookup_basic);
	lookup_pass(lookup, 4);
	lookup_expect(lookup, AUTODISCOVER_HTTP, url);
	lookup_redirect(
		lookup, "https://x.sub.example.com/autodiscover/autodiscover.xml");
	lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
}

/* ------------------------------------------------------------------ addresses */

#define REDIRECT_ADDRESS(address) \
	POX("<Action>redirectAddr</Action><RedirectAddr>" address "</RedirectAddr>")

static void another_address_is_asked_for_at_its_own_domain(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200, REDIRECT_ADDRESS("alice@friendly.example"));
	lookup_expect(lookup, AUTODISCOVER_JSON,
		"https://friendly.example/autodiscover/autodiscover.json/v1.0/"
		"alice@friendly.example?Protocol=EWS");
	lookup_reply(lookup, 404, NULL);
	lookup_pass(lookup, 1);
	lookup_expect(lookup, AUTODISCOVER_SOAP,
		"https://friendly.example/autodiscover/autodiscover.svc");
	lookup_destroy(lookup);
}

static void another_address_does_not_make_its_domain_ours(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200, REDIRECT_ADDRESS("alice@evil.example"));
	lookup_expect(lookup, AUTODISCOVER_JSON,
		"https://evil.example/autodiscover/autodiscover.json/v1.0/"
		"alice@evil.example?Protocol=EWS");
	lookup_reply(lookup, 200, FOUND_AT("https://evil.example/EWS/Exchange.asmx"));
	lookup_pass(lookup, 1);
	lookup_expect(lookup, AUTODISCOVER_HTTP,
		"http://autodiscover.evil.example/autodiscover/autodiscover.xml");
	lookup_redirect(lookup, "https://evil.example/autodiscover/autodiscover.xml");
	lookup_expect_end(lookup, LOOKUP_ELSEWHERE);
}

static void addresses_in_a_circle_end(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);

	lookup_reply(lookup, 200, REDIRECT_ADDRESS("bob@sub.example.com"));
	lookup_pass(lookup, 2);
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://cas.example.com:444/autodiscover/autodiscover.xml");
	lookup_reply(lookup, 200, REDIRECT_ADDRESS("ALICE@sub.example.com"));
	assert_non_null(strstr(lookup->text, "in a circle"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
}

static void five_other_addresses_are_enough(void **state)
{
	(void)state;
	struct lookup *lookup = lookup_begin_at_pox(&lookup_one);
	char body[1024];

	for (int i = 0; i < LOOKUP_ADDRESSES_MAX - 1; i++) {
		(void)snprintf(
			body, sizeof(body), REDIRECT_ADDRESS("u%d@sub.example.com"), i);
		lookup_reply(lookup, 200, body);
		lookup_pass(lookup, 2);
		lookup_expect(lookup, AUTODISCOVER_POX,
			"https://cas.example.com:444/autodiscover/autodiscover.xml");
	}
	lookup_reply(lookup, 200, REDIRECT_ADDRESS("last@sub.example.com"));
	lookup_expect_end(lookup, LOOKUP_FAILED);
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
