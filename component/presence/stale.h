#ifndef COMPONENT_PRESENCE_STALE_H
#define COMPONENT_PRESENCE_STALE_H

#include "component/presence/model.h"

/*
 * Says that calendars have grown stale: the first by name, those of the next minute as a
 * number, since a gateway that is down takes everybody's with it.
 */
#define STALE_COLLECT_MS 60000

void stale_init(struct engine *engine);
/* This person's calendar has just stopped to count. */
void stale_say(struct person *person);

#endif
