/*
 * The other end of the benchmarks: a server that speaks just enough XEP-0114 to one
 * component at a time. It grants the privileges as Prosody does, says that everybody is
 * online, asks for their presence in the name of their watchers, answers iq, and tells
 * when the first and the last of the expected "dnd" presences came.
 *
 *   bench-sink EXPECTED [PEOPLE WATCHERS]
 *
 * Person i is u<i>@example.test; its watchers are the WATCHERS people behind it. On
 * stdout, a line each: "port N", "up", "subscribed N", "sample STANZA", "dnd N FIRST_US
 * LAST_US" (the wall clock in microseconds).
 */
#include "base/buf.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DOMAIN "example.test"
#define COMPONENT "meet.example.test"
#define BUFFER_MAX ((size_t)256 * 1024 * 1024)
#define READ_SIZE ((size_t)256 * 1024)
#define ATTRIBUTE_SIZE 3072

struct sink {
	int64_t expected;
	int64_t people;
	int64_t watchers;
	int fd;
	struct buf in;
	struct buf out;
	size_t sent; // bytes of `out`
	int64_t subscribed;
	int64_t dnd;
	int64_t first_us;
	int64_t last_us;
};

static int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool contains(const char *stanza, size_t n, const char *text)
{
	size_t len = strlen(text);
	const char *end = stanza + n;

	for (const char *p = stanza; (size_t)(end - p) >= len; p++) {
		p = memchr(p, text[0], (size_t)(end - p) - len + 1);
		if (!p)
			return false;
		if (memcmp(p, text, len) == 0)
			return true;
	}
	return false;
}

/* The raw value of an attribute of the stanza's own tag; "" if it has none. */
static void attribute(
	const char *stanza, const char *name, char out_value[static ATTRIBUTE_SIZE])
{
	const char *end = strchr(stanza, '>');
	size_t len = strlen(name);

	out_value[0] = '\0';
	for (const char *p = strchr(stanza, ' '); p && p < end; p = strchr(p + 1, ' ')) {
		if (strncmp(p + 1, name, len) == 0 && p[len + 1] == '=') {
			char quote = p[len + 2];
			const char *value = p + len + 3;
			size_t n = strcspn(value, (char[]){quote, '\0'});

			assert(n < ATTRIBUTE_SIZE);
			memcpy(out_value, value, n);
			out_value[n] = '\0';
			return;
		}
	}
}

static void welcome(struct sink *sink)
{
	struct buf *out = &sink->out;

	printf("up\n");
	buf_puts(out, "<handshake/>");
	if (sink->people == 0)
		return;
	buf_puts(out, "<message from='" DOMAIN "' to='" COMPONENT "'>"
		      "<privilege xmlns='urn:xmpp:privilege:2'>"
		      "<perm access='roster' type='both'/>"
		      "<perm access='presence' type='managed_entity'/>"
		      "</privilege></message>");
	for (int64_t i = 0; i < sink->people; i++)
		buf_printf(out,
			"<presence from='u%" PRId64 "@" DOMAIN "/pc' to='" COMPONENT
			"'/>",
			i);
	for (int64_t i = 0; i < sink->people; i++)
		for (int64_t k = 1; k <= sink->watchers; k++)
			buf_printf(out,
				"<presence type='subscribe' from='u%" PRId64 "@" DOMAIN
				"'"
				" to='u%" PRId64 "@" COMPONENT "'/>",
				(i + k) % sink->people, i);
}

/* Every question gets an empty answer: to a ping that is all, of a roster it means that
 * it is empty. */
static void answer_iq(struct sink *sink, const char *stanza, size_t n)
{
	char id[ATTRIBUTE_SIZE];
	char from[ATTRIBUTE_SIZE];
	char to[ATTRIBUTE_SIZE];

	if (!contains(stanza, n, "type='get'") && !contains(stanza, n, "type=\"get\""))
		return;
	attribute(stanza, "id", id);
	attribute(stanza, "from", from);
	attribute(stanza, "to", to);
	buf_printf(
		&sink->out, "<iq type='result' id='%s' from='%s' to='%s'>", id, to, from);
	if (contains(stanza, n, "jabber:iq:version"))
		buf_puts(&sink->out, "<query xmlns='jabber:iq:version'><name>sink</name>"
				     "<version>1</version></query>");
	if (contains(stanza, n, "jabber:iq:roster"))
		buf_puts(&sink->out, "<query xmlns='jabber:iq:roster'/>");
	buf_puts(&sink->out, "</iq>");
}

