#ifndef COMPONENT_PRESENCE_FAREWELLS_H
#define COMPONENT_PRESENCE_FAREWELLS_H

#include "component/presence/model.h"

/*
 * Whom we told lately that a client of hers is gone. The same client may be back before
 * that arrives, as where a new connection takes the place of an old one: then our word
 * comes behind the server's, and they have to be told that it is there.
 */

/* Of one person; the oldest makes room. */
#define FAREWELLS_MAX RESOURCES_PER_PERSON_MAX

/* This contact is told now that this client is gone. */
void farewells_note(struct person *person, struct name *full, struct name *watcher);
/* Whether anybody was told lately that this client is gone. */
bool farewells_has(struct person *person, const struct name *full);
/* The client is back: makes everybody who was told lately that it is gone one who was
 * told something under its address then (`told`). */
void farewells_take(struct person *person, struct resource *resource);
void farewells_finish(struct person *person);

#endif
