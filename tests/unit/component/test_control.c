#include "control_fixture.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

static void the_client_gets_what_it_asks_for(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(ask(fixture, "GET", "/status"), "200 12 verb 0 jid \n");
	assert_string_equal(
		ask(fixture, "GET", "/why?jid=a%40x"), "200 15 verb 1 jid a@x\n");
	assert_string_equal(ask(fixture, "POST", "/reload"), "200 12 verb 2 jid \n");
	assert_string_equal(
		ask(fixture, "POST", "/forget?jid=a%40x"), "200 15 verb 3 jid a@x\n");
	assert_string_equal(ask(fixture, "GET", "/why?jid=nobody%40x"),
		"404 20 verb 1 jid nobody@x\n");
	assert_int_equal(fixture->answered, 5);
}

static void a_reload_may_be_tried_or_forced(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(ask(fixture, "POST", "/reload?dry_run=1"),
		"200 30 verb 2 jid \ndry run 1 force 0\n");
	assert_string_equal(ask(fixture, "POST", "/reload?force=1"),
		"200 30 verb 2 jid \ndry run 0 force 1\n");
	assert_string_equal(
		ask(fixture, "POST", "/reload?force=0&dry_run"), "200 12 verb 2 jid \n");
}

static void that_somebody_has_to_act_reaches_the_client(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(ask(fixture, "GET", "/status?jid=locked%40x"),
		"200 20 ! verb 0 jid locked@x\n");
	assert_contains(exchange(fixture, "GET /status?jid=locked%40x HTTP/1.0\r\n\r\n"),
		"Calpresence-Attention: yes\r\n");
}

static void json_is_given_where_it_is_asked_for(void **state)
{
	struct fixture *fixture = *state;
	const char *text;

	assert_string_equal(
		ask(fixture, "GET", "/why?jid=a%40x&format=json"), "200 9 [1,\"a@x\"]");
	text = exchange(
		fixture, "GET /status HTTP/1.0\r\nAccept: application/json\r\n\r\n");
	assert_contains(text, "Content-Type: application/json\r\n");
	assert_contains(text, "\r\n\r\n[0,\"\"]");
	text = exchange(fixture, "GET /status?format=text HTTP/1.0\r\n"
				 "Accept: application/json\r\n\r\n");
	assert_contains(text, "Content-Type: text/plain; charset=utf-8\r\n");
	assert_contains(text, "\r\n\r\nverb 0 jid \n");
}

static void any_legal_character_reaches_the_program(void **state)
{
	static const char jid[] = "o'neil+x&y/z=\xc3\x9f %@x";
	char expected[128];
	struct buf target;

	buf_init(&target, 1024);
	buf_puts(&target, "/why?jid=");
	control_put_query(&target, jid);
	assert_string_equal(
		buf_text(&target), "/why?jid=o%27neil%2Bx%26y%2Fz%3D%C3%9F%20%25%40x");
	(void)snprintf(expected, sizeof(expected), "200 %zu verb 1 jid %s\n",
		strlen("verb 1 jid \n") + strlen(jid), jid);
	assert_string_equal(ask(*state, "GET", buf_text(&target)), expected);
	buf_finish(&target);
}

static void what_is_wrong_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_starts(ask(fixture, "GET", "/"), "404 ");
	assert_starts(ask(fixture, "GET", "/statusx"), "404 ");
	assert_starts(ask(fixture, "POST", "/status"), "405 ");
	assert_starts(ask(fixture, "GET", "/reload"), "405 ");
	assert_starts(ask(fixture, "GET", "/why"), "400 ");
	assert_starts(ask(fixture, "GET", "/why?jid"), "400 ");
	assert_starts(ask(fixture, "GET", "/why?jid="), "400 ");
	assert_starts(ask(fixture, "POST", "/forget"), "400 ");
	assert_starts(ask(fixture, "GET", "/why?jid=a%00b"), "400 ");
	assert_starts(ask(fixture, "GET", "/why?jid=a%07b"), "400 ");
	assert_starts(ask(fixture, "GET", "/why?jid=%ff"), "400 ");
	assert_int_equal(fixture->answered, 0);
}

static void a_wrong_method_is_told_the_right_one(void **state)
{
	assert_contains(
		exchange(*state, "DELETE /status HTTP/1.0\r\n\r\n"), "Allow: GET\r\n");
	assert_contains(
		exchange(*state, "GET /forget HTTP/1.0\r\n\r\n"), "Allow: POST\r\n");
}

