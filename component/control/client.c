#include "component/control/control.h"
#include "component/control/listen.h"

#include "base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 5
#define HEAD_MAX (16 * 1024)

static void explain(const char *path, int error, struct buf *out_body)
{
	buf_reset(out_body);
	if (error == ENOENT || error == ENOTDIR || error == ECONNREFUSED)
		buf_printf(out_body, "calpresence is not running (no answer on \"%s\")",
			path);
	else if (error == EACCES || error == EPERM)
		buf_printf(out_body,
			"no permission to talk to calpresence on \"%s\" (it takes root "
			"or a member "
			"of the socket's group)",
			path);
	else if (error == EAGAIN)
		buf_printf(out_body, "calpresence did not answer on \"%s\" within %d s",
			path, PATIENCE_S);
	else
		buf_printf(out_body, "cannot talk to calpresence on \"%s\": %s", path,
			strerror(error));
}

/* A descriptor; -1 with errno. */
static int connect_to(const char *path)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address;
	int saved;
	int fd;

	if (!listen_address(path, &address)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ==
			0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static bool send_all(int fd, const struct buf *request)
{
	size_t sent = 0;

	while (sent < request->len) {
		ssize_t n =
			send(fd, request->data + sent, request->len - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			return false;
	}
	return true;
}

static bool send_request(int fd, const char *method, const char *target)
{
	struct buf request;
	bool ok;

	buf_init(&request, HEAD_MAX);
	/* HTTP/1.0: the answer ends where the connection does and is never chunked. */
	buf_printf(
		&request, "%s %s HTTP/1.0\r\nContent-Length: 0\r\n\r\n", method, target);
	if (request.failed)
		errno = EMSGSIZE;
	ok = !request.failed && send_all(fd, &request);
	buf_finish(&request);
	return ok;
}

static bool receive_all(int fd, struct buf *out_answer)
{
	char chunk[16 * 1024];
	ssize_t n;

	do {
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n > 0)
			buf_add(out_answer, chunk, (size_t)n);
	} while ((n > 0 && !out_answer->failed) || (n < 0 && errno == EINTR));
	if (out_answer->failed)
		errno = EMSGSIZE;
	return n == 0 && !out_answer->failed;
}

/* A field of the head: its value, trimmed, and how long that is; NULL: there is none. */
static const char *find_field(
	const char *head, size_t n, const char *name, size_t *out_length)
{
	const size_t name_n = strlen(name);

	for (size_t i = 0; i + name_n + 3 < n; i++) {
		const char *value = head + i + 2 + name_n + 1;
		size_t left = n - (size_t)(value - head);

		if (strncmp(head + i, "\r\n", 2) != 0 ||
			strncasecmp(head + i + 2, name, name_n) != 0 || value[-1] != ':')
			continue;
		*out_length = 0;
		while (*out_length < left && value[*out_length] != '\r')
			++*out_length;
		parse_trim(&value, out_length);
		return value;
	}
	return NULL;
}

/* -1 if there is none. */
static int64_t content_length(const char *head, size_t n)
{
	size_t value_n;
	const char *value = find_field(head, n, "Content-Length", &value_n);
	int64_t length;

	return value != NULL && parse_int64(value, value_n, 0, CONTROL_BODY_MAX, &length)
		       ? length
		       : -1;
}

/* Takes the head off; the status, or -1 if the answer is not a whole one. */
static int take_head(struct buf *answer, bool *out_attention)
{
	const char *head = buf_text(answer);
	const char *end = strstr(head, "\r\n\r\n");
	int64_t status;
	size_t head_n;
	size_t value_n;

	if (end == NULL || strncmp(head, "HTTP/1.", 7) != 0 || end - head < 12 ||
		!parse_int64(head + 9, 3, 100, 599, &status))
		return -1;
	head_n = (size_t)(end - head) + 4;
	if (content_length(head, head_n) != (int64_t)(answer->len - head_n))
		return -1;
	*out_attention =
		find_field(head, head_n, CONTROL_ATTENTION_HEADER, &value_n) != NULL;
	buf_consume(answer, head_n);
	return (int)status;
}

int control_ask(const char *path, const char *method, const char *target,
	struct buf *out_body, bool *out_attention)
{
	struct buf answer;
	bool attention = false;
	int status = -1;
	int fd = connect_to(path);

	buf_init(&answer, HEAD_MAX + CONTROL_BODY_MAX);
	if (fd < 0 || !send_request(fd, method, target) || !receive_all(fd, &answer)) {
		explain(path, errno, out_body);
	} else {
		status = take_head(&answer, &attention);
		buf_reset(out_body);
		if (status < 0)
			buf_printf(out_body,
				"the answer on \"%s\" was cut short or is not HTTP",
				path);
		else
			buf_add(out_body, buf_text(&answer), answer.len);
	}
	if (fd >= 0)
		(void)close(fd);
	buf_finish(&answer);
	if (out_attention)
		*out_attention = attention;
	return status;
}

void control_put_query(struct buf *buf, const char *text)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(unreserved, *text) != NULL)
			buf_add(buf, text, 1);
		else
			buf_printf(buf, "%%%02X", (unsigned)(unsigned char)*text);
	}
}
