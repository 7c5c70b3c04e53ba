#ifndef GATEWAY_POLLING_WINDOW_CHUNKS_H
#define GATEWAY_POLLING_WINDOW_CHUNKS_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A calendar that has more entries in the window than Exchange tells at once (1000), read
 * chunk by chunk from the beginning of the window, which is what is nearest to now. A
 * chunk that is still too full is halved. Entries that lie in two chunks count once.
 */
#define WINDOW_CHUNKS_SPAN_MIN_S 3600

struct window_chunks {
	int64_t from; // the window, UTC seconds in whole minutes
	int64_t to;
	int64_t read_at;              // when it was begun
	int64_t at;                   // what lies before was read
	int64_t span_s;               // of the next chunk
	struct gateway_event *events; // owned
	size_t n;
	size_t cap;
};

enum window_chunks_state {
	WINDOW_CHUNKS_MORE,  // there is more to ask for
	WINDOW_CHUNKS_WHOLE, // from, to and events are the calendar
	WINDOW_CHUNKS_FULL,  // more entries than can be kept before `read_at` is even
			     // reached
	WINDOW_CHUNKS_NO_MEMORY,
};

/* span_s is the length of the first chunk; NULL when out of memory. */
struct window_chunks *window_chunks_create(
	int64_t from, int64_t to, int64_t span_s, int64_t read_at);
void window_chunks_destroy(struct window_chunks *chunks); // accepts NULL

/* The window to ask for next. */
void window_chunks_next(
	const struct window_chunks *chunks, int64_t *out_from, int64_t *out_to);
/* It was too full. False: it is not cut any smaller. */
bool window_chunks_halve(struct window_chunks *chunks);
/* It was read. Beyond GATEWAY_EVENTS_MAX entries `to` is where the first one begins that
 * is not kept. */
enum window_chunks_state window_chunks_add(
	struct window_chunks *chunks, const struct gateway_event *events, size_t n);

#endif
