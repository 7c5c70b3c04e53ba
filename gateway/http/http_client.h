#ifndef GATEWAY_HTTP_HTTP_CLIENT_H
#define GATEWAY_HTTP_HTTP_CLIENT_H

#include "base/clock.h"
#include "gateway/http/transport.h"
#include "gateway/request/request.h"

/*
 * Carries requests to Exchange. Where a token is needed it is fetched first, by one
 * question at a time, and renewed before it ends; requests wait for it in their slots. A
 * token that Exchange refuses is replaced once for each request. Where the gateway has
 * several URLs, a request that cannot reach one is sent to the next.
 */
struct http_client;

struct http_client_answer {
	unsigned slot;
	const struct outcome *outcome; // it never got to Exchange; NULL: it did
	struct transport_answer answer;
};

/* What came of a stream. */
struct http_client_part {
	unsigned stream;
	const char *bytes; // what came since the last time; live until the next call
	size_t n;
	bool over; // that was all, the stream may be opened again
	/* where it is over */
	const struct outcome *outcome; // it never got to Exchange; NULL: it did
	struct transfer transfer;      // unless outcome; TRANSFER_TIMEOUT after timeout_s
	int64_t date;                  // as transport_answer.date
};

/* As transport_create(). */
struct http_client *http_client_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX]);
void http_client_destroy(struct http_client *client); // accepts NULL

/* Whether every request has to be in somebody's name. */
bool http_client_impersonates(const struct http_client *client);

/* Whether a request may hold up the whole process for longer than usual: Kerberos wants
 * another ticket than the one that it has, and its library waits for each silent KDC. */
bool http_client_may_block(const struct http_client *client, const struct now *now);
/* Has call made before the client itself waits for a ticket, within a request. */
void http_client_before_waiting(
	struct http_client *client, void (*call)(void *context), void *context);

/* As transport_request(). */
struct buf *http_client_request(struct http_client *client, unsigned slot);
/* Sends it now or when there is a token. -1 as transport_post(). */
int http_client_post(struct http_client *client, unsigned slot,
	const struct request *request, const struct now *now)
	__attribute__((warn_unused_result));

/* As transport_wait(). */
short http_client_wait(struct http_client *client, int fd, short events, int timeout_ms);
/* When there is something to do without an event, monotonic. */
int64_t http_client_due(const struct http_client *client);
/* Carries on what is out. What is over by it has to be taken, down to the last, before
 * the next wait, which is not told of it. */
void http_client_turn(struct http_client *client);
/* Asks the issuer for a token where one is due, or somebody waits for one. */
void http_client_want_token(struct http_client *client, const struct now *now);
/* The next request that is over; to be released. */
bool http_client_take(struct http_client *client, const struct now *now,
	struct http_client_answer *out_answer);
void http_client_release(struct http_client *client, unsigned slot);

/*
 * Streams: requests whose answer goes on for minutes and is taken as it comes
 * (GetStreamingEvents). They are numbered 0 to GATEWAY_STREAMS_MAX - 1, beside the slots.
 * Tokens, tickets and a connection that was forgotten are dealt with as for requests.
 * Who takes nothing slows Exchange down and nobody else. That a stream is silent is not
 * noticed here.
 */

/* The buffer for the request of a stream that is not open; NULL: out of memory. */
struct buf *http_client_stream_request(struct http_client *client, unsigned stream);
/* Sends it now or when there is a token. After timeout_s the stream is broken off: this
 * is longer than it is meant to last. -1 when out of memory, or as transport_post(). */
int http_client_stream_open(struct http_client *client, unsigned stream,
	const struct request *request, int64_t timeout_s, const struct now *now)
	__attribute__((warn_unused_result));
/* Breaks it off: nothing more is heard of it. Not open: does nothing. */
void http_client_stream_close(struct http_client *client, unsigned stream);
/* The next stream with part; false: none for now. Bytes come at once where the status is
 * 200, those of any other answer with its end. */
bool http_client_stream_take(struct http_client *client, const struct now *now,
	struct http_client_part *out_part);

/* The URL of the gateway that is asked at present; "": it has none of its own. */
const char *http_client_endpoint(const struct http_client *client);

/* Something that someone should know although requests go on, once; NULL: nothing. Lives
 * until the next call. */
const char *http_client_hint(struct http_client *client);

#endif
