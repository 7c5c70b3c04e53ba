#ifndef COMPONENT_PRESENCE_READINGS_H
#define COMPONENT_PRESENCE_READINGS_H

#include "component/presence/model.h"

/*
 * What was read of a calendar, on its way into the person's agenda and into the store and
 * back.
 */

/* Whether entries are asked for, where that is allowed, and not free/busy alone. */
bool readings_are_of_entries(const struct config *config);

/* Makes it her agenda. False when out of memory: the old one stays. */
bool reading_apply(struct person *person, const struct gateway_calendar *reading);
void reading_keep(const struct person *person, const struct gateway_calendar *reading);
/* A store_each_calendar_fn; context is the engine. */
void reading_restore(void *context, const char *jid, const char *mailbox, int64_t read_at,
	const void *blob, size_t n);

#endif
