#ifndef COMPONENT_PRESENCE_TOLD_H
#define COMPONENT_PRESENCE_TOLD_H

#include "component/presence/model.h"

/* Who got stanzas of ours under a client's address, and what is out with whom. */

struct told *told_find(const struct resource *resource, const struct name *watcher);
/* The entry, made if it is new. NULL: no memory. */
struct told *told_add(struct resource *resource, struct name *watcher);
void told_drop(struct engine *engine, struct resource *resource, struct told *told);
/* The same in the store: nothing of ours can be left with him. */
void told_forget(struct person *person, struct resource *resource, struct told *told);

/* Puts him into the store, where he stays until told_forget(). */
void told_keep(
	struct person *person, const struct resource *resource, const struct told *told);
/* Whatever was out with him, he is told once more at the next update. */
void told_unsay(struct resource *resource, const struct name *watcher);
/* Notes whether an overlay is out. The store keeps everybody who was told something until
 * he is forgotten. */
void told_overlaid(struct person *person, const struct resource *resource,
	struct told *told, bool overlaid);

#endif
