#include "ews/operations/events.h"

#include "base/line.h"
#include "base/parse.h"

#include <stdlib.h>

#define GROWTH_MIN 64

uint8_t events_busy(struct reading *reading, const char *text, size_t n)
{
	static const char *const names[] = {
		[GATEWAY_BUSY_FREE] = "Free",
		[GATEWAY_BUSY_TENTATIVE] = "Tentative",
		[GATEWAY_BUSY_BUSY] = "Busy",
		[GATEWAY_BUSY_OOF] = "OOF",
		[GATEWAY_BUSY_ELSEWHERE] = "WorkingElsewhere",
		[GATEWAY_BUSY_NODATA] = "NoData",
	};
	for (size_t busy = 0; busy < sizeof names / sizeof *names; busy++) {
		if (parse_is(text, n, names[busy]))
			return (uint8_t)busy;
	}
	if (!reading->unknown_state[0])
		line_copy(
			reading->unknown_state, sizeof(reading->unknown_state), text, n);
	return GATEWAY_BUSY_BUSY;
}

bool events_is_true(const char *text, size_t n)
{
	return parse_is(text, n, "true") || parse_is(text, n, "1");
}

void events_set_flag(struct events_entry *entry, enum gateway_event_flags flag, bool on)
{
	if (on)
		entry->event.flags |= flag;
}

void events_settle(struct events_entry *entry, int64_t from, int64_t to)
{
	struct gateway_event *event = &entry->event;
	if (!entry->has_start)
		event->start = from;
	if (!entry->has_end)
		event->end = to;
	if (!(entry->has_start && entry->has_end) && event->busy != GATEWAY_BUSY_FREE)
		event->busy = GATEWAY_BUSY_NODATA;
}

void *events_grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t wanted = *cap ? 2 * *cap : GROWTH_MIN;
	void *grown = realloc(items, wanted * size);
	if (grown)
		*cap = wanted;
	return grown;
}

bool events_add(
	struct availability *answer, size_t *cap, const struct gateway_event *event)
{
	struct gateway_event *events = events_grow(
		answer->reading.events, answer->reading.n_events, cap, sizeof *events);
	if (!events)
		return false;
	answer->reading.events = events;
	events[answer->reading.n_events++] = *event;
	return true;
}

void events_forget(struct availability *answer)
{
	free(answer->reading.mailboxes);
	free(answer->reading.events);
	answer->reading.mailboxes = NULL;
	answer->reading.events = NULL;
	answer->reading.n = answer->reading.n_events = 0;
}
