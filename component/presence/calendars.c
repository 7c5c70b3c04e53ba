#include "component/presence/calendars.h"

#include "base/log.h"
#include "component/presence/homes.h"
#include "component/presence/moves.h"
#include "component/presence/people.h"
#include "component/presence/publisher.h"
#include "component/presence/readings.h"
#include "component/presence/replies.h"
#include "component/presence/rooms.h"
#include "component/presence/servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool calendar_init(struct person *person)
{
	struct engine *engine = person->engine;
	struct calendar *calendar = &person->calendar;
	struct config_mailbox mailbox;

	calendar->person = person;
	calendar->gateway = -1;
	person->edge.fire = publisher_on_edge;
	if (!config_mailbox_for(engine->config, person->jid->text, &mailbox))
		return true;
	calendar->address = strdup(mailbox.address);
	if (calendar->address == NULL)
		return false;
	calendar->gateway = homes_choose(engine, person->jid, &mailbox);
	if (calendar->gateway < 0)
		return true;
	calendar->mailbox = ++engine->next_mailbox;
	HASH_ADD(hh, engine->mailboxes, mailbox, sizeof(calendar->mailbox), calendar);
	return true;
}

void calendar_finish(struct person *person)
{
	struct engine *engine = person->engine;
	struct calendar *calendar = &person->calendar;

	timers_cancel(&engine->wall, &person->edge);
	if (calendar->watched && !engine->stopping)
		engine->ports.unwatch(engine->ports.context, (unsigned)calendar->gateway,
			calendar->mailbox);
	if (calendar->mailbox != 0)
		HASH_DELETE(hh, engine->mailboxes, calendar);
	moves_finish(person);
	agenda_finish(&calendar->agenda);
	free(calendar->ruled);
	free(calendar->failure);
	free(calendar->address);
}

int64_t calendar_stale_at(const struct person *person)
{
	if (person->calendar.read_at == 0)
		return 0;
	return person->calendar.read_at + person->engine->config->calendar.stale_after_s;
}

bool calendar_is_fresh(const struct person *person)
{
	return now_s(person->engine) < calendar_stale_at(person);
}

enum cal_state calendar_state(const struct person *person)
{
	if (!calendar_is_fresh(person))
		return CAL_UNKNOWN;
	return agenda_state(&person->calendar.agenda, now_s(person->engine));
}

int64_t calendar_next_change(const struct person *person)
{
	int64_t edge;

	if (!calendar_is_fresh(person))
		return AGENDA_NEVER;
	edge = agenda_next_edge(&person->calendar.agenda, now_s(person->engine));
	return edge < calendar_stale_at(person) ? edge : calendar_stale_at(person);
}

/* Somebody could see the difference: she has a client (or is shown while offline), and
 * there is a watcher or may be one. */
static bool is_wanted(const struct person *person)
{
	const struct config_publish *publish = &person->engine->config->publish;
	bool shown = person_is_online(person) || person_is_room(person) ||
		     publish->offline == CONFIG_OFFLINE_OVERLAY;

	if (person->calendar.mailbox == 0 || person->engine->stopping)
		return false;
	if (shown && (publish->modes & CONFIG_MODE_COMPONENT) != 0 &&
		person->n_watchers > person->n_pending)
		return true;
	/* Without a contact too: edges are when a first one would be found. */
	return (publish->modes & CONFIG_MODE_USER) != 0 && person_is_online(person) &&
	       server_user_mode(person->server) && person->roster.read_ms != 0;
}

