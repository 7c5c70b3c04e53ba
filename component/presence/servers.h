#ifndef COMPONENT_PRESENCE_SERVERS_H
#define COMPONENT_PRESENCE_SERVERS_H

#include "component/presence/model.h"

/*
 * What the server of each served domain can do and lets us do, found anew for each
 * stream: privileges (XEP-0356), how complete its word on presence is, whether we may
 * speak as its users. The publish modes are a function of this.
 */

/* Makes a server for each served domain of the configuration. false: no memory. */
bool servers_init(struct engine *engine);
void servers_finish(struct engine *engine);
struct server *servers_find(const struct engine *engine, const char *domain);

void servers_link_up(struct engine *engine);
void servers_link_down(struct engine *engine, bool invalid_from);

/* Takes a <message/> with <privilege/>; false if it is none, or not from a served domain.
 */
bool servers_on_privilege(struct engine *engine, const struct element *message);
/* Takes a presence that may be our own trust probe coming back; false if it is not. */
bool servers_on_trust_echo(struct engine *engine, const struct element *presence);

/* Whether overlays go out under people's own addresses, as far as the server allows. */
bool server_user_mode(const struct server *server);
/* Whether contact lists can be read. Says once which option is missing. */
bool server_has_roster(struct server *server);
/* Another stream gets a share of what is for us: no server's word is complete. */
void servers_doubt(struct engine *engine);
const char *server_source_name(const struct server *server);
const char *server_trust_name(const struct server *server);

#endif
