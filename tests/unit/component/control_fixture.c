#include "control_fixture.h"

#include <errno.h>
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

static void answer(void *context, const struct control_request *request,
	struct control_answer *out_answer)
{
	struct buf *body = out_answer->body;
	static const char line[] = "0123456789abcde\n";
	struct fixture *fixture = context;

	fixture->answered++;
	while (fixture->body_size > body->len && !body->failed)
		buf_puts(body, line);
	if (fixture->body_size == 0)
		buf_printf(body, request->json ? "[%d,\"%s\"]" : "verb %d jid %s\n",
			(int)request->verb, request->jid);
	if (request->dry_run || request->force)
		buf_printf(
			body, "dry run %d force %d\n", request->dry_run, request->force);
	out_answer->status = strcmp(request->jid, "nobody@x") == 0 ? 404 : 200;
	out_answer->attention = strcmp(request->jid, "locked@x") == 0;
}

struct control *control_fixture_create(
	struct fixture *fixture, char *out_error, size_t size)
{
	const struct control_events events = {.answer = answer, .context = fixture};

	return control_create(fixture->path, &events, out_error, size);
}

int control_fixture_set_up(void **state)
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
	fixture->control = control_fixture_create(fixture, error, sizeof(error));
	*state = fixture;
	return fixture->control != NULL ? 0 : -1;
}

int control_fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;
	int result;

	control_destroy(fixture->control);
	result = rmdir(fixture->folder);
	free(fixture);
	return result;
}

bool turn(struct control *control, int fd)
{
	struct pollfd fds[] = {{.fd = control_fd(control), .events = POLLIN},
		{.fd = fd, .events = POLLIN}};

	assert_true(poll(fds, 2, control_timeout_ms(control)) >= 0);
	control_turn(control);
	return fds[1].revents != 0;
}

void serve_until_closed(struct control *control, int fd, char *out_text, size_t size)
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

int connect_raw(const struct fixture *fixture)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void say(int fd, const char *text)
{
	assert_int_equal(
		send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

const char *exchange(struct fixture *fixture, const char *request)
{
	static char text[8192];
	int fd = connect_raw(fixture);

	say(fd, request);
	serve_until_closed(fixture->control, fd, text, sizeof(text));
	return text;
}

void assert_starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" does not start with \"%s\"", text, start);
}

void assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

const char *ask(struct fixture *fixture, const char *method, const char *target)
{
	static char text[8192];
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct buf body;
		bool attention;
		int status;

		buf_init(&body, CONTROL_BODY_MAX);
		status = control_ask(fixture->path, method, target, &body, &attention);
		(void)dprintf(ends[1], "%d %zu %s%.200s", status, body.len,
			attention ? "! " : "", buf_text(&body));
		buf_finish(&body);
		_exit(0);
	}
	assert_int_equal(close(ends[1]), 0);
	serve_until_closed(fixture->control, ends[0], text, sizeof(text));
	assert_int_equal(waitpid(child, NULL, 0), child);
	return text;
}
