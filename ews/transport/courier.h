#ifndef EWS_TRANSPORT_COURIER_H
#define EWS_TRANSPORT_COURIER_H

#include "ews/errand/errand.h"
#include "ews/errand/moment.h"
#include "ews/transport/transport.h"

/*
 * Carries requests to Exchange. Where a token is needed it is fetched first, by one
 * question at a time, and renewed before it ends; requests wait for it in their slots. A
 * token that Exchange refuses is replaced once for each request. Where the gateway has
 * several URLs, a request that cannot reach one is sent to the next.
 */
struct courier;

struct courier_answer {
	unsigned slot;
	const struct verdict *verdict; // it never got to Exchange; NULL: it did
	struct transport_answer answer;
};

/* What came of a stream. */
struct courier_news {
	unsigned stream;
	const char *bytes; // what came since the last time; live until the next call
	size_t n;
	bool over; // that was all, the stream may be opened again
	/* where it is over */
	const struct verdict *verdict; // it never got to Exchange; NULL: it did
	struct transfer transfer;      // unless verdict; TRANSFER_TIMEOUT after timeout_s
	int64_t date;                  // as transport_answer.date
};

/* As transport_create(). */
struct courier *courier_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX]);
void courier_destroy(struct courier *courier); // accepts NULL

/* Whether every request has to be in somebody's name. */
bool courier_impersonates(const struct courier *courier);

/* Whether a request may hold up the whole process for longer than usual: Kerberos wants
 * another ticket than the one that it has, and its library waits for each silent KDC. */
bool courier_may_block(const struct courier *courier, const struct moment *now);
/* Has call made before the courier itself waits for a ticket, within a request. */
void courier_before_waiting(
	struct courier *courier, void (*call)(void *context), void *context);

/* As transport_request(). */
struct buf *courier_request(struct courier *courier, unsigned slot);
/* Sends it now or when there is a token. -1 as transport_post(). */
int courier_post(struct courier *courier, unsigned slot, const struct errand *errand,
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

/*
 * Streams: requests whose answer goes on for minutes and is taken as it comes
 * (GetStreamingEvents). They are numbered 0 to EWS_STREAMS_MAX - 1, beside the slots.
 * Tokens, tickets and a connection that was forgotten are dealt with as for requests.
 * Who takes nothing slows Exchange down and nobody else. That a stream is silent is not
 * noticed here.
 */

/* The buffer for the request of a stream that is not open; NULL: out of memory. */
struct buf *courier_stream_request(struct courier *courier, unsigned stream);
/* Sends it now or when there is a token. After timeout_s the stream is broken off: this
 * is longer than it is meant to last. -1 when out of memory, or as transport_post(). */
int courier_stream_open(struct courier *courier, unsigned stream,
	const struct errand *errand, int64_t timeout_s, const struct moment *now)
	__attribute__((warn_unused_result));
/* Breaks it off: nothing more is heard of it. Not open: does nothing. */
void courier_stream_close(struct courier *courier, unsigned stream);
/* The next stream with news; false: none for now. Bytes come at once where the status is
 * 200, those of any other answer with its end. */
bool courier_stream_take(
	struct courier *courier, const struct moment *now, struct courier_news *out_news);

/* The URL of the gateway that is asked at present; "": it has none of its own. */
const char *courier_endpoint(const struct courier *courier);

/* Something that someone should know although requests go on, once; NULL: nothing. Lives
 * until the next call. */
const char *courier_hint(struct courier *courier);

#endif
