#include "component/engine/engine.h"

#include "base/log.h"
#include "component/calendars/calendars.h"
#include "component/engine/engine_private.h"
#include "component/people/address.h"
#include "component/publish/component_mode.h"
#include "component/publish/publish.h"
#include "component/publish/user_mode.h"
#include "component/rosters/rosters.h"
#include "component/sources/module.h"
#include "component/sources/sources.h"

#include <stdlib.h>

/* Timers fired in one turn, so that a thousand meetings at nine do not hold up the
 * stream. */
#define TIMERS_A_TURN 2000
/* Persons and watchers looked at in one turn, which takes some milliseconds. While
 * the outbox is long nobody is, so that what is queued is bounded however much changes at
 * once. */
#define SETTLED_A_TURN 20000
#define QUEUED_COST 8 // of a row of the store, or a stanza and its row

/* Deletes what is past, every hour. */
#define HOUSEKEEPING_MS 3600000
/* Soon after a start, so that it is done also where reloads come more often. */
#define HOUSEKEEPING_FIRST_MS 60000
#define FORGET_PEOPLE_S (30 * 86400)

/* ------------------------------------------------------------------ people come and go
 */

static bool dress(struct person *person)
{
	return calendar_dress(person) && publish_dress(person);
}

static void undress(struct person *person)
{
	module_drop_person(person);
	publish_undress(person);
	roster_undress(person);
	calendar_undress(person);
}

/* Frees everybody who has no trace left. */
static void sweep_people(struct people *people)
{
	struct person *person;
	struct person *next;

	for (person = people->all; person; person = next) {
		next = person->after;
		if (!person->clients && person->approval == 0 &&
			!component_mode_has_watchers(person) &&
			!calendar_is_wanted(person) && !calendar_is_fresh(person))
			person_destroy(person);
	}
}

static void on_housekeeping(struct timer *timer, int64_t now_ms)
{
	struct people *people = &TIMER_OF(timer, struct engine, housekeeping)->people;
	int64_t now = people_now_s(people);

	sweep_people(people);
	calendars_sweep(people);
	store_forget_before(people->store, now - people->config->calendar.stale_after_s,
		now - FORGET_PEOPLE_S);
	timers_set(&people->mono, timer, now_ms + HOUSEKEEPING_MS);
}

/* ------------------------------------------------------------------ making */

static bool prepare(struct engine *engine)
{
	struct people *people = &engine->people;
	const struct calendars_ports calendars = {
		.watch = engine->ports.watch,
		.unwatch = engine->ports.unwatch,
		.context = engine->ports.context,
	};

	if (!people_init(people))
		return false;
	people->iqs = iqs_create(
		people->names, people->outbox, &people->mono, people->self->text, people);
	engine->housekeeping.fire = on_housekeeping;
	timers_set(&people->mono, &engine->housekeeping,
		people->now.mono_ms + HOUSEKEEPING_FIRST_MS);
	return people->iqs &&
	       sources_init(people, engine->ports.reconnect, engine->ports.context) &&
	       calendars_init(people, &calendars) && publish_init(people);
}

static bool restore(struct people *people)
{
	return sources_restore(people) && publish_restore(people) &&
	       calendars_restore(people);
}

struct engine *engine_create(
	const struct config *config, const struct engine_ports *ports, struct now now)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->ports = *ports;
	engine->people = (struct people){
		.config = config,
		.names = ports->names,
		.outbox = ports->outbox,
		.store = ports->store,
		.now = now,
		.dress = dress,
		.undress = undress,
		.client_dropped = sources_client_dropped,
	};
	if (!prepare(engine) || !restore(&engine->people)) {
		engine_destroy(engine);
		return NULL;
	}
	return engine;
}

void engine_destroy(struct engine *engine)
{
	struct people *people;

	if (!engine)
		return;
	people = &engine->people;
	people->up = false;
	people->stopping = true;
	if (people->iqs)
		iqs_fail_all(people->iqs);
	people_clear(people);
	publish_finish(people);
	calendars_finish(people);
	sources_finish(people);
	iqs_destroy(people->iqs);
	people_finish(people);
	free(engine);
}

/* ------------------------------------------------------------------ the stream */

static void touch_all(struct people *people)
{
	struct person *person;

	for (person = people->all; person; person = person->after)
		person_touch(person);
}

void engine_set_now(struct engine *engine, struct now now)
{
	engine->people.now = now;
}

void engine_link_up(struct engine *engine)
{
	struct people *people = &engine->people;

	people->up = true;
	/* Who is leaving, and a goodbye, need nothing but a stream. */
	touch_all(people);
	if (!people->stopping)
		sources_link_up(people);
}

void engine_link_down(struct engine *engine)
{
	struct people *people = &engine->people;

	people->up = false;
	sources_link_down(people);
	rosters_link_down(people);
	publish_link_down(people);
	iqs_fail_all(people->iqs);
	outbox_clear(people->outbox);
}

/* ------------------------------------------------------------------ the pass */

