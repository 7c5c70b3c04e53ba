#include "gateway/auth/curl_features.h"

#include "test.h"

#include <string.h>

static void what_libcurl_cannot_send_is_missing(void **state)
{
	(void)state;
	static const struct {
		const char *auth;
		const char *username;
		const char *password;
		const char *word; // of the complaint; NULL: none
	} cases[] = {
		{"basic", "s\xc3\xa9", "\xe2\x82\xac", NULL},
		{"ntlm", "svc", "s\xc3\xa9same", NULL},
		{"ntlm", "svc", "\xe2\x82\xac", "password"},
		{"ntlm", "s\xc3\xa9", "x", "username"},
		{"negotiate", "", "", NULL},
		{"oauth2", "", "\xe2\x82\xac", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *missing = curl_features_missing(
			&(struct gateway_configure){.auth = cases[i].auth,
				.username = cases[i].username,
				.password = cases[i].password,
				.proxy = "https://proxy.example",
				.no_proxy = "10.0.0.0/8"});
		assert_int_equal(missing != NULL, cases[i].word != NULL);
		if (missing && cases[i].word)
			assert_non_null(strstr(missing, cases[i].word));
	}
}

static void settings_that_say_nothing_ask_for_nothing(void **state)
{
	(void)state;
	assert_null(curl_features_missing(&(struct gateway_configure){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libcurl_cannot_send_is_missing),
		cmocka_unit_test(settings_that_say_nothing_ask_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
