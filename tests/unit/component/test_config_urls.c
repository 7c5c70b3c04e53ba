#include "test.h"

#include "config_files.h"

/* Where a gateway is. */

#define HQ(places)                                                                  \
	COMPONENT DOMAINS "gateways = ( { name = \"hq\"; username = \"u\"; " places \
			  "password = \"p\"; } );\n"

static void one_url_is_a_text_or_a_list_of_one(void **state)
{
	(void)state;
	struct config *config = load_good(HQ("url = \"https://a.example/\";"));

	assert_string_equal(config->gateways[0].url, "https://a.example/");
	assert_false(config->gateways[0].autodiscover);
	config_free(config);
	config = load_good(HQ("url = [ \"https://a.example/\" ];"));
	assert_string_equal(config->gateways[0].url, "https://a.example/");
	config_free(config);
}

static void several_urls_keep_their_order(void **state)
{
	(void)state;
	struct config *config =
		load_good(HQ("url = ( \"https://b.example/\", \"http://127.0.0.1:1/\", "
			     "\"https://a.example/\" );"));

	assert_string_equal(config->gateways[0].url,
		"https://b.example/\nhttp://127.0.0.1:1/\nhttps://a.example/");
	config_free(config);
}

static void autodiscover_needs_no_url(void **state)
{
	(void)state;
	struct config *config = load_good(HQ(
		"autodiscover = true; autodiscover_hosts = [ \"example.net\", \"::1\" ]; "
		"autodiscover_url = \"https://cas.example/Autodiscover/x.xml\";"));
	const struct config_gateway *gateway = &config->gateways[0];

	assert_true(gateway->autodiscover);
	assert_string_equal(gateway->url, "");
	assert_string_equal(gateway->autodiscover_hosts, "example.net,::1");
	assert_string_equal(
		gateway->autodiscover_url, "https://cas.example/Autodiscover/x.xml");
	config_free(config);
}

static void urls_are_limited_altogether(void **state)
{
	(void)state;
	char url[900];
	char text[8192];
	struct config_errors errors = {0};

	(void)snprintf(url, sizeof(url), "https://a.example/%0800d", 1);
	(void)snprintf(text, sizeof(text),
		HQ("url = [ \"%s\", \"%s\", \"%s\", \"%s\", \"%s\" ];"), url, url, url,
		url, url);
	struct config *config = load_good(text);
	config_free(config);
	(void)snprintf(text, sizeof(text),
		HQ("url = [ \"%s\", \"%s\", \"%s\", \"%s\", \"%s\", \"%s\" ];"), url, url,
		url, url, url, url);
	assert_null(config_load_text("c.conf", text, 1, &errors));
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.list[0].text, "longer than 4096 bytes"));
	config_errors_finish(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_url_is_a_text_or_a_list_of_one),
		cmocka_unit_test(several_urls_keep_their_order),
		cmocka_unit_test(autodiscover_needs_no_url),
		cmocka_unit_test(urls_are_limited_altogether),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
