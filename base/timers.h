#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A min-heap of points in time. It knows no clock: the owner keeps one heap for the wall
 * clock and one for the monotonic clock and passes `now` in. Equal times fire in the
 * order in which they were set.
 */
struct timer {
	int64_t at;                                     // milliseconds
	void (*fire)(struct timer *timer, int64_t now); // may set or cancel any timer
	size_t slot; // place in the heap + 1, or ~ place among those that wait; 0: not
		     // set
};

/* What a timer is a member of. */
#define TIMER_OF(timer, type, member) ((type *)((char *)(timer)-offsetof(type, member)))

/* What is compared stands side by side in memory. */
struct timers_entry {
	int64_t at;
	uint64_t order;
	struct timer *timer; // borrowed
};

struct timers_list {
	struct timers_entry *all; // owned array
	size_t n;
	size_t cap;
};

struct timers {
	struct timers_list heap;
	struct timers_list
		waiting; // set by fire() for what has passed: due at the next call
	uint64_t next_order;
	int64_t firing_at; // INT64_MIN outside of timers_fire()
};

void timers_init(struct timers *timers);
/* Frees the heap, not the timers, which count as not set afterwards. */
void timers_finish(struct timers *timers);

/* Sets or moves a timer. Setting never fails: out of memory ends the program, since a
 * lost edge would be a presence that stays wrong. timer->fire must be filled in. */
void timers_set(struct timers *timers, struct timer *timer, int64_t at_ms);
/* Accepts a timer that is not set. */
void timers_cancel(struct timers *timers, struct timer *timer);
bool timer_is_set(const struct timer *timer);

/* The earliest time set, or INT64_MAX. */
int64_t timers_next(const struct timers *timers);
/* Fires what is due at now_ms, earliest first, at most `most`; tells how many fired. A
 * timer that is set again from inside fire() for a time <= now_ms waits for the next
 * call. */
size_t timers_fire(struct timers *timers, int64_t now_ms, size_t most);

#endif
