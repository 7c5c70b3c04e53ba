#include "component/presence/stale.h"

#include "base/log.h"

static void on_timer(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, stale_timer));

	(void)now_ms;
	if (engine->n_stale > 0)
		log_warning("%zu more calendars have grown stale and count as unknown",
			engine->n_stale);
	engine->n_stale = 0;
}

void stale_init(struct engine *engine)
{
	engine->stale_timer.fire = on_timer;
}

void stale_say(struct person *person)
{
	struct engine *engine = person->engine;

	person->calendar.stale_said = true;
	if (timer_is_set(&engine->stale_timer)) {
		engine->n_stale++;
		return;
	}
	log_warning("a calendar has grown stale and counts as unknown jid=\"%s\" "
		    "mailbox=\"%s\" age_s=%lld",
		person->jid->text, person->calendar.address,
		(long long)(now_s(engine) - person->calendar.read_at));
	timers_set(&engine->mono, &engine->stale_timer,
		engine->now.mono_ms + STALE_COLLECT_MS);
}
