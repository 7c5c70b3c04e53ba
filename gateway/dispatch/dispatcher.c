#include "gateway/dispatch/dispatcher.h"

#include <assert.h>
#include <stdio.h>

#define SKEW_MAX_S 300
#define AGAIN_MS 100

void dispatcher_init(struct dispatcher *dispatcher, struct account *account,
	struct http_client *client, const struct dispatcher_events *events,
	const struct gateway_configure *settings)
{
	*dispatcher = (struct dispatcher){.account = account,
		.client = client,
		.events = *events,
		.may_impersonate = settings->impersonate};
	(void)snprintf(dispatcher->anchor, sizeof dispatcher->anchor, "%s",
		settings->anchor_mailbox ? settings->anchor_mailbox : "");
	dispatcher->anchor_is_set = dispatcher->anchor[0] != '\0';
}

void dispatcher_finish(struct dispatcher *dispatcher)
{
	http_client_destroy(dispatcher->client);
	dispatcher->client = NULL;
}

void dispatcher_add(struct dispatcher *dispatcher, const struct request_source *source)
{
	assert(dispatcher->n_sources < DISPATCHER_SOURCES_MAX);
	dispatcher->sources[dispatcher->n_sources++] = source;
}

void dispatcher_keep(struct dispatcher *dispatcher, const struct request_source *source)
{
	dispatcher->sources[0] = source;
	dispatcher->n_sources = source ? 1 : 0;
	dispatcher->turn = 0;
}

/* ------------------------------------------------------------------ what came of it */

static enum account_event event_of_class(const struct outcome *outcome)
{
	switch (outcome->class) {
	case OUTCOME_USE:
		return ACCOUNT_GOOD;
	case OUTCOME_BACK_OFF:
		return outcome->spent ? ACCOUNT_SPENT : ACCOUNT_BUSY;
	case OUTCOME_DENIED:
		return ACCOUNT_DENIED;
	case OUTCOME_RETRY:
		return ACCOUNT_UNREACHABLE;
	case OUTCOME_STOP:
		return ACCOUNT_STOPPED;
	case OUTCOME_BISECT:
		return ACCOUNT_STRAY;
	case OUTCOME_AGAIN:
		return ACCOUNT_VOID;
	}
	return ACCOUNT_STRAY;
}

enum account_event dispatcher_event(const struct outcome *outcome)
{
	switch (outcome->scope) {
	case SCOPE_NONE:
	case SCOPE_SITE:
		return ACCOUNT_VOID;
	case SCOPE_MAILBOX:
		return outcome->class == OUTCOME_BACK_OFF ? ACCOUNT_VOID : ACCOUNT_STRAY;
	case SCOPE_BATCH:
		return ACCOUNT_STRAY;
	case SCOPE_ACCOUNT:
	case SCOPE_GATEWAY:
		break;
	}
	return event_of_class(outcome);
}

/* The mailbox in whose name a request was answered is good for all others, so that one
 * that may not be impersonated spoils at most the first request. */
static void learn_anchor(struct dispatcher *dispatcher,
	const struct dispatcher_slot *slot, const struct outcome *outcome)
{
	if (!dispatcher->client || !http_client_impersonates(dispatcher->client))
		return;
	if (dispatcher->anchor_is_set)
		return;
	if (outcome->class == OUTCOME_USE && outcome->fault == GATEWAY_FAULT_NONE &&
		outcome->code[0] == '\0' && dispatcher->anchor[0] == '\0')
		(void)snprintf(dispatcher->anchor, sizeof dispatcher->anchor, "%s",
			slot->anchor);
	else if (outcome->code[0] != '\0' &&
		 (outcome->class == OUTCOME_BISECT || outcome->scope == SCOPE_MAILBOX))
		dispatcher->anchor[0] = '\0';
}

/* A wrong clock on either side shifts every meeting: someone should know. */
static void watch_skew(struct dispatcher *dispatcher, int64_t date, const struct now *now)
{
	int64_t skew_s = date - now_utc_s(now);
	if (date == 0 || dispatcher->skew_told ||
		(skew_s <= SKEW_MAX_S && skew_s >= -SKEW_MAX_S))
		return;
	char text[128];
	(void)snprintf(text, sizeof text,
		"the clock of the gateway is %lld s %s this machine's: set the wrong one "
		"right",
		skew_s < 0 ? -(long long)skew_s : (long long)skew_s,
		skew_s < 0 ? "behind" : "ahead of");
	dispatcher->events.hint(dispatcher->events.context, text);
	dispatcher->skew_told = true;
}

