#include "component/presence/moves.h"

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

struct move {
	struct timer timer; // monotonic: the end of ASKED and of WAITING
	struct person *person;
	enum phase phase;
	bool said;        // that nobody has it
	int64_t next_try; // at the first, UTC seconds; 0: not known
	int64_t found_ms; // monotonic, of the first of `finds`
	unsigned finds;
	int64_t asked_ms[]; // monotonic, by gateway; 0: not asked
};

bool moves_is_looking(const struct person *person)
{
	const struct move *move = person->calendar.move;

	return move != NULL &&
	       (move->phase == PHASE_ASKED || move->phase == PHASE_WAITING);
}

int64_t moves_not_before(const struct person *person)
{
	const struct move *move = person->calendar.move;

	return move != NULL && move->phase == PHASE_LOST ? move->next_try : 0;
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
	int64_t asked_ms = person->calendar.move->asked_ms[gateway];

	return asked_ms == 0 || person->engine->now.mono_ms - asked_ms >= MOVES_PAUSE_MS;
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
	struct move *move = person->calendar.move;

	move->phase = phase;
	timers_set(&engine->mono, &move->timer, engine->now.mono_ms + patience_ms);
	if (person->calendar.gateway != gateway)
		calendar_move(person, gateway);
}

static void ask(struct person *person, int gateway)
{
	person->calendar.move->asked_ms[gateway] = person->engine->now.mono_ms;
	go_to(person, gateway, PHASE_ASKED, MOVES_PATIENCE_MS);
}

static void say_lost(struct person *person)
{
	struct move *move = person->calendar.move;

	if (!move->said)
		log_warning("a mailbox is at none of the gateways that answer and may "
			    "have it jid=\"%s\" mailbox=\"%s\"",
			person->jid->text, person->calendar.address);
	move->said = true;
}

static void give_up(struct person *person, int first)
{
	struct move *move = person->calendar.move;

	timers_cancel(&person->engine->mono, &move->timer);
	move->phase = PHASE_LOST;
	if (person->calendar.gateway != first)
		calendar_move(person, first);
}

/* Asks the next one, or waits for one that does not answer, or goes back to the first. A
 * mailbox that the first will soon try again has to be there. */
static void go_on(struct person *person)
{
	const struct engine *engine = person->engine;
	bool soon = person->calendar.move->next_try < now_s(engine) + MOVES_SOON_S;
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
		go_to(person, gateways[silent], PHASE_WAITING, MOVES_PAUSE_MS);
	else
		give_up(person, gateways[0]);
}

static void on_time(struct timer *timer, int64_t now_ms)
{
	struct move *move = (struct move *)timer; // its first member
	struct person *person = move->person;
	struct calendar *calendar = &person->calendar;
	struct config_mailbox mailbox;

	(void)now_ms;
	if (!answers(person->engine, calendar->gateway))
		move->asked_ms[calendar->gateway] = 0;
	if (calendar->watched) {
		go_on(person);
	} else if (config_mailbox_for(
			   person->engine->config, person->jid->text, &mailbox)) {
		/* Nobody wants to know any more. */
		move->phase = PHASE_OVER;
		move->asked_ms[calendar->gateway] = 0;
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
	if (calendar->move == NULL) {
		calendar->move =
			calloc(1, sizeof(*calendar->move) +
					  engine->config->n_gateways * sizeof(int64_t));
		if (calendar->move == NULL)
			return false;
		calendar->move->person = person;
		calendar->move->timer.fire = on_time;
	}
	return calendar->move->finds < MOVES_FINDS_MAX ||
	       engine->now.mono_ms - calendar->move->found_ms >= MOVES_PAUSE_MS;
}

/* Whether the worker tries again by itself, soon. */
static bool passes(const struct gateway_failure *failure)
{
	return !failure->elsewhere && (failure->fault == GATEWAY_FAULT_TRANSIENT ||
					      failure->fault == GATEWAY_FAULT_THROTTLE ||
					      failure->fault == GATEWAY_FAULT_CONNECT ||
					      failure->fault == GATEWAY_FAULT_ANSWER);
}

enum moves_word moves_on_failure(
	struct person *person, const struct gateway_failure *failure)
{
	struct calendar *calendar = &person->calendar;
	bool was_on = moves_is_looking(person);
	bool first = calendar->gateway == homes_first(person);
	struct move *move;
	bool said;

	if (was_on && passes(failure))
		return MOVES_ASIDE;
	if (!was_on && (!failure->elsewhere || !calendar->watched || !begin(person)))
		return MOVES_NONE;
	move = calendar->move;
	said = move->said;
	move->asked_ms[calendar->gateway] = person->engine->now.mono_ms;
	if (first)
		move->next_try = failure->next_try;
	go_on(person);
	if (was_on && !first)
		return MOVES_ASIDE;
	return said && !moves_is_looking(person) ? MOVES_NONE : MOVES_BEGUN;
}

void moves_on_reading(struct person *person)
{
	struct engine *engine = person->engine;
	const struct calendar *calendar = &person->calendar;
	struct move *move = calendar->move;
	int64_t now_ms = engine->now.mono_ms;

	if (move == NULL || move->phase == PHASE_OVER)
		return;
	timers_cancel(&engine->mono, &move->timer);
	move->phase = PHASE_OVER;
	move->said = false;
	move->next_try = 0;
	memset(move->asked_ms, 0, engine->config->n_gateways * sizeof(move->asked_ms[0]));
	if (move->finds == 0 || now_ms - move->found_ms >= MOVES_PAUSE_MS) {
		move->found_ms = now_ms;
		move->finds = 0;
	}
	move->finds++;
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
	struct move *move = person->calendar.move;
	bool here = person->calendar.gateway == gateway;
	size_t n;

	if (here && move->phase == PHASE_ASKED && !answers(person->engine, gateway)) {
		move->asked_ms[gateway] = 0;
		go_on(person);
		return;
	}
	if (here && move->phase == PHASE_WAITING && answers(person->engine, gateway)) {
		ask(person, gateway);
		return;
	}
	if ((move->phase != PHASE_LOST && move->phase != PHASE_WAITING) ||
		!person->calendar.watched || !may_ask(person, gateway))
		return;
	n = homes_candidates(person, gateways);
	for (size_t i = 0; i < n; i++)
		if (gateways[i] == gateway)
			ask(person, gateway);
}

void moves_on_gateway(struct engine *engine, unsigned gateway)
{
	struct calendar *calendar;
	struct calendar *next;

	HASH_ITER (hh, engine->mailboxes, calendar, next) {
		if (calendar->move != NULL)
			review(calendar->person, (int)gateway);
	}
}

void moves_finish(struct person *person)
{
	struct move *move = person->calendar.move;

	if (move != NULL)
		timers_cancel(&person->engine->mono, &move->timer);
	free(move);
}
