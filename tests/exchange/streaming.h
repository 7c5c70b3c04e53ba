#ifndef EXCHANGE_STREAMING_H
#define EXCHANGE_STREAMING_H

#include "exchange/calendar.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

/*
 * Streaming subscriptions: who made them, whose calendar they are about and on which
 * server they live. Changes wait in a subscription until a stream fetches them.
 */
enum {
	STREAMING_ID = 256,
	STREAMING_NAME = 64,
	STREAMING_OWNER = 400,
	STREAMING_PENDING = 64 * 1024, // more than this is missed
	STREAMING_MAX_IDS = 200,
	STREAMING_MAX_REPLAY = 1024 * 1024,
};

/* How the service behaves; the command `streaming` changes it. */
struct streaming_rules {
	int64_t heartbeat_ms;  // 0: none
	int64_t connection_ms; // how long a stream lasts; 0: as the client asks
	int64_t connections;   // at once, for each account or impersonated mailbox
	int64_t subscriptions; // of one mailbox
	int64_t chunk;         // HTTP chunks of 1 to so many bytes; 0: any
	int64_t together;      // documents are held back until there are so many
	bool by_schema;        // two elements as the schema has them, not as Exchange
	bool is_2010;          // the envelope as Exchange 2010 has it
	bool is_silent;        // nothing comes any more, streams stay open
	bool is_buffering;     // nothing comes before the stream ends
	bool is_own;           // a subscription is that of whom was impersonated
	bool is_lazy;          // that a client has left is noticed with the next word
	int64_t expires_ms; // a subscription without a stream lives so long; 0: for ever
};

struct stream;

struct subscription {
	UT_hash_handle hh;
	char id[STREAMING_ID];
	char account[STREAMING_NAME]; // that made it
	char owner[STREAMING_OWNER];  // in whose name it did; empty: its own
	int64_t idle_ms;              // monotonic; since then it has no stream
	char server[STREAMING_NAME];  // cookie of the one that it lives on
	struct calendar_mailbox *mailbox;
	unsigned events;       // 1 << enum change
	char *error;           // owned; the code that it answers, NULL: it is alive
	struct buf pending;    // the events that nobody fetched
	struct stream *stream; // that serves it, or NULL
};

struct streaming {
	struct subscription *subscriptions; // owned
	struct stream *streams;             // open
	struct streaming_rules rules;
	struct buf replay; // the whole body of the next stream; empty: none
	int64_t made;
	int64_t generation; // grows when the servers forget
};

void streaming_init(struct streaming *streaming);
void streaming_finish(struct streaming *streaming);

/* NULL: none of this name. */
struct subscription *streaming_find(const struct streaming *streaming, const char *id);
/* A new one, with its id; the rest is to be filled. NULL: out of memory. */
struct subscription *streaming_make(struct streaming *streaming);
void streaming_forget_all(struct streaming *streaming);
void streaming_forget(struct streaming *streaming, struct subscription *subscription);
/* Those that nobody has fetched from for too long; returns how many. */
int64_t streaming_expire(struct streaming *streaming, int64_t now_ms);
/* Of one mailbox, those that are alive. */
int64_t streaming_count(
	const struct streaming *streaming, const struct calendar_mailbox *mailbox);

/* The cookie of the server that has a mailbox, and whether a server still knows what it
 * did under a cookie. */
void streaming_server(const struct streaming *streaming,
	const struct calendar_mailbox *mailbox, char out_cookie[STREAMING_NAME]);
bool streaming_is_current(const struct streaming *streaming, const char *cookie);

#endif
