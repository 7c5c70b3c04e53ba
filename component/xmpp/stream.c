/* For FD_SETSIZE and TCP_NODELAY. */
#define _DEFAULT_SOURCE
#include "component/xmpp/stream.h"

#include "component/xmpp/element.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <strophe.h>

/* A turn reads at most this many times, 4096 bytes each. */
#define ROUNDS_MAX 64

/* Handed over by us and not yet written: blocks, each followed by a space. */
#define QUEUE_MAX 8

struct stream {
	const char *jid;    // borrowed
	const char *secret; // borrowed
	struct stream_events events;
	xmpp_ctx_t *ctx;   // owned
	xmpp_conn_t *conn; // owned, NULL between streams
	int fd;            // libstrophe's, -1 while it has none
	bool priming;
	bool accepted;
	bool up;
	bool over;
	char condition[48];
};

/* libstrophe tells its socket to a callback that has no user data. */
static struct stream *the_stream;

static int on_socket(xmpp_conn_t *conn, void *socket)
{
	int fd = *(int *)socket;
	int on = 1;

	if (the_stream->priming)
		return -1;
	if (fd >= FD_SETSIZE) {
		errno = EMFILE;
		return -1;
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)xmpp_sockopt_cb_keepalive(conn, socket);
	the_stream->fd = fd;
	return 0;
}

static void keep_condition(struct stream *stream, const struct element *error)
{
	for (const struct element *child = element_first(error); child;
		child = element_next(child)) {
		const char *name = element_name(child);
		size_t n =
			element_cut(name, strnlen(name, sizeof(stream->condition) - 1));

		if (strcmp(element_ns(child), XMPP_NS_STREAMS_IETF) != 0 ||
			strcmp(name, "text") == 0)
			continue;
		memcpy(stream->condition, name, n);
		stream->condition[n] = '\0';
		return;
	}
}

static void on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
	xmpp_stream_error_t *stream_error, void *context)
{
	struct stream *stream = context;

	(void)conn;
	(void)error;
	if (event == XMPP_CONN_CONNECT && !stream->over) {
		stream->up = true;
		stream->events.up(stream->events.context);
		return;
	}
	stream->over = true;
	stream->up = false;
	stream->fd = -1;
	if (stream_error && stream_error->stanza)
		keep_condition(stream, element_of(stream_error->stanza));
}

/* libstrophe reads the first child of a stream error without asking whether there is one.
 */
static void give_child(struct stream *stream, xmpp_stanza_t *error)
{
	xmpp_stanza_t *child = xmpp_stanza_new(stream->ctx);

	if (!child)
		return;
	(void)xmpp_stanza_set_text(child, " ");
	(void)xmpp_stanza_add_child(error, child);
	(void)xmpp_stanza_release(child);
}

/* Comes before libstrophe's own handlers, since it is added before they are. */
static int on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *context)
{
	struct stream *stream = context;
	const struct element *element = element_of(stanza);

	(void)conn;
	if (element_is(element, XMPP_NS_STREAMS, "error")) {
		if (!element_first(element))
			give_child(stream, stanza);
	} else if (stream->up) {
		stream->events.stanza(stream->events.context, element);
	}
	return 1;
}

/*
 * libstrophe 0.12.0 and later dereference the state of stream management on a component's
 * connection, where only connecting as a client makes one. So each connection begins as a
 * client whose socket is refused: nothing is sent, no event comes, and the state is
 * there.
 */
static bool prime(struct stream *stream)
{
	int result;

	stream->priming = true;
	result = xmpp_connect_client(stream->conn, "127.0.0.1", 1, on_event, stream);
	stream->priming = false;
	return result == XMPP_EINT && xmpp_conn_is_disconnected(stream->conn);
}

