#ifndef GATEWAY_AUTH_TICKETS_H
#define GATEWAY_AUTH_TICKETS_H

#include <stdbool.h>
#include <stdint.h>

#define TICKET_AGAIN_MS 300000 // after a KDC that did not renew one that is good

/*
 * When a Kerberos ticket is to be fetched. The library wants another one, at each new
 * connection, from the time when half of the life of the last is over. All times are
 * monotonic.
 */
struct ticket {
	int64_t half_ms; // half of its life is over
	int64_t end_ms;
	int64_t again_ms; // when to ask for another one
};

/* There is none yet. */
void ticket_init(struct ticket *ticket);
/* Whether it is time to ask for one. */
bool ticket_is_due(const struct ticket *ticket, int64_t now_ms);
/* Whether the library may ask for another one by itself, and wait for the KDC: it is used
 * and past half of its life. */
bool ticket_may_block(const struct ticket *ticket, int64_t now_ms);
void ticket_came(struct ticket *ticket, uint32_t life_s, int64_t now_ms);
/* There is no other one: whether the last is still good. */
bool ticket_serves(struct ticket *ticket, int64_t now_ms);

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
