#include "ews/desk/desk.h"

#include "ews/errand/verdict_make.h"

#include <assert.h>
#include <stdio.h>

#define SKEW_MAX_S 300
#define AGAIN_MS 100

void desk_init(
	struct desk *desk, struct identity *identity, const struct desk_events *events)
{
	*desk = (struct desk){.identity = identity, .events = *events};
	version_init(&desk->version);
}

void desk_finish(struct desk *desk)
{
	courier_destroy(desk->courier);
	desk->courier = NULL;
}

void desk_add(struct desk *desk, const struct errand_source *source)
{
	assert(desk->n_sources < DESK_SOURCES_MAX);
	desk->sources[desk->n_sources++] = source;
}

void desk_keep(struct desk *desk, const struct errand_source *source)
{
	desk->sources[0] = source;
	desk->n_sources = 1;
	desk->turn = 0;
}

void desk_configure(struct desk *desk, struct courier *courier,
	const struct gateway_configure *configure)
{
	courier_destroy(desk->courier);
	desk->courier = courier;
	for (unsigned i = 0; i < desk->n_sources; i++)
		desk->sources[i]->forget(desk->sources[i]->self);
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++)
		desk->slots[i].source = NULL;
	(void)snprintf(desk->anchor, sizeof desk->anchor, "%s",
		configure->anchor_mailbox ? configure->anchor_mailbox : "");
	desk->may_impersonate = configure->impersonate;
	desk->skew_told = false;
	version_init(&desk->version);
}

/* ------------------------------------------------------------------ what came of it */

/* Whether a fault is one of the gateway as a whole, not of what one request asked for. */
static bool is_of_gateway(enum gateway_fault fault)
{
	return fault == GATEWAY_FAULT_CONNECT || fault == GATEWAY_FAULT_TLS ||
	       fault == GATEWAY_FAULT_AUTH || fault == GATEWAY_FAULT_AUTHZ ||
	       fault == GATEWAY_FAULT_CONFIG;
}

enum identity_outcome desk_outcome(const struct verdict *verdict)
{
	bool of_gateway = is_of_gateway(verdict->fault);
	if (verdict->aside)
		return IDENTITY_VOID;
	switch (verdict->action) {
	case VERDICT_USE:
		return IDENTITY_GOOD;
	case VERDICT_BACK_OFF:
		return verdict->spent ? IDENTITY_SPENT : IDENTITY_BUSY;
	case VERDICT_DENIED:
		return IDENTITY_DENIED;
	case VERDICT_RETRY:
		return of_gateway ? IDENTITY_UNREACHABLE : IDENTITY_STRAY;
	case VERDICT_STOP:
		return of_gateway ? IDENTITY_STOPPED : IDENTITY_STRAY;
	case VERDICT_HALVE:
		return verdict->too_big ? IDENTITY_VOID : IDENTITY_STRAY;
	case VERDICT_AGAIN:
		return IDENTITY_VOID;
	}
	return IDENTITY_STRAY;
}

/* The mailbox in whose name a request was answered is good for all others, so that one
 * that may not be impersonated spoils at most the first request. */
static void learn_anchor(
	struct desk *desk, const struct desk_slot *slot, const struct verdict *verdict)
{
	if (!desk->courier || !courier_impersonates(desk->courier))
		return;
	if (verdict->action == VERDICT_USE && verdict->fault == GATEWAY_FAULT_NONE &&
		verdict->code[0] == '\0' && desk->anchor[0] == '\0')
		(void)snprintf(desk->anchor, sizeof desk->anchor, "%s", slot->anchor);
	else if (verdict->action == VERDICT_HALVE && verdict->code[0] != '\0')
		desk->anchor[0] = '\0';
}

/* A wrong clock on either side shifts every meeting: someone should know. */
static void watch_skew(struct desk *desk, int64_t date, const struct moment *now)
{
	int64_t skew_s = date - now->utc_s;
	if (date == 0 || desk->skew_told ||
		(skew_s <= SKEW_MAX_S && skew_s >= -SKEW_MAX_S))
		return;
	char text[128];
	(void)snprintf(text, sizeof text,
		"the clock of the gateway is %lld s %s this machine's: set the wrong one "
		"right",
		skew_s < 0 ? -(long long)skew_s : (long long)skew_s,
		skew_s < 0 ? "behind" : "ahead of");
	desk->events.hint(desk->events.context, text);
	desk->skew_told = true;
}

static void learn(struct desk *desk, uint64_t serial, const struct verdict *verdict,
	enum identity_outcome outcome, const struct moment *now)
{
	if (outcome != IDENTITY_GOOD && outcome != IDENTITY_STRAY &&
		outcome != IDENTITY_VOID)
		desk->events.trouble(desk->events.context, verdict);
	identity_done(
		desk->identity, serial, outcome, verdict->back_off_ms, now->mono_ms);
}

void desk_learn(struct desk *desk, uint64_t serial, const struct verdict *verdict,
	const struct moment *now)
{
	learn(desk, serial, verdict, desk_outcome(verdict), now);
}

