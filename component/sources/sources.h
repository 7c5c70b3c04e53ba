#ifndef COMPONENT_SOURCES_SOURCES_H
#define COMPONENT_SOURCES_SOURCES_H

#include "component/people/people.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>

/*
 * How people's own presence is learnt, for each domain and each stream anew: by our
 * module in the server (module.h), by privilege (XEP-0356), or by each person's approval
 * of the component's subscription (RFC 6121 section 3). Writes persons' clients and the
 * domains' capabilities; each change ends in person_touch().
 */

/* reconnect: begins the stream anew, not at once. false: no memory. */
bool sources_init(struct people *people, void (*reconnect)(void *context), void *context);
void sources_finish(struct people *people);
/* Brings back last own presences (of partial servers) and approvals. */
bool sources_restore(struct people *people);

void sources_link_up(struct people *people);
void sources_link_down(struct people *people);

/* A <message/> of a served domain itself: privileges, or the module's feed. false: it is
 * neither. */
bool sources_on_message(struct people *people, const struct element *message);
/* A presence to the component itself from a person of a served domain. */
void sources_on_presence(struct people *people, const struct jid *from,
	const struct element *presence, enum presence_type type);

/* Percent of what is sent to us that another stream of our name gets; 0: there is none.
 */
unsigned sources_lost_percent(const struct people *people);

/* A client is about to be freed. */
void sources_client_dropped(struct client *client);

/* Puts into the store what it lacks of her clients' presence, where that is needed after
 * a restart; returns of how many clients. */
size_t sources_keep(struct person *person);

const char *source_name(enum source source);

#endif
