#include "gateway/dispatch/throttle.h"

#include <assert.h>
#include <stdbool.h>

#define EASE_WAITS 2   // after so many waits without another refusal an eighth is eased
#define STRETCH_MIN 10 // a hundred requests at once
#define COUNTED_MAX_MS INT64_C(3600000)

void throttle_init(struct throttle *throttle)
{
	*throttle = (struct throttle){.now_ms = INT64_MIN};
}

static int64_t owed(const struct throttle *throttle, int64_t now_ms)
{
	int64_t each_ms = throttle->in_flight * throttle->stretch - 1000;
	int64_t owed_us = throttle->owed_us + (now_ms - throttle->now_ms) * each_ms;
	return owed_us > 0 ? owed_us : 0;
}

static void ease(struct throttle *throttle)
{
	int64_t after_ms = EASE_WAITS * throttle->wait_ms;
	while (throttle->stretch > 0 &&
		throttle->now_ms - throttle->eased_ms >= after_ms) {
		throttle->stretch -= (throttle->stretch + 7) / 8;
		throttle->eased_ms += after_ms;
		if (throttle->stretch < STRETCH_MIN)
			throttle->stretch = 0;
	}
}

static void turn(struct throttle *throttle, int64_t now_ms)
{
	if (throttle->now_ms == INT64_MIN)
		throttle->now_ms = throttle->since_ms = now_ms;
	throttle->owed_us = owed(throttle, now_ms);
	if (now_ms > throttle->since_ms)
		throttle->busy_ms += throttle->in_flight * (now_ms - throttle->now_ms);
	throttle->now_ms = now_ms;
	ease(throttle);
	/* What was long ago counts less and less. */
	if (now_ms - throttle->since_ms > COUNTED_MAX_MS) {
		throttle->since_ms = now_ms - (now_ms - throttle->since_ms) / 2;
		throttle->busy_ms /= 2;
	}
}

void throttle_start(struct throttle *throttle, int64_t now_ms)
{
	turn(throttle, now_ms);
	throttle->in_flight++;
}

void throttle_done(struct throttle *throttle, int64_t now_ms)
{
	assert(throttle->in_flight > 0);
	turn(throttle, now_ms);
	throttle->in_flight--;
}

void throttle_spent(struct throttle *throttle, int64_t wait_ms, int64_t now_ms)
{
	turn(throttle, now_ms);
	int64_t all_ms = now_ms - throttle->since_ms + wait_ms;
	bool is_ours = throttle->busy_ms * THROTTLE_SHARE >= all_ms;
	int64_t busy_ms = throttle->busy_ms;
	throttle->since_ms = throttle->eased_ms = now_ms + wait_ms;
	throttle->busy_ms = 0;
	if (!is_ours)
		return;
	int64_t stretch = 2 * all_ms * 1000 / (busy_ms > 0 ? busy_ms : 1);
	if (stretch > THROTTLE_STRETCH_FIRST)
		stretch = THROTTLE_STRETCH_FIRST;
	if (stretch < 2 * throttle->stretch)
		stretch = 2 * throttle->stretch;
	throttle->stretch =
		stretch < THROTTLE_STRETCH_MAX ? stretch : THROTTLE_STRETCH_MAX;
	throttle->wait_ms = wait_ms;
}

int64_t throttle_ready(const struct throttle *throttle, int64_t now_ms)
{
	if (throttle->stretch == 0 || throttle->now_ms == INT64_MIN)
		return now_ms;
	int64_t owed_us = owed(throttle, now_ms);
	int64_t paid_each_ms = 1000 - throttle->in_flight * throttle->stretch;
	if (owed_us == 0)
		return now_ms;
	if (paid_each_ms <= 0)
		return INT64_MAX;
	return now_ms + (owed_us + paid_each_ms - 1) / paid_each_ms;
}
