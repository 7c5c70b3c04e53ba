#include "test.h"

#include "component/settings/limits.h"
#include "config_files.h"

static void a_short_file_gets_every_default(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL);

	assert_string_equal(config->component.jid, "meet.example.test");
	assert_string_equal(config->component.host, "127.0.0.1");
	assert_int_equal(config->component.port, 5347);
	assert_string_equal(config->component.secret.bytes, "s");
	assert_false(config->component.plaintext_ok);
	assert_int_equal(config->presence.source, CONFIG_SOURCE_AUTO);
	assert_int_equal(config->calendar.window_hours, 24);
	assert_int_equal(config->calendar.stale_after_s, 3600);
	assert_int_equal(config->publish.modes, CONFIG_MODE_COMPONENT);
	assert_int_equal(config->publish.watchers, CONFIG_WATCHERS_CONTACTS);
	assert_int_equal(config->publish.n_watcher_list, 0);
	assert_string_equal(config->publish.resource, "calendar");
	assert_int_equal(config->publish.offline, CONFIG_OFFLINE_OFFLINE);
	assert_int_equal(config->publish.roster_max_age_s, 600);
	assert_string_equal(config->store.path, "/var/lib/calpresence/calpresence.db");
	assert_string_equal(config->control.socket, "/run/calpresence/control.sock");
	assert_int_equal(config->log.level, LOG_LEVEL_INFO);
	assert_false(config->log.json);
	config_free(config);
}

static void a_gateway_gets_every_default(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL);
	const struct config_gateway *gateway = &config->gateways[0];

	assert_int_equal(config->n_gateways, 1);
	assert_string_equal(gateway->name, "hq");
	assert_int_equal(gateway->type, CONFIG_GATEWAY_EWS);
	assert_int_equal(gateway->auth, CONFIG_AUTH_BASIC);
	assert_int_equal(gateway->n_mail_domains, 0);
	assert_string_equal(gateway->username, "svc");
	assert_string_equal(gateway->password.bytes, "x");
	assert_int_equal(gateway->poll_interval_s, 300);
	assert_int_equal(gateway->timeout_s, 90);
	assert_int_equal(gateway->concurrency, 4);
	assert_string_equal(gateway->ca_file, "");
	assert_string_equal(gateway->proxy, "");
	assert_string_equal(gateway->no_proxy, "");
	config_free(config);
}

static void what_is_given_stands_in_the_snapshot(void **state)
{
	(void)state;
	struct config *config = load_good(
		"component = { jid = \"MEET.Example.Test\"; host = \"xmpp.example.test\";"
		" port = 5348; secret = \"geheim\"; plaintext_ok = true; };"
		"presence = { source = \"module\"; };" GATEWAYS DOMAINS
		"calendar = { window_hours = 0x30; stale_after = 600L; };"
		"rules = ( );"
		"publish = { modes = [ \"user\", \"component\" ]; watchers = \"list\";"
		" watcher_list = [ \"example.test\", \"Bob@Example.org\" ];"
		" resource = \"outlook\"; offline = \"overlay\"; roster_max_age = 60; };"
		"store = { path = \"/tmp/x.db\"; }; control = { socket = "
		"\"/tmp/x.sock\"; };"
		"log = { level = \"debug\"; format = \"json\"; };");

	assert_string_equal(config->component.jid, "meet.example.test");
	assert_string_equal(config->component.host, "xmpp.example.test");
	assert_int_equal(config->component.port, 5348);
	assert_string_equal(config->component.secret.bytes, "geheim");
	assert_int_equal(config->presence.source, CONFIG_SOURCE_MODULE);
	assert_int_equal(config->calendar.window_hours, 48);
	assert_int_equal(config->calendar.stale_after_s, 600);
	assert_int_equal(config->publish.modes, CONFIG_MODE_COMPONENT | CONFIG_MODE_USER);
	assert_int_equal(config->publish.watchers, CONFIG_WATCHERS_LIST);
	assert_int_equal(config->publish.n_watcher_list, 2);
	assert_string_equal(config->publish.watcher_list[0], "bob@example.org");
	assert_string_equal(config->publish.resource, "outlook");
	assert_int_equal(config->publish.offline, CONFIG_OFFLINE_OVERLAY);
	assert_int_equal(config->publish.roster_max_age_s, 60);
	assert_string_equal(config->store.path, "/tmp/x.db");
	assert_string_equal(config->control.socket, "/tmp/x.sock");
	assert_int_equal(config->log.level, LOG_LEVEL_DEBUG);
	assert_true(config->log.json);
	config_free(config);
}

static void a_snapshot_carries_its_generation(void **state)
{
	(void)state;
	struct config_errors errors = {0};
	struct config *config = config_load_text("test.conf", MINIMAL, 42, &errors);

	assert_non_null(config);
	assert_int_equal(config->generation, 42);
	config_free(config);
}

