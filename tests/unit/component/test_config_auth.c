#include "test.h"

#include "config_files.h"

/* What a gateway's way to log on makes of the keys that belong to it. */

#define OAUTH2(more)                                                                  \
	COMPONENT DOMAINS                                                             \
		"gateways = ( { name = \"hq\"; url = \"https://cloud.example/EWS\"; " \
		"auth = "                                                             \
		"\"oauth2\"; tenant = \"example.com\"; client_id = \"id\"; " more     \
		" } );\n"

static void each_cloud_has_its_issuer_and_scope(void **state)
{
	(void)state;
	static const struct {
		const char *cloud;
		const char *authority;
		const char *scope;
	} cases[] = {
		{"global", "https://login.microsoftonline.com",
			"https://outlook.office365.com/.default"},
		{"gcc-high", "https://login.microsoftonline.us",
			"https://outlook.office365.us/.default"},
		{"dod", "https://login.microsoftonline.us",
			"https://outlook-dod.office365.us/.default"},
		{"china", "https://login.partner.microsoftonline.cn",
			"https://partner.outlook.cn/.default"},
		{"bleu", "https://login.sovcloud-identity.fr",
			"https://outlook.sovcloud.fr/.default"},
		{"delos", "https://login.sovcloud-identity.de",
			"https://outlook.sovcloud.de/.default"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];

		(void)snprintf(text, sizeof(text),
			OAUTH2("client_secret = \"x\"; cloud = \"%s\";"), cases[i].cloud);
		struct config *config = load_good(text);
		assert_string_equal(config->gateways[0].authority, cases[i].authority);
		assert_string_equal(config->gateways[0].scope, cases[i].scope);
		config_free(config);
	}
}

#define GRAPH(more)                                                                 \
	COMPONENT DOMAINS                                                           \
		"gateways = ( { name = \"hq\"; type = \"graph\"; tenant = "         \
		"\"example.com\"; client_id = \"id\"; client_secret = \"x\"; " more \
		" } );\n"

static void each_cloud_has_its_graph(void **state)
{
	(void)state;
	static const struct {
		const char *cloud;
		const char *url;
		const char *authority;
	} cases[] = {
		{"global", "https://graph.microsoft.com",
			"https://login.microsoftonline.com"},
		{"gcc-high", "https://graph.microsoft.us",
			"https://login.microsoftonline.us"},
		{"dod", "https://dod-graph.microsoft.us",
			"https://login.microsoftonline.us"},
		{"china", "https://microsoftgraph.chinacloudapi.cn",
			"https://login.partner.microsoftonline.cn"},
		{"bleu", "https://graph.svc.sovcloud.fr",
			"https://login.sovcloud-identity.fr"},
		{"delos", "https://graph.svc.sovcloud.de",
			"https://login.sovcloud-identity.de"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];
		char scope[256];

		(void)snprintf(
			text, sizeof(text), GRAPH("cloud = \"%s\";"), cases[i].cloud);
		(void)snprintf(scope, sizeof(scope), "%s/.default", cases[i].url);
		struct config *config = load_good(text);
		const struct config_gateway *gateway = &config->gateways[0];
		assert_int_equal(gateway->type, CONFIG_GATEWAY_GRAPH);
		assert_int_equal(gateway->auth, CONFIG_AUTH_OAUTH2);
		assert_string_equal(gateway->url, cases[i].url);
		assert_string_equal(gateway->authority, cases[i].authority);
		assert_string_equal(gateway->scope, scope);
		assert_false(gateway->impersonate);
		assert_int_equal(gateway->poll_interval_s, 60);
		config_free(config);
	}
}

static void graph_may_be_behind_a_proxy_of_this_machine(void **state)
{
	(void)state;
	struct config *config =
		load_good(GRAPH("url = \"http://127.0.0.1:8443/cloud\"; authority = "
				"\"https://localhost:1\"; poll_interval = 300; auth = "
				"\"oauth2\";"));
	assert_string_equal(config->gateways[0].url, "http://127.0.0.1:8443/cloud");
	assert_int_equal(config->gateways[0].poll_interval_s, 300);
	config_free(config);
	config = load_good(GRAPH(
		"cloud = \"china\"; authority = \"https://login.chinacloudapi.cn\";"));
	assert_string_equal(
		config->gateways[0].authority, "https://login.chinacloudapi.cn");
	config_free(config);
}

static void an_application_impersonates_and_a_person_does_not(void **state)
{
	(void)state;
	struct config *config = load_good(OAUTH2("client_secret = \"x\";"));

	assert_int_equal(config->gateways[0].auth, CONFIG_AUTH_OAUTH2);
	assert_true(config->gateways[0].impersonate);
	assert_true(config->gateways[0].notifications);
	assert_string_equal(config->gateways[0].client_secret.bytes, "x");
	config_free(config);
	config = load_good(OAUTH2("flow = \"device_code\"; token_file = \"/t\";"));
	assert_false(config->gateways[0].impersonate);
	assert_false(config->gateways[0].notifications);
	assert_string_equal(config->gateways[0].scope,
		"https://outlook.office365.com/EWS.AccessAsUser.All offline_access");
	config_free(config);
}

static void what_is_said_is_not_filled_in(void **state)
{
	(void)state;
	struct config *config =
		load_good(OAUTH2("client_secret = \"x\"; scope = "
				 "\"https://mail.example.com/.default\"; authority = "
				 "\"https://login.example\";"));

	assert_string_equal(
		config->gateways[0].scope, "https://mail.example.com/.default");
	assert_string_equal(config->gateways[0].authority, "https://login.example");
	config_free(config);
}

static void no_proxy_is_kept_without_spaces(void **state)
{
	(void)state;
	static const struct {
		const char *given;
		const char *kept;
	} cases[] = {
		{"*", "*"},
		{"localhost", "localhost"},
		{" a.example ,\\t.b.example, 10.0.0.0/8,fd00::/8, ::1 ",
			NULL}, // a tab cannot stand in a text
		{" a.example , .b.example, 10.0.0.0/8,fd00::/8, ::1 ",
			"a.example,.b.example,10.0.0.0/8,fd00::/8,::1"},
		{"10.0.0.0/0", "10.0.0.0/0"},
		{"10.0.0.0/33", NULL},
		{"fd00::/129", NULL},
		{"example.com/8", NULL},
		{"a.example,", NULL},
		{"*.example", NULL},
		{"a.example b.example", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config_errors errors = {0};
		char text[1024];

		(void)snprintf(text, sizeof(text),
			COMPONENT DOMAINS
			"gateways = ( " GATEWAY("hq", "no_proxy = \"%s\";") " );\n",
			cases[i].given);
		struct config *config = config_load_text("test.conf", text, 1, &errors);
		assert_int_equal(config != NULL, cases[i].kept != NULL);
		if (config)
			assert_string_equal(config->gateways[0].no_proxy, cases[i].kept);
		config_free(config);
		config_errors_finish(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cloud_has_its_issuer_and_scope),
		cmocka_unit_test(each_cloud_has_its_graph),
		cmocka_unit_test(graph_may_be_behind_a_proxy_of_this_machine),
		cmocka_unit_test(an_application_impersonates_and_a_person_does_not),
		cmocka_unit_test(what_is_said_is_not_filled_in),
		cmocka_unit_test(no_proxy_is_kept_without_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
