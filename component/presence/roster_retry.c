#include "component/presence/roster_retry.h"

#include "component/presence/people.h"
#include "component/presence/rosters.h"

void roster_retry_plan(struct engine *engine)
{
	int64_t most_ms = engine->config->publish.roster_max_age_s * 1000;
	int64_t pause_ms = engine->rosters_pause_ms * 2;

	if (timer_is_set(&engine->rosters_retry))
		return;
	if (pause_ms == 0)
		pause_ms = ROSTER_RETRY_MS;
	engine->rosters_pause_ms = pause_ms < most_ms ? pause_ms : most_ms;
	timers_set(&engine->mono, &engine->rosters_retry,
		engine->now.mono_ms + engine->rosters_pause_ms);
}

void roster_retry_soon(struct engine *engine)
{
	if (!timer_is_set(&engine->rosters_room))
		timers_set(&engine->mono, &engine->rosters_room,
			engine->now.mono_ms + ROSTER_RETRY_TICK_MS);
}

void roster_retry_clear(struct engine *engine)
{
	timers_cancel(&engine->mono, &engine->rosters_room);
	timers_cancel(&engine->mono, &engine->rosters_retry);
	engine->rosters_pause_ms = 0;
}

static void on_room(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	rosters_go_on(
		(struct engine *)((char *)timer - offsetof(struct engine, rosters_room)));
}

static void on_retry(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, rosters_retry));
	struct person *person;
	struct person *next;

	(void)now_ms;
	HASH_ITER (hh, engine->people, person, next) {
		if (person->roster.state == ROSTER_FAILED &&
			person->roster.read_ms == 0 &&
			(person_is_online(person) ||
				person->n_watchers > person->n_pending))
			rosters_want(person);
	}
}

void roster_retry_init(struct engine *engine)
{
	engine->rosters_room.fire = on_room;
	engine->rosters_retry.fire = on_retry;
}