static void without_a_mapping_busy_and_oof_have_overlays(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL);
	const struct overlay *busy = &config->mapping.of[CAL_BUSY];
	const struct overlay *oof = &config->mapping.of[CAL_OOF];

	assert_true(busy->active && oof->active);
	assert_int_equal(busy->show, SHOW_DND);
	assert_string_equal(busy->status.texts[0].text, "In a meeting");
	assert_int_equal(oof->show, SHOW_AWAY);
	assert_string_equal(oof->status.texts[0].text, "Out of office");
	assert_false(config->mapping.of[CAL_TENTATIVE].active);
	assert_false(config->mapping.of[CAL_FREE].active);
	assert_false(config->mapping.of[CAL_UNKNOWN].active);
	config_free(config);
}

static void a_mapping_replaces_the_default_whole(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL
		"mapping = { tentative = { show = \"xa\"; }; elsewhere = { status = ("
		" { text = \"Elsewhere\"; }, { lang = \"de\"; text = \"Anderswo\"; } ); "
		"}; };");
	const struct overlay_map *map = &config->mapping;

	assert_false(map->of[CAL_BUSY].active);
	assert_false(map->of[CAL_OOF].active);
	assert_true(map->of[CAL_TENTATIVE].active);
	assert_int_equal(map->of[CAL_TENTATIVE].show, SHOW_XA);
	assert_int_equal(map->of[CAL_TENTATIVE].status.n, 0);
	assert_true(map->of[CAL_ELSEWHERE].keep_show);
	assert_int_equal(map->of[CAL_ELSEWHERE].status.n, 2);
	assert_string_equal(map->of[CAL_ELSEWHERE].status.texts[0].lang, "");
	assert_string_equal(map->of[CAL_ELSEWHERE].status.texts[1].lang, "de");
	assert_string_equal(map->of[CAL_ELSEWHERE].status.texts[1].text, "Anderswo");
	config_free(config);
}

static void rooms_have_a_mapping_of_their_own(void **state)
{
	(void)state;
	struct config *config =
		load_good(MINIMAL "mapping = { busy = { status = \"Meeting\"; }; };");
	const struct overlay_map *map = &config->room_mapping;

	assert_int_equal(overlay_map_shown(map), 1U << CAL_BUSY | 1U << CAL_OOF);
	assert_int_equal(map->of[CAL_BUSY].show, SHOW_DND);
	assert_false(map->of[CAL_BUSY].keep_show);
	assert_string_equal(map->of[CAL_BUSY].status.texts[0].text, "In use");
	config_free(config);
	config = load_good(MINIMAL "room_mapping = { tentative = { show = \"away\"; "
				   "status = \"Held\"; }; };");
	map = &config->room_mapping;
	assert_int_equal(overlay_map_shown(map), 1U << CAL_TENTATIVE);
	assert_int_equal(map->of[CAL_TENTATIVE].show, SHOW_AWAY);
	assert_string_equal(map->of[CAL_TENTATIVE].status.texts[0].text, "Held");
	assert_true(config->mapping.of[CAL_BUSY].active);
	config_free(config);
	expect_error(MINIMAL "room_mapping = { busy = { shwo = \"dnd\"; }; };",
		"test.conf:4: room_mapping.busy.shwo is not a known key");
}

/* The socket's path, or NULL and the one error. */
static void expect_socket(const char *text, const char *socket, const char *error)
{
	struct config_errors errors = {0};
	struct config *config;

	write_file("c.conf", text, strlen(text), 0644);
	config = config_load_control("./c.conf", &errors);
	if (socket) {
		assert_non_null(config);
		assert_int_equal(errors.n, 0);
		assert_string_equal(config->control.socket, socket);
	} else {
		assert_null(config);
		assert_int_equal(errors.n, 1);
		assert_string_equal(errors.list[0].text, error);
	}
	config_free(config);
	config_errors_finish(&errors);
	assert_int_equal(unlink("c.conf"), 0);
}

static void the_control_socket_is_found_whatever_is_wrong_elsewhere(void **state)
{
	char folder[] = "/tmp/calpresence-control-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	expect_socket("", "/run/calpresence/control.sock", NULL);
	expect_socket("component = { secret_file = \"/nowhere\"; port = 99999999999; };\n"
		      "nonsense = 1; control = { socket = \"/run/x.sock\"; };",
		"/run/x.sock", NULL);
	/* Others may read the secret, which is no matter of who asks. */
	expect_socket("component = { secret = \"geheim\"; };\n"
		      "control = { socket = \"x.sock\"; };",
		"./x.sock", NULL);
	expect_socket("control = { sockte = \"x.sock\"; };", NULL,
		"./c.conf:1: control.sockte is not a known key");
	expect_socket("@include \"x\"", NULL, "./c.conf:1: @include is not available");
	assert_int_equal(rmdir(folder), 0);
}

