#ifndef EWS_NOTIFYING_STREAMS_H
#define EWS_NOTIFYING_STREAMS_H

#include "ews/desk/desk.h"
#include "ews/notifying/notifier.h"

/*
 * Carries the streams of a notifier. To open one is a request like any other: it goes
 * when the identity lets it, and what becomes of it the identity learns; once it is open
 * it takes no slot.
 */
struct streams {
	struct notifier *notifier; // borrowed
	struct desk *desk;         // borrowed
	struct {
		bool pending; // without a word yet
		uint64_t serial;
	} lanes[EWS_STREAMS_MAX];
};

void streams_init(struct streams *streams, struct notifier *notifier, struct desk *desk);
/* New settings: the desk has another courier. */
void streams_forget(struct streams *streams);
/* When streams_turn() has something to do without an event, monotonic. */
int64_t streams_due(const struct streams *streams, const struct moment *now);
void streams_turn(struct streams *streams, const struct moment *now);

#endif
