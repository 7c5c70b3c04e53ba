#ifndef COMPONENT_PRESENCE_OVERLAY_H
#define COMPONENT_PRESENCE_OVERLAY_H

#include "component/presence/model.h"

/* The overlay that her calendar, or her automatic replies, lay on her at present; NULL if
 * none. */
const struct overlay *overlay_of(const struct person *person);
/* When that may change next, UTC seconds; AGENDA_NEVER if never. */
int64_t overlay_next_change(const struct person *person);

#endif
