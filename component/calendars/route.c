#include "component/calendars/calendar.h"

#include "base/log.h"
#include "component/settings/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where a mailbox was found that is not where the configuration has it. */
struct learnt_route {
	UT_hash_handle hh; // calendars::learnt, by the pointer `jid`
	struct name *jid;  // owned reference
	int gateway;
};

enum phase {
	PHASE_OVER,    // it is where it was found
	PHASE_ASKED,   // calendar.gateway was asked
	PHASE_WAITING, // calendar.gateway does not answer, and who does does not have it
	PHASE_LOST,    // nobody has it: it is back at the first
};

struct route_search {
	struct timer timer; // monotonic: the end of ASKED and of WAITING
	struct person *person;
	enum phase phase;
	bool said;        // that nobody has it
	int64_t next_try; // at the first, UTC seconds; 0: not known
	int64_t found_ms; // monotonic, of the first of `finds`
	unsigned finds;
	int64_t asked_ms[]; // monotonic, by gateway; 0: not asked
};

/* ------------------------------------------------------------------ the configuration */

/* All gateways that may have a mailbox, the one that the configuration chooses first;
 * returns how many. */
static size_t candidates(const struct config *config,
	const struct config_mailbox *mailbox, int out_gateways[CONFIG_GATEWAYS_MAX])
{
	const struct config_gateway *gateways[CONFIG_GATEWAYS_MAX];
	size_t n =
		config_gateways_for(config, mailbox->address, mailbox->gateway, gateways);

	for (size_t i = 0; i < n; i++)
		out_gateways[i] = (int)(gateways[i] - config->gateways);
	return n;
}

static size_t candidates_of(
	const struct person *person, int out_gateways[CONFIG_GATEWAYS_MAX])
{
	const struct config *config = person->people->config;
	struct config_mailbox mailbox;

	if (!config_mailbox_for(config, person->jid->text, &mailbox))
		return 0;
	return candidates(config, &mailbox, out_gateways);
}

int route_configured(const struct person *person)
{
	int gateways[CONFIG_GATEWAYS_MAX];

	return candidates_of(person, gateways) > 0 ? gateways[0] : -1;
}

static const char *gateway_name(const struct people *people, int gateway)
{
	return people->config->gateways[gateway].name;
}

/* ------------------------------------------------------------------ what was learnt */

static struct learnt_route *find(
	const struct calendars *calendars, const struct name *jid)
{
	struct learnt_route *route = NULL;

	HASH_FIND(hh, calendars->learnt, &jid, sizeof(jid), route);
	return route;
}

static void remember(struct calendars *calendars, struct name *jid, int gateway)
{
	struct learnt_route *route = find(calendars, jid);

	if (!route) {
		route = calloc(1, sizeof(*route));
		if (!route)
			return; // it is found again after a restart
		route->jid = name_ref(jid);
		HASH_ADD(hh, calendars->learnt, jid, sizeof(route->jid), route);
	}
	route->gateway = gateway;
}

static void drop(struct calendars *calendars, struct learnt_route *route)
{
	/* The analyzer takes the head of the table for the entry that was freed before.
	 */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	HASH_DELETE(hh, calendars->learnt, route);
	names_put(calendars->people->names, route->jid);
	free(route);
}

static void unlearn(struct person *person)
{
	struct calendars *calendars = person->people->calendars;
	struct learnt_route *route = find(calendars, person->jid);

	if (!route)
		return;
	store_del_home(person->people->store, person->jid->text);
	drop(calendars, route);
}

/* Her mailbox was found where calendar.gateway says. */
static void learn(struct person *person)
{
	const struct people *people = person->people;
	const struct calendar *calendar = person->calendar;

	if (calendar->gateway == route_configured(person)) {
		unlearn(person);
		return;
	}
	remember(people->calendars, person->jid, calendar->gateway);
	store_put_home(people->store, person->jid->text, calendar->address,
		gateway_name(people, calendar->gateway), people_now_s(people));
}

static void restore(
	void *context, const char *person, const char *mailbox, const char *gateway)
{
	struct people *people = context;
	int gateways[CONFIG_GATEWAYS_MAX];
	struct config_mailbox known;
	struct name *jid;
	size_t n = 0;
	size_t i = 1; // the first needs not be remembered

	if (config_mailbox_for(people->config, person, &known) &&
		strcmp(known.address, mailbox) == 0)
		n = candidates(people->config, &known, gateways);
	while (i < n && strcmp(gateway_name(people, gateways[i]), gateway) != 0)
		i++;
	if (i >= n) {
		store_del_home(people->store, person);
		return;
	}
	jid = names_get(people->names, person);
	if (jid)
		remember(people->calendars, jid, gateways[i]);
	names_put(people->names, jid);
}

