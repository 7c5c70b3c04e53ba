#include "test.h"

#include "base/url.h"

#include <stdio.h>
#include <string.h>

static void a_url_is_taken_apart(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool tls;
		const char *host;
		const char *path;
	} cases[] = {
		{"https://Mail.Example.com/EWS/Exchange.asmx", true, "mail.example.com",
			"/EWS/Exchange.asmx"},
		{"HTTP://127.0.0.1:8080", false, "127.0.0.1", ""},
		{"https://[::1]:443?a", true, "::1", "?a"},
		{"https://a_b-c.example:65535/x@y", true, "a_b-c.example", "/x@y"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url url;

		assert_null(url_parse(cases[i].text, &url));
		assert_int_equal(url.tls, cases[i].tls);
		assert_string_equal(url.host, cases[i].host);
		assert_string_equal(url.path, cases[i].path);
	}
}

static void what_is_no_url_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "https://", "https:///path",
		"ftp://a.example/", "https://a.example:0/", "https://a.example:65536/",
		"https://a.example:/", "https://user@a.example/",
		"https://a.example\\@b.example/", "https://a.example/#b",
		"https://a b.example/", "https://a%2eexample/", "https://[::1/",
		"https://[::1]x/", "https://[a.example]/", "https://\xc3\xa4.example/",
		"https://a.example/\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct url url;

		assert_non_null(url_parse(texts[i], &url));
	}
}

static void a_host_has_at_most_255_bytes(void **state)
{
	(void)state;
	char text[512];
	struct url url;

	(void)snprintf(text, sizeof(text), "https://%0255d/", 1);
	assert_null(url_parse(text, &url));
	assert_int_equal(strlen(url.host), 255);
	(void)snprintf(text, sizeof(text), "https://%0256d/", 1);
	assert_non_null(url_parse(text, &url));
}

static void only_literals_and_localhost_are_this_machine(void **state)
{
	(void)state;
	assert_true(url_is_loopback("127.255.0.1"));
	assert_true(url_is_loopback("::1"));
	assert_true(url_is_loopback("LocalHost"));
	assert_false(url_is_loopback("127.0.0.1.example.com"));
	assert_false(url_is_loopback("128.0.0.1"));
	assert_false(url_is_loopback("a.localhost"));
}

static void a_domain_ends_at_a_dot(void **state)
{
	(void)state;
	assert_true(url_is_within("example.com", "Example.com"));
	assert_true(url_is_within("mail.example.com", "example.com"));
	assert_false(url_is_within("badexample.com", "example.com"));
	assert_false(url_is_within("example.com", "mail.example.com"));
	assert_false(url_is_within("example.com.evil.net", "example.com"));
	assert_false(url_is_within("example.com", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(a_host_has_at_most_255_bytes),
		cmocka_unit_test(only_literals_and_localhost_are_this_machine),
		cmocka_unit_test(a_domain_ends_at_a_dot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
