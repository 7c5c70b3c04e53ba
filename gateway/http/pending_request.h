#ifndef GATEWAY_HTTP_PENDING_REQUEST_H
#define GATEWAY_HTTP_PENDING_REQUEST_H

#include "gateway/auth/tickets.h"
#include "gateway/auth/tokens.h"
#include "gateway/http/endpoints.h"
#include "gateway/http/http_client.h"
#include "gateway/protocol/settings.h"

/* What the parts of the client share. */

/* What is known of the request in a slot of the transport. */
struct pending_request {
	bool waits;        // for a token
	bool failed;       // for want of one; `outcome` says why
	bool renewed;      // it has had its second token
	uint64_t serial;   // of the token that it carried
	unsigned endpoint; // where it goes if the request does not say
	unsigned tried;    // of the endpoints
	struct request request;
	char *texts[3]; // owned; of the request: url, anchor, cookie
};

struct http_client {
	struct transport *transport; // owned
	struct tokens *tokens;       // owned; NULL: no token is needed
	struct endpoints endpoints;
	struct gateway_settings settings; // for Kerberos
	bool needs_tickets;
	struct tickets tickets;
	void (*before_waiting)(void *context); // may be NULL
	void *context;
	struct outcome outcome; // why there is no token, or no ticket
	bool hinting;
	bool has_answer;
	struct transport_answer answer; // to a request, not taken yet
	struct pending_request pending[TRANSPORT_SLOTS];
	/* of the streams */
	bool ended[GATEWAY_STREAMS_MAX]; // the rest is in `ends`
	struct transport_answer ends[GATEWAY_STREAMS_MAX];
	unsigned turn; // who is heard first
	bool lends;    // the bytes of `lent` are looked at
	unsigned lent;
};

/* Sends what is in the pending now, or when there is a token. -1 as transport_post(). */
int http_client_send(struct http_client *client, unsigned slot, const struct now *now)
	__attribute__((warn_unused_result));
/* Deals with what is over in the transport, up to the next answer to a request. False:
 * there is none. */
bool http_client_collect(struct http_client *client, const struct now *now);
/* Copies the request into the pending. False when out of memory. */
bool http_client_remember(struct pending_request *pending, const struct request *request);
/* http_client_stream.c: a stream is over. */
void http_client_end_stream(
	struct http_client *client, const struct transport_answer *answer);

#endif
