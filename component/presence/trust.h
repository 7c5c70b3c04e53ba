#ifndef COMPONENT_PRESENCE_TRUST_H
#define COMPONENT_PRESENCE_TRUST_H

#include "component/presence/model.h"

/*
 * Whether a server lets us speak as its users, found by a harmless probe: a presence from
 * the domain itself to ourselves. It comes back where we are trusted; where not, the
 * stream is closed with invalid-from, or nothing comes. A no is remembered until a
 * reload.
 */

#define TRUST_WAIT_MS 5000
#define TRUST_REPEAT_MS 1000

/* Sends the probe where a publish mode needs to know. */
void trust_probe(struct server *server);
void trust_on_timer(struct timer *timer, int64_t now_ms);
void trust_link_down(struct server *server, bool invalid_from);
/* One line that names the option that keeps mode `user` off, if something does. */
void trust_say_why_not(struct server *server);

#endif
