#include "component/presence/search.h"

#include "base/log.h"
#include "component/presence/calendars.h"
#include "component/presence/homes.h"

#include <stdlib.h>
#include <string.h>

enum phase {
	PHASE_OVER,    // it is where it was found
	PHASE_ASKED,   // calendar.gateway was asked
	PHASE_WAITING, // calendar.gateway does not answer, and who does does not have it
	PHASE_LOST,    // nobody has it: it is back at the first
};

struct search {
	struct timer timer; // monotonic: the end of ASKED and of WAITING
	struct person *person;
	enum phase phase;
	bool said;        // that nobody has it
	int64_t next_try; // at the first, UTC seconds; 0: not known
	int64_t found_ms; // monotonic, of the first of `finds`
	unsigned finds;
	int64_t asked_ms[]; // monotonic, by gateway; 0: not asked
};

bool search_is_on(const struct person *person)
{
	const struct search *search = person->calendar.search;

	return search != NULL &&
	       (search->phase == PHASE_ASKED || search->phase == PHASE_WAITING);
}

int64_t search_not_before(const struct person *person)
{
	const struct search *search = person->calendar.search;

	return search != NULL && search->phase == PHASE_LOST ? search->next_try : 0;
}

/* Whether a question to a gateway would reach Exchange, by all that is known: one that
 * was not asked anything yet is starting. */
static bool answers(const struct engine *engine, int gateway)
{
	const struct gateway_state *state = &engine->gateways[gateway];

	return state->code == NULL || state->health == GATEWAY_UP ||
	       state->health == GATEWAY_STARTING;
}

/* Whether a gateway has not said within the hour that it does not have it. */
static bool may_have(const struct person *person, int gateway)
{
	int64_t asked_ms = person->calendar.search->asked_ms[gateway];

	return asked_ms == 0 || person->engine->now.mono_ms - asked_ms >= SEARCH_PAUSE_MS;
}

static bool may_ask(const struct person *person, int gateway)
{
	return gateway != person->calendar.gateway && answers(person->engine, gateway) &&
	       may_have(person, gateway);
}

static void go_to(
	struct person *person, int gateway, enum phase phase, int64_t patience_ms)
{
	struct engine *engine = person->engine;
	struct search *search = person->calendar.search;

	search->phase = phase;
	timers_set(&engine->mono, &search->timer, engine->now.mono_ms + patience_ms);
	if (person->calendar.gateway != gateway)
		calendar_move(person, gateway);
}

static void ask(struct person *person, int gateway)
{
	person->calendar.search->asked_ms[gateway] = person->engine->now.mono_ms;
	go_to(person, gateway, PHASE_ASKED, SEARCH_PATIENCE_MS);
}

static void say_lost(struct person *person)
{
	struct search *search = person->calendar.search;

	if (!search->said)
		log_warning("a mailbox is at none of the gateways that answer and may "
			    "have it jid=\"%s\" mailbox=\"%s\"",
			person->jid->text, person->calendar.address);
	search->said = true;
}

static void give_up(struct person *person, int first)
{
	struct search *search = person->calendar.search;

	timers_cancel(&person->engine->mono, &search->timer);
	search->phase = PHASE_LOST;
	if (person->calendar.gateway != first)
		calendar_move(person, first);
}

/* Asks the next one, or waits for one that does not answer, or goes back to the first. A
 * mailbox that the first will soon try again has to be there. */
static void go_on(struct person *person)
{
	const struct engine *engine = person->engine;
	bool soon = person->calendar.search->next_try < now_s(engine) + SEARCH_SOON_S;
	int gateways[CONFIG_GATEWAYS_MAX];
	size_t n = homes_candidates(person, gateways);
	size_t i = 0;
	size_t silent = 0;

	while (i < n && !may_ask(person, gateways[i]))
		i++;
	if (i < n) {
		ask(person, gateways[i]);
		return;
	}
	homes_forget(person);
	say_lost(person);
	while (silent < n && (answers(engine, gateways[silent]) ||
				     !may_have(person, gateways[silent])))
		silent++;
	if (silent < n && !soon)
		go_to(person, gateways[silent], PHASE_WAITING, SEARCH_PAUSE_MS);
	else
		give_up(person, gateways[0]);
}

static void on_time(struct timer *timer, int64_t now_ms)
{
	struct search *search = (struct search *)timer; // its first member
	struct person *person = search->person;
	struct calendar *calendar = &person->calendar;
	struct config_mailbox mailbox;

	(void)now_ms;
	if (!answers(person->engine, calendar->gateway))
		search->asked_ms[calendar->gateway] = 0;
	if (calendar->watched) {
		go_on(person);
	} else if (config_mailbox_for(
			   person->engine->config, person->jid->text, &mailbox)) {
		/* Nobody wants to know any more. */
		search->phase = PHASE_OVER;
		search->asked_ms[calendar->gateway] = 0;
		calendar_move(
			person, homes_choose(person->engine, person->jid, &mailbox));
	}
}

