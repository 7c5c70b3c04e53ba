#include "component/xmpp/link.h"

#include "base/log.h"
#include "component/xmpp/link_loss.h"
#include "component/xmpp/link_resolve.h"
#include "component/xmpp/link_schedule.h"
#include "component/xmpp/stream.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From connect() to the server's <handshake/>. */
#define CONNECT_TIMEOUT_MS (10 * 1000)
/* For the server to take what is left and to answer </stream:stream>. */
#define CLOSE_TIMEOUT_MS (3 * 1000)
/* How often it is said that stanzas were left out: anybody can send such. */
#define DROPPED_EVERY_MS (60 * 60 * 1000)

#define PING_ID "link-ping-"

struct link {
	struct link_options options; // what it points to is borrowed
	struct link_events events;
	struct stream *stream; // owned
	struct link_schedule schedule;
	struct resolver resolver;
	struct addresses addresses;
	size_t next_address;
	enum link_state state;
	int64_t since_ms;
	int64_t deadline_ms; // of CONNECTING, and of CLOSING once `ending`
	bool ending;         // </stream:stream> is on its way
	enum link_loss last_loss;
	enum link_loss logged;
	int64_t now_ms; // of this turn
	uint64_t pings;
	uint64_t dropped;
	int64_t dropped_said_ms; // -1: never
};

static void enter(struct link *link, enum link_state state)
{
	link->state = state;
	link->since_ms = link->now_ms;
}

static void on_up(void *context)
{
	struct link *link = context;

	if (link->state != LINK_CONNECTING)
		return;
	enter(link, LINK_UP);
	link_schedule_up(&link->schedule, link->now_ms);
	link->logged = LINK_LOSS_NONE;
	log_info("connected to the server as component \"%s\" host=\"%s\" port=%u",
		link->options.jid, link->options.host, link->options.port);
	link->events.up(link->events.context);
}

/* Whether it is the answer to one of our pings; or the ping itself, where it was sent to
 * the component's own address. */
static bool is_pong(const struct link *link, const struct element *stanza)
{
	const char *id = element_attr(stanza, "id");
	const char *from = element_attr(stanza, "from");

	return id && from && strncmp(id, PING_ID, strlen(PING_ID)) == 0 &&
	       strcmp(from, link->options.ping_to) == 0 &&
	       strcmp(element_name(stanza), "iq") == 0;
}

static void on_stanza(void *context, const struct element *stanza)
{
	struct link *link = context;

	link_schedule_heard(&link->schedule);
	if (link->state == LINK_UP && !is_pong(link, stanza))
		link->events.stanza(link->events.context, stanza);
}

static void on_dropped(void *context, const char *why)
{
	struct link *link = context;

	link->dropped++;
	link_schedule_heard(&link->schedule);
	if (link->dropped_said_ms >= 0 &&
		link->now_ms - link->dropped_said_ms < DROPPED_EVERY_MS)
		return;
	link->dropped_said_ms = link->now_ms;
	log_warning("a stanza that the server passed on was left out, since %s "
		    "dropped=%" PRIu64,
		why, link->dropped);
}

struct link *link_create(const struct link_options *options,
	const struct link_events *events, uint32_t jitter_seed)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->events = *events;
	link->dropped_said_ms = -1;
	resolver_init(&link->resolver);
	link_schedule_init(&link->schedule, jitter_seed, 0);
	link->options = *options;
	if (!link->options.ping_to)
		link->options.ping_to = options->jid;
	link->stream = stream_create(options->jid, options->secret,
		&(struct stream_events){.up = on_up,
			.stanza = on_stanza,
			.dropped = on_dropped,
			.context = link});
	if (link->stream)
		return link;
	free(link);
	return NULL;
}

void link_destroy(struct link *link)
{
	if (!link)
		return;
	resolver_stop(&link->resolver);
	stream_destroy(link->stream);
	free(link);
}

void link_open(struct link *link, int64_t now_ms)
{
	assert(link->state == LINK_IDLE);
	link->now_ms = now_ms;
	link->logged = LINK_LOSS_NONE;
	link->schedule.next_try_ms = now_ms;
	enter(link, LINK_WAITING);
}

void link_close(struct link *link)
{
	if (link->state == LINK_IDLE || link->state == LINK_CLOSING)
		return;
	link->ending = false;
	enter(link, LINK_CLOSING);
}

/* The same loss over and over is one line. */
static void lost(struct link *link, enum link_loss loss)
{
	bool was_up = link->state == LINK_UP;

	if (loss != link->logged)
		link_loss_log(
			loss, &link->options, stream_state(link->stream)->condition);
	link->logged = loss;
	link->last_loss = loss;
	stream_drop(link->stream);
	link_schedule_lost(&link->schedule, loss, link->now_ms);
	enter(link, LINK_WAITING);
	if (was_up)
		link->events.down(link->events.context);
}

static enum link_loss loss_of(const struct stream_state *stream)
{
	return stream->unreadable ? LINK_LOSS_UNREADABLE
				  : link_loss_from_condition(stream->condition);
}

static void connect_next(struct link *link)
{
	stream_drop(link->stream);
	while (link->next_address < link->addresses.n) {
		const char *address = link->addresses.text[link->next_address++];

		if (!stream_open(link->stream, address, link->options.port))
			continue;
		link->deadline_ms = link->now_ms + CONNECT_TIMEOUT_MS;
		enter(link, LINK_CONNECTING);
		return;
	}
	lost(link, LINK_LOSS_REFUSED);
}