static void an_empty_mapping_overlays_nothing(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL "mapping = { };");

	for (int s = 0; s < CAL_STATES; s++)
		assert_false(config->mapping.of[s].active);
	config_free(config);
}

/* A text with `n` entries of a list between two ends. */
static char *repeated(const char *before, const char *entry, size_t n, const char *after)
{
	size_t size = strlen(before) + n * (strlen(entry) + 2) + strlen(after) + 1;
	char *text = malloc(size);
	size_t used;

	assert_non_null(text);
	used = (size_t)snprintf(text, size, "%s", before);
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i > 0 ? ", " : "", entry);
	(void)snprintf(text + used, size - used, "%s", after);
	return text;
}

static void lists_end_at_their_limits(void **state)
{
	(void)state;
	const struct {
		const char *before;
		const char *entry;
		const char *after;
		size_t max;
		const char *expected;
	} lists[] = {
		{COMPONENT DOMAINS "gateways = (", GATEWAY("hq", ""), ");",
			CONFIG_GATEWAYS_MAX,
			"test.conf:3: gateways has more than 64 entries"},
		{COMPONENT GATEWAYS "domains = (",
			"{ im = \"a.test\"; mail = \"a.test\"; }", ");",
			CONFIG_DOMAINS_MAX,
			"test.conf:3: domains has more than 1000 entries"},
		{MINIMAL "publish = { watcher_list = [", "\"a.test\"", "]; };",
			CONFIG_WATCHERS_MAX,
			"test.conf:4: publish.watcher_list has more than 10000 entries"},
		{MINIMAL "mapping = { busy = { status = (", "{ text = \"x\"; }",
			"); }; };", CONFIG_STATUS_TEXTS_MAX,
			"test.conf:4: mapping.busy.status has more than 32 entries"},
		{COMPONENT DOMAINS "gateways = ( { name = \"hq\"; url = "
				   "\"https://a.test\"; username = \"u\"; "
				   "password = \"p\"; mail_domains = [",
			"\"a.test\"", "]; } );", CONFIG_MAIL_DOMAINS_MAX,
			"test.conf:3: gateways[].mail_domains has more than 1000 "
			"entries"},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *text = repeated(lists[i].before, lists[i].entry, lists[i].max + 1,
			lists[i].after);

		expect_error(text, lists[i].expected);
		free(text);
	}
	char *text = repeated(MINIMAL "publish = { watcher_list = [", "\"a.test\"",
		CONFIG_WATCHERS_MAX, "]; };");
	config_free(load_good(text));
	free(text);
}

static void texts_end_at_their_limits(void **state)
{
	(void)state;
	const char *before = MINIMAL "mapping = { busy = { status = \"";
	char text[4096];

	(void)snprintf(text, sizeof(text), "%s%0*d\"; }; };", before, CONFIG_TEXT_MAX, 0);
	config_free(load_good(text));
	(void)snprintf(
		text, sizeof(text), "%s%0*d\"; }; };", before, CONFIG_TEXT_MAX + 1, 0);
	expect_error(text, "test.conf:4: mapping.busy.status is longer than 1023 bytes");
}

static void inline_secrets_end_at_their_limit(void **state)
{
	(void)state;
	const char *before =
		GATEWAYS DOMAINS "component = { jid = \"a.test\"; secret = \"";
	char text[8192];

	(void)snprintf(text, sizeof(text), "%s%0*d\"; };", before, CONFIG_SECRET_MAX, 0);
	struct config *config = load_good(text);
	assert_int_equal(config->component.secret.len, CONFIG_SECRET_MAX);
	config_free(config);
	(void)snprintf(
		text, sizeof(text), "%s%0*d\"; };", before, CONFIG_SECRET_MAX + 1, 0);
	expect_error(text, "test.conf:3: component.secret is longer than 4096 bytes");
}

static void more_errors_than_the_list_holds_are_counted(void **state)
{
	(void)state;
	struct config_errors errors = {0};
	char *text = repeated(COMPONENT GATEWAYS "users = (",
		"{ jid = \"a@a.test\"; mailbox = \"nobody\"; }", CONFIG_ERRORS_MAX, ");");

	/* Each has a bad mailbox, and all but one is a duplicate. */
	assert_null(config_load_text("test.conf", text, 1, &errors));
	assert_int_equal(errors.n, 2 * CONFIG_ERRORS_MAX - 1);
	assert_int_equal(errors.kept, CONFIG_ERRORS_MAX);
	config_errors_finish(&errors);
	assert_int_equal(errors.n, 0);
	free(text);
}