static void a_request_with_a_body_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_contains(
		exchange(fixture, "POST /reload HTTP/1.0\r\nContent-Length: 9\r\n\r\n"),
		" 413 ");
	assert_contains(exchange(fixture, "POST /reload HTTP/1.1\r\nHost: x\r\n"
					  "Transfer-Encoding: chunked\r\n\r\n"),
		" 413 ");
	assert_contains(
		exchange(fixture, "POST /reload HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
		" 200 ");
	assert_int_equal(fixture->answered, 1);
}

static void an_endless_head_is_cut_off(void **state)
{
	static char request[64 * 1024];
	struct fixture *fixture = *state;

	memset(request, 'a', sizeof(request) - 1);
	memcpy(request, "GET /", 5);
	(void)exchange(fixture, request);
	assert_int_equal(fixture->answered, 0);
}

static void a_silent_client_stops_nobody(void **state)
{
	struct fixture *fixture = *state;
	int silent = connect_raw(fixture);
	int slow = connect_raw(fixture);

	say(slow, "GET /sta");
	assert_starts(ask(fixture, "GET", "/status"), "200 ");
	assert_in_range(control_timeout_ms(fixture->control), 1, 10000);
	say(slow, "tus HTTP/1.0\r\n\r\n");
	while (!turn(fixture->control, slow))
		;
	assert_int_equal(fixture->answered, 2);
	assert_int_equal(close(slow), 0);
	assert_int_equal(close(silent), 0);
}

static void a_client_that_leaves_early_stops_nobody(void **state)
{
	struct fixture *fixture = *state;
	int gone = connect_raw(fixture);

	fixture->body_size = 4 * 1024 * 1024;
	say(gone, "GET /status HTTP/1.0\r\n\r\n");
	while (!turn(fixture->control, gone))
		;
	assert_int_equal(close(gone), 0);
	assert_starts(ask(fixture, "GET", "/status"), "200 4194304 0123456789");
}

static void an_answer_may_be_on_its_way_when_the_daemon_stops(void **state)
{
	struct fixture *fixture = *state;
	int fd = connect_raw(fixture);

	fixture->body_size = 4 * 1024 * 1024;
	say(fd, "GET /status HTTP/1.0\r\n\r\n");
	while (fixture->answered == 0)
		(void)turn(fixture->control, fd);
	control_destroy(fixture->control);
	fixture->control = NULL;
	assert_int_equal(close(fd), 0);
}

static void the_connection_beyond_the_maximum_waits(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_CONNECTIONS_MAX];
	time_t start = time(NULL);
	char text[1024];
	int late;

	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		fds[i] = connect_raw(fixture);
		control_turn(fixture->control);
	}
	late = connect_raw(fixture);
	say(late, "GET /status HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 10; i++)
		control_turn(fixture->control);
	assert_int_equal(fixture->answered, 0);
	say(fds[0], "GET /status HTTP/1.0\r\n\r\n");
	serve_until_closed(fixture->control, fds[0], text, sizeof(text));
	serve_until_closed(fixture->control, late, text, sizeof(text));
	assert_contains(text, " 200 ");
	/* Not when the silent ones were cut off. */
	assert_in_range(time(NULL) - start, 0, 5);
	for (size_t i = 1; i < CONTROL_CONNECTIONS_MAX; i++)
		assert_int_equal(close(fds[i]), 0);
}

static void an_answer_of_the_maximum_arrives_and_one_more_byte_does_not(void **state)
{
	struct fixture *fixture = *state;

	fixture->body_size = CONTROL_BODY_MAX;
	assert_starts(ask(fixture, "GET", "/status"), "200 67108864 0123456789");
	fixture->body_size = CONTROL_BODY_MAX + 1;
	assert_string_equal(
		ask(fixture, "GET", "/status"), "500 24 the answer is too large\n");
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
		name, control_fixture_set_up, control_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_client_gets_what_it_asks_for),
		TEST(a_reload_may_be_tried_or_forced),
		TEST(that_somebody_has_to_act_reaches_the_client),
		TEST(json_is_given_where_it_is_asked_for),
		TEST(any_legal_character_reaches_the_program),
		TEST(what_is_wrong_is_refused),
		TEST(a_wrong_method_is_told_the_right_one),
		TEST(a_request_with_a_body_is_refused),
		TEST(an_endless_head_is_cut_off),
		TEST(a_silent_client_stops_nobody),
		TEST(a_client_that_leaves_early_stops_nobody),
		TEST(an_answer_may_be_on_its_way_when_the_daemon_stops),
		TEST(the_connection_beyond_the_maximum_waits),
		TEST(an_answer_of_the_maximum_arrives_and_one_more_byte_does_not),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
