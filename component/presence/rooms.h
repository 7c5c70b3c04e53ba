#ifndef COMPONENT_PRESENCE_ROOMS_H
#define COMPONENT_PRESENCE_ROOMS_H

#include "component/presence/model.h"

/*
 * Rooms: nobody who could be online, seen by the calendar alone. A stand-in for their
 * server grants nothing, and knows all that there is to know while the stream is up.
 */

/* Before anybody is made. false: no memory. */
bool rooms_init(struct engine *engine);
void rooms_finish(struct engine *engine);
void rooms_link_up(struct engine *engine);
void rooms_link_down(struct engine *engine);

bool person_is_room(const struct person *person);
/* The name of the room whose address this is, or NULL. */
const char *rooms_name(const struct engine *engine, const char *address);

#endif