bool route_restore(struct people *people)
{
	return store_each_home(people->store, restore, people);
}

void route_finish(struct people *people)
{
	struct learnt_route *route;
	struct learnt_route *next;

	HASH_ITER (hh, people->calendars->learnt, route, next)
		drop(people->calendars, route);
}

/* The gateway that is to read a mailbox: its index, -1 if none may. */
static int choose(const struct person *person, const struct config_mailbox *mailbox)
{
	const struct people *people = person->people;
	const struct learnt_route *route = find(people->calendars, person->jid);
	int gateways[CONFIG_GATEWAYS_MAX];

	if (route)
		return route->gateway;
	return candidates(people->config, mailbox, gateways) > 0 ? gateways[0] : -1;
}

void route_dress(struct person *person, const struct config_mailbox *mailbox)
{
	person->calendar->gateway = choose(person, mailbox);
}

/* ------------------------------------------------------------------ telling gateways */

bool route_is_searching(const struct person *person)
{
	const struct route_search *search = person->calendar->search;

	return search && (search->phase == PHASE_ASKED || search->phase == PHASE_WAITING);
}

/* Until when her mailbox is known to fail where it is, UTC seconds; 0: not known. */
static int64_t not_before(const struct person *person)
{
	const struct route_search *search = person->calendar->search;

	return search && search->phase == PHASE_LOST ? search->next_try : 0;
}

static void watch(const struct person *person, bool at_once)
{
	const struct people *people = person->people;
	const struct calendars_ports *ports = &people->calendars->ports;
	const struct calendar *calendar = person->calendar;
	bool has_replies = !at_once && oof_is_known(person, people_now_s(people));
	struct gateway_watch order = {
		.mailbox = calendar->mailbox,
		.address = calendar->address,
		.last_read = at_once || !calendar_is_fresh(person) ||
					     calendar->outdated ||
					     route_is_searching(person)
				     ? 0
				     : calendar->read_at,
		.not_before = not_before(person),
		.oof_read = has_replies ? calendar->oof.at : 0,
		.items = reading_is_of_entries(people->config) &&
			 people->config->gateways[calendar->gateway].impersonate,
	};

	ports->watch(ports->context, (unsigned)calendar->gateway, &order);
}

static void unwatch(const struct person *person)
{
	const struct calendars_ports *ports = &person->people->calendars->ports;
	const struct calendar *calendar = person->calendar;

	ports->unwatch(ports->context, (unsigned)calendar->gateway, calendar->mailbox);
}

/* Has her mailbox read by another gateway. */
static void move(struct person *person, int gateway)
{
	struct calendar *calendar = person->calendar;

	if (calendar->wanted)
		unwatch(person);
	calendar->gateway = gateway;
	if (calendar->wanted)
		watch(person, true);
}

void calendar_forget(struct person *person)
{
	int configured = route_configured(person);

	unlearn(person);
	route_undress(person);
	person->calendar->search = NULL;
	if (person->calendar->gateway != configured)
		move(person, configured);
}

/* ------------------------------------------------------------------ the search */

/* Whether a question to a gateway would reach Exchange, by all that is known: one that
 * was not asked anything yet is starting. */
static bool answers(const struct people *people, int gateway)
{
	const struct gateway_state *state = &people->calendars->gateways[gateway];

	return !state->code || state->health == GATEWAY_UP ||
	       state->health == GATEWAY_STARTING;
}

/* Whether a gateway has not said within the hour that it does not have it. */
static bool may_have(const struct person *person, int gateway)
{
	int64_t asked_ms = person->calendar->search->asked_ms[gateway];

	return asked_ms == 0 || person->people->now.mono_ms - asked_ms >= ROUTE_PAUSE_MS;
}

static bool may_ask(const struct person *person, int gateway)
{
	return gateway != person->calendar->gateway && answers(person->people, gateway) &&
	       may_have(person, gateway);
}

static void go_to(
	struct person *person, int gateway, enum phase phase, int64_t patience_ms)
{
	struct people *people = person->people;
	struct route_search *search = person->calendar->search;

