#include "component/calendars/calendars.h"

#include "base/log.h"
#include "component/calendars/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts of a gateway's last state. */
struct gateway_texts {
	char code[64];
	char text[GATEWAY_TEXT_MAX];
	char version[32];
	char request_version[32];
	char endpoint[GATEWAY_TEXT_MAX + 1];
};

/* How long a person who comes into sight waits for a reading at most, where the last one
 * would show her in a meeting that may be over or cancelled. */
#define AWAIT_MS 5000

/* ------------------------------------------------------------------ growing stale */

/* The first is said by name, those of the next minute as a number, since a gateway that
 * is down takes everybody's calendar with it. */
#define STALE_COLLECT_MS 60000

static void on_stale_timer(struct timer *timer, int64_t now_ms)
{
	struct calendars *calendars = TIMER_OF(timer, struct calendars, stale_timer);

	(void)now_ms;
	if (calendars->n_stale > 0)
		log_warning("%zu more calendars have grown stale and count as unknown",
			calendars->n_stale);
	calendars->n_stale = 0;
}

void calendar_say_stale(struct person *person)
{
	struct people *people = person->people;
	struct calendars *calendars = people->calendars;
	struct calendar *calendar = person->calendar;

	if (!calendar->wanted || calendar->read_at == 0 || calendar->stale_said ||
		calendar_is_fresh(person))
		return;
	calendar->stale_said = true;
	if (timer_is_set(&calendars->stale_timer)) {
		calendars->n_stale++;
		return;
	}
	log_warning("a calendar has grown stale and counts as unknown jid=\"%s\" "
		    "mailbox=\"%s\" age_s=%lld",
		person->jid->text, calendar->address,
		(long long)(people_now_s(people) - calendar->read_at));
	timers_set(&people->mono, &calendars->stale_timer,
		people->now.mono_ms + STALE_COLLECT_MS);
}

/* ------------------------------------------------------------------ all together */

bool calendars_init(struct people *people, const struct calendars_ports *ports)
{
	struct calendars *calendars = calloc(1, sizeof(*calendars));
	size_t n = people->config->n_gateways;

	if (!calendars)
		return false;
	people->calendars = calendars;
	calendars->people = people;
	calendars->ports = *ports;
	calendars->stale_timer.fire = on_stale_timer;
	calendars->gateways = calloc(n + 1, sizeof(*calendars->gateways));
	calendars->gateway_texts = calloc(n + 1, sizeof(*calendars->gateway_texts));
	return calendars->gateways && calendars->gateway_texts && probe_init(people) &&
	       route_restore(people);
}

bool calendars_restore(struct people *people)
{
	return reading_restore(people) && oof_restore(people);
}

void calendars_finish(struct people *people)
{
	struct calendars *calendars = people->calendars;

	if (!calendars)
		return;
	probe_finish(people);
	route_finish(people);
	timers_cancel(&people->mono, &calendars->stale_timer);
	table_finish(&calendars->mailboxes);
	free(calendars->gateways);
	free(calendars->gateway_texts);
	free(calendars);
	people->calendars = NULL;
}

/* ------------------------------------------------------------------ one calendar */

bool calendar_dress(struct person *person)
{
	struct people *people = person->people;
	struct calendars *calendars = people->calendars;
	struct config_mailbox mailbox;
	bool has = config_mailbox_for(people->config, person->jid->text, &mailbox);
	size_t n = has ? strlen(mailbox.address) : 0;
	struct calendar *calendar = calloc(1, sizeof(*calendar) + n + 1);

	if (!calendar)
		return false;
	person->calendar = calendar;
	calendar->person = person;
	calendar->gateway = -1;
	if (!has)
		return true;
	memcpy(calendar->address, mailbox.address, n);
	route_dress(person, &mailbox);
	if (calendar->gateway < 0)
		return true;
	calendar->mailbox = calendars->last_mailbox + 1;
	if (!table_add(&calendars->mailboxes, calendar)) {
		calendar->mailbox = 0;
		return false;
	}
	calendars->last_mailbox++;
	return true;
}

