#ifndef COMPONENT_PRESENCE_WATCHERS_H
#define COMPONENT_PRESENCE_WATCHERS_H

#include "component/presence/model.h"

/*
 * Who watches whom in component mode: the contact's side of RFC 6121 section 3, kept in
 * the store, decided by publish.watchers. Whoever is not admitted gets silence, the same
 * for people who exist and people who do not.
 */

/* A presence to an address of a person. */
void watchers_on_presence(struct engine *engine, const struct jid *from,
	const struct jid *to, enum presence_type type);
/* Decides anew who may see her: her contact list was read, or the policy changed. */
void watchers_review(struct person *person);
/* Takes everybody off her list, with a word to each. */
void watchers_forget(struct person *person);
/* Takes a watcher off everybody's list; false if he is on none, as is NULL. */
bool watchers_drop(struct engine *engine, struct name *jid);
/* The stream is lost: guests will probe again. */
void watchers_link_down(struct engine *engine);
bool watchers_restore(struct engine *engine);

#endif
