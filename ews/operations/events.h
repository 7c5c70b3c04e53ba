#ifndef EWS_OPERATIONS_EVENTS_H
#define EWS_OPERATIONS_EVENTS_H

#include "ews/operations/availability.h"

/* The entries of calendars, as GetUserAvailability and FindItem both bring them. */

/* An entry on its way. */
struct events_entry {
	struct gateway_event event;
	bool has_start;
	bool has_end;
};

/* types.xsd LegacyFreeBusyType; what it does not have is busy, and noted. */
uint8_t events_busy(struct reading *reading, const char *text, size_t n);
/* xs:boolean */
bool events_is_true(const char *text, size_t n);
void events_set_flag(struct events_entry *entry, enum gateway_event_flags flag, bool on);
/* What cannot be made out is no data from where it may begin to where it may end, which
 * is the window's: the time of an entry that is there must not look free. */
void events_settle(struct events_entry *entry, int64_t from, int64_t to);

/* Returns the items with room for one more than n, *cap being what they have room for;
 * NULL when out of memory, and they stay as they are. */
void *events_grow(void *items, size_t n, size_t *cap, size_t size)
	__attribute__((warn_unused_result));
/* Adds an event to the answer, whose room is *cap. False when out of memory. */
bool events_add(struct availability *answer, size_t *cap,
	const struct gateway_event *event) __attribute__((warn_unused_result));
/* Drops the answer's mailboxes and events. */
void events_forget(struct availability *answer);

#endif
