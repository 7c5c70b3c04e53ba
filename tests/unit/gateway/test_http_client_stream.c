#include "gateway/http/http_client.h"
#include "gateway/protocol/settings.h"
#include "http_server.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM 7
#define HEAD                                          \
	"HTTP/1.1 200 OK\r\nContent-Type: text/xml; " \
	"charset=utf-8\r\nTransfer-Encoding: "        \
	"chunked\r\n\r\n"
#define LAST "0\r\n\r\n"
#define TOKEN                                                                         \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 62\r\n" \
	"\r\n{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"t-1\"}"
#define LARGE (8 * 1024 * 1024)

struct scene {
	struct http_server server;
	struct http_reply
		replies[4]; // to one request after the other, then the last again
	struct gateway_configure settings;
	struct gateway_settings own; // which the client borrows
	struct http_client *client;
	struct now now;
	struct http_client_part part;
	struct buf heard; // all bytes
};

static struct http_reply reply(void *context, unsigned nth, const char *request)
{
	struct scene *scene = context;
	(void)request;
	while (nth > 0 && (nth > 3 || !scene->replies[nth].bytes))
		nth--;
	return scene->replies[nth];
}

static struct http_reply text(const char *bytes)
{
	return (struct http_reply){.bytes = bytes, .n = strlen(bytes)};
}

static void open_scene(struct scene *scene, const char *first)
{
	*scene = (struct scene){.server = {.reply = reply, .context = scene},
		.replies = {text(first)},
		.now = {.mono_ms = 1000, .wall_ms = 1800000000 * INT64_C(1000)}};
	http_server_start(&scene->server);
	scene->settings = (struct gateway_configure){.name = "test",
		.url = scene->server.url,
		.auth = "basic",
		.username = "svc",
		.password = "sesame",
		.password_len = 6,
		.timeout_s = 30};
	buf_init(&scene->heard, LARGE);
}

static void start(struct scene *scene)
{
	char error[GATEWAY_TEXT_MAX];
	assert_int_equal(gateway_settings_init(&scene->own, &scene->settings), 0);
	scene->client = http_client_create(&scene->own.configure, error);
	assert_non_null(scene->client);
}

static void open_stream(struct scene *scene, int64_t timeout_s)
{
	const struct request request = {.header = "SOAPAction: \"Stream\"",
		.anchor = "a@example.com",
		.prefer_affinity = true,
		.cookie = "X-BackEndOverrideCookie=EXCH01~1"};
	struct buf *body = http_client_stream_request(scene->client, STREAM);
	assert_non_null(body);
	buf_puts(body, "<question/>");
	assert_int_equal(http_client_stream_open(
				 scene->client, STREAM, &request, timeout_s, &scene->now),
		0);
}

static void turn(struct scene *scene)
{
	http_client_want_token(scene->client, &scene->now);
	http_client_turn(scene->client);
	(void)http_client_wait(scene->client, -1, 0, 20);
	http_client_turn(scene->client);
}

static void wait_for_news(struct scene *scene)
{
	while (!http_client_stream_take(scene->client, &scene->now, &scene->part))
		turn(scene);
	assert_int_equal(scene->part.stream, STREAM);
	buf_add(&scene->heard, scene->part.bytes, scene->part.n);
}

static void wait_for_the_end(struct scene *scene)
{
	do
		wait_for_news(scene);
	while (!scene->part.over);
}

static void close_scene(struct scene *scene)
{
	http_client_destroy(scene->client);
	gateway_settings_finish(&scene->own);
	http_server_stop(&scene->server);
	buf_finish(&scene->heard);
}