/* One mailbox's budget is its own matter, and so is that nothing may be asked in its
 * name; those of several are the account's. */
static bool is_of_account(struct dispatcher *dispatcher, const char *charged_to,
	const struct outcome *outcome)
{
	bool stops = outcome->class == OUTCOME_STOP;
	if (outcome->scope != SCOPE_MAILBOX || charged_to[0] == '\0' ||
		(outcome->class != OUTCOME_BACK_OFF && !stops))
		return false;
	return account_is_short(dispatcher->account, charged_to) ||
	       (stops && account_is_troubled(dispatcher->account));
}

static enum account_event event_of(struct dispatcher *dispatcher, const char *charged_to,
	const struct outcome *outcome)
{
	return is_of_account(dispatcher, charged_to, outcome) ? event_of_class(outcome)
							      : dispatcher_event(outcome);
}

static void learn(struct dispatcher *dispatcher, uint64_t serial,
	const struct outcome *outcome, enum account_event event, const struct now *now)
{
	if (event != ACCOUNT_GOOD && event != ACCOUNT_STRAY && event != ACCOUNT_VOID)
		dispatcher->events.trouble(dispatcher->events.context, outcome);
	account_done(
		dispatcher->account, serial, event, outcome->back_off_ms, now->mono_ms);
}

void dispatcher_learn(struct dispatcher *dispatcher, const struct dispatcher_slot *slot,
	const struct outcome *outcome, const struct now *now)
{
	learn(dispatcher, slot->serial, outcome,
		event_of(dispatcher, slot->charged_to, outcome), now);
}

static void conclude(struct dispatcher *dispatcher, unsigned i,
	const struct request_reply *reply, const struct now *now)
{
	struct dispatcher_slot *slot = &dispatcher->slots[i];
	const struct request_source *source = slot->source;
	slot->source = NULL;
	struct outcome outcome = source->done(source->self, i, reply, now);
	enum account_event event = event_of(dispatcher, slot->charged_to, &outcome);
	learn_anchor(dispatcher, slot, &outcome);
	if (outcome.class == OUTCOME_AGAIN &&
		!dispatcher->events.version_refused(
			dispatcher->events.context, slot->version, now))
		event = ACCOUNT_STOPPED;
	learn(dispatcher, slot->serial, &outcome, event, now);
}

bool dispatcher_hear(struct dispatcher *dispatcher, const struct now *now)
{
	struct http_client_answer said;
	if (!dispatcher->client || !http_client_take(dispatcher->client, now, &said))
		return false;
	bool answered = said.answer.transfer.result == TRANSFER_ANSWERED;
	struct request_reply reply = {.outcome = said.outcome, .cookie = ""};
	if (!said.outcome) {
		reply.transfer = &said.answer.transfer;
		reply.body = answered && said.answer.n > 0 ? said.answer.body : NULL;
		reply.n = reply.body ? said.answer.n : 0;
		reply.cookie = said.answer.cookie;
		watch_skew(dispatcher, said.answer.date, now);
	}
	conclude(dispatcher, said.slot, &reply, now);
	if (!said.outcome)
		http_client_release(dispatcher->client, said.slot);
	return true;
}

/* ------------------------------------------------------------------ what is next */

struct request_terms dispatcher_terms(
	struct dispatcher *dispatcher, const struct now *now)
{
	return (struct request_terms){
		.version = dispatcher->events.version(dispatcher->events.context, now),
		.impersonates = http_client_impersonates(dispatcher->client),
		.may_impersonate = dispatcher->may_impersonate,
		.anchor = dispatcher->anchor[0] ? dispatcher->anchor : NULL,
		.anchor_is_set = dispatcher->anchor_is_set,
	};
}

void dispatcher_route(const struct dispatcher *dispatcher, struct request *request)
{
	if (!request->url && dispatcher->events.route)
		request->url = dispatcher->events.route(
			dispatcher->events.context, request->anchor);
}

static bool find_slot(const struct dispatcher *dispatcher, unsigned *out_slot)
{
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++) {
		if (!dispatcher->slots[i].source) {
			*out_slot = i;
			return true;
		}
	}
	return false;
}

