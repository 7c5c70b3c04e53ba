#ifndef GATEWAY_DISPATCH_THROTTLE_H
#define GATEWAY_DISPATCH_THROTTLE_H

#include <stdint.h>

/*
 * How much of Exchange's time we take. Exchange gives each account a budget of time that
 * its requests may take, which recharges slowly (docs: ews-throttling-in-exchange; by
 * default a quarter of a second each second), and says how long to wait when it is spent.
 * What we took until then, spread over that time and the wait, is about what is granted:
 * from then on half of it is taken, and slowly more again. All is proportional to the
 * wait, so that a short one is soon forgotten. Who took less of the time than any budget
 * grants was refused for the sake of the server: that slows nothing beyond the wait.
 */
#define THROTTLE_STRETCH_FIRST \
	8000 // after one refusal: an eighth of a second each second
#define THROTTLE_STRETCH_MAX 128000
#define THROTTLE_SHARE 16 // the least that a budget grants: one part of so many

struct throttle {
	unsigned in_flight;
	int64_t now_ms;   // when the rest was true
	int64_t stretch;  // what a second of requests takes of the clock, ms; 0: nothing
	int64_t owed_us;  // of the clock, until something may start
	int64_t wait_ms;  // that was asked for last
	int64_t eased_ms; // when stretch last went down
	int64_t since_ms; // since when we count
	int64_t busy_ms;  // what requests took since then
};

void throttle_init(struct throttle *throttle);
void throttle_start(struct throttle *throttle, int64_t now_ms);
void throttle_done(struct throttle *throttle, int64_t now_ms);
/* The budget is spent, and Exchange wants us to wait so long (more than nothing). */
void throttle_spent(struct throttle *throttle, int64_t wait_ms, int64_t now_ms);
/* From when on one more may start: at most now_ms, or later; INT64_MAX: not before one
 * that is out is done. */
int64_t throttle_ready(const struct throttle *throttle, int64_t now_ms);

#endif