static void bytes_come_while_the_stream_goes_on(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, HEAD "3\r\none\r\n");
	start(&scene);
	open_stream(&scene, 60);
	wait_for_news(&scene);
	assert_false(scene.part.over);
	assert_string_equal(buf_text(&scene.heard), "one");
	assert_false(http_client_stream_take(scene.client, &scene.now, &scene.part));
	http_server_say_more(&scene.server, "3\r\ntwo\r\n", 8);
	wait_for_news(&scene);
	assert_false(scene.part.over);
	assert_string_equal(buf_text(&scene.heard), "onetwo");
	http_server_say_more(&scene.server, "1\r\n!\r\n" LAST, 11);
	wait_for_the_end(&scene);
	assert_string_equal(buf_text(&scene.heard), "onetwo!");
	assert_null(scene.part.outcome);
	assert_int_equal(scene.part.transfer.result, TRANSFER_ANSWERED);
	assert_int_equal(scene.part.transfer.status, 200);
	close_scene(&scene);
	assert_non_null(strstr(scene.server.last, "\r\nAccept-Encoding: identity\r\n"));
	assert_non_null(
		strstr(scene.server.last, "\r\nX-AnchorMailbox: a@example.com\r\n"));
	assert_non_null(
		strstr(scene.server.last, "\r\nX-PreferServerAffinity: true\r\n"));
	assert_non_null(strstr(
		scene.server.last, "\r\nCookie: X-BackEndOverrideCookie=EXCH01~1\r\n"));
	assert_non_null(strstr(scene.server.last, "\r\n\r\n<question/>"));
}

static void a_stream_is_opened_again_on_its_connection(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, HEAD "3\r\none\r\n" LAST);
	start(&scene);
	for (int i = 0; i < 3; i++) {
		open_stream(&scene, 60);
		wait_for_the_end(&scene);
	}
	assert_string_equal(buf_text(&scene.heard), "oneoneone");
	close_scene(&scene);
	assert_int_equal(scene.server.connections, 1);
}

static void what_is_no_stream_comes_with_its_end(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, "HTTP/1.1 500 X\r\nContent-Length: 10\r\n\r\n<half/>");
	start(&scene);
	open_stream(&scene, 60);
	for (int i = 0; i < 10; i++) {
		turn(&scene);
		assert_false(
			http_client_stream_take(scene.client, &scene.now, &scene.part));
	}
	http_server_say_more(&scene.server, "!!!", 3);
	wait_for_news(&scene);
	assert_true(scene.part.over);
	assert_string_equal(buf_text(&scene.heard), "<half/>!!!");
	assert_int_equal(scene.part.transfer.status, 500);
	close_scene(&scene);
}

static void a_cut_stream_hands_over_what_had_come(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, HEAD "3\r\none\r\n");
	start(&scene);
	open_stream(&scene, 60);
	wait_for_news(&scene);
	http_server_hang_up(&scene.server);
	wait_for_the_end(&scene);
	assert_string_equal(buf_text(&scene.heard), "one");
	assert_int_equal(scene.part.transfer.result, TRANSFER_CUT);
	close_scene(&scene);
}

static void a_stream_is_broken_off_when_its_time_is_over(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, HEAD "3\r\none\r\n");
	start(&scene);
	open_stream(&scene, 1);
	wait_for_the_end(&scene);
	assert_string_equal(buf_text(&scene.heard), "one");
	assert_int_equal(scene.part.transfer.result, TRANSFER_TIMEOUT);
	close_scene(&scene);
}

static void nothing_is_heard_of_a_stream_that_was_closed(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, HEAD "3\r\none\r\n");
	scene.replies[1] = text(HEAD "3\r\ntwo\r\n" LAST);
	start(&scene);
	http_client_stream_close(scene.client, STREAM); // never opened
	open_stream(&scene, 60);
	wait_for_news(&scene);
	http_client_stream_close(scene.client, STREAM);
	assert_false(http_client_stream_take(scene.client, &scene.now, &scene.part));
	open_stream(&scene, 60);
	wait_for_the_end(&scene);
	assert_string_equal(buf_text(&scene.heard), "onetwo");
	http_client_stream_close(scene.client, STREAM); // over and looked at
	assert_false(http_client_stream_take(scene.client, &scene.now, &scene.part));
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 2);
}