static void begin(struct link *link)
{
	link->next_address = 0;
	if (resolve_literal(link->options.host, &link->addresses))
		connect_next(link);
	else if (resolver_start(&link->resolver, link->options.host, link->now_ms))
		enter(link, LINK_RESOLVING);
	else
		lost(link, LINK_LOSS_RESOLVE);
}

static void resolve(struct link *link)
{
	switch (resolver_turn(&link->resolver, link->now_ms, &link->addresses)) {
	case RESOLVE_PENDING:
		return;
	case RESOLVE_DONE:
		connect_next(link);
		return;
	case RESOLVE_FAILED:
		lost(link, LINK_LOSS_RESOLVE);
		return;
	}
}

static void finish_connecting(struct link *link)
{
	const struct stream_state *stream = stream_state(link->stream);
	bool late = link->now_ms >= link->deadline_ms;

	if (stream->over && *stream->condition)
		lost(link, loss_of(stream));
	else if (stream->over && stream->accepted)
		lost(link, LINK_LOSS_OTHER);
	else if (late && stream->accepted)
		lost(link, LINK_LOSS_SILENT);
	else if (stream->over || late)
		connect_next(link);
}

static void ping(struct link *link)
{
	struct buf buf;
	char id[32];

	(void)snprintf(id, sizeof(id), PING_ID "%" PRIu64, ++link->pings);
	buf_init(&buf, LINK_BLOCK_MAX);
	stanza_iq(&buf, "get", link->options.jid, link->options.ping_to, id,
		"<ping xmlns='urn:xmpp:ping'/>");
	if (!buf.failed)
		stream_send(link->stream, buf.data, buf.len);
	buf_finish(&buf);
}

static void watch(struct link *link)
{
	if (stream_state(link->stream)->over) {
		lost(link, loss_of(stream_state(link->stream)));
		return;
	}
	switch (link_schedule_check(&link->schedule, link->now_ms)) {
	case LINK_CHECK_FINE:
		return;
	case LINK_CHECK_PING:
		ping(link);
		return;
	case LINK_CHECK_DEAD:
		lost(link, LINK_LOSS_SILENT);
		return;
	}
}

static void close_down(struct link *link)
{
	if (!link->ending && stream_state(link->stream)->up) {
		link->ending = true;
		link->deadline_ms = link->now_ms + CLOSE_TIMEOUT_MS;
		stream_end(link->stream);
	}
	if (link->ending) {
		stream_turn(link->stream);
		if (!stream_state(link->stream)->over && link->now_ms < link->deadline_ms)
			return;
	}
	resolver_stop(&link->resolver);
	stream_drop(link->stream);
	link->last_loss = LINK_LOSS_CLOSED;
	enter(link, LINK_IDLE);
	link_loss_log(LINK_LOSS_CLOSED, &link->options, "");
	link->events.down(link->events.context);
}

void link_turn(struct link *link, int64_t now_ms)
{
	link->now_ms = now_ms;
	if (link->state == LINK_CONNECTING || link->state == LINK_UP)
		stream_turn(link->stream);
	switch (link->state) {
	case LINK_IDLE:
		return;
	case LINK_RESOLVING:
		resolve(link);
		return;
	case LINK_CONNECTING:
		finish_connecting(link);
		return;
	case LINK_UP:
		watch(link);
		return;
	case LINK_WAITING:
		if (now_ms >= link->schedule.next_try_ms)
			begin(link);
		return;
	case LINK_CLOSING:
		close_down(link);
		return;
	}
}

enum link_state link_state(const struct link *link)
{
	return link->state;
}

int link_fd(const struct link *link, short *out_events)
{
	*out_events = 0;
	switch (link->state) {
	case LINK_IDLE:
	case LINK_WAITING:
		return -1;
	case LINK_RESOLVING:
		*out_events = POLLIN;
		return link->resolver.fd;
	case LINK_CONNECTING:
	case LINK_UP:
	case LINK_CLOSING:
		break;
	}
	return stream_fd(link->stream, out_events);
}

int64_t link_deadline(const struct link *link, int64_t now_ms)
{
	switch (link->state) {
	case LINK_IDLE:
		return INT64_MAX;
	case LINK_RESOLVING:
		return link->resolver.deadline_ms;
	case LINK_CONNECTING:
		return link->deadline_ms;
	case LINK_UP:
		return link->schedule.next_check_ms;
	case LINK_WAITING:
		return link->schedule.next_try_ms;
	case LINK_CLOSING:
		break;
	}
	return link->ending ? link->deadline_ms : now_ms;
}

bool link_writable(const struct link *link)
{
	return link->state == LINK_UP && stream_has_room(link->stream);
}

void link_send(struct link *link, const char *text, size_t n)
{
	assert(link_writable(link) && n <= LINK_BLOCK_MAX);
	stream_send(link->stream, text, n);
}

enum link_loss link_last_loss(const struct link *link)
{
	return link->last_loss;
}

int64_t link_since(const struct link *link)
{
	return link->since_ms;
}

int64_t link_next_try(const struct link *link)
{
	return link->state == LINK_WAITING ? link->schedule.next_try_ms : -1;
}

uint64_t link_dropped(const struct link *link)
{
	return link->dropped;
}
