#include "component/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct fixture {
	char folder[64];
	char path[100];
	struct control *control;
	size_t answered;
	size_t body_size; // 0: a line that says what was asked
};

static int answer(void *context, const struct control_request *request, struct buf *body)
{
	static const char line[] = "0123456789abcde\n";
	struct fixture *fixture = context;

	fixture->answered++;
	while (fixture->body_size > body->len && !body->failed)
		buf_puts(body, line);
	if (fixture->body_size == 0)
		buf_printf(body, request->json ? "[%d,\"%s\"]" : "verb %d jid %s\n",
			(int)request->verb, request->jid);
	return strcmp(request->jid, "nobody@x") == 0 ? 404 : 200;
}

static struct control *create(struct fixture *fixture, char *out_error, size_t size)
{
	const struct control_events events = {.answer = answer, .context = fixture};

	return control_create(fixture->path, &events, out_error, size);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char error[256];

	if (fixture == NULL)
		return -1;
	(void)snprintf(
		fixture->folder, sizeof(fixture->folder), "/tmp/test_control.XXXXXX");
	if (mkdtemp(fixture->folder) == NULL || chmod(fixture->folder, 0755) != 0)
		return -1;
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/sock", fixture->folder);
	fixture->control = create(fixture, error, sizeof(error));
	*state = fixture;
	return fixture->control != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int result;

	control_destroy(fixture->control);
	result = rmdir(fixture->folder);
	free(fixture);
	return result;
}

/* One turn of a loop that also waits for fd; whether fd can be read. */
static bool turn(struct control *control, int fd)
{
	struct pollfd fds[] = {{.fd = control_fd(control), .events = POLLIN},
		{.fd = fd, .events = POLLIN}};

	assert_true(poll(fds, 2, control_timeout_ms(control)) >= 0);
	control_turn(control);
	return fds[1].revents != 0;
}

/* Serves until the other end of fd is closed; what came is NUL-terminated in out_text. */
static void serve_until_closed(
	struct control *control, int fd, char *out_text, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (n > 0) {
		while (!turn(control, fd))
			;
		n = read(fd, out_text + used, size - used - 1);
		/* A Unix socket that is closed with bytes unread is "reset". */
		assert_true(n >= 0 || errno == ECONNRESET);
		used += n > 0 ? (size_t)n : 0;
	}
	out_text[used] = '\0';
	assert_int_equal(close(fd), 0);
}

static int connect_raw(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(
		send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Sends a request as it is and returns the whole answer. */
static const char *exchange(struct fixture *fixture, const char *request)
{
	static char text[8192];
	int fd = connect_raw(fixture);

	say(fd, request);
	serve_until_closed(fixture->control, fd, text, sizeof(text));
	return text;
}

static void assert_starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" does not start with \"%s\"", text, start);
}

static void assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* Asks through the client, in a process of its own: "STATUS BODY". */
static const char *ask(struct fixture *fixture, const char *method, const char *target)
{
	static char text[8192];
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct buf body;
		int status;

		buf_init(&body, CONTROL_BODY_MAX);
		status = control_ask(fixture->path, method, target, &body);
		(void)dprintf(
			ends[1], "%d %zu %.200s", status, body.len, buf_text(&body));
		buf_finish(&body);
		_exit(0);
	}
	assert_int_equal(close(ends[1]), 0);
	serve_until_closed(fixture->control, ends[0], text, sizeof(text));
	assert_int_equal(waitpid(child, NULL, 0), child);
	return text;
}

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

static void the_connection_beyond_the_maximum_waits(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_CONNECTIONS_MAX];
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
	assert_int_equal(close(fds[7]), 0);
	serve_until_closed(fixture->control, late, text, sizeof(text));
	assert_contains(text, " 200 ");
	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		(void)(i == 7 || close(fds[i]) == 0);
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

static void the_socket_is_for_its_owner_and_group(void **state)
{
	struct fixture *fixture = *state;
	mode_t before = umask(0);
	struct stat info;
	char error[256];

	control_destroy(fixture->control);
	assert_int_equal(lstat(fixture->path, &info), -1);
	fixture->control = create(fixture, error, sizeof(error));
	assert_non_null(fixture->control);
	assert_int_equal(umask(before), 0);
	assert_int_equal(lstat(fixture->path, &info), 0);
	assert_true(S_ISSOCK(info.st_mode));
	assert_int_equal(info.st_mode & 0777, 0660);
}

