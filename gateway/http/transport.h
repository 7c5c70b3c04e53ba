#ifndef GATEWAY_HTTP_TRANSPORT_H
#define GATEWAY_HTTP_TRANSPORT_H

#include "base/buf.h"
#include "gateway/limits.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"
#include "gateway/request/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SOAP requests over HTTPS through libcurl: several at once, each in a slot of its own.
 * Certificates are always verified, redirects never followed, nothing is taken from the
 * environment. Negotiating a log-on inside libcurl may block; nothing else does.
 */
#define TRANSPORT_CONNECT_S 10
/* The slot of the one question to the issuer of tokens. */
#define TRANSPORT_TOKEN GATEWAY_CONCURRENCY_MAX
/* The first of GATEWAY_STREAMS_MAX slots for answers that are taken as they come. */
#define TRANSPORT_STREAM (TRANSPORT_TOKEN + 1u)
#define TRANSPORT_SLOTS (TRANSPORT_STREAM + GATEWAY_STREAMS_MAX)

struct transport;

struct transport_answer {
	unsigned slot;
	struct transfer transfer;
	const char *body; // until transport_release()
	size_t n;
	int64_t date;          // of the Date header, UTC seconds; 0: none
	const char *cookie;    // "name=value" of its server; "" none; as long as body
	const char *challenge; // that the token lacks claims; "" no; likewise
};

/* Settings with which no request can work (an unknown `auth`, plain http to a host that
 * is not this one) or lack of memory: NULL, and the reason for people. */
struct transport *transport_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX]);
/* Breaks off what is under way. Accepts NULL. */
void transport_destroy(struct transport *transport);

/* The buffer to write the next request of a slot into (it is empty); NULL: out of memory.
 */
struct buf *transport_request(struct transport *transport, unsigned slot);
/* Sends it, with a token (NULL: none). The slot is not in use. -1 when out of memory, or
 * when the request's URL is none that credentials may go to: https, or loopback; a GET
 * without any may go anywhere. */
int transport_post(struct transport *transport, unsigned slot, const char *bearer,
	const struct request *request) __attribute__((warn_unused_result));
/* Sends what is in TRANSPORT_TOKEN to a URL that begins with the gateway's authority. */
int transport_post_form(struct transport *transport, const char *url)
	__attribute__((warn_unused_result));

/* Waits for the transfers and for `events` (poll(2)) at fd, at most timeout_ms. Returns
 * what happened at fd. */
short transport_wait(struct transport *transport, int fd, short events, int timeout_ms);
/* Moves the transfers on. */
void transport_turn(struct transport *transport);
/* The next request that is over; now is for a Retry-After that is a date. */
bool transport_take(
	struct transport *transport, int64_t now, struct transport_answer *out_answer);
/* The slot may be used again. */
void transport_release(struct transport *transport, unsigned slot);

/* What has come on a stream that is not over and whose status is 200; false: nothing.
 * When more than a little waits, Exchange is not listened to any more. The bytes live
 * until transport_drop(). */
bool transport_read(struct transport *transport, unsigned slot, const char **out_bytes,
	size_t *out_n);
/* They have been dealt with. */
void transport_drop(struct transport *transport, unsigned slot);
/* Breaks off what is under way in a slot, and releases it. Not in use: does nothing. */
void transport_close(struct transport *transport, unsigned slot);

#endif
