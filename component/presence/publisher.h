#ifndef COMPONENT_PRESENCE_PUBLISHER_H
#define COMPONENT_PRESENCE_PUBLISHER_H

#include "component/presence/model.h"

/*
 * The one place from which presence goes out. Her own clients, her calendar and time
 * passing an edge end in publisher_update(); a watcher who must hear the present state
 * ends in a greeting. Each publish mode is a view beside it.
 */

/* How long after a start what was out before is left as it is, while it is not known
 * whether it still holds. */
#define PUBLISHER_HOLD_MS 8000

/* Computes what watchers are to see of a person now, sends what differs from what they
 * saw last, and sets the timer of the next change. */
void publisher_update(struct person *person);
/* A calendar edge, automatic replies that begin or end, or what was read growing stale.
 */
void publisher_on_edge(struct timer *timer, int64_t now_ms);

/* One of her clients sent presence: the server has broadcast the original already. */
void publisher_resource_changed(
	struct person *person, struct resource *resource, bool is_new);
/* One of her clients is gone; it is dropped right after. */
void publisher_resource_gone(struct person *person, struct resource *resource);
/* Nobody tells us of her clients any more: takes back what was said for them. */
void publisher_unseen(struct person *person);
/* The stream is lost: what is out under this client's address may outlive it. */
void publisher_resource_lost(struct person *person, struct resource *resource);

/* Says the truth about everybody of a domain. */
void publisher_update_domain(struct server *server);
/* It is now known who is online in this domain: says the truth about everybody. */
void publisher_synced(struct server *server);
/* What the server lets us do has changed. */
void publisher_server_changed(struct server *server);
/* Her contact list or block list was read. */
void publisher_roster_changed(struct person *person);

/* Words of and to watchers were lost: says again what they are to see, and asks again for
 * what can be asked for. */
void publisher_repeat(struct engine *engine);

/* Clock jumped: every edge is computed anew. */
void publisher_clock_jumped(struct engine *engine);
/* A clean stop: takes back what would be untrue without us. */
void publisher_stop(struct engine *engine);

#endif
