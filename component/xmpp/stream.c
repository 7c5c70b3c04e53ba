/* For TCP_NODELAY and the keepalive options. */
#define _DEFAULT_SOURCE
#include "component/xmpp/stream.h"

#include "component/xmpp/limits.h"
#include "component/xmpp/reader.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#define STREAMS_NS "http://etherx.jabber.org/streams"
#define ERRORS_NS "urn:ietf:params:xml:ns:xmpp-streams"

/* A turn reads at most this many times so many bytes. */
#define ROUNDS_MAX 4
#define READ_SIZE (16 * 1024)

/* How long a server may be silent, or not acknowledge, before the kernel gives the
 * connection up. */
#define IDLE_S 60
#define PROBE_S 30
#define PROBES 3
#define UNACKNOWLEDGED_MS (150 * 1000)

/* A SHA-1 in hexadecimal digits, and the NUL. */
#define DIGEST_SIZE 41

struct stream {
	const char *jid;             // borrowed
	const struct secret *secret; // borrowed
	struct stream_events events;
	struct reader *reader; // owned, NULL between streams
	struct buf out;        // not yet written
	int fd;                // owned, -1 between streams
	bool ended;            // </stream:stream> is behind all in `out`
	struct stream_state state;
};

struct stream *stream_create(
	const char *jid, const struct secret *secret, const struct stream_events *events)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->jid = jid;
	stream->secret = secret;
	stream->events = *events;
	stream->fd = -1;
	buf_init(&stream->out, STREAM_OUT_MAX);
	return stream;
}

void stream_destroy(struct stream *stream)
{
	if (!stream)
		return;
	stream_drop(stream);
	buf_finish(&stream->out);
	free(stream);
}

void stream_drop(struct stream *stream)
{
	if (stream->fd >= 0)
		(void)close(stream->fd);
	stream->fd = -1;
	stream->state.up = false;
	reader_destroy(stream->reader);
	stream->reader = NULL;
	buf_finish(&stream->out);
}

/* --------------------------------------------------------------- connection */

static void set_option(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int make_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
	return fd;
}

static bool begin_to_connect(
	struct stream *stream, const char *address, unsigned short port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	char service[8];
	bool begun = false;

	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return false;
	stream->fd = make_socket(found->ai_family);
	if (stream->fd >= 0)
		begun = connect(stream->fd, found->ai_addr, found->ai_addrlen) == 0 ||
			errno == EINPROGRESS;
	freeaddrinfo(found);
	return begun;
}

bool stream_open(struct stream *stream, const char *address, unsigned short port)
{
	assert(stream->fd < 0);
	stream->ended = false;
	stream->state = (struct stream_state){0};
	stream->reader = reader_create();
	if (stream->reader && begin_to_connect(stream, address, port))
		return true;
	stream_drop(stream);
	return false;
}

static void say_opening(struct stream *stream)
{
	buf_printf_xml(&stream->out,
		"<?xml version='1.0'?><stream:stream xmlns='" STANZA_NS
		"' xmlns:stream='" STREAMS_NS "' to='%s'>",
		stream->jid);
}

static void look_whether_accepted(struct stream *stream)
{
	struct pollfd pollfd = {.fd = stream->fd, .events = POLLOUT};
	socklen_t size = sizeof(int);
	int error = 0;

	if (poll(&pollfd, 1, 0) <= 0)
		return;
	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ||
		error != 0) {
		stream->state.over = true;
		return;
	}
	stream->state.accepted = true;
	say_opening(stream);
}

static void write_out(struct stream *stream)
{
	ssize_t n;

	if (stream->out.failed)
		stream->state.over = true;
	while (stream->out.len > 0) {
		n = send(stream->fd, stream->out.data, stream->out.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			stream->state.over = stream->state.over ||
					     (errno != EAGAIN && errno != EWOULDBLOCK);
			return;
		}
		buf_consume(&stream->out, (size_t)n);
	}
}

/* ------------------------------------------------------------------- stream */

static void say_end(struct stream *stream)
{
	if (!stream->ended)
		buf_puts(&stream->out, "</stream:stream>");
	stream->ended = true;
}

/* The stream ends by an error of ours (RFC 6120 section 4.9.1.1). */
static void fail(struct stream *stream, const char *condition)
{
	(void)snprintf(stream->state.condition, sizeof(stream->state.condition), "%s",
		condition);
	stream->state.unreadable = true;
	stream->state.over = true;
	if (!stream->ended)
		buf_printf(&stream->out,
			"<stream:error><%s xmlns='" ERRORS_NS "'/></stream:error>",
			condition);
	say_end(stream);
}

