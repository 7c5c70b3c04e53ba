#ifndef EWS_SUBSCRIPTIONS_STREAMS_H
#define EWS_SUBSCRIPTIONS_STREAMS_H

#include "ews/subscriptions/subscriptions.h"
#include "gateway/dispatch/dispatcher.h"

/*
 * Carries the streams of subscriptions. To open one is a request like any other: it
 * goes when the account lets it, and what becomes of it the account learns; once it is
 * open it takes no slot.
 */
struct streams {
	struct subscriptions *subscriptions; // borrowed
	struct dispatcher *dispatcher;       // borrowed
	bool troubled;                       // the account was
	struct {
		bool pending; // without a word yet
		struct dispatcher_slot slot;
	} handles[GATEWAY_STREAMS_MAX];
};

void streams_init(struct streams *streams, struct subscriptions *subscriptions,
	struct dispatcher *dispatcher);
/* When streams_turn() has something to do without an event, monotonic. */
int64_t streams_due(const struct streams *streams, const struct now *now);
void streams_turn(struct streams *streams, const struct now *now);

#endif
