#ifndef EWS_COURIER_H
#define EWS_COURIER_H

#include "ews/moment.h"
#include "ews/transport.h"

/*
 * Carries requests to Exchange. Where a token is needed it is fetched first, by one
 * question at a time, and renewed before it ends; requests wait for it in their slots. A
 * token that Exchange refuses is replaced once for each request.
 */
struct courier;

struct courier_answer {
	unsigned slot;
	const struct verdict *verdict; // it never got to Exchange; NULL: it did
	struct transport_answer answer;
};

/* As transport_create(). */
struct courier *courier_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX]);
void courier_destroy(struct courier *courier); // accepts NULL

/* Whether requests are in somebody's name. */
bool courier_impersonates(const struct courier *courier);

/* As transport_request(). */
struct buf *courier_request(struct courier *courier, unsigned slot);
/* Sends it now or when there is a token. anchor (NULL: none) is the mailbox in whose name
 * it is. -1 when out of memory. */
int courier_post(struct courier *courier, unsigned slot, const char *anchor,
	const struct moment *now) __attribute__((warn_unused_result));

/* As transport_wait(). */
short courier_wait(struct courier *courier, int fd, short events, int timeout_ms);
/* When courier_turn() has something to do without an event, monotonic. */
int64_t courier_due(const struct courier *courier);
void courier_turn(struct courier *courier, const struct moment *now);
/* The next request that is over; to be released. */
bool courier_take(struct courier *courier, const struct moment *now,
	struct courier_answer *out_answer);
void courier_release(struct courier *courier, unsigned slot);

/* Something that someone should know although requests go on, once; NULL: nothing. Lives
 * until the next call. */
const char *courier_hint(struct courier *courier);

#endif