	search->phase = phase;
	timers_set(&people->mono, &search->timer, people->now.mono_ms + patience_ms);
	if (person->calendar->gateway != gateway)
		move(person, gateway);
}

static void ask(struct person *person, int gateway)
{
	person->calendar->search->asked_ms[gateway] = person->people->now.mono_ms;
	go_to(person, gateway, PHASE_ASKED, ROUTE_PATIENCE_MS);
}

static void say_lost(struct person *person)
{
	struct route_search *search = person->calendar->search;

	if (!search->said)
		log_warning("a mailbox is at none of the gateways that answer and may "
			    "have it jid=\"%s\" mailbox=\"%s\"",
			person->jid->text, person->calendar->address);
	search->said = true;
}

static void give_up(struct person *person, int first)
{
	struct route_search *search = person->calendar->search;

	timers_cancel(&person->people->mono, &search->timer);
	search->phase = PHASE_LOST;
	if (person->calendar->gateway != first)
		move(person, first);
}

/* Asks the next one, or waits for one that does not answer, or goes back to the first. A
 * mailbox that the first will soon try again has to be there. */
static void go_on(struct person *person)
{
	const struct people *people = person->people;
	bool soon =
		person->calendar->search->next_try < people_now_s(people) + ROUTE_SOON_S;
	int gateways[CONFIG_GATEWAYS_MAX];
	size_t n = candidates_of(person, gateways);
	size_t i = 0;
	size_t silent = 0;

	assert(n > 1); // begin() has seen to it
	while (i < n && !may_ask(person, gateways[i]))
		i++;
	if (i < n) {
		ask(person, gateways[i]);
		return;
	}
	unlearn(person);
	say_lost(person);
	while (silent < n && (answers(people, gateways[silent]) ||
				     !may_have(person, gateways[silent])))
		silent++;
	if (silent < n && !soon)
		go_to(person, gateways[silent], PHASE_WAITING, ROUTE_PAUSE_MS);
	else
		give_up(person, gateways[0]);
}

static void on_time(struct timer *timer, int64_t now_ms)
{
	struct route_search *search = (struct route_search *)timer; // its first member
	struct person *person = search->person;
	const struct people *people = person->people;
	const struct calendar *calendar = person->calendar;
	struct config_mailbox mailbox;

	(void)now_ms;
	if (!answers(people, calendar->gateway))
		search->asked_ms[calendar->gateway] = 0;
	if (calendar->wanted) {
		go_on(person);
	} else if (config_mailbox_for(people->config, person->jid->text, &mailbox)) {
		/* Nobody wants to know any more. */
		search->phase = PHASE_OVER;
		search->asked_ms[calendar->gateway] = 0;
		move(person, choose(person, &mailbox));
	}
}

/* Gives her mailbox the means to be looked for. False: there is nowhere to look, or it
 * is here and there in turns. */
static bool begin(struct person *person)
{
	const struct people *people = person->people;
	struct calendar *calendar = person->calendar;
	int gateways[CONFIG_GATEWAYS_MAX];

	if (candidates_of(person, gateways) < 2)
		return false;
	if (!calendar->search) {
		calendar->search =
			calloc(1, sizeof(*calendar->search) +
					  people->config->n_gateways * sizeof(int64_t));
		if (!calendar->search)
			return false;
		calendar->search->person = person;
		calendar->search->timer.fire = on_time;
	}
	return calendar->search->finds < ROUTE_FINDS_MAX ||
	       people->now.mono_ms - calendar->search->found_ms >= ROUTE_PAUSE_MS;
}

/* Whether Exchange answers there, and refuses everybody until somebody changes a setting:
 * EWS that is not allowed, say. */
static bool refuses(const struct people *people, int gateway)
{
	const struct gateway_state *state = &people->calendars->gateways[gateway];

	return state->code && state->health == GATEWAY_DOWN &&
	       (state->fault == GATEWAY_FAULT_CONFIG ||
		       state->fault == GATEWAY_FAULT_AUTHZ);
}

/* Another gateway than the one that refuses, which answers; -1: there is none. */
static int other_than(const struct person *person, int refusing)
{
	int gateways[CONFIG_GATEWAYS_MAX];
	size_t n = candidates_of(person, gateways);

	for (size_t i = 0; i < n; i++)
		if (gateways[i] != refusing && answers(person->people, gateways[i]))
			return gateways[i];
	return -1;
}

