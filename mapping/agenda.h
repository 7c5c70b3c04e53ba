#ifndef MAPPING_AGENDA_H
#define MAPPING_AGENDA_H

#include "mapping/event.h"

#include <stddef.h>
#include <stdint.h>

#define AGENDA_NEVER INT64_MAX

/*
 * A calendar reduced to what presence needs: from each instant on, the strongest state of
 * the events that cover it. Neighbours never have the same state, so back-to-back
 * meetings are one span and every span's start is an edge that somebody may see. States
 * that presence does not show never hide one that it shows.
 */
struct agenda_span {
	int64_t start; // UTC seconds; lasts until the next span's start, or `to`
	enum cal_state state;
};

struct agenda {
	int64_t from; // the window that was read, [from, to): outside it all is unknown
	int64_t to;
	void *spans; // owned array, see agenda_span(); the first starts at `from`
	uint32_t n;
};

/* Builds the agenda of events (any order, overlapping, duplicated,
 * beyond the window) for the window from < to. shown has the bit 1 << enum cal_state of
 * each state that presence shows (overlay_map_shown()): the strongest of these counts,
 * and the strongest of the others where none of these is. 0, or -1 when out of memory;
 * out_agenda is written on success only and is then the caller's to finish. O(n log n).
 */
int agenda_build(const struct cal_event *events, size_t n, unsigned shown, int64_t from,
	int64_t to, struct agenda *out_agenda) __attribute__((warn_unused_result));
struct agenda_span agenda_span(const struct agenda *agenda, size_t i);
/* Accepts a zeroed agenda. */
void agenda_finish(struct agenda *agenda);

/* The state at instant t: CAL_UNKNOWN outside the window, and for a zeroed agenda. */
enum cal_state agenda_state(const struct agenda *agenda, int64_t t);
/* The first instant after t at which agenda_state() changes, `from` and `to` included;
 * AGENDA_NEVER if there is none. */
int64_t agenda_next_edge(const struct agenda *agenda, int64_t t);

#endif
