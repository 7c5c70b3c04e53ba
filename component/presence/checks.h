#ifndef COMPONENT_PRESENCE_CHECKS_H
#define COMPONENT_PRESENCE_CHECKS_H

#include "component/presence/model.h"

/*
 * Whether a client is still there, where the server does not tell of lost sessions: those
 * from before a loss, and those under whose address we spoke, are asked disco#info
 * (XEP-0030) at their full JID every two minutes, and at once after each edge. Only the
 * server's "service-unavailable" or its like takes a client away.
 */
#define CHECK_INTERVAL_MS 120000
/* Questions a second, where there are few clients. */
#define CHECKS_AT_ONCE 16

void checks_init(struct engine *engine);
/* The client was heard of: the next check is an interval away. All clients stand in one
 * list, the one that is due first in front. */
void checks_plan(struct engine *engine, struct resource *resource);
/* It is due at once. For all clients there are, else the list is out of order. */
void checks_hurry(struct resource *resource);
/* We spoke under the client's address, which leaves a ghost if it is gone: it is due at
 * once. */
void checks_hasten(struct engine *engine, struct resource *resource);
/* Somebody says that it is gone: asks it now. */
void checks_ask(struct engine *engine, struct resource *resource);
/* The client is dropped. */
void checks_leave(struct engine *engine, struct resource *resource);
/* A server with partial knowledge is synced, or a client came: sees to the timer. */
void checks_wake(struct engine *engine);

#endif
