#ifndef COMPONENT_SOURCES_LIVENESS_H
#define COMPONENT_SOURCES_LIVENESS_H

#include "component/people/people.h"

/*
 * Whether a client is still there, where the server does not tell of lost sessions: those
 * from before a loss, and those of a person in a meeting, who would be shown in it for
 * ever, are asked disco#info (XEP-0030) at their full JID every two minutes. Only the
 * server's "service-unavailable" or its like takes a client away. Private to sources/,
 * but for liveness_leave().
 */
#define LIVENESS_INTERVAL_MS 120000
/* Questions a second, where there are few clients. */
#define LIVENESS_AT_ONCE 16

struct liveness {
	struct timer timer; // first: monotonic
	struct people *people;
	struct client *clients; // by check_due_ms
	size_t n;
};

void liveness_init(struct people *people);

/* The client was heard of: the next question is an interval away. All clients stand in
 * one list, the one that is due first in front. */
void liveness_plan(struct client *client);
/* It is due at once. For all clients there are, else the list is out of order. */
void liveness_hurry(struct client *client);
/* Somebody says that it is gone: asks it now. */
void liveness_ask(struct client *client);
/* The client is dropped. */
void liveness_leave(struct client *client);
/* A domain with a partial source is synced: sees to the timer. */
void liveness_wake(struct people *people);

#endif