static void who_takes_nothing_slows_the_stream_down(void **state)
{
	(void)state;
	struct scene scene;
	size_t n = LARGE / 2;
	size_t size = n + 256;
	char *large = malloc(size);
	assert_non_null(large);
	int head = snprintf(large, size, "%s%zx\r\n", HEAD, n);
	memset(large + head, 'x', n);
	(void)snprintf(large + head + n, size - n - (size_t)head, "\r\n%s", LAST);
	open_scene(&scene, large);
	start(&scene);
	open_stream(&scene, 60);
	for (int i = 0; i < 50; i++)
		turn(&scene);
	wait_for_news(&scene);
	assert_false(scene.part.over);
	assert_true(scene.part.n < 512 * 1024);
	wait_for_the_end(&scene);
	assert_int_equal(scene.heard.len, n);
	assert_int_equal(scene.part.transfer.result, TRANSFER_ANSWERED);
	close_scene(&scene);
	free(large);
}

static void use_tokens(struct scene *scene)
{
	static char authority[64];
	(void)snprintf(
		authority, sizeof authority, "http://127.0.0.1:%u", scene->server.port);
	scene->settings.auth = "oauth2";
	scene->settings.authority = authority;
	scene->settings.tenant = "tenant";
	scene->settings.client_id = "client";
	scene->settings.scope = "https://127.0.0.1/.default";
	scene->settings.flow = "client_credentials";
	scene->settings.impersonate = true;
}

static void a_stream_waits_for_a_token_and_gets_a_second_one(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, TOKEN);
	scene.replies[0].close = true;
	scene.replies[1] = text("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
	scene.replies[1].close = true;
	scene.replies[2] = scene.replies[0];
	scene.replies[3] = text(HEAD "3\r\none\r\n" LAST);
	use_tokens(&scene);
	start(&scene);
	open_stream(&scene, 60);
	wait_for_the_end(&scene);
	assert_string_equal(buf_text(&scene.heard), "one");
	assert_int_equal(scene.part.transfer.status, 200);
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 4);
	assert_non_null(strstr(scene.server.last, "\r\nAuthorization: Bearer t-1\r\n"));
}

static void a_stream_without_a_token_is_over(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, "HTTP/1.1 400 X\r\nContent-Length: 26\r\n\r\n"
			   "{\"error\":\"invalid_client\"}");
	use_tokens(&scene);
	start(&scene);
	open_stream(&scene, 60);
	wait_for_news(&scene);
	assert_true(scene.part.over);
	assert_non_null(scene.part.outcome);
	assert_int_equal(scene.part.outcome->fault, GATEWAY_FAULT_AUTH);
	assert_false(http_client_stream_take(scene.client, &scene.now, &scene.part));
	close_scene(&scene);
}

static void requests_and_streams_have_their_own_ends(void **state)
{
	(void)state;
	struct scene scene;
	struct http_client_answer answer;
	open_scene(&scene, HEAD "3\r\none\r\n" LAST);
	scene.replies[0].close = true;
	start(&scene);
	open_stream(&scene, 60);
	buf_puts(http_client_request(scene.client, STREAM), "<question/>");
	assert_int_equal(
		http_client_post(scene.client, STREAM, &(struct request){0}, &scene.now),
		0);
	wait_for_the_end(&scene);
	while (!http_client_take(scene.client, &scene.now, &answer))
		turn(&scene);
	assert_int_equal(answer.slot, STREAM);
	assert_string_equal(answer.answer.body, "one");
	http_client_release(scene.client, STREAM);
	assert_false(http_client_stream_take(scene.client, &scene.now, &scene.part));
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_while_the_stream_goes_on),
		cmocka_unit_test(a_stream_is_opened_again_on_its_connection),
		cmocka_unit_test(what_is_no_stream_comes_with_its_end),
		cmocka_unit_test(a_cut_stream_hands_over_what_had_come),
		cmocka_unit_test(a_stream_is_broken_off_when_its_time_is_over),
		cmocka_unit_test(nothing_is_heard_of_a_stream_that_was_closed),
		cmocka_unit_test(who_takes_nothing_slows_the_stream_down),
		cmocka_unit_test(a_stream_waits_for_a_token_and_gets_a_second_one),
		cmocka_unit_test(a_stream_without_a_token_is_over),
		cmocka_unit_test(requests_and_streams_have_their_own_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
