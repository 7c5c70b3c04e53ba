#include "component/xmpp/link.h"

#include "base/log.h"
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

/* ------------------------------------------------------------------ losses */

static const char *const names[] = {
	[LINK_LOSS_NONE] = "none",
	[LINK_LOSS_REFUSED] = "refused",
	[LINK_LOSS_RESOLVE] = "resolve",
	[LINK_LOSS_SECRET] = "secret",
	[LINK_LOSS_HOST_UNKNOWN] = "host-unknown",
	[LINK_LOSS_CONFLICT] = "conflict",
	[LINK_LOSS_INVALID_FROM] = "invalid-from",
	[LINK_LOSS_NOT_WELL_FORMED] = "not-well-formed",
	[LINK_LOSS_UNREADABLE] = "unreadable",
	[LINK_LOSS_SHUTDOWN] = "shutdown",
	[LINK_LOSS_SILENT] = "silent",
	[LINK_LOSS_OTHER] = "other",
	[LINK_LOSS_CLOSED] = "closed",
};

/* not-well-formed is what RFC 3920 had, and what Prosody still says. */
static const struct {
	const char *condition;
	enum link_loss loss;
} conditions[] = {
	{"not-authorized", LINK_LOSS_SECRET},
	{"host-unknown", LINK_LOSS_HOST_UNKNOWN},
	{"host-gone", LINK_LOSS_HOST_UNKNOWN},
	{"conflict", LINK_LOSS_CONFLICT},
	{"invalid-from", LINK_LOSS_INVALID_FROM},
	{"not-well-formed", LINK_LOSS_NOT_WELL_FORMED},
	{"xml-not-well-formed", LINK_LOSS_NOT_WELL_FORMED},
	{"invalid-xml", LINK_LOSS_NOT_WELL_FORMED},
	{"bad-format", LINK_LOSS_NOT_WELL_FORMED},
	{"restricted-xml", LINK_LOSS_NOT_WELL_FORMED},
	{"system-shutdown", LINK_LOSS_SHUTDOWN},
};

const char *link_loss_name(enum link_loss loss)
{
	return names[loss];
}

/* The loss that a stream error's condition (RFC 6120 section 4.9.3) means. */
static enum link_loss loss_from_condition(const char *condition)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (strcmp(conditions[i].condition, condition) == 0)
			return conditions[i].loss;
	return LINK_LOSS_OTHER;
}

/* ejabberd says not-authorized for a component that it does not know, too. */
static void log_refusal(enum link_loss loss, const char *jid)
{
	if (loss == LINK_LOSS_SECRET)
		log_error(
			"the secret of component \"%s\" differs from the server's, or "
			"ejabberd does not know the component: set the same in Prosody's "
			"component_secret, or as the password of \"%s\" in the hosts of "
			"ejabberd's ejabberd_service, and reload",
			jid, jid);
	else if (loss == LINK_LOSS_HOST_UNKNOWN)
		log_error("the server has no component \"%s\": add Component \"%s\" to "
			  "Prosody's configuration, or \"%s\" to the hosts of ejabberd's "
			  "ejabberd_service, or correct component.jid",
			jid, jid, jid);
	else
		log_error("another connection holds component \"%s\": stop the other "
			  "program; against dead connections of our own, Prosody has "
			  "component_conflict_resolve = \"kick_old\"",
			jid);
}

/* Logs the line that says what to do about a loss. condition: as the server named it, ""
 * if it named none. */
static void log_loss(
	enum link_loss loss, const struct link_options *options, const char *condition)
{
	const char *host = options->host;
	unsigned port = options->port;

	switch (loss) {
	case LINK_LOSS_NONE:
		break;
	case LINK_LOSS_REFUSED:
		log_error("no server answers where the component connects to: start it, "
			  "or make component.host and component.port those of Prosody's "
			  "component_ports or of ejabberd's ejabberd_service "
			  "host=\"%s\" port=%u",
			host, port);
		break;
	case LINK_LOSS_RESOLVE:
		log_error("the name in component.host has no address: correct it, "
			  "or look at the name servers host=\"%s\"",
			host);
		break;
	case LINK_LOSS_SECRET:
	case LINK_LOSS_HOST_UNKNOWN:
	case LINK_LOSS_CONFLICT:
		log_refusal(loss, options->jid);
		break;
	case LINK_LOSS_INVALID_FROM:
		log_info("the server ended the connection: it does not let component "
			 "\"%s\" speak as its users",
			options->jid);
		break;
	case LINK_LOSS_NOT_WELL_FORMED:
		log_error("the server could not read what we sent, which is a fault "
			  "of ours: please report it condition=%s",
			condition);
		break;
	case LINK_LOSS_UNREADABLE:
		log_error("the server sent what no XMPP stream may hold: is it the "
			  "component port? host=\"%s\" port=%u condition=%s",
			host, port, condition);
		break;
	case LINK_LOSS_SHUTDOWN:
		log_warning("the server shuts down: waiting until it is back host=\"%s\" "
			    "port=%u",
			host, port);
		break;
	case LINK_LOSS_SILENT:
		log_warning("the server has stopped answering: the connection is "
			    "given up and tried anew host=\"%s\" port=%u",
			host, port);
		break;
	case LINK_LOSS_OTHER:
		log_warning("the server ended the connection: its log should say why "
			    "host=\"%s\" port=%u condition=%s",
			host, port, *condition ? condition : "none");
		break;
	case LINK_LOSS_CLOSED:
		log_info("left the server host=\"%s\" port=%u", host, port);
		break;
	}
}

/* ------------------------------------------------------------------ the link */

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
		log_loss(loss, &link->options, stream_state(link->stream)->condition);
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
				  : loss_from_condition(stream->condition);
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
	log_loss(LINK_LOSS_CLOSED, &link->options, "");
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