static bool make(struct stream *stream)
{
	stream->fd = -1;
	stream->accepted = false;
	stream->over = false;
	stream->condition[0] = '\0';
	stream->conn = xmpp_conn_new(stream->ctx);
	if (!stream->conn)
		return false;
	xmpp_conn_set_jid(stream->conn, stream->jid);
	xmpp_conn_set_pass(stream->conn, stream->secret);
	xmpp_conn_set_sockopt_callback(stream->conn, on_socket);
	xmpp_handler_add(stream->conn, on_stanza, NULL, NULL, NULL, stream);
	return prime(stream);
}

struct stream *stream_create(
	const char *jid, const char *secret, const struct stream_events *events)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	bool primed;

	assert(!the_stream);
	if (!stream)
		return NULL;
	the_stream = stream;
	stream->jid = jid;
	stream->secret = secret;
	stream->events = *events;
	xmpp_initialize();
	stream->ctx = xmpp_ctx_new(NULL, NULL);
	primed = stream->ctx && make(stream);
	stream_drop(stream);
	if (!primed) {
		stream_destroy(stream);
		return NULL;
	}
	return stream;
}

void stream_destroy(struct stream *stream)
{
	if (!stream)
		return;
	stream_drop(stream);
	if (stream->ctx)
		xmpp_ctx_free(stream->ctx);
	xmpp_shutdown();
	the_stream = NULL;
	free(stream);
}

void stream_drop(struct stream *stream)
{
	if (!stream->conn)
		return;
	(void)xmpp_conn_release(stream->conn);
	stream->conn = NULL;
	stream->fd = -1;
	stream->up = false;
}

bool stream_open(struct stream *stream, const char *address, unsigned short port)
{
	assert(!stream->conn);
	if (make(stream) && xmpp_connect_component(stream->conn, address, port, on_event,
				    stream) == XMPP_EOK)
		return true;
	stream_drop(stream);
	return false;
}

/* Before that, reading readiness means nothing, and after it writing readiness is always
 * there. */
static void look_whether_accepted(struct stream *stream)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	if (!stream->accepted)
		stream->accepted =
			getpeername(stream->fd, (struct sockaddr *)&peer, &size) == 0;
}

static bool is_ready(const struct stream *stream)
{
	struct pollfd pollfd = {0};

	pollfd.fd = stream_fd(stream, &pollfd.events);
	return poll(&pollfd, 1, 0) > 0;
}

/* Two rounds at least: the second writes what the handlers of the first have queued. */
void stream_turn(struct stream *stream)
{
	for (int round = 0; round < ROUNDS_MAX && !stream->over; round++) {
		if (round >= 2 && !is_ready(stream))
			break;
		look_whether_accepted(stream);
		xmpp_run_once(stream->ctx, 0);
	}
}

void stream_end(struct stream *stream)
{
	xmpp_disconnect(stream->conn);
}

bool stream_is_up(const struct stream *stream)
{
	return stream->up;
}

bool stream_is_over(const struct stream *stream)
{
	return stream->over;
}

bool stream_was_accepted(const struct stream *stream)
{
	return stream->accepted;
}

const char *stream_condition(const struct stream *stream)
{
	return stream->condition;
}

int stream_fd(const struct stream *stream, short *out_events)
{
	*out_events = stream->accepted ? POLLIN : POLLOUT;
	if (stream->up && xmpp_conn_send_queue_len(stream->conn) > 0)
		*out_events |= POLLOUT;
	return stream->fd;
}

bool stream_has_room(const struct stream *stream)
{
	return stream->up && xmpp_conn_send_queue_len(stream->conn) < QUEUE_MAX;
}

/* A first piece of the queue that is written in part does not count in its length. The
 * space behind it does, so that POLLOUT is asked for; a space that waits alone does no
 * harm. */
void stream_send(struct stream *stream, const char *text, size_t n)
{
	assert(text[n] == '\0');
	xmpp_send_raw(stream->conn, text, n);
	xmpp_send_raw(stream->conn, " ", 1);
}