static void watch(struct person *person, bool at_once)
{
	const struct engine *engine = person->engine;
	const struct calendar *calendar = &person->calendar;
	bool has_replies = !at_once && replies_are_known(person);
	struct gateway_watch order = {
		.mailbox = calendar->mailbox,
		.address = calendar->address,
		.last_read = at_once || !calendar_is_fresh(person) ||
					     calendar->outdated ||
					     moves_is_looking(person)
				     ? 0
				     : calendar->read_at,
		.not_before = moves_not_before(person),
		.replies_read = has_replies ? person->replies.at : 0,
		.items = readings_are_of_entries(engine->config) &&
			 engine->config->gateways[calendar->gateway].impersonate,
	};

	engine->ports.watch(engine->ports.context, (unsigned)calendar->gateway, &order);
}

void calendar_review(struct person *person, bool at_once)
{
	const struct engine *engine = person->engine;
	struct calendar *calendar = &person->calendar;
	bool wanted = is_wanted(person);

	if (wanted == calendar->watched)
		return;
	calendar->watched = wanted;
	if (wanted)
		watch(person, at_once);
	else
		engine->ports.unwatch(engine->ports.context, (unsigned)calendar->gateway,
			calendar->mailbox);
}

void calendar_move(struct person *person, int gateway)
{
	const struct engine *engine = person->engine;
	struct calendar *calendar = &person->calendar;

	if (calendar->watched)
		engine->ports.unwatch(engine->ports.context, (unsigned)calendar->gateway,
			calendar->mailbox);
	calendar->gateway = gateway;
	if (calendar->watched)
		watch(person, true);
}

void calendars_tell_worker(struct engine *engine, unsigned gateway)
{
	struct calendar *calendar;
	struct calendar *next;

	HASH_ITER (hh, engine->mailboxes, calendar, next) {
		if (calendar->watched && calendar->gateway == (int)gateway)
			watch(calendar->person, false);
	}
}

struct person *calendars_whose(struct engine *engine, unsigned gateway, uint32_t mailbox)
{
	struct calendar *calendar = NULL;

	HASH_FIND(hh, engine->mailboxes, &mailbox, sizeof(mailbox), calendar);
	if (calendar == NULL || calendar->gateway != (int)gateway)
		return NULL;
	return calendar->person;
}

void calendars_on_reading(
	struct engine *engine, unsigned gateway, const struct gateway_calendar *reading)
{
	struct person *person = calendars_whose(engine, gateway, reading->mailbox);

	/* A reading is never newer than now, whatever a worker's clock may say. */
	if (person == NULL || reading->from >= reading->to ||
		reading->read_at > now_s(engine) + 1)
		return;
	if (!reading_apply(person, reading))
		return;
	reading_keep(person, reading);
	moves_on_reading(person);
	publisher_update(person);
}

/* A failed refresh changes nothing but what `why` says. */
static void note_failure(
	struct person *person, const struct gateway_failure *failure, bool warns)
{
	struct failure *known = person->calendar.failure;

	if (known == NULL)
		known = person->calendar.failure = calloc(1, sizeof(*known));
	if (known == NULL)
		return;
	if (warns && failure->fault == GATEWAY_FAULT_MAILBOX &&
		strcmp(known->code, failure->code) != 0)
		log_warning(
			"a calendar cannot be read: %s jid=\"%s\" mailbox=\"%s\" code=%s",
			failure->text, person->jid->text, person->calendar.address,
			failure->code);
	known->fault = (enum gateway_fault)failure->fault;
	known->at = failure->at;
	known->next_try = failure->next_try;
	(void)snprintf(known->code, sizeof(known->code), "%s", failure->code);
	(void)snprintf(known->text, sizeof(known->text), "%s", failure->text);
}

void calendars_on_failure(
	struct engine *engine, unsigned gateway, const struct gateway_failure *failure)
{
	struct person *person = calendars_whose(engine, gateway, failure->mailbox);
	enum moves_word word;

	if (person == NULL)
		return;
	word = moves_on_failure(person, failure);
	if (word != MOVES_ASIDE)
		note_failure(person, failure, word == MOVES_NONE);
}

bool calendars_restore(struct engine *engine)
{
	return store_each_calendar(engine->ports.store, reading_restore, engine);
}
