#ifndef COMPONENT_PRESENCE_PEOPLE_H
#define COMPONENT_PRESENCE_PEOPLE_H

#include "component/presence/model.h"

/* The table of people, and a person's resources. */

/* The person of a canonical bare JID, or NULL. */
struct person *people_find(const struct engine *engine, const char *bare_jid);
struct person *people_find_name(const struct engine *engine, const struct name *jid);
/* Likewise; makes her known if her domain is served. NULL: not ours, too many, no memory.
 */
struct person *people_get(struct engine *engine, const char *bare_jid);
void people_free_all(struct engine *engine);
/* Forgets all that is known of her, in memory and in the store; who watches her is told
 * that there is nothing more to see. She is made anew if a server tells of her again. */
void people_forget(struct person *person);
/* Frees everybody who has no trace left: no client, watcher, overlay or fresh calendar.
 */
void people_sweep(struct engine *engine);

struct resource *person_resource(const struct person *person, const struct name *full);
/* The resource, made if it is new. NULL: too many, or no memory. */
struct resource *person_add_resource(struct person *person, const char *full);
void person_drop_resource(struct person *person, struct resource *resource);
/* Whether a client of hers is available. */
bool person_is_online(const struct person *person);
/* The resource part of a full JID's text. */
const char *resource_name(const struct resource *resource);

#endif