/* Gives her mailbox the means to be looked for. False: there is nowhere to look, or it
 * is here and there in turns. */
static bool begin(struct person *person)
{
	const struct engine *engine = person->engine;
	struct calendar *calendar = &person->calendar;
	int gateways[CONFIG_GATEWAYS_MAX];

	if (homes_candidates(person, gateways) < 2)
		return false;
	if (calendar->search == NULL) {
		calendar->search =
			calloc(1, sizeof(*calendar->search) +
					  engine->config->n_gateways * sizeof(int64_t));
		if (calendar->search == NULL)
			return false;
		calendar->search->person = person;
		calendar->search->timer.fire = on_time;
	}
	return calendar->search->finds < SEARCH_FINDS_MAX ||
	       engine->now.mono_ms - calendar->search->found_ms >= SEARCH_PAUSE_MS;
}

/* Whether the worker tries again by itself, soon. */
static bool passes(const struct gateway_failure *failure)
{
	return !failure->elsewhere && (failure->fault == GATEWAY_FAULT_TRANSIENT ||
					      failure->fault == GATEWAY_FAULT_THROTTLE ||
					      failure->fault == GATEWAY_FAULT_CONNECT ||
					      failure->fault == GATEWAY_FAULT_ANSWER);
}

enum search_word search_on_failure(
	struct person *person, const struct gateway_failure *failure)
{
	struct calendar *calendar = &person->calendar;
	bool was_on = search_is_on(person);
	bool first = calendar->gateway == homes_first(person);
	struct search *search;
	bool said;

	if (was_on && passes(failure))
		return SEARCH_ASIDE;
	if (!was_on && (!failure->elsewhere || !calendar->watched || !begin(person)))
		return SEARCH_NONE;
	search = calendar->search;
	said = search->said;
	search->asked_ms[calendar->gateway] = person->engine->now.mono_ms;
	if (first)
		search->next_try = failure->next_try;
	go_on(person);
	if (was_on && !first)
		return SEARCH_ASIDE;
	return said && !search_is_on(person) ? SEARCH_NONE : SEARCH_BEGUN;
}

void search_on_reading(struct person *person)
{
	struct engine *engine = person->engine;
	const struct calendar *calendar = &person->calendar;
	struct search *search = calendar->search;
	int64_t now_ms = engine->now.mono_ms;

	if (search == NULL || search->phase == PHASE_OVER)
		return;
	timers_cancel(&engine->mono, &search->timer);
	search->phase = PHASE_OVER;
	search->said = false;
	search->next_try = 0;
	memset(search->asked_ms, 0,
		engine->config->n_gateways * sizeof(search->asked_ms[0]));
	if (search->finds == 0 || now_ms - search->found_ms >= SEARCH_PAUSE_MS) {
		search->found_ms = now_ms;
		search->finds = 0;
	}
	search->finds++;
	homes_learn(person);
	log_info("a mailbox was found jid=\"%s\" mailbox=\"%s\" gateway=%s",
		person->jid->text, calendar->address,
		homes_gateway_name(engine, calendar->gateway));
}

/* A gateway that lost its way to Exchange takes its questions with it; one that found it
 * again may have the mailbox. */
static void review(struct person *person, int gateway)
{
	int gateways[CONFIG_GATEWAYS_MAX];
	struct search *search = person->calendar.search;
	bool here = person->calendar.gateway == gateway;
	size_t n;

	if (here && search->phase == PHASE_ASKED && !answers(person->engine, gateway)) {
		search->asked_ms[gateway] = 0;
		go_on(person);
		return;
	}
	if (here && search->phase == PHASE_WAITING && answers(person->engine, gateway)) {
		ask(person, gateway);
		return;
	}
	if ((search->phase != PHASE_LOST && search->phase != PHASE_WAITING) ||
		!person->calendar.watched || !may_ask(person, gateway))
		return;
	n = homes_candidates(person, gateways);
	for (size_t i = 0; i < n; i++)
		if (gateways[i] == gateway)
			ask(person, gateway);
}

void search_on_gateway(struct engine *engine, unsigned gateway)
{
	struct calendar *calendar;
	struct calendar *next;

	HASH_ITER (hh, engine->mailboxes, calendar, next) {
		if (calendar->search != NULL)
			review(calendar->person, (int)gateway);
	}
}

void search_finish(struct person *person)
{
	struct search *search = person->calendar.search;

	if (search != NULL)
		timers_cancel(&person->engine->mono, &search->timer);
	free(search);
}
