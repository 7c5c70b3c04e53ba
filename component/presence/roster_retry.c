#include "component/presence/roster_retry.h"

#include "component/presence/people.h"
#include "component/presence/rosters.h"

static void wake(struct engine *engine, int64_t at_ms)
{
	struct timer *timer = &engine->rosters_timer;

	if (!timer_is_set(timer) || timer->at > at_ms)
		timers_set(&engine->mono, timer, at_ms);
}

void roster_retry_plan(struct engine *engine)
{
	int64_t most_ms = engine->config->publish.roster_max_age_s * 1000;
	int64_t pause_ms = engine->rosters_pause_ms * 2;

	if (engine->rosters_retry_ms != 0)
		return;
	if (pause_ms == 0)
		pause_ms = ROSTER_RETRY_MS;
	engine->rosters_pause_ms = pause_ms < most_ms ? pause_ms : most_ms;
	engine->rosters_retry_ms = engine->now.mono_ms + engine->rosters_pause_ms;
	wake(engine, engine->rosters_retry_ms);
}

void roster_retry_soon(struct engine *engine)
{
	wake(engine, engine->now.mono_ms + ROSTER_RETRY_TICK_MS);
}

void roster_retry_clear(struct engine *engine)
{
	timers_cancel(&engine->mono, &engine->rosters_timer);
	engine->rosters_retry_ms = 0;
	engine->rosters_pause_ms = 0;
}

static void retry(struct engine *engine)
{
	struct person *person;
	struct person *next;

	engine->rosters_retry_ms = 0;
	HASH_ITER (hh, engine->people, person, next) {
		if (person->roster.state == ROSTER_FAILED &&
			person->roster.read_ms == 0 &&
			(person_is_online(person) ||
				person->n_watchers > person->n_pending))
			rosters_want(person);
	}
}

static void on_timer(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, rosters_timer));

	if (!engine->up)
		return;
	if (engine->rosters_retry_ms != 0 && engine->rosters_retry_ms <= now_ms)
		retry(engine);
	else if (engine->rosters_retry_ms != 0)
		wake(engine, engine->rosters_retry_ms);
	rosters_go_on(engine);
}

void roster_retry_init(struct engine *engine)
{
	engine->rosters_timer.fire = on_timer;
}
