#include "gateway/http/transport.h"
#include "gateway/protocol/settings.h"

#include "gateway/limits.h"
#include "http_server.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define NOW INT64_C(1800000000)
#define CASE "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"

struct scene {
	struct http_server server;
	struct http_reply reply;
	struct gateway_configure settings;
	struct gateway_settings own; // which the transport borrows
	struct transport *transport;
	struct transport_answer answer;
};

static struct transport *create(struct scene *scene, char *error)
{
	gateway_settings_finish(&scene->own);
	assert_int_equal(gateway_settings_init(&scene->own, &scene->settings), 0);
	return transport_create(&scene->own.configure, error);
}

static struct http_reply say(void *context, unsigned nth, const char *request)
{
	(void)nth;
	(void)request;
	return ((struct scene *)context)->reply;
}

static void open_scene(struct scene *scene, const char *reply)
{
	char error[GATEWAY_TEXT_MAX];
	*scene = (struct scene){.server = {.reply = say, .context = scene},
		.reply = {.bytes = reply, .n = reply ? strlen(reply) : 0}};
	http_server_start(&scene->server);
	scene->settings = (struct gateway_configure){.name = "test",
		.url = scene->server.url,
		.auth = "basic",
		.username = "EXAMPLE\\svc",
		.password = "s\xc3\xa9same",
		.password_len = 7,
		.ca_file = "",
		.proxy = "",
		.no_proxy = "",
		.timeout_s = 1};
	scene->transport = create(scene, error);
	assert_non_null(scene->transport);
}

static void post(struct scene *scene, unsigned slot)
{
	struct buf *body = transport_request(scene->transport, slot);
	assert_non_null(body);
	buf_puts(body, "<question/>");
	assert_int_equal(transport_post(scene->transport, slot, NULL,
				 &(struct request){.header = "SOAPAction: \"Ask\""}),
		0);
}

static void wait_for_answer(struct scene *scene)
{
	transport_turn(scene->transport);
	while (!transport_take(scene->transport, NOW, &scene->answer)) {
		(void)transport_wait(scene->transport, -1, 0, 100);
		transport_turn(scene->transport);
	}
}

static void ask(struct scene *scene)
{
	post(scene, 3);
	wait_for_answer(scene);
	assert_int_equal(scene->answer.slot, 3);
}

static void close_scene(struct scene *scene)
{
	transport_destroy(scene->transport);
	gateway_settings_finish(&scene->own);
	http_server_stop(&scene->server);
}

static void a_request_says_what_exchange_wants_to_hear(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, CASE "Content-Length: 9\r\n"
				"Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n\r\n<answer/>");
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_ANSWERED);
	assert_int_equal(scene.answer.transfer.status, 200);
	assert_int_equal(scene.answer.transfer.retry_after_ms, -1);
	assert_false(scene.answer.transfer.html);
	assert_int_equal(scene.answer.n, 9);
	assert_string_equal(scene.answer.body, "<answer/>");
	assert_int_equal(scene.answer.date, NOW);
	transport_release(scene.transport, 3);
	close_scene(&scene);
	const char *said = scene.server.last;
	assert_non_null(strstr(said, "POST /EWS/Exchange.asmx HTTP/1.1\r\n"));
	assert_non_null(strstr(said, "\r\nAuthorization: Basic "
				     "RVhBTVBMRVxzdmM6c8Opc2FtZQ==\r\n"));
	assert_non_null(strstr(said, "\r\nContent-Type: text/xml; charset=utf-8\r\n"));
	assert_non_null(strstr(said, "\r\nSOAPAction: \"Ask\"\r\n"));
	assert_non_null(strstr(said, "\r\nclient-request-id: "));
	assert_null(strstr(said, "00000000-0000-0000"));
	assert_non_null(strstr(said, "\r\nreturn-client-request-id: true\r\n"));
	assert_non_null(strstr(said, "\r\nUser-Agent: calpresence/"));
	assert_non_null(strstr(said, "gzip"));
	assert_null(strstr(said, "Expect"));
	assert_non_null(strstr(said, "\r\n\r\n<question/>"));
}

static void a_connection_is_used_again(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, CASE "Content-Length: 4\r\n\r\n<a/>");
	for (int i = 0; i < 3; i++) {
		ask(&scene);
		assert_int_equal(scene.answer.transfer.result, TRANSFER_ANSWERED);
		assert_int_equal(scene.answer.n, 4);
		transport_release(scene.transport, 3);
	}
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 3);
	assert_int_equal(scene.server.connections, 1);
}

