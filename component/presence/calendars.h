#ifndef COMPONENT_PRESENCE_CALENDARS_H
#define COMPONENT_PRESENCE_CALENDARS_H

#include "component/presence/model.h"

/*
 * Whose calendar is read, what was read, and whether it still counts.
 */

/* Gives a new person her mailbox, as the configuration says. false: no memory. */
bool calendar_init(struct person *person);
void calendar_finish(struct person *person);

/* What the calendar says now; CAL_UNKNOWN if it was never read or has grown stale. */
enum cal_state calendar_state(const struct person *person);
/* When calendar_state() changes next: an edge, or growing stale. AGENDA_NEVER if never.
 */
int64_t calendar_next_change(const struct person *person);
/* Whether the last reading still counts. */
bool calendar_is_fresh(const struct person *person);
/* When the reading stops to count; 0 if there is none. */
int64_t calendar_stale_at(const struct person *person);

/* Begins or ends reading, by whether anybody could see the difference. at_once: she has
 * just become such a person, and what was read before may miss a meeting. */
void calendar_review(struct person *person, bool at_once);
/* Has her mailbox read by another gateway. */
void calendar_move(struct person *person, int gateway);
/* A worker is new: tells it of everybody it has to read. */
void calendars_tell_worker(struct engine *engine, unsigned gateway);

/* Whose mailbox it is; NULL: nobody's, or not of this gateway any more. */
struct person *calendars_whose(struct engine *engine, unsigned gateway, uint32_t mailbox);
void calendars_on_reading(
	struct engine *engine, unsigned gateway, const struct gateway_calendar *reading);
void calendars_on_failure(
	struct engine *engine, unsigned gateway, const struct gateway_failure *failure);
/* Brings back the last readings from the store. */
bool calendars_restore(struct engine *engine);

#endif