void calendar_undress(struct person *person)
{
	struct people *people = person->people;
	struct calendar *calendar = person->calendar;

	if (!calendar)
		return;
	if (calendar->wanted && !people->stopping) {
		calendar->wanted = false;
		route_tell(person, false);
	}
	probe_undress(person);
	if (calendar->mailbox != 0)
		table_remove(&people->calendars->mailboxes, calendar);
	route_undress(person);
	reading_finish(calendar);
	free(calendar);
	person->calendar = NULL;
}

/* Whether what was read is older than what is shown of anybody in sight. */
static bool is_overtaken(const struct person *person)
{
	const struct calendar *calendar = person->calendar;
	const struct people *people = person->people;

	return calendar->gateway >= 0 && calendar_is_fresh(person) &&
	       people_now_s(people) - calendar->read_at >
		       people->config->gateways[calendar->gateway].poll_interval_s;
}

int64_t calendar_awaited_until(const struct person *person)
{
	const struct calendar *calendar = person->calendar;
	int64_t now_ms = person->people->now.wall_ms;

	if (!calendar->wanted)
		return is_overtaken(person) ? now_ms + AWAIT_MS : 0;
	return calendar->awaited_until_ms > now_ms ? calendar->awaited_until_ms : 0;
}

void calendar_want(struct person *person, bool wanted)
{
	struct calendar *calendar = person->calendar;
	bool at_once = person->read_at_once;

	person->read_at_once = false;
	wanted = wanted && calendar->mailbox != 0 && !person->people->stopping;
	if (wanted == calendar->wanted)
		return;
	calendar->wanted = wanted;
	calendar->awaited_until_ms = wanted && at_once && is_overtaken(person)
					     ? person->people->now.wall_ms + AWAIT_MS
					     : 0;
	log_debug("a calendar is %s jid=\"%s\" topic=calendars",
		wanted ? "to be read" : "not to be read any more", person->jid->text);
	route_tell(person, at_once);
}

bool calendar_is_wanted(const struct person *person)
{
	return person->calendar->wanted;
}

int64_t calendar_read_at(const struct person *person)
{
	return person->calendar->read_at;
}

enum cal_state calendar_state(const struct person *person)
{
	return reading_state(person, people_now_s(person->people));
}

/* ------------------------------------------------------------------ the overlay */

/* What lies on her presence at an instant, as far as is known now. Automatic replies are
 * the strongest that a calendar can say, where the configuration shows them. */
static const struct overlay *overlay_at(const struct person *person, int64_t t)
{
	const struct overlay *of = reading_mapping(person)->of;
	enum cal_state state = CAL_OOF;

	if (!of[CAL_OOF].active || !oof_is_on(person, t))
		state = reading_state(person, t);
	return of[state].active ? &of[state] : NULL;
}

const struct overlay *calendar_overlay(const struct person *person)
{
	return overlay_at(person, people_now_s(person->people));
}

static int64_t next_edge(const struct person *person, int64_t t)
{
	int64_t calendar = reading_next_edge(person, t);
	int64_t oof = oof_next_edge(person, t);

	return calendar < oof ? calendar : oof;
}

int64_t calendar_next_change(const struct person *person)
{
	const struct overlay *overlay = calendar_overlay(person);
	int64_t stale_at = reading_stale_at(person);
	int64_t t = next_edge(person, people_now_s(person->people));

	while (t != AGENDA_NEVER && t != stale_at && overlay_at(person, t) == overlay)
		t = next_edge(person, t);
	return t;
}

bool calendar_goes_on(const struct person *person)
{
	int64_t change = calendar_next_change(person);

	return change != AGENDA_NEVER && overlay_at(person, change);
}

/* ------------------------------------------------------------------ for reports */

static void add_replies(const struct person *person, struct calendar_facts *facts)
{
	const struct store_replies *oof = &person->calendar->oof;
	int64_t now = people_now_s(person->people);

	if (!person->people->config->calendar.automatic_replies)
		return;
	facts->replies_known = oof_is_known(person, now);
	facts->replies_on = oof_is_on(person, now);
	facts->replies_at = oof->at;
	facts->replies_from = oof->from;
	facts->replies_to = oof->to;
}