/* Since Exchange 2013 the one, before that the other, which is for the load balancer. */
static void the_cookie_of_the_server_is_told_whole(void **state)
{
	(void)state;
	static const struct {
		const char *headers;
		const char *cookie;
	} cases[] = {
		{"Set-Cookie: exchangecookie=a; path=/\r\n"
		 "Set-Cookie: X-BackEndOverrideCookie=EXCH01~1; secure\r\n",
			"X-BackEndOverrideCookie=EXCH01~1"},
		{"Set-Cookie: X-BackEndOverrideCookie=b\r\n"
		 "Set-Cookie: exchangecookie=a\r\n",
			"X-BackEndOverrideCookie=b"},
		{"Set-Cookie: other=1\r\nSet-Cookie: exchangecookie=a=; path=/\r\n",
			"exchangecookie=a="},
		{"Set-Cookie: exchangecookie=\r\nSet-Cookie: exchangecookies=1\r\n", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct scene scene;
		char reply[512];
		(void)snprintf(reply, sizeof reply, "%sContent-Length: 4\r\n%s\r\n<a/>",
			CASE, cases[i].headers);
		open_scene(&scene, reply);
		ask(&scene);
		assert_string_equal(scene.answer.cookie, cases[i].cookie);
		transport_release(scene.transport, 3);
		close_scene(&scene);
	}
}

static void a_refused_logon_is_asked_once(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
			   "WWW-Authenticate: Negotiate\r\n"
			   "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n");
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_ANSWERED);
	assert_int_equal(scene.answer.transfer.status, 401);
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 1);
}

static void a_connection_that_refused_the_logon_is_not_used_again(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
			   "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n");
	for (int i = 0; i < 2; i++) {
		ask(&scene);
		assert_int_equal(scene.answer.transfer.status, 401);
		transport_release(scene.transport, 3);
	}
	close_scene(&scene);
	assert_int_equal(scene.server.requests, 2);
	assert_int_equal(scene.server.connections, 2);
}

static void a_pause_is_read_from_the_headers(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, "HTTP/1.1 503 Busy\r\nRetry-After: 17\r\n"
			   "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
	ask(&scene);
	assert_int_equal(scene.answer.transfer.status, 503);
	assert_int_equal(scene.answer.transfer.retry_after_ms, 17000);
	assert_true(scene.answer.transfer.html);
	close_scene(&scene);
}

static void a_redirect_is_told_without_the_password_and_not_followed(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"/owa/?reason=0", "/owa/?reason=0"},
		{"../foo", "/foo"}, {"?x", "asmx?x"}, {"//h/p", "http://h/p"},
		{"https://h/", "https://h/"}, {"//s:same@h", ""}};
	for (unsigned i = 0; i < 6 * 8; i++) { // statuses 301 to 308
		const char *const *location = cases[i / 8];
		struct scene scene;
		char reply[256];
		(void)snprintf(reply, sizeof reply,
			"HTTP/1.1 %u Moved\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n",
			301 + i % 8, location[0]);
		open_scene(&scene, reply);
		ask(&scene);
		assert_int_equal(scene.answer.transfer.status, 301 + i % 8);
		assert_null(strstr(scene.answer.transfer.location, "same"));
		assert_non_null(strstr(scene.answer.transfer.location, location[1]));
		close_scene(&scene);
		assert_int_equal(scene.server.requests, 1);
	}
}

static void a_cut_body_is_not_an_answer(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, CASE "Content-Length: 100\r\n\r\n<answer");
	scene.reply.close = true;
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_CUT);
	assert_string_not_equal(scene.answer.transfer.detail, "");
	close_scene(&scene);
}

static void silence_ends_in_a_timeout(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, NULL);
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_TIMEOUT);
	assert_int_equal(scene.answer.transfer.status, 0);
	close_scene(&scene);
}

static void nobody_there_is_unreachable(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, NULL);
	http_server_stop(&scene.server);
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_UNREACHABLE);
	transport_destroy(scene.transport);
	gateway_settings_finish(&scene.own);
}

/* The head of an answer and n zeros, packed or not. */
static char *make_zeros(size_t n, bool packed, size_t *out_size)
{
	char *zeros = calloc(1, n);
	uLong bound = compressBound((uLong)n) + 64;
	char *bytes = malloc(bound + 200);
	assert_non_null(zeros);
	assert_non_null(bytes);
	z_stream stream = {.next_in = (Bytef *)zeros, .avail_in = (uInt)n};
	assert_int_equal(
		deflateInit2(&stream, packed ? 9 : 0, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	stream.next_out = (Bytef *)bytes + 200;
	stream.avail_out = (uInt)bound;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	size_t size = stream.total_out;
	(void)deflateEnd(&stream);
	free(zeros);
	int head = snprintf(bytes, 200,
		CASE "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", size);
	assert_in_range(head, 1, 199);
	memmove(bytes + head, bytes + 200, size);
	*out_size = (size_t)head + size;
	return bytes;
}

static void ask_for_zeros(size_t n, bool packed, enum transfer_result expected)
{
	struct scene scene;
	char error[GATEWAY_TEXT_MAX];
	open_scene(&scene, "");
	transport_destroy(scene.transport);
	scene.settings.timeout_s = 60; // so much takes its time on a busy machine
	scene.transport = create(&scene, error);
	char *bytes = make_zeros(n, packed, &scene.reply.n);
	scene.reply.bytes = bytes;
	scene.reply.close = true;
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, expected);
	if (expected == TRANSFER_ANSWERED)
		assert_int_equal(scene.answer.n, n);
	transport_release(scene.transport, 3);
	close_scene(&scene);
	free(bytes);
}

static void the_largest_answer_fits_and_one_byte_more_does_not(void **state)
{
	(void)state;
	ask_for_zeros(GATEWAY_BODY_MAX, true, TRANSFER_ANSWERED);
	ask_for_zeros(GATEWAY_BODY_MAX + 1, true, TRANSFER_TOO_BIG);
	ask_for_zeros(GATEWAY_BODY_MAX + 1, false, TRANSFER_TOO_BIG);
}

static void garbage_where_gzip_was_promised_is_cut(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene,
		CASE "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n<answer/>");
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_CUT);
	close_scene(&scene);
}

