#ifndef EXCHANGE_FARM_H
#define EXCHANGE_FARM_H

#include "exchange/calendar.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The servers of the organisation: those in front, of which a load balancer chooses one
 * for each connection in turn, and those with mailboxes (struct calendar_mailbox), of
 * which one may be in bad health.
 */
enum {
	FARM_FRONTS = 8,
	FARM_SICK = 8,
	FARM_BACKOFF = 24,
};

struct farm_front {
	char name[CALENDAR_SERVER];
	bool refuses; // every log-on
};

struct farm_sick {
	char name[CALENDAR_SERVER];
	char backoff[FARM_BACKOFF]; // BackOffMilliseconds; empty: none
};

struct farm {
	struct farm_front fronts[FARM_FRONTS];
	size_t n_fronts; // 0: there is one, which is in order
	uint64_t next;   // connection
	struct farm_sick sick[FARM_SICK];
	size_t n_sick;
};

struct visit;
struct soap_fault;

/* The commands `servers` and `health`. */
unsigned farm_servers(struct visit *visit, struct buf *out);
unsigned farm_health(struct visit *visit, struct buf *out);

/* Chooses who answers a connection, which keeps the number. */
uint64_t farm_connect(struct farm *farm);
/* NULL: there is none but EXCH01. */
const struct farm_front *farm_front(const struct farm *farm, uint64_t number);
/* NULL: the server of this mailbox is well. */
const struct farm_sick *farm_sick(
	const struct farm *farm, const struct calendar_mailbox *mailbox);

#endif
