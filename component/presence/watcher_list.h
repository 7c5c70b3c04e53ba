#ifndef COMPONENT_PRESENCE_WATCHER_LIST_H
#define COMPONENT_PRESENCE_WATCHER_LIST_H

#include "component/presence/model.h"

/* The list of a person's watchers, and how many of them are not decided. Pointers into it
 * last until the next watcher_add() or watcher_drop(). */

/* from: the address that he knows, with our resource; jid: his, bare. */
struct watcher *watcher_find(struct person *person, const char *from, const char *jid);
/* NULL: WATCHERS_PER_PERSON_MAX is reached, or no memory. */
struct watcher *watcher_add(struct person *person, const char *from, const char *jid,
	enum watcher_state state);
/* The last of the list takes his place. */
void watcher_drop(struct person *person, struct watcher *watcher);
void watcher_set_state(
	struct person *person, struct watcher *watcher, enum watcher_state state);
bool watcher_is_pending(const struct watcher *watcher);
/* Drops all. */
void watchers_finish(struct person *person);

#endif
