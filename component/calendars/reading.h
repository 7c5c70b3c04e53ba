#ifndef COMPONENT_CALENDARS_READING_H
#define COMPONENT_CALENDARS_READING_H

#include "component/calendars/calendars.h"
#include "mapping/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What was read of a calendar: on its way into the person's agenda, into the store and
 * back, and how long it counts.
 */

/* What the states of her calendar show: rooms have a mapping of their own. */
const struct overlay_map *reading_mapping(const struct person *person);
/* Whether entries are asked for, where that is allowed, and not free/busy alone. */
bool reading_is_of_entries(const struct config *config);

/* Makes it her agenda. false: no memory, and the old one stays. */
bool reading_apply(struct person *person, const struct gateway_calendar *reading);
void reading_keep(const struct person *person, const struct gateway_calendar *reading);
/* Brings back the last readings from the store. */
bool reading_restore(struct people *people);
void reading_finish(struct calendar *calendar);

/* When the last reading stops to count; 0 if there is none. */
int64_t reading_stale_at(const struct person *person);
/* Whether it counts now. */
bool reading_is_fresh(const struct person *person);
/* What it says of an instant; CAL_UNKNOWN if it does not count any more by then. */
enum cal_state reading_state(const struct person *person, int64_t t);
/* The first instant after t at which reading_state() changes, growing stale included;
 * AGENDA_NEVER if there is none. */
int64_t reading_next_edge(const struct person *person, int64_t t);

/*
 * What a reading by the terms (categories and organizers that rules name) of an earlier
 * configuration says in the numbers of today's (`gateway_configure::words`): what was
 * found of a term that is still looked for counts on.
 */
struct rule_terms {
	uint64_t was[CAL_EVENT_WORDS_MAX]; // the old bit of each term; 0: it is a new one
	bool has_new;
};

/* Both are lists of lines; old need not end with a NUL. */
struct rule_terms rule_terms_match(const char *old, size_t n, const char *present);
/* The flags of an event with the terms' bits as they are today. */
uint64_t rule_terms_translate(const struct rule_terms *terms, uint64_t flags);

#endif