static void count_presence(
	struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	if (contains(stanza, n, "subscribed")) {
		if (++sink->subscribed == sink->people * sink->watchers)
			printf("subscribed %" PRId64 "\n", sink->subscribed);
	} else if (contains(stanza, n, "<show>dnd</show>")) {
		if (sink->dnd++ == 0) {
			sink->first_us = now_us;
			printf("sample %.*s\n", (int)n, stanza);
		}
		sink->last_us = now_us;
		if (sink->dnd == sink->expected)
			printf("dnd %" PRId64 " %" PRId64 " %" PRId64 "\n", sink->dnd,
				sink->first_us, sink->last_us);
	}
}

static void take_stanza(struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	if (strncmp(stanza, "<presence", 9) == 0)
		count_presence(sink, stanza, n, now_us);
	else if (strncmp(stanza, "<iq", 3) == 0)
		answer_iq(sink, stanza, n);
	else if (strncmp(stanza, "<handshake", 10) == 0)
		welcome(sink);
}

/* The length of the element at the front, 0 if it is not whole. The opening of the stream
 * and what is between elements count as elements. */
static size_t element_length(const char *text, size_t n)
{
	size_t pos = 0;
	int depth = 0;

	if (n > 0 && text[0] != '<') {
		const char *tag = memchr(text, '<', n);

		return tag ? (size_t)(tag - text) : n;
	}
	do {
		const char *open = memchr(text + pos, '<', n - pos);
		const char *close =
			open ? memchr(open, '>', n - (size_t)(open - text)) : NULL;

		if (!close)
			return 0;
		pos = (size_t)(close - text) + 1;
		if (open[1] == '/')
			depth--;
		else if (open[1] != '?' && close[-1] != '/' &&
			 strncmp(open, "<stream:stream", 14) != 0)
			depth++;
	} while (depth > 0);
	return pos;
}

static void take_input(struct sink *sink, int64_t now_us)
{
	const char *text = buf_text(&sink->in);
	size_t pos = 0;
	size_t n;

	while ((n = element_length(text + pos, sink->in.len - pos)) > 0) {
		const char *stanza = text + pos;

		if (strncmp(stanza, "<stream:stream", 14) == 0)
			buf_puts(&sink->out,
				"<?xml version='1.0'?><stream:stream id='1' "
				"from='" COMPONENT "' xmlns='jabber:component:accept'"
				" xmlns:stream='http://etherx.jabber.org/streams'>");
		else
			take_stanza(sink, stanza, n, now_us);
		pos += n;
	}
	buf_consume(&sink->in, pos);
	fflush(stdout);
}

/* False at the end of the connection. */
static bool turn(struct sink *sink)
{
	static char chunk[READ_SIZE];
	bool has_output = sink->sent < sink->out.len;
	struct pollfd fd = {
		.fd = sink->fd, .events = (short)(POLLIN | (has_output ? POLLOUT : 0))};
	ssize_t n;

	if (poll(&fd, 1, -1) < 0)
		return errno == EINTR;
	if (fd.revents & (POLLIN | POLLHUP | POLLERR)) {
		n = read(sink->fd, chunk, sizeof(chunk));
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		buf_add(&sink->in, chunk, (size_t)n);
		take_input(sink, wall_us());
	}
	if (fd.revents & POLLOUT) {
		n = send(sink->fd, sink->out.data + sink->sent,
			sink->out.len - sink->sent, MSG_NOSIGNAL);
		sink->sent += n > 0 ? (size_t)n : 0;
	}
	if (sink->sent == sink->out.len) {
		buf_reset(&sink->out);
		sink->sent = 0;
	}
	return !sink->in.failed && !sink->out.failed;
}

static int listen_on_loopback(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
		listen(fd, 1) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		perror("bench-sink");
		exit(1);
	}
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void serve(struct sink *sink, int fd)
{
	buf_init(&sink->in, BUFFER_MAX);
	buf_init(&sink->out, BUFFER_MAX);
	sink->fd = fd;
	sink->sent = 0;
	sink->subscribed = 0;
	sink->dnd = 0;
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (turn(sink))
		;
	close(fd);
	buf_finish(&sink->in);
	buf_finish(&sink->out);
}

static int64_t count_of(const char *text)
{
	int64_t count;

	if (!parse_int64(text, strlen(text), 0, INT32_MAX, &count)) {
		fprintf(stderr, "bench-sink: not a count: %s\n", text);
		exit(2);
	}
	return count;
}

int main(int argc, char **argv)
{
	struct sink sink = {0};
	int listener;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: bench-sink EXPECTED [PEOPLE WATCHERS]\n");
		return 2;
	}
	sink.expected = count_of(argv[1]);
	sink.people = argc == 4 ? count_of(argv[2]) : 0;
	sink.watchers = argc == 4 ? count_of(argv[3]) : 0;
	listener = listen_on_loopback();
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve(&sink, fd);
	}
}