static void a_socket_that_somebody_answers_on_is_in_use(void **state)
{
	struct fixture *fixture = *state;
	char error[256];

	assert_null(create(fixture, error, sizeof(error)));
	assert_contains(error, "is in use: another calpresence answers on it");
	assert_starts(ask(fixture, "GET", "/status"), "200 ");
}

static void a_socket_left_behind_is_replaced(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char error[256];

	control_destroy(fixture->control);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(fd), 0);
	fixture->control = create(fixture, error, sizeof(error));
	assert_non_null(fixture->control);
	assert_starts(ask(fixture, "GET", "/status"), "200 ");
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	char error[256];
	int fd;

	control_destroy(fixture->control);
	fixture->control = NULL;
	fd = open(fixture->path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(close(fd), 0);
	assert_null(create(fixture, error, sizeof(error)));
	assert_contains(error, "exists and is no socket");
	assert_int_equal(unlink(fixture->path), 0);
}

static void a_path_that_cannot_be_is_told(void **state)
{
	struct fixture wrong = {.folder = ""};
	char error[256];
	struct buf body;

	(void)state;
	(void)snprintf(wrong.path, sizeof(wrong.path), "/nowhere/at/all/sock");
	assert_null(create(&wrong, error, sizeof(error)));
	assert_string_equal(error,
		"cannot listen on \"/nowhere/at/all/sock\": No such file or directory");
	assert_null(control_create(
		"", &(struct control_events){.answer = answer}, error, sizeof(error)));
	assert_contains(error, "1 to 107 bytes");
	buf_init(&body, 1024);
	assert_int_equal(control_ask("", "GET", "/status", &body), -1);
	assert_contains(buf_text(&body), "File name too long");
	buf_finish(&body);
}

static void a_daemon_that_is_not_there_is_told(void **state)
{
	const struct fixture *fixture = *state;
	struct buf body;

	buf_init(&body, 1024);
	buf_puts(&body, "from before");
	assert_int_equal(control_ask("/nowhere/sock", "GET", "/status", &body), -1);
	assert_string_equal(buf_text(&body),
		"calpresence is not running (no answer on \"/nowhere/sock\")");
	assert_int_equal(control_ask(fixture->folder, "GET", "/status", &body), -1);
	assert_contains(buf_text(&body), "calpresence is not running");
	buf_finish(&body);
}

static void a_stranger_is_told_that_he_may_not(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct buf body;

		/* Root may connect anywhere. */
		if (chmod(fixture->path, 0) != 0 ||
			(geteuid() == 0 && setuid(65534) != 0))
			_exit(2);
		buf_init(&body, 1024);
		if (control_ask(fixture->path, "GET", "/status", &body) != -1)
			_exit(3);
		_exit(strstr(buf_text(&body), "no permission to talk to") != NULL ? 0
										  : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_client_gets_what_it_asks_for),
		TEST(json_is_given_where_it_is_asked_for),
		TEST(any_legal_character_reaches_the_program),
		TEST(what_is_wrong_is_refused),
		TEST(a_wrong_method_is_told_the_right_one),
		TEST(a_request_with_a_body_is_refused),
		TEST(an_endless_head_is_cut_off),
		TEST(a_silent_client_stops_nobody),
		TEST(a_client_that_leaves_early_stops_nobody),
		TEST(the_connection_beyond_the_maximum_waits),
		TEST(an_answer_of_the_maximum_arrives_and_one_more_byte_does_not),
		TEST(the_socket_is_for_its_owner_and_group),
		TEST(a_socket_that_somebody_answers_on_is_in_use),
		TEST(a_socket_left_behind_is_replaced),
		TEST(what_is_no_socket_is_left_alone),
		TEST(a_path_that_cannot_be_is_told),
		TEST(a_daemon_that_is_not_there_is_told),
		TEST(a_stranger_is_told_that_he_may_not),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