static void set_change(struct person *person, int64_t again_ms)
{
	struct timers *wall = &person->people->wall;
	int64_t change =
		calendar_is_wanted(person) ? calendar_next_change(person) : AGENDA_NEVER;

	if (change != AGENDA_NEVER && change * 1000 < again_ms)
		again_ms = change * 1000;
	if (again_ms == INT64_MAX)
		timers_cancel(wall, &person->change);
	else
		timers_set(wall, &person->change, again_ms);
}

static void settle(struct person *person)
{
	if (person->people->stopping) {
		publish_retract(person, person->people->next);
		return;
	}
	calendar_want(person, publish_needs(person));
	person->read_at_once = false;
	person->overlaid = calendar_overlay(person) != NULL;
	calendar_say_stale(person);
	set_change(person, publish_show(person));
}

/* Everybody who was touched is looked at once, whatever it was that touched her. */
static void settle_all(struct people *people)
{
	size_t work = 0;

	while (work < SETTLED_A_TURN && people->touched &&
		outbox_has_room(people->outbox)) {
		struct person *person = people_take_touched(people);
		size_t before = outbox_length(people->outbox);
		size_t kept = sources_keep(person);
		size_t after;

		settle(person);
		after = outbox_length(people->outbox);
		work += 1 + component_mode_admitted(person) +
			QUEUED_COST * (kept + (after > before ? after - before : 0));
	}
	publish_settled(people);
}

bool engine_turn(struct engine *engine)
{
	struct people *people = &engine->people;

	(void)timers_fire(&people->mono, people->now.mono_ms, TIMERS_A_TURN);
	(void)timers_fire(&people->wall, people->now.wall_ms, TIMERS_A_TURN);
	settle_all(people);
	return timers_next(&people->mono) <= people->now.mono_ms ||
	       timers_next(&people->wall) <= people->now.wall_ms ||
	       (people->touched && outbox_has_room(people->outbox));
}

int64_t engine_next_wall_ms(const struct engine *engine)
{
	return timers_next(&engine->people.wall);
}

int64_t engine_next_mono_ms(const struct engine *engine)
{
	const struct people *people = &engine->people;

	/* Who still waits to be looked at is more to do at once, while there is room. */
	if (people->touched && outbox_has_room(people->outbox))
		return INT64_MIN;
	return timers_next(&people->mono);
}

void engine_clock_jumped(struct engine *engine)
{
	log_warning("the clock was set: all calendar edges are computed anew");
	touch_all(&engine->people);
}

/* Whoever shows something is looked at once more, by the pass and within its bounds. */
void engine_retract(struct engine *engine, const struct config *next)
{
	struct people *people = &engine->people;

	people->stopping = true;
	people->next = next;
	if (people->up)
		publish_stop(people);
	touch_all(people);
}

bool engine_has_said_all(const struct engine *engine)
{
	const struct people *people = &engine->people;

	return !people->touched && outbox_length(people->outbox) == 0 &&
	       !user_mode_is_telling(people);
}

/* ------------------------------------------------------------------ workers */

void engine_worker_started(struct engine *engine, unsigned gateway)
{
	calendars_tell_worker(&engine->people, gateway);
}

void engine_on_gateway(
	struct engine *engine, unsigned gateway, const struct gateway_message *message)
{
	struct people *people = &engine->people;

	if (message->type == GATEWAY_CALENDAR)
		calendars_on_reading(people, gateway, &message->calendar);
	else if (message->type == GATEWAY_FAILURE)
		calendars_on_failure(people, gateway, &message->failure);
	else if (message->type == GATEWAY_OOF)
		calendars_on_replies(people, gateway, &message->oof);
	else if (message->type == GATEWAY_STATE)
		calendars_on_gateway_state(people, gateway, &message->state);
}

/* ------------------------------------------------------------------ commands */

const struct people *engine_people(const struct engine *engine)
{
	return &engine->people;
}

/* What others were told of her is taken back; that she is online stays known, since no
 * server would tell it again. */
static void forget_person(struct person *person)
{
	struct people *people = person->people;

	component_mode_forget_person(person);
	calendar_forget(person);
	store_forget_person(people->store, person->jid->text);
	if (person->clients) {
		person_touch(person);
		return;
	}
	user_mode_forget(person);
	person_destroy(person);
}

bool engine_forget(struct engine *engine, const char *jid)
{
	struct people *people = &engine->people;
	char bare[JID_SIZE];
	struct person *person;
	struct name *name;
	struct jid parts;
	bool known;

	if (!jid_parse_bare(jid, &parts) ||
		!address_resolve(people->config, &parts, bare))
		return false;
	name = names_get(people->names, bare);
	if (!name)
		return false;
	known = component_mode_forget_watcher(people, name);
	person = name->person;
	if (person)
		forget_person(person);
	/* Rows of somebody who is in the store alone go as well. */
	else if (store_forget_person(people->store, bare))
		known = true;
	names_put(people->names, name);
	return known || person != NULL;
}
