#ifndef COMPONENT_XMPP_STREAM_H
#define COMPONENT_XMPP_STREAM_H

#include "base/secret.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One stream after another (XEP-0114), each on a connection and with a reader of its own,
 * so that nothing of a lost one reaches into the next. Knows neither clocks nor reasons.
 */
struct stream_events {
	void (*up)(void *context);
	void (*stanza)(void *context, const struct element *stanza);
	/* A stanza was left out; why completes "since ...". */
	void (*dropped)(void *context, const char *why);
	void *context;
};

/* Of the last stream, also after it. */
struct stream_state {
	bool accepted; // the server took the connection
	bool up;
	bool over;          // it has ended by itself
	char condition[48]; // of the stream error (RFC 6120 section 4.9.3) that ended it
	bool unreadable;    // that error is ours: the server sent what cannot be read
};

struct stream;

/* jid and secret are borrowed and must stay. NULL when out of memory. */
struct stream *stream_create(
	const char *jid, const struct secret *secret, const struct stream_events *events);
void stream_destroy(struct stream *stream);

/* Begins to connect to a numeric address. false: nothing was begun. No stream may be
 * open. */
bool stream_open(struct stream *stream, const char *address, unsigned short port);
/* Reads a bounded share, calling the events, and writes. */
void stream_turn(struct stream *stream);
/* Sends </stream:stream> behind all else; the server's answer ends the stream. */
void stream_end(struct stream *stream);
/* Forgets the stream at once, if there is one. Not from within an event. */
void stream_drop(struct stream *stream);

const struct stream_state *stream_state(const struct stream *stream);

/* -1 without a connection. */
int stream_fd(const struct stream *stream, short *out_events);

/* Whether little enough waits inside to hand over more. */
bool stream_has_room(const struct stream *stream);
void stream_send(struct stream *stream, const char *text, size_t n);

#endif
