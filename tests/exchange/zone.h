#ifndef EXCHANGE_ZONE_H
#define EXCHANGE_ZONE_H

#include <stdint.h>

/*
 * t:SerializableTimeZone: an offset from UTC and the two days of a year on which it
 * changes. UTC = local + bias + the bias of the season.
 */
struct zone_season {
	int64_t bias_s;
	int64_t time_s;  // of day, on the wall clock that is about to change
	int64_t order;   // 1 to 5: the order-th weekday of the month, 5 is the last
	int64_t month;   // 1 to 12; 0: the zone does not change
	int64_t weekday; // 0 is Sunday
};

struct zone {
	int64_t bias_s;
	struct zone_season standard;
	struct zone_season daylight;
};

int64_t zone_to_utc(const struct zone *zone, int64_t local_s);
int64_t zone_to_local(const struct zone *zone, int64_t utc_s);

#endif
