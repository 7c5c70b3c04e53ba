#ifndef GATEWAY_AUTH_TICKETS_H
#define GATEWAY_AUTH_TICKETS_H

#include "gateway/auth/ticket.h"

#define TICKETS_MAX 64 // hosts; the one that is due first makes room

/* The tickets of a gateway, one for each host that it is reached at. */
struct tickets {
	unsigned n;
	struct tickets_host {
		char *name; // owned
		struct ticket ticket;
	} hosts[TICKETS_MAX];
};

/* Accepts a zeroed one, which is one without tickets. */
void tickets_finish(struct tickets *tickets);
/* That of a URL's host, a new one where there is none; NULL when out of memory. Good
 * until the next call. */
struct ticket *tickets_for(struct tickets *tickets, const char *url);
/* As ticket_may_block(), for any of them. */
bool tickets_may_block(const struct tickets *tickets, int64_t now_ms);

#endif
