#include "gateway/http/location.h"

#include "test.h"

#include <string.h>

#define URL "https://mail.example.com:8443/EWS/Exchange.asmx"
#define HOST "https://mail.example.com:8443"

static void check(const char *url, const char *location, const char *expected)
{
	char found[256] = "untouched";
	bool resolved = location_resolve(url, location, sizeof found, found);
	if (resolved != (expected != NULL))
		print_error("%s from %s: %s\n", location, url, found);
	assert_int_equal(resolved, expected != NULL);
	assert_string_equal(found, expected ? expected : "untouched");
}

static void a_location_is_taken_from_the_url_of_the_request(void **state)
{
	(void)state;
	static const struct {
		const char *location;
		const char *url;
	} cases[] = {
		{"/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx", HOST
			"/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx"},
		{"foo", HOST "/EWS/foo"},
		{"../foo", HOST "/foo"},
		{"./", HOST "/EWS/"},
		{"?x", URL "?x"},
		{"#top", URL},
		{"//other.example.com/path", "https://other.example.com/path"},
		{"https://other.example.com/", "https://other.example.com/"},
		{"https://other.example.com", "https://other.example.com/"},
		{"http://other.example.com/a?b#c", "http://other.example.com/a?b"},
		{"HTTPS://[::1]:444/a", "https://[::1]:444/a"},
		{"/a b", HOST "/a%20b"},
		{"/a@b", HOST "/a@b"},
		{"/a?user=EXAMPLE\\svc", HOST "/a?user=EXAMPLE\\svc"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check(URL, cases[i].location, cases[i].url);
}

static void what_is_no_url_of_http_leads_nowhere(void **state)
{
	(void)state;
	static const char *const locations[] = {"", "https://", "https://a b/",
		"http://:x/", "ftp://other.example.com/", "javascript:alert(1)",
		"https://a:99999/", "https://ex\xc3\xa4mple.com/",
		"\\\\other.example.com\\a", "https:x"};
	for (size_t i = 0; i < sizeof locations / sizeof *locations; i++)
		check(URL, locations[i], NULL);
}

static void a_location_that_names_a_user_leads_nowhere(void **state)
{
	(void)state;
	static const char *const locations[] = {
		"https://user:password@other.example.com/",
		"https://user@other.example.com/", "//user:password@other.example.com/",
		"http://user:password@other.example.com/", "https:/user:password@other/",
		"https:///user:password@other/", "https:user:password@other/",
		"user:password@other/", "https://user:p%40@other/",
		"https://user:p@ss@other/", "\\\\user:password@other/",
		"/\\user:password@other/", "https://user:pass/word@other/",
		"https://user:pass?word@other/", "https://user:pass#word@other/"};
	for (size_t i = 0; i < sizeof locations / sizeof *locations; i++)
		check(URL, locations[i], NULL);
}

static void a_user_in_the_url_of_the_request_is_left_out(void **state)
{
	(void)state;
	static const char url[] = "https://user:pass%2Fword@mail.example.com/EWS/";
	check(url, "foo", "https://mail.example.com/EWS/foo");
	check(url, "/foo", "https://mail.example.com/foo");
	check(url, "?x", "https://mail.example.com/EWS/?x");
	check(url, "#x", "https://mail.example.com/EWS/");
	check(url, "//other.example.com/", "https://other.example.com/");
}

static void a_long_location_is_cut(void **state)
{
	(void)state;
	char found[16];
	assert_true(
		location_resolve(URL, "https://h/4567890123456", sizeof found, found));
	assert_string_equal(found, "https://h/45678");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_location_is_taken_from_the_url_of_the_request),
		cmocka_unit_test(what_is_no_url_of_http_leads_nowhere),
		cmocka_unit_test(a_location_that_names_a_user_leads_nowhere),
		cmocka_unit_test(a_user_in_the_url_of_the_request_is_left_out),
		cmocka_unit_test(a_long_location_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