static void loopback_literals_need_no_leave_for_clear_text(void **state)
{
	(void)state;
	const struct {
		const char *host;
		bool good;
	} hosts[] = {
		{"localhost", true},
		{"LOCALHOST", true},
		{"127.0.0.1", true},
		{"127.255.0.9", true},
		{"::1", true},
		{"0.0.0.0", false},
		{"::", false},
		{"10.0.0.1", false},
		{"127.0.0.1.example.test", false},
		{"localhost.example.test", false},
		{"::ffff:10.0.0.1", false},
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct config_errors errors = {0};
		char text[1024];

		(void)snprintf(text, sizeof(text),
			GATEWAYS DOMAINS "component = { jid = \"meet.example.test\";"
					 " secret = \"s\"; host = \"%s\"; };",
			hosts[i].host);
		struct config *config = config_load_text("test.conf", text, 1, &errors);
		assert_int_equal(config != NULL, hosts[i].good);
		config_free(config);
		config_errors_finish(&errors);
	}
}

static void urls_of_gateways_are_https_or_loopback(void **state)
{
	(void)state;
	const struct {
		const char *url;
		bool good;
	} urls[] = {
		{"https://mail.example.com/EWS/Exchange.asmx", true},
		{"HTTPS://mail.example.com:8443", true},
		{"https://[2001:db8::1]:443/EWS?a=b", true},
		{"http://127.0.0.1:8080/EWS", true},
		{"http://[::1]/EWS", true},
		{"http://localhost/EWS", true},
		{"http://mail.example.com/EWS", false},
		{"http://localhost@mail.example.com/EWS", false},
		{"http://localhost:1@mail.example.com/EWS", false},
		{"https://", false},
		{"https:///EWS", false},
		{"https://:443/EWS", false},
		{"https://mail.example.com:/EWS", false},
		{"https://mail.example.com:65536/EWS", false},
		{"https://[::1/EWS", false},
		{"https://[]/EWS", false},
		{"https://[::1]x/EWS", false},
		{"https://mail example.com/EWS", false},
		{"https://m\xc3\xa4il.example.com/EWS", false},
		{"https://mail.example.com/EWS#top", false},
		{"http://localhost\\\\@mail.example.com/", false},
		{"mail.example.com", false},
		{"", false},
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct config_errors errors = {0};
		char text[1024];

		(void)snprintf(text, sizeof(text),
			COMPONENT DOMAINS
			"gateways = ( { name = \"hq\"; username = \"u\";"
			" password = \"p\"; url = \"%s\"; } );",
			urls[i].url);
		struct config *config = config_load_text("test.conf", text, 1, &errors);
		if ((config != NULL) != urls[i].good)
			fail_msg("%s", urls[i].url);
		config_free(config);
		config_errors_finish(&errors);
	}
}

static void a_file_that_ends_anywhere_is_survived(void **state)
{
	(void)state;
	const char *whole =
		COMPONENT GATEWAYS DOMAINS "users = ( ); # end\n"
					   "mapping = { busy = { show = \"dnd\"; }; };";
	size_t n = strlen(whole);

	for (size_t i = 0; i <= n; i++) {
		struct config_errors errors = {0};
		char *text = strndup(whole, i);

		assert_non_null(text);
		struct config *config = config_load_text("test.conf", text, 1, &errors);
		assert_true((config == NULL) == (errors.n > 0));
		config_free(config);
		config_errors_finish(&errors);
		free(text);
	}
}

static void nothing_at_all_is_freed_without_harm(void **state)
{
	(void)state;
	struct config_errors errors = {0};

	config_free(NULL);
	config_errors_finish(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_file_gets_every_default),
		cmocka_unit_test(a_gateway_gets_every_default),
		cmocka_unit_test(what_is_given_stands_in_the_snapshot),
		cmocka_unit_test(a_snapshot_carries_its_generation),
		cmocka_unit_test(without_a_mapping_busy_and_oof_have_overlays),
		cmocka_unit_test(a_mapping_replaces_the_default_whole),
		cmocka_unit_test(rooms_have_a_mapping_of_their_own),
		cmocka_unit_test(the_control_socket_is_found_whatever_is_wrong_elsewhere),
		cmocka_unit_test(an_empty_mapping_overlays_nothing),
		cmocka_unit_test(lists_end_at_their_limits),
		cmocka_unit_test(texts_end_at_their_limits),
		cmocka_unit_test(inline_secrets_end_at_their_limit),
		cmocka_unit_test(more_errors_than_the_list_holds_are_counted),
		cmocka_unit_test(loopback_literals_need_no_leave_for_clear_text),
		cmocka_unit_test(urls_of_gateways_are_https_or_loopback),
		cmocka_unit_test(a_file_that_ends_anywhere_is_survived),
		cmocka_unit_test(nothing_at_all_is_freed_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
