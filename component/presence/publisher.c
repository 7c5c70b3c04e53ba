#include "component/presence/publisher.h"

#include "component/presence/calendars.h"
#include "component/presence/checks.h"
#include "component/presence/component_view.h"
#include "component/presence/overlay.h"
#include "component/presence/people.h"
#include "component/presence/rosters.h"
#include "component/presence/servers.h"
#include "component/presence/source.h"
#include "component/presence/stale.h"
#include "component/presence/trust.h"
#include "component/presence/user_view.h"
#include "component/presence/watchers.h"

#include <stdlib.h>

static void set_edge(struct person *person)
{
	struct timers *wall = &person->engine->wall;
	int64_t change = overlay_next_change(person);

	if (change == AGENDA_NEVER)
		timers_cancel(wall, &person->edge);
	else
		timers_set(wall, &person->edge, rosters_before(person, change * 1000));
}

void publisher_update(struct person *person)
{
	if (person->calendar.watched && person->calendar.read_at != 0 &&
		!calendar_is_fresh(person) && !person->calendar.stale_said)
		stale_say(person);
	set_edge(person);
	component_view_update(person);
	user_view_update(person);
}

void publisher_on_edge(struct timer *timer, int64_t now_ms)
{
	struct person *person =
		(struct person *)((char *)timer - offsetof(struct person, edge));

	(void)now_ms;
	publisher_update(person);
}

void publisher_resource_changed(
	struct person *person, struct resource *resource, bool is_new)
{
	user_view_broadcast(person, resource);
	publisher_update(person);
	/* Who was online before us has been told by now, or will be. A partial server
	 * does not say that an earlier session of this client had ended. */
	if ((is_new || !person->server->complete) && person->server->synced)
		user_view_greet(person->engine, resource->full);
}

void publisher_resource_gone(struct person *person, struct resource *resource)
{
	user_view_gone(person, resource);
}

void publisher_unseen(struct person *person)
{
	if (person->engine->up)
		user_view_goodbye(person);
}

void publisher_resource_lost(struct person *person, struct resource *resource)
{
	user_view_lost(person, resource);
}

void publisher_update_domain(struct server *server)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, server->engine->people, person, next) {
		if (person->server != server)
			continue;
		watchers_review(person);
		user_view_repair(person);
		publisher_update(person);
	}
}

static void on_held(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	publisher_update_domain(
		(struct server *)((char *)timer - offsetof(struct server, hold)));
}

void publisher_synced(struct server *server)
{
	struct engine *engine = server->engine;
	struct person *person;
	struct person *next;

	server->hold.fire = on_held;
	timers_set(&engine->mono, &server->hold, engine->now.mono_ms + PUBLISHER_HOLD_MS);
	trust_say_why_not(server);
	HASH_ITER (hh, engine->people, person, next) {
		if (person->server == server &&
			(person_is_online(person) || person->n_watchers > 0))
			rosters_want_once(person);
	}
	publisher_update_domain(server);
	checks_wake(engine);
}

void publisher_server_changed(struct server *server)
{
	if (server->synced)
		publisher_synced(server);
}

void publisher_roster_changed(struct person *person)
{
	watchers_review(person);
	calendar_review(person, true);
	publisher_update(person);
	user_view_welcome(person);
}

void publisher_repeat(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next) {
		component_view_repeat(person);
		user_view_repeat(person);
	}
	source_repeat(engine);
}

void publisher_clock_jumped(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next)
		publisher_update(person);
}

void publisher_stop(struct engine *engine)
{
	struct person *person;
	struct person *next;

	engine->stopping = true;
	HASH_ITER (hh, engine->people, person, next) {
		if (!engine->up)
			continue;
		component_view_goodbye(person);
		user_view_goodbye(person);
	}
}