static void keep_condition(struct stream *stream, const struct element *error)
{
	for (const struct element *child = element_first(error); child;
		child = element_next(child)) {
		const char *name = element_name(child);

		if (strcmp(element_ns(child), ERRORS_NS) != 0 ||
			strcmp(name, "text") == 0)
			continue;
		(void)snprintf(stream->state.condition, sizeof(stream->state.condition),
			"%.*s",
			(int)element_cut(
				name, strnlen(name, sizeof(stream->state.condition) - 1)),
			name);
		return;
	}
}

static bool make_digest(
	const struct stream *stream, const char *id, char out_text[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	bool made;

	made = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
	       EVP_DigestUpdate(context, id, strlen(id)) == 1 &&
	       EVP_DigestUpdate(context, stream->secret->bytes, stream->secret->len) ==
		       1 &&
	       EVP_DigestFinal_ex(context, digest, &size) == 1;
	EVP_MD_CTX_free(context);
	for (unsigned i = 0; made && i < size; i++)
		(void)snprintf(out_text + (size_t)2 * i, 3, "%02x", digest[i]);
	return made;
}

static void shake_hands(struct stream *stream, const struct element *opening)
{
	const char *id = element_attr(opening, "id");
	char digest[DIGEST_SIZE];

	if (!element_is(opening, STREAMS_NS, "stream"))
		fail(stream, "invalid-namespace");
	else if (!id)
		fail(stream, "bad-format");
	else if (!make_digest(stream, id, digest))
		fail(stream, "internal-server-error");
	else
		buf_printf(&stream->out, "<handshake>%s</handshake>", digest);
}

static void take_stanza(struct stream *stream, const struct element *stanza)
{
	if (element_is(stanza, STREAMS_NS, "error")) {
		keep_condition(stream, stanza);
		stream->state.over = true;
		say_end(stream);
	} else if (strcmp(element_ns(stanza), STANZA_NS) != 0) {
		return;
	} else if (stream->state.up) {
		stream->events.stanza(stream->events.context, stanza);
	} else if (strcmp(element_name(stanza), "handshake") == 0) {
		stream->state.up = true;
		stream->events.up(stream->events.context);
	}
}

static void take(struct stream *stream, const char *bytes, size_t n)
{
	enum reader_event event = READER_STANZA;

	while (!stream->state.over && event != READER_MORE) {
		event = reader_next(stream->reader, &bytes, &n);
		switch (event) {
		case READER_MORE:
			break;
		case READER_OPENED:
			shake_hands(stream, reader_element(stream->reader));
			break;
		case READER_STANZA:
			take_stanza(stream, reader_element(stream->reader));
			break;
		case READER_DROPPED:
			stream->events.dropped(
				stream->events.context, reader_why(stream->reader));
			break;
		case READER_CLOSED:
			stream->state.over = true;
			say_end(stream);
			break;
		case READER_BROKEN:
			fail(stream, reader_why(stream->reader));
			break;
		}
	}
}

static void read_in(struct stream *stream)
{
	char bytes[READ_SIZE];
	ssize_t n = 1;

	for (int round = 0; round < ROUNDS_MAX && n > 0 && !stream->state.over; round++) {
		n = recv(stream->fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			take(stream, bytes, (size_t)n);
		else if (n == 0 ||
			 (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
			stream->state.over = true;
	}
}

void stream_turn(struct stream *stream)
{
	if (stream->state.over)
		return;
	if (!stream->state.accepted)
		look_whether_accepted(stream);
	if (stream->state.accepted)
		read_in(stream);
	if (stream->state.accepted)
		write_out(stream);
	if (stream->state.over)
		stream->state.up = false;
}

void stream_end(struct stream *stream)
{
	say_end(stream);
}

const struct stream_state *stream_state(const struct stream *stream)
{
	return &stream->state;
}

int stream_fd(const struct stream *stream, short *out_events)
{
	*out_events = stream->state.accepted ? POLLIN : POLLOUT;
	if (stream->out.len > 0)
		*out_events |= POLLOUT;
	return stream->fd;
}

bool stream_has_room(const struct stream *stream)
{
	return stream->state.up && !stream->ended && stream->out.len < STREAM_OUT_FULL;
}

void stream_send(struct stream *stream, const char *text, size_t n)
{
	buf_add(&stream->out, text, n);
}
