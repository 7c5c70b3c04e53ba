#ifndef COMPONENT_PRESENCE_SOURCE_H
#define COMPONENT_PRESENCE_SOURCE_H

#include "component/presence/model.h"

/*
 * People's own presence, as a server tells it by privilege (XEP-0356) or by their
 * approval of our subscription (RFC 6121 section 3).
 */

/* The source of a server has been decided: brings the picture up to date. */
void source_begin(struct server *server);
/* Nobody tells us of the people of a domain any more. */
void source_end(struct server *server);
/* What people said of themselves was lost: asks those who approved anew, and whether all
 * clients are still there. */
void source_repeat(struct engine *engine);
/* A presence from a person's client to the component itself. */
void source_on_presence(
	struct engine *engine, const struct jid *from, const struct element *presence);
/* The same from her bare JID: subscription stanzas of the component's own. */
void source_on_subscription(
	struct engine *engine, const struct jid *from, enum presence_type type);
/* The stream is lost: what is known of people's clients is no longer sure. */
void source_link_down(struct engine *engine);
/* One of her clients is gone, as somebody else found out. */
void source_resource_gone(struct person *person, struct resource *resource);
/* Brings last own presences and approvals back from the store. */
bool source_restore(struct engine *engine);

#endif