/* Whose gateway refuses everybody is looked for at the others, which may reach it. */
static void leave_refusal(struct person *person)
{
	struct people *people = person->people;
	const struct calendar *calendar = person->calendar;

	if (!calendar->wanted || route_is_searching(person) ||
		!refuses(people, calendar->gateway) ||
		other_than(person, calendar->gateway) < 0 || !begin(person))
		return;
	/* Nothing is to be hoped for there before long. */
	calendar->search->next_try = people_now_s(people) + ROUTE_PAUSE_MS / 1000;
	go_on(person);
}

void route_tell(struct person *person, bool at_once)
{
	if (!person->calendar->wanted) {
		unwatch(person);
		return;
	}
	watch(person, at_once);
	leave_refusal(person);
}

/* Whether the worker tries again by itself, soon. */
static bool passes(const struct gateway_failure *failure)
{
	return !failure->elsewhere && (failure->fault == GATEWAY_FAULT_TRANSIENT ||
					      failure->fault == GATEWAY_FAULT_THROTTLE ||
					      failure->fault == GATEWAY_FAULT_CONNECT ||
					      failure->fault == GATEWAY_FAULT_ANSWER);
}

enum route_news route_on_failure(
	struct person *person, const struct gateway_failure *failure)
{
	const struct calendar *calendar = person->calendar;
	bool was_on = route_is_searching(person);
	bool first = calendar->gateway == route_configured(person);
	struct route_search *search;
	bool said;

	if (was_on && passes(failure))
		return ROUTE_ASIDE;
	if (!was_on && (!failure->elsewhere || !calendar->wanted || !begin(person)))
		return ROUTE_STAYS;
	search = calendar->search;
	said = search->said;
	search->asked_ms[calendar->gateway] = person->people->now.mono_ms;
	if (first)
		search->next_try = failure->next_try;
	go_on(person);
	if (was_on && !first)
		return ROUTE_ASIDE;
	return said && !route_is_searching(person) ? ROUTE_STAYS : ROUTE_SEARCH;
}

void route_on_reading(struct person *person)
{
	struct people *people = person->people;
	const struct calendar *calendar = person->calendar;
	struct route_search *search = calendar->search;
	int64_t now_ms = people->now.mono_ms;

	if (!search || search->phase == PHASE_OVER)
		return;
	timers_cancel(&people->mono, &search->timer);
	search->phase = PHASE_OVER;
	search->said = false;
	search->next_try = 0;
	memset(search->asked_ms, 0,
		people->config->n_gateways * sizeof(search->asked_ms[0]));
	if (search->finds == 0 || now_ms - search->found_ms >= ROUTE_PAUSE_MS) {
		search->found_ms = now_ms;
		search->finds = 0;
	}
	search->finds++;
	learn(person);
	log_info("a mailbox was found jid=\"%s\" mailbox=\"%s\" gateway=%s",
		person->jid->text, calendar->address,
		gateway_name(people, calendar->gateway));
}

/* A gateway that lost its way to Exchange takes its questions with it; one that found it
 * again may have the mailbox. */
static void review(struct person *person, int gateway)
{
	const struct people *people = person->people;
	int gateways[CONFIG_GATEWAYS_MAX];
	struct route_search *search = person->calendar->search;
	bool here = person->calendar->gateway == gateway;
	size_t n;

	if (here && search->phase == PHASE_ASKED && !answers(people, gateway)) {
		search->asked_ms[gateway] = 0;
		go_on(person);
		return;
	}
	if (here && search->phase == PHASE_WAITING && answers(people, gateway)) {
		ask(person, gateway);
		return;
	}
	if ((search->phase != PHASE_LOST && search->phase != PHASE_WAITING) ||
		!person->calendar->wanted || !may_ask(person, gateway))
		return;
	n = candidates_of(person, gateways);
	for (size_t i = 0; i < n; i++)
		if (gateways[i] == gateway)
			ask(person, gateway);
}

void route_on_gateway(struct people *people, unsigned gateway)
{
	for (struct person *person = people->all; person; person = person->after) {
		if (person->calendar->search)
			review(person, (int)gateway);
		leave_refusal(person);
	}
}

void route_undress(struct person *person)
{
	struct route_search *search = person->calendar->search;

	if (search)
		timers_cancel(&person->people->mono, &search->timer);
	free(search);
}