struct calendar_facts calendar_facts(const struct person *person)
{
	const struct people *people = person->people;
	const struct config_gateway *gateways = people->config->gateways;
	const struct calendar *calendar = person->calendar;
	int configured = route_configured(person);
	struct calendar_facts facts = {
		.mailbox = *calendar->address ? calendar->address : NULL,
		.configured_gateway = configured < 0 ? NULL : gateways[configured].name,
		.looked_for = route_is_searching(person),
		.wanted = calendar->wanted,
		.state = calendar_state(person),
		.read_at = calendar->read_at,
		.stale_at = reading_stale_at(person),
		.next_edge = reading_next_edge(person, people_now_s(people)),
		.failure = calendar->failure,
		.rule_hits = calendar->rule_hits,
		.n_rule_hits = calendar->n_rule_hits,
	};

	if (calendar->gateway >= 0) {
		facts.gateway = gateways[calendar->gateway].name;
		facts.gateway_state =
			calendars_gateway_state(people, (unsigned)calendar->gateway);
	}
	add_replies(person, &facts);
	return facts;
}

/* ------------------------------------------------------------------ from the workers */

void calendars_tell_worker(struct people *people, unsigned gateway)
{
	for (struct person *person = people->all; person; person = person->after) {
		if (person->calendar->wanted && person->calendar->gateway == (int)gateway)
			route_tell(person, false);
	}
	probe_tell_worker(people, gateway);
}

struct calendar *calendars_find(const struct people *people, uint32_t mailbox)
{
	size_t tries = 0;

	return table_next(&people->calendars->mailboxes, mailbox, &tries);
}

/* Whose mailbox it is; NULL: nobody's, or not of this gateway any more. */
static struct person *whose(struct people *people, unsigned gateway, uint32_t mailbox)
{
	const struct calendar *calendar = calendars_find(people, mailbox);

	if (!calendar || calendar->gateway != (int)gateway)
		return NULL;
	return calendar->person;
}

void calendars_on_reading(
	struct people *people, unsigned gateway, const struct gateway_calendar *reading)
{
	struct person *person = whose(people, gateway, reading->mailbox);

	/* A reading is never newer than now, whatever a worker's clock may say. */
	if (!person || reading->from >= reading->to ||
		reading->read_at > people_now_s(people) + 1)
		return;
	if (!reading_apply(person, reading))
		return;
	log_debug("a calendar was read jid=\"%s\" gateway=%s events=%u state=%s "
		  "topic=calendars",
		person->jid->text, people->config->gateways[gateway].name,
		(unsigned)reading->n, cal_state_name(calendar_state(person)));
	reading_keep(person, reading);
	route_on_reading(person);
	person->calendar->awaited_until_ms = 0;
	person_touch(person);
}

void calendars_on_replies(
	struct people *people, unsigned gateway, const struct gateway_oof *oof)
{
	struct person *person = whose(people, gateway, oof->mailbox);

	if (person)
		oof_learn(person, oof);
}

/* With its texts in one block; NULL: no memory. */
static struct calendar_failure *copy_failure(const struct gateway_failure *failure)
{
	struct calendar_failure *copy;
	char *at;

	copy = malloc(sizeof(*copy) + strlen(failure->code) + strlen(failure->text) + 2);
	if (!copy)
		return NULL;
	at = (char *)(copy + 1);
	*copy = (struct calendar_failure){.fault = (enum gateway_fault)failure->fault,
		.at = failure->at,
		.next_try = failure->next_try,
		.code = at};
	at = stpcpy(at, failure->code) + 1;
	copy->text = at;
	(void)stpcpy(at, failure->text);
	return copy;
}

/* What nobody but the mailbox' own administrator mends is said at once, what may pass
 * when it has lasted; each of them once. */
static bool is_worth_a_line(const struct gateway_failure *failure,
	const struct calendar_failure *before, unsigned n)
{
	if (failure->fault == GATEWAY_FAULT_MAILBOX)
		return strcmp(before ? before->code : "", failure->code) != 0;
	return n == CALENDAR_FAILURES_LASTING;
}

/* A failed refresh changes nothing but what `why` says. */
static void note_failure(
	struct person *person, const struct gateway_failure *failure, bool warns)
{
	struct calendar *calendar = person->calendar;
	struct calendar_failure *known = copy_failure(failure);

