#ifndef EWS_TRANSPORT_COURIER_PARCEL_H
#define EWS_TRANSPORT_COURIER_PARCEL_H

#include "ews/gateway/gateway_settings.h"
#include "ews/log_on/tickets.h"
#include "ews/log_on/tokens.h"
#include "ews/transport/courier.h"
#include "ews/transport/endpoints.h"

/* What the parts of the courier share. */

/* What is known of the request in a slot of the transport. */
struct parcel {
	bool waits;        // for a token
	bool failed;       // for want of one; `verdict` says why
	bool renewed;      // it has had its second token
	uint64_t serial;   // of the token that it carried
	unsigned endpoint; // where it goes if the errand does not say
	unsigned tried;    // of the endpoints
	struct errand errand;
	char *texts[3]; // owned; of the errand: url, anchor, cookie
};

struct courier {
	struct transport *transport; // owned
	struct tokens *tokens;       // owned; NULL: no token is needed
	struct endpoints endpoints;
	struct gateway_settings settings; // for Kerberos
	bool needs_tickets;
	struct tickets tickets;
	void (*before_waiting)(void *context); // may be NULL
	void *context;
	struct verdict verdict; // why there is no token, or no ticket
	bool hinting;
	bool has_answer;
	struct transport_answer answer; // to a request, not taken yet
	struct parcel parcels[TRANSPORT_SLOTS];
	/* of the streams */
	bool ended[EWS_STREAMS_MAX]; // the rest is in `ends`
	struct transport_answer ends[EWS_STREAMS_MAX];
	unsigned turn; // who is heard first
	bool lends;    // the bytes of `lent` are looked at
	unsigned lent;
};

/* Sends what is in the parcel now, or when there is a token. -1 as transport_post(). */
int courier_send(struct courier *courier, unsigned slot, const struct moment *now)
	__attribute__((warn_unused_result));
/* Deals with what is over in the transport, up to the next answer to a request. False:
 * there is none. */
bool courier_collect(struct courier *courier, const struct moment *now);
/* Copies the errand into the parcel. False when out of memory. */
bool courier_remember(struct parcel *parcel, const struct errand *errand);
/* courier_stream.c: a stream is over. */
void courier_end_stream(struct courier *courier, const struct transport_answer *answer);

#endif
