#include "ews/desk/pace.h"

#include <assert.h>

#define EASE_WAITS 2   // after so many waits without another refusal an eighth is eased
#define STRETCH_MIN 10 // a hundred requests at once
#define COUNTED_MAX_MS INT64_C(3600000)

void pace_init(struct pace *pace)
{
	*pace = (struct pace){.now_ms = INT64_MIN};
}

static int64_t owed(const struct pace *pace, int64_t now_ms)
{
	int64_t each_ms = pace->in_flight * pace->stretch - 1000;
	int64_t owed_us = pace->owed_us + (now_ms - pace->now_ms) * each_ms;
	return owed_us > 0 ? owed_us : 0;
}

static void ease(struct pace *pace)
{
	int64_t after_ms = EASE_WAITS * pace->wait_ms;
	while (pace->stretch > 0 && pace->now_ms - pace->eased_ms >= after_ms) {
		pace->stretch -= (pace->stretch + 7) / 8;
		pace->eased_ms += after_ms;
		if (pace->stretch < STRETCH_MIN)
			pace->stretch = 0;
	}
}

static void turn(struct pace *pace, int64_t now_ms)
{
	if (pace->now_ms == INT64_MIN)
		pace->now_ms = pace->since_ms = now_ms;
	pace->owed_us = owed(pace, now_ms);
	if (now_ms > pace->since_ms)
		pace->busy_ms += pace->in_flight * (now_ms - pace->now_ms);
	pace->now_ms = now_ms;
	ease(pace);
	/* What was long ago counts less and less. */
	if (now_ms - pace->since_ms > COUNTED_MAX_MS) {
		pace->since_ms = now_ms - (now_ms - pace->since_ms) / 2;
		pace->busy_ms /= 2;
	}
}

void pace_start(struct pace *pace, int64_t now_ms)
{
	turn(pace, now_ms);
	pace->in_flight++;
}

void pace_done(struct pace *pace, int64_t now_ms)
{
	assert(pace->in_flight > 0);
	turn(pace, now_ms);
	pace->in_flight--;
}

void pace_spent(struct pace *pace, int64_t wait_ms, int64_t now_ms)
{
	turn(pace, now_ms);
	int64_t all_ms = now_ms - pace->since_ms + wait_ms;
	int64_t stretch = 2 * all_ms * 1000 / (pace->busy_ms > 0 ? pace->busy_ms : 1);
	if (stretch > PACE_STRETCH_FIRST)
		stretch = PACE_STRETCH_FIRST;
	if (stretch < 2 * pace->stretch)
		stretch = 2 * pace->stretch;
	pace->stretch = stretch < PACE_STRETCH_MAX ? stretch : PACE_STRETCH_MAX;
	pace->wait_ms = wait_ms;
	pace->since_ms = pace->eased_ms = now_ms + wait_ms;
	pace->busy_ms = 0;
}

int64_t pace_ready(const struct pace *pace, int64_t now_ms)
{
	if (pace->stretch == 0 || pace->now_ms == INT64_MIN)
		return now_ms;
	int64_t owed_us = owed(pace, now_ms);
	int64_t paid_each_ms = 1000 - pace->in_flight * pace->stretch;
	if (owed_us == 0)
		return now_ms;
	if (paid_each_ms <= 0)
		return INT64_MAX;
	return now_ms + (owed_us + paid_each_ms - 1) / paid_each_ms;
}
