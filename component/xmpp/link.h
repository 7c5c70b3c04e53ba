#ifndef COMPONENT_XMPP_LINK_H
#define COMPONENT_XMPP_LINK_H

#include "base/secret.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The stream to the IM server (XEP-0114): connects, comes back after a loss with back-off
 * and jitter, notices a dead stream by pings.
 */
enum link_state {
	LINK_IDLE,       // not asked to connect
	LINK_RESOLVING,  // the host's name is looked up outside the loop
	LINK_CONNECTING, // TCP, stream opening and handshake
	LINK_UP,
	LINK_WAITING, // pausing before the next try
	LINK_CLOSING,
};

/* Why the stream ended or did not come up: decides the pause and the line that is logged.
 */
enum link_loss {
	LINK_LOSS_NONE,
	LINK_LOSS_REFUSED,      // nothing listens
	LINK_LOSS_RESOLVE,      // the host name is unknown
	LINK_LOSS_SECRET,       // not-authorized: the secret differs
	LINK_LOSS_HOST_UNKNOWN, // the server has no such component
	LINK_LOSS_CONFLICT,     // another connection has this component's name
	LINK_LOSS_INVALID_FROM, // a from address that the server does not let us use
	LINK_LOSS_NOT_WELL_FORMED,
	LINK_LOSS_UNREADABLE, // the server sent what no stream may hold
	LINK_LOSS_SHUTDOWN,   // system-shutdown: the server goes down
	LINK_LOSS_SILENT,     // pings went unanswered
	LINK_LOSS_OTHER,
	LINK_LOSS_CLOSED, // we ended it
};

const char *link_loss_name(enum link_loss loss);

struct link_options {
	const char *jid; // the component's domain
	const char *host;
	unsigned short port;
	const struct secret *secret;
	const char *ping_to; // whom the server must answer for; NULL: the component
};

/* All are called from link_turn() and may queue or call link_send() and link_close(),
 * never connect or release. up and down alternate; a try that fails calls neither. After
 * link_close() there is one down with CLOSED, in any case. */
struct link_events {
	void (*up)(void *context);
	void (*down)(void *context); // link_last_loss() says why
	void (*stanza)(void *context, const struct element *stanza);
	void *context;
};

struct link;

/* What the options point to must stay. NULL when out of memory. */
struct link *link_create(const struct link_options *options,
	const struct link_events *events, uint32_t jitter_seed);
void link_destroy(struct link *link);

/* The link must be idle. Connects in the next link_turn(). */
void link_open(struct link *link, int64_t now_ms);
/* Sends </stream:stream> behind all that was handed over; `down` follows, with CLOSED. */
void link_close(struct link *link);
enum link_state link_state(const struct link *link);

/* What to poll() for: fd or -1 and its events. While the name is looked up, the fd is
 * that of the look-up. */
int link_fd(const struct link *link, short *out_events);
/* When link_turn() is due even if nothing happens on the fd, monotonic. */
int64_t link_deadline(const struct link *link, int64_t now_ms);
/* Does what is due: connects, reads (at most a bounded share), writes, pings. */
void link_turn(struct link *link, int64_t now_ms);

/* Whether more text may be handed over now: up, and the queue inside is short. */
bool link_writable(const struct link *link);
/* Hands over whole stanzas as text, up to LINK_BLOCK_MAX bytes. link_writable() held. */
void link_send(struct link *link, const char *text, size_t n);
#define LINK_BLOCK_MAX (64 * 1024)

/* For status: the last loss, when the state last changed (monotonic), when the next try
 * is. */
enum link_loss link_last_loss(const struct link *link);
int64_t link_since(const struct link *link);
int64_t link_next_try(const struct link *link); // -1: none is planned
/* Stanzas that were left out, being beyond the limits of component/xmpp/limits.h. */
uint64_t link_dropped(const struct link *link);

#endif
