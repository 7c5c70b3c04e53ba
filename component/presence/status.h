#ifndef COMPONENT_PRESENCE_STATUS_H
#define COMPONENT_PRESENCE_STATUS_H

#include "mapping/presence.h"

#include <stdbool.h>

/* Status texts that outlive the stanza they came in. */

/* Copies into one piece of memory; false when out of memory. */
bool status_copy(const struct status *from, struct status *out_copy);
/* Frees a copy and empties it. Accepts an empty one. */
void status_free(struct status *copy);

#endif