	if (!known)
		return;
	known->n = calendar->failure ? calendar->failure->n + 1 : 1;
	if (warns && is_worth_a_line(failure, calendar->failure, known->n))
		log_warning("a calendar cannot be read: %s jid=\"%s\" mailbox=\"%s\" "
			    "code=%s attempts=%u",
			failure->text, person->jid->text, calendar->address,
			*failure->code ? failure->code : "none", known->n);
	free(calendar->failure);
	calendar->failure = known;
}

void calendars_on_failure(
	struct people *people, unsigned gateway, const struct gateway_failure *failure)
{
	struct person *person = whose(people, gateway, failure->mailbox);
	enum route_news news;

	if (!person)
		return;
	log_debug("a calendar was not read jid=\"%s\" gateway=%s fault=%s code=%s "
		  "topic=calendars",
		person->jid->text, people->config->gateways[gateway].name,
		gateway_fault_name((enum gateway_fault)failure->fault), failure->code);
	news = route_on_failure(person, failure);
	if (news != ROUTE_ASIDE)
		note_failure(person, failure, news == ROUTE_STAYS);
	person->calendar->awaited_until_ms = 0;
	person_touch(person);
}

/* ------------------------------------------------------------------ gateways */

static void say_gateway(const struct people *people, unsigned gateway)
{
	const struct gateway_state *state = &people->calendars->gateways[gateway];
	const char *name = people->config->gateways[gateway].name;
	const char *code = *state->code ? state->code : "none";

	switch ((enum gateway_health)state->health) {
	case GATEWAY_STARTING:
		log_info("a gateway starts gateway=%s", name);
		return;
	case GATEWAY_UP:
		log_info("a gateway answers gateway=%s version=\"%s\"", name,
			state->server_version);
		return;
	case GATEWAY_WAITING:
		log_warning(
			"a gateway asks us to wait; calendars stay as they were read: %s "
			"gateway=%s code=%s",
			state->text, name, code);
		return;
	case GATEWAY_LOCKED:
		log_error("a gateway refuses our log-on; one attempt every 15 minutes "
			  "until the log-on succeeds: %s gateway=%s",
			state->text, name);
		return;
	case GATEWAY_DOWN:
		log_error("a gateway fails; calendars stay as they were read until they "
			  "are stale: %s gateway=%s fault=%s code=%s",
			state->text, name,
			gateway_fault_name((enum gateway_fault)state->fault), code);
		return;
	}
}

/* What comes without a fault is something to know although all goes well, once. */
static void say_hint(const struct people *people, unsigned gateway)
{
	const struct gateway_state *state = &people->calendars->gateways[gateway];

	if (state->health == GATEWAY_UP && state->fault == GATEWAY_FAULT_NONE &&
		*state->text)
		log_warning("%s gateway=%s", state->text,
			people->config->gateways[gateway].name);
}

/* A copy of what may be NULL. */
static const char *keep_text(char *room, size_t size, const char *text)
{
	(void)snprintf(room, size, "%s", text ? text : "");
	return room;
}

#define KEEP(room, text) keep_text(room, sizeof(room), text)

void calendars_on_gateway_state(
	struct people *people, unsigned gateway, const struct gateway_state *state)
{
	struct gateway_texts *texts = &people->calendars->gateway_texts[gateway];
	struct gateway_state *known = &people->calendars->gateways[gateway];
	bool changed = !known->code || known->health != state->health;
	bool otherwise = changed || known->fault != state->fault;

	*known = *state;
	known->code = KEEP(texts->code, state->code);
	known->text = KEEP(texts->text, state->text);
	known->server_version = KEEP(texts->version, state->server_version);
	known->request_version = KEEP(texts->request_version, state->request_version);
	known->endpoint = KEEP(texts->endpoint, state->endpoint);
	if (changed)
		say_gateway(people, gateway);
	if (otherwise)
		route_on_gateway(people, gateway);
	say_hint(people, gateway);
	probe_review(people, gateway);
}

const struct gateway_state *calendars_gateway_state(
	const struct people *people, unsigned gateway)
{
	return &people->calendars->gateways[gateway];
}
