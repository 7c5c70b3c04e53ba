#ifndef EXCHANGE_STREAM_H
#define EXCHANGE_STREAM_H

#include "exchange/visit.h"

/* One open answer to GetStreamingEvents, and the documents of which it consists. */
struct stream {
	struct stream *prev;
	struct stream *next;
	struct sim *sim;     // not owned
	struct visit *visit; // not owned; NULL: the request is over
	struct subscription *subscriptions[STREAMING_MAX_IDS]; // not owned
	size_t count;
	struct buf out; // what is to be sent, after what was sent
	size_t sent;
	int64_t documents; // of those in `out`, how many are held back
	size_t turn;       // of chunks of odd sizes
	int64_t status_ms; // the next heartbeat, monotonic
	int64_t close_ms;
	bool is_ending; // after what is in `out`
	bool is_cut;
	char charged[STREAMING_NAME];
};

const struct streaming_rules *stream_rules(const struct stream *stream);

/* Each appends one document to `out`. */
void stream_say_status(struct stream *stream, const char *status);
/* With the ids that it is about; then the stream is ending. */
void stream_say_error(
	struct stream *stream, const char *code, const char *const *bad, size_t count);
void stream_say_heartbeat(struct stream *stream);
/* All changes that wait, if there are any. */
void stream_say_pending(struct stream *stream);

#endif
