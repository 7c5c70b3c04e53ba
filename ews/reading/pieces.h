#ifndef EWS_READING_PIECES_H
#define EWS_READING_PIECES_H

#include "ews/gateway/gateway.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A calendar that has more entries in the window than Exchange tells at once (1000), read
 * piece by piece from the beginning of the window, which is what is nearest to now. A
 * piece that is still too full is halved. Entries that lie in two pieces count once.
 */
#define PIECES_SPAN_MIN_S 3600

struct pieces {
	int64_t from; // the window, UTC seconds in whole minutes
	int64_t to;
	int64_t read_at;              // when it was begun
	int64_t at;                   // what lies before was read
	int64_t span_s;               // of the next piece
	struct gateway_event *events; // owned
	size_t n;
	size_t cap;
};

enum pieces_state {
	PIECES_MORE,  // there is more to ask for
	PIECES_WHOLE, // from, to and events are the calendar
	PIECES_FULL,  // more entries than can be kept before `read_at` is even reached
	PIECES_NO_MEMORY,
};

/* span_s is the length of the first piece; NULL when out of memory. */
struct pieces *pieces_create(int64_t from, int64_t to, int64_t span_s, int64_t read_at);
void pieces_destroy(struct pieces *pieces); // accepts NULL

/* The window to ask for next. */
void pieces_next(const struct pieces *pieces, int64_t *out_from, int64_t *out_to);
/* It was too full. False: it is not cut any smaller. */
bool pieces_halve(struct pieces *pieces);
/* It was read. Beyond GATEWAY_EVENTS_MAX entries `to` is where the first one begins that
 * is not kept. */
enum pieces_state pieces_add(
	struct pieces *pieces, const struct gateway_event *events, size_t n);

#endif
