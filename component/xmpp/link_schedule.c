#include "component/xmpp/link_schedule.h"

#include "base/jitter.h"

#define SECOND_MS INT64_C(1000)

/* A stream that held this long was no failure. */
#define HELD_MS (60 * SECOND_MS)

#define BACK_OFF_FIRST_MS (2 * SECOND_MS)
#define BACK_OFF_MAX_MS (60 * SECOND_MS)

/* Someone has to change a configuration first, and each try is a line in the server's
 * log. */
#define REFUSAL_MS (300 * SECOND_MS)
/* The server may hold a dead stream of ours until its own time is over. */
#define CONFLICT_MS (30 * SECOND_MS)

void link_schedule_init(struct link_schedule *schedule, uint32_t seed, int64_t now_ms)
{
	*schedule = (struct link_schedule){
		.random = seed ? seed : 1,
		.up_ms = -1,
		.next_try_ms = now_ms,
	};
}

void link_schedule_up(struct link_schedule *schedule, int64_t now_ms)
{
	schedule->up_ms = now_ms;
	schedule->next_check_ms = now_ms + LINK_PING_EVERY_MS;
	schedule->pinged = false;
	schedule->heard = false;
	schedule->misses = 0;
}

static int64_t back_off(struct link_schedule *schedule)
{
	int64_t pause = BACK_OFF_FIRST_MS;

	for (unsigned i = 1; i < schedule->losses && pause < BACK_OFF_MAX_MS; i++)
		pause *= 2;
	if (pause > BACK_OFF_MAX_MS)
		pause = BACK_OFF_MAX_MS;
	return pause / 2 + jitter_upto(&schedule->random, pause / 2);
}

static int64_t pause_after(struct link_schedule *schedule, enum link_loss loss)
{
	int64_t pause;

	if (loss == LINK_LOSS_SECRET || loss == LINK_LOSS_HOST_UNKNOWN)
		pause = REFUSAL_MS;
	else if (loss == LINK_LOSS_CONFLICT)
		pause = CONFLICT_MS;
	else
		return back_off(schedule);
	return pause + jitter_upto(&schedule->random, pause / 10);
}

void link_schedule_lost(
	struct link_schedule *schedule, enum link_loss loss, int64_t now_ms)
{
	if (schedule->up_ms >= 0 && now_ms - schedule->up_ms >= HELD_MS)
		schedule->losses = 0;
	schedule->losses++;
	schedule->up_ms = -1;
	schedule->next_try_ms = now_ms + pause_after(schedule, loss);
}

void link_schedule_heard(struct link_schedule *schedule)
{
	schedule->heard = true;
}

enum link_check link_schedule_check(struct link_schedule *schedule, int64_t now_ms)
{
	if (now_ms < schedule->next_check_ms)
		return LINK_CHECK_FINE;
	if (schedule->pinged && !schedule->heard)
		schedule->misses++;
	else
		schedule->misses = 0;
	if (schedule->misses == LINK_MISSES_MAX)
		return LINK_CHECK_DEAD;
	schedule->pinged = true;
	schedule->heard = false;
	schedule->next_check_ms = now_ms + LINK_PING_EVERY_MS;
	return LINK_CHECK_PING;
}
