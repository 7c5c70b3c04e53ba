#ifndef GRAPH_JSON_GRAPH_TIME_H
#define GRAPH_JSON_GRAPH_TIME_H

#include <jansson.h>
#include <stdint.h>

/* A dateTimeTimeZone: {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"}. */
enum graph_time {
	GRAPH_TIME_GOOD,
	GRAPH_TIME_BROKEN, // there is none, or none that exists
	GRAPH_TIME_ZONE,   // in another zone than UTC, which was asked for
};

/* Reads one, in UTC seconds; a year that Exchange does not know becomes the first that it
 * does. An offset in the time itself counts more than the name of the zone, and without
 * either it is UTC, as asked for. */
enum graph_time graph_time_read(const json_t *json, int64_t *out_seconds);

#endif
