#ifndef COMPONENT_PRESENCE_CHECKS_H
#define COMPONENT_PRESENCE_CHECKS_H

#include "component/presence/model.h"

/*
 * Whether a client is still there, where the server does not tell of lost sessions: those
 * from before a loss, and those with an overlay out, are asked disco#info (XEP-0030) at
 * their full JID every two minutes. Only the server's "service-unavailable" or its like
 * takes a client away.
 */
#define CHECK_INTERVAL_MS 120000
#define CHECKS_AT_ONCE 16

void checks_init(struct engine *engine);
/* The client was heard of: the next check is an interval away. */
void checks_plan(struct resource *resource, int64_t now_ms);
/* A server with partial knowledge is synced, or a client came: sees to the timer. */
void checks_wake(struct engine *engine);

#endif