void dispatcher_start(struct dispatcher *dispatcher, struct dispatcher_slot *slot,
	const struct request *request, const struct now *now)
{
	slot->serial = account_start(dispatcher->account, now->mono_ms);
	(void)snprintf(slot->anchor, sizeof slot->anchor, "%s",
		request->anchor ? request->anchor : "");
	(void)snprintf(slot->charged_to, sizeof slot->charged_to, "%s",
		request->charged_to ? request->charged_to : "");
}

static void post(struct dispatcher *dispatcher, unsigned i, const struct request *request,
	const struct now *now)
{
	const struct outcome out_of_memory =
		outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "out of memory");
	dispatcher_start(dispatcher, &dispatcher->slots[i], request, now);
	if (http_client_post(dispatcher->client, i, request, now))
		conclude(dispatcher, i,
			&(struct request_reply){.outcome = &out_of_memory, .cookie = ""},
			now);
}

/* False: the source has nothing to send now. */
static bool ask(struct dispatcher *dispatcher, const struct request_source *source,
	unsigned i, const struct now *now)
{
	struct request_terms terms = dispatcher_terms(dispatcher, now);
	struct request request = {0};
	struct buf *body = http_client_request(dispatcher->client, i);
	if (!body || !source->next(source->self, i, &terms, &request, body, now))
		return false;
	dispatcher_route(dispatcher, &request);
	dispatcher->slots[i].source = source;
	dispatcher->slots[i].version = terms.version;
	post(dispatcher, i, &request, now);
	return true;
}

/* When a source may be asked: without a URL only those that find one. */
static int64_t due_of(const struct dispatcher *dispatcher,
	const struct request_source *source, const struct now *now)
{
	return dispatcher->lost && !source->finds_way ? INT64_MAX
						      : source->due(source->self, now);
}

/* One round through the sources, from the one after that which went last. */
static bool ask_all(struct dispatcher *dispatcher, unsigned slot, const struct now *now)
{
	for (unsigned i = 0; i < dispatcher->n_sources; i++) {
		unsigned which = (dispatcher->turn + i) % dispatcher->n_sources;
		const struct request_source *source = dispatcher->sources[which];
		if (due_of(dispatcher, source, now) > now->mono_ms ||
			!ask(dispatcher, source, slot, now))
			continue;
		dispatcher->turn = (which + 1) % dispatcher->n_sources;
		return true;
	}
	return false;
}

static int64_t next_due(const struct dispatcher *dispatcher, const struct now *now)
{
	int64_t due_ms = INT64_MAX;
	for (unsigned i = 0; i < dispatcher->n_sources; i++) {
		int64_t at_ms = due_of(dispatcher, dispatcher->sources[i], now);
		due_ms = at_ms < due_ms ? at_ms : due_ms;
	}
	return due_ms;
}

/* When to ask for leave; INT64_MAX: now, and it will come. */
static int64_t want_leave(struct dispatcher *dispatcher, const struct now *now)
{
	int64_t due_ms =
		dispatcher->others_wait ? now->mono_ms : next_due(dispatcher, now);
	dispatcher->wants_leave = due_ms <= now->mono_ms;
	return dispatcher->wants_leave ? INT64_MAX : due_ms;
}

int64_t dispatcher_ask(struct dispatcher *dispatcher, const struct now *now)
{
	unsigned slot;
	if (!dispatcher->client)
		return INT64_MAX;
	dispatcher->wants_leave = false;
	const char *hint = http_client_hint(dispatcher->client);
	if (hint)
		dispatcher->events.hint(dispatcher->events.context, hint);
	for (;;) {
		int64_t ready_ms = account_ready(dispatcher->account, now->mono_ms);
		if (account_wants_leave(dispatcher->account, now->mono_ms))
			return want_leave(dispatcher, now);
		if (ready_ms > now->mono_ms)
			return ready_ms;
		if (!find_slot(dispatcher, &slot))
			return INT64_MAX;
		if (!ask_all(dispatcher, slot, now)) {
			/* One that is due and has nothing after all must not keep us
			 * busy. */
			int64_t due_ms = next_due(dispatcher, now);
			return due_ms > now->mono_ms ? due_ms : now->mono_ms + AGAIN_MS;
		}
	}
}