static void no_tls_there_is_unreachable_and_no_outcome_on_a_certificate(void **state)
{
	(void)state;
	struct scene scene;
	char url[64];
	char error[GATEWAY_TEXT_MAX];
	open_scene(&scene, "HTTP/1.1 400 Bad Request\r\n\r\n");
	transport_destroy(scene.transport);
	gateway_settings_finish(&scene.own);
	(void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", scene.server.port);
	scene.settings.url = url;
	scene.transport = create(&scene, error);
	ask(&scene);
	assert_true(scene.answer.transfer.result == TRANSFER_UNREACHABLE);
	close_scene(&scene);
}

static void a_proxy_that_refuses_is_told_as_such(void **state)
{
	(void)state;
	struct scene scene;
	char error[GATEWAY_TEXT_MAX];
	open_scene(&scene,
		"HTTP/1.1 407 Proxy Authentication Required\r\n"
		"Proxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
	scene.reply.close = true;
	transport_destroy(scene.transport);
	gateway_settings_finish(&scene.own);
	scene.settings.url = "https://mail.example.com/EWS/Exchange.asmx";
	scene.settings.proxy = scene.server.url;
	scene.transport = create(&scene, error);
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_PROXY);
	assert_int_equal(scene.answer.transfer.status, 407);
	close_scene(&scene);
	assert_non_null(strstr(scene.server.last, "CONNECT mail.example.com:443 "));
	assert_null(strstr(scene.server.last, "\r\nAuthorization"));
}

static void the_environment_names_no_proxy(void **state)
{
	(void)state;
	struct scene scene;
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	open_scene(&scene, CASE "Content-Length: 4\r\n\r\n<a/>");
	ask(&scene);
	assert_int_equal(scene.answer.transfer.result, TRANSFER_ANSWERED);
	close_scene(&scene);
	assert_int_equal(unsetenv("http_proxy"), 0);
}

static void settings_that_cannot_work_are_refused(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, NULL);
	static const struct {
		const char *url;
		const char *auth;
	} wrong[] = {{"http://mail.example.com/EWS", "basic"},
		{"http://127.0.0.1.nip.io/", "basic"}, {"ftp://127.0.0.1/", "basic"},
		{"no url", "basic"}, {"", "basic"},
		{"https://mail.example.com/", "digest"}};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char error[GATEWAY_TEXT_MAX] = "";
		scene.settings.url = wrong[i].url;
		scene.settings.auth = wrong[i].auth;
		assert_null(create(&scene, error));
		assert_string_not_equal(error, "");
	}
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_says_what_exchange_wants_to_hear),
		cmocka_unit_test(a_connection_is_used_again),
		cmocka_unit_test(the_cookie_of_the_server_is_told_whole),
		cmocka_unit_test(a_refused_logon_is_asked_once),
		cmocka_unit_test(a_connection_that_refused_the_logon_is_not_used_again),
		cmocka_unit_test(a_pause_is_read_from_the_headers),
		cmocka_unit_test(
			a_redirect_is_told_without_the_password_and_not_followed),
		cmocka_unit_test(a_cut_body_is_not_an_answer),
		cmocka_unit_test(silence_ends_in_a_timeout),
		cmocka_unit_test(nobody_there_is_unreachable),
		cmocka_unit_test(the_largest_answer_fits_and_one_byte_more_does_not),
		cmocka_unit_test(garbage_where_gzip_was_promised_is_cut),
		cmocka_unit_test(
			no_tls_there_is_unreachable_and_no_outcome_on_a_certificate),
		cmocka_unit_test(a_proxy_that_refuses_is_told_as_such),
		cmocka_unit_test(the_environment_names_no_proxy),
		cmocka_unit_test(settings_that_cannot_work_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
