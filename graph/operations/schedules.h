#ifndef GRAPH_OPERATIONS_SCHEDULES_H
#define GRAPH_OPERATIONS_SCHEDULES_H

#include "base/buf.h"
#include "gateway/polling/reading.h"
#include "graph/operations/graph_error.h"

#include <stddef.h>
#include <stdint.h>

/*
 * getSchedule (docs: graph/api/calendar-getschedule), as bytes in and bytes out: when
 * many people are busy, with subjects and places that nobody asked for and that are
 * dropped here.
 */
#define SCHEDULES_MOST 20 // people a request
#define SCHEDULES_SLOT_S \
	300 // what a digit of availabilityView stands for; asked for, too
#define SCHEDULES_ITEMS_MAX 4096 // of one person

struct schedules_query {
	const char *const *addresses; // borrowed
	size_t n;                     // 1 to SCHEDULES_MOST
	int64_t from;                 // UTC seconds
	int64_t to;
	int64_t slot_s; // SCHEDULES_SLOT_S
};

/* Appends the body. Failure shows in buf->failed. */
void schedules_write(struct buf *buf, const struct schedules_query *query);

struct schedules {
	struct graph_error error; // is_json: a list of schedules
	struct reading reading;   // in the order of the query; who is missing has failed
};

/* Reads an answer of whatever status. Items count more than digits; who has neither is
 * not known, and a status or a digit that is not known is GATEWAY_BUSY_NODATA.
 * 0, or -1 when out of memory; out_schedules is to be finished after 0. */
int schedules_read(const char *bytes, size_t n, const struct schedules_query *query,
	struct schedules *out_schedules) __attribute__((warn_unused_result));
void schedules_finish(struct schedules *schedules);

#endif
