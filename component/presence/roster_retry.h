#ifndef COMPONENT_PRESENCE_ROSTER_RETRY_H
#define COMPONENT_PRESENCE_ROSTER_RETRY_H

#include "component/presence/model.h"

/*
 * Contact lists that could not be had. Nothing is decided without one, so that a list
 * that was never read is asked for again after pauses that grow.
 */

/* The first pause; it doubles up to publish.roster_max_age. */
#define ROSTER_RETRY_MS 30000
/* After how long a question is put that there was no room for. */
#define ROSTER_RETRY_TICK_MS 1000

/* Somebody's first list was refused. */
void roster_retry_plan(struct engine *engine);
/* A question could not be put. */
void roster_retry_soon(struct engine *engine);
void roster_retry_clear(struct engine *engine);
void roster_retry_init(struct engine *engine);

#endif