static void conclude(struct desk *desk, unsigned i, const struct errand_reply *reply,
	const struct moment *now)
{
	struct desk_slot *slot = &desk->slots[i];
	const struct errand_source *source = slot->source;
	slot->source = NULL;
	struct verdict verdict = source->done(source->self, i, reply, now);
	enum identity_outcome outcome = desk_outcome(&verdict);
	learn_anchor(desk, slot, &verdict);
	if (verdict.action == VERDICT_AGAIN &&
		!version_refused(&desk->version, slot->version, now->mono_ms))
		outcome = IDENTITY_STOPPED;
	learn(desk, slot->serial, &verdict, outcome, now);
}

bool desk_hear(struct desk *desk, const struct moment *now)
{
	struct courier_answer said;
	if (!desk->courier || !courier_take(desk->courier, now, &said))
		return false;
	bool answered = said.answer.transfer.result == TRANSFER_ANSWERED;
	struct errand_reply reply = {.verdict = said.verdict, .cookie = ""};
	if (!said.verdict) {
		reply.transfer = &said.answer.transfer;
		reply.body = answered && said.answer.n > 0 ? said.answer.body : NULL;
		reply.n = reply.body ? said.answer.n : 0;
		reply.cookie = said.answer.cookie;
		watch_skew(desk, said.answer.date, now);
	}
	conclude(desk, said.slot, &reply, now);
	if (!said.verdict)
		courier_release(desk->courier, said.slot);
	return true;
}

/* ------------------------------------------------------------------ what is next */

struct errand_terms desk_terms(struct desk *desk, const struct moment *now)
{
	return (struct errand_terms){
		.version = version_current(&desk->version, now->mono_ms),
		.impersonates = courier_impersonates(desk->courier),
		.may_impersonate = desk->may_impersonate,
		.anchor = desk->anchor[0] ? desk->anchor : NULL,
	};
}

void desk_route(const struct desk *desk, struct errand *errand)
{
	if (!errand->url && desk->events.route)
		errand->url = desk->events.route(desk->events.context, errand->anchor);
}

static bool find_slot(const struct desk *desk, unsigned *out_slot)
{
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++) {
		if (!desk->slots[i].source) {
			*out_slot = i;
			return true;
		}
	}
	return false;
}

static void post(struct desk *desk, unsigned i, const struct errand *errand,
	const struct moment *now)
{
	static const struct verdict out_of_memory = {.action = VERDICT_RETRY,
		.fault = GATEWAY_FAULT_TRANSIENT,
		.text = "out of memory"};
	struct desk_slot *slot = &desk->slots[i];
	slot->serial = identity_start(desk->identity, now->mono_ms);
	(void)snprintf(slot->anchor, sizeof slot->anchor, "%s",
		errand->anchor ? errand->anchor : "");
	if (courier_post(desk->courier, i, errand, now))
		conclude(desk, i,
			&(struct errand_reply){.verdict = &out_of_memory, .cookie = ""},
			now);
}

/* False: the source has nothing to send now. */
static bool ask(struct desk *desk, const struct errand_source *source, unsigned i,
	const struct moment *now)
{
	struct errand_terms terms = desk_terms(desk, now);
	struct errand errand = {0};
	struct buf *body = courier_request(desk->courier, i);
	if (!body || !source->next(source->self, i, &terms, &errand, body, now))
		return false;
	desk_route(desk, &errand);
	desk->slots[i].source = source;
	desk->slots[i].version = terms.version;
	post(desk, i, &errand, now);
	return true;
}

/* When a source may be asked: without a URL only those that find one. */
static int64_t due_of(const struct desk *desk, const struct errand_source *source,
	const struct moment *now)
{
	return desk->lost && !source->finds_way ? INT64_MAX
						: source->due(source->self, now);
}

/* One round through the sources, from the one after that which went last. */
static bool ask_all(struct desk *desk, unsigned slot, const struct moment *now)
{
	for (unsigned i = 0; i < desk->n_sources; i++) {
		unsigned which = (desk->turn + i) % desk->n_sources;
		const struct errand_source *source = desk->sources[which];
		if (due_of(desk, source, now) > now->mono_ms ||
			!ask(desk, source, slot, now))
			continue;
		desk->turn = (which + 1) % desk->n_sources;
		return true;
	}
	return false;
}

/* A source that is due and has nothing after all must not keep us busy. */
static int64_t next_due(const struct desk *desk, const struct moment *now)
{
	int64_t due_ms = INT64_MAX;
	for (unsigned i = 0; i < desk->n_sources; i++) {
		int64_t at_ms = due_of(desk, desk->sources[i], now);
		due_ms = at_ms < due_ms ? at_ms : due_ms;
	}
	return due_ms > now->mono_ms ? due_ms : now->mono_ms + AGAIN_MS;
}

int64_t desk_ask(struct desk *desk, const struct moment *now)
{
	unsigned slot;
	if (!desk->courier)
		return INT64_MAX;
	const char *hint = courier_hint(desk->courier);
	if (hint)
		desk->events.hint(desk->events.context, hint);
	for (;;) {
		int64_t ready_ms = identity_ready(desk->identity, now->mono_ms);
		if (ready_ms > now->mono_ms)
			return ready_ms;
		if (!find_slot(desk, &slot))
			return INT64_MAX;
		if (!ask_all(desk, slot, now))
			return next_due(desk, now);
	}
}
