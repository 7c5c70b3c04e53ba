#include "ews/reading/poller.h"

#include "ews/desk/desk.h"
#include "ews/reading/poller_deliver.h"
#include "ews/reading/poller_sites.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void poller_init(struct poller *poller, const struct identity *identity,
	const struct poller_sink *sink, const struct moment *now)
{
	*poller = (struct poller){
		.identity = identity,
		.sink = *sink,
		.health = GATEWAY_STARTING,
		.told_health = GATEWAY_STARTING,
		.since = now->utc_s,
		.told_ms = now->mono_ms - POLLER_STATE_MS,
	};
	schedule_init(&poller->schedule, EWS_INTERVAL_MAX_S * INT64_C(1000));
	load_init(&poller->load);
}

static void forget_requests(struct poller *poller)
{
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++) {
		struct poller_request *request = poller->requests[i];
		if (request && request->started) {
			request->started = false;
			schedule_return(&poller->schedule, &request->batch);
		}
	}
	poller->failing_in_flight = 0;
}

void poller_finish(struct poller *poller)
{
	if (!poller)
		return;
	forget_requests(poller);
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++)
		free(poller->requests[i]);
	schedule_finish(&poller->schedule);
}

void poller_configure(struct poller *poller, const struct gateway_configure *configure,
	const struct moment *now)
{
	int64_t interval_ms =
		ews_within(configure->poll_interval_s, 1, EWS_INTERVAL_MAX_S) *
		INT64_C(1000);
	forget_requests(poller);
	poller->refused = false;
	poller->lost = false;
	poller->fault = GATEWAY_FAULT_NONE;
	poller->code[0] = poller->text[0] = '\0';
	poller->window_s = ews_within(configure->window_s, 60, EWS_WINDOW_MAX_S);
	schedule_configure(&poller->schedule, interval_ms, now);
	int64_t seldom_s =
		ews_within(configure->notified_interval_s, 1, EWS_INTERVAL_MAX_S);
	if (seldom_s * 1000 > interval_ms)
		poller->schedule.seldom_ms = seldom_s * 1000;
	load_init(&poller->load);
	poller->schedule.most = poller->load.most;
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(&poller->schedule.mailboxes, mailbox)))
		poller_unplace(poller, mailbox, now);
}

void poller_watch(struct poller *poller, const struct gateway_watch *watch,
	const struct moment *now)
{
	if (schedule_watch(&poller->schedule, watch, now) == 0) {
		struct mailbox *mailbox =
			mailboxes_find(&poller->schedule.mailboxes, watch->mailbox);
		mailbox->manner.wants_items = mailbox->manner.items = watch->items;
		poller_unplace(poller, mailbox, now);
		return;
	}
	struct gateway_failure failure = {.mailbox = watch->mailbox,
		.at = now->utc_s,
		.next_try = GATEWAY_TIME_MAX,
		.fault = GATEWAY_FAULT_CONFIG,
		.text = "no room for another mailbox at this gateway"};
	poller->sink.failure(poller->sink.context, &failure);
}

void poller_unwatch(struct poller *poller, uint32_t mailbox)
{
	const struct mailbox *known =
		mailboxes_find(&poller->schedule.mailboxes, mailbox);
	if (known)
		poller_leave(poller, known);
	schedule_unwatch(&poller->schedule, mailbox);
}

void poller_seldom(
	struct poller *poller, uint32_t mailbox, bool seldom, const struct moment *now)
{
	schedule_seldom(&poller->schedule, mailbox, seldom, now->mono_ms);
}

void poller_refresh(struct poller *poller, uint32_t mailbox, const struct moment *now)
{
	schedule_refresh(&poller->schedule, mailbox, now->mono_ms);
}

/* Those who fail take half of the slots at most. */
static int64_t due(const struct poller *poller, enum schedule_queue queue)
{
	if (queue == SCHEDULE_FAILING && poller->failing_in_flight > 0 &&
		poller->failing_in_flight >= poller->identity->slots / 2)
		return INT64_MAX;
	return schedule_due(&poller->schedule, queue);
}

/* The queue to draw from and since when it is due. A probe of a troubled gateway is
 * better made with mailboxes that do not fail by themselves. */
static enum schedule_queue pick_queue(
	const struct poller *poller, int64_t now_ms, int64_t *out_due_ms)
{
	static const enum schedule_queue usual[] = {
		SCHEDULE_URGENT, SCHEDULE_FAILING, SCHEDULE_REGULAR};
	static const enum schedule_queue probing[] = {
		SCHEDULE_URGENT, SCHEDULE_REGULAR, SCHEDULE_FAILING};
	const enum schedule_queue *order =
		identity_is_troubled(poller->identity) ? probing : usual;
	enum schedule_queue first = order[0];
	int64_t first_ms = INT64_MAX;
	for (size_t i = 0; i < 3 && first_ms > now_ms; i++) {
		int64_t due_ms = due(poller, order[i]);
		if (due_ms < first_ms) {
			first = order[i];
			first_ms = due_ms;
		}
	}
	*out_due_ms = first_ms;
	return first;
}

static struct poller_request *free_request(struct poller *poller)
{
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++) {
		if (!poller->requests[i]) {
			poller->requests[i] = calloc(1, sizeof *poller->requests[i]);
			return poller->requests[i];
		}
		if (!poller->requests[i]->started)
			return poller->requests[i];
	}
	return NULL;
}

static void start(
	struct poller *poller, struct poller_request *request, const struct moment *now)
{
	request->started = true;
	request->n = request->batch.n;
	for (size_t i = 0; i < request->n; i++)
		request->addresses[i] = request->batch.mailboxes[i]->address;
	request->from = (now->utc_s - POLLER_BACK_S) / 60 * 60;
	request->to = (now->utc_s + poller->window_s + 59) / 60 * 60;
	/* Those in one request are asked in one manner. */
	struct manner *manner = &request->batch.mailboxes[0]->manner;
	request->version = manner->version;
	request->merged = manner->merged;
	request->items = manner->items;
	request->site = request->batch.mailboxes[0]->site;
	manner_window(manner, &request->from, &request->to, now->utc_s);
	if (request->failing)
		poller->failing_in_flight++;
	poller->n_requests++;
}

int64_t poller_due(const struct poller *poller, const struct moment *now)
{
	int64_t due_ms;
	if (poller->refused)
		return INT64_MAX;
	(void)pick_queue(poller, now->mono_ms, &due_ms);
	return due_ms;
}

struct poller_request *poller_next(struct poller *poller, const struct moment *now)
{
	struct poller_request *request = poller->refused ? NULL : free_request(poller);
	while (request) {
		int64_t due_ms;
		enum schedule_queue queue = pick_queue(poller, now->mono_ms, &due_ms);
		if (due_ms > now->mono_ms)
			return NULL;
		schedule_draw(&poller->schedule, queue, now->mono_ms, &request->batch);
		if (request->batch.n > 0 &&
			!poller_leaves_alone(poller, &request->batch, now)) {
			request->failing = queue == SCHEDULE_FAILING;
			start(poller, request, now);
			break;
		}
	}
	return request;
}

static void fail_all(struct poller *poller, struct poller_request *request,
	const struct verdict *verdict, const struct moment *now)
{
	struct gateway_failure why = {.fault = (uint8_t)verdict->fault,
		.code = verdict->code,
		.text = verdict->text};
	for (size_t i = 0; i < request->n; i++)
		poller_fail(poller, request->batch.mailboxes[i], &why, now);
}

static void halve(struct poller *poller, struct poller_request *request,
	const struct verdict *verdict, const struct moment *now)
{
	bool maybe_size = verdict->fault == GATEWAY_FAULT_CONNECT ||
			  verdict->fault == GATEWAY_FAULT_TRANSIENT ||
			  verdict->fault == GATEWAY_FAULT_ANSWER;
	if (request->n == 1)
		fail_all(poller, request, verdict, now);
	else if (maybe_size)
		schedule_halve_doubtful(&poller->schedule, &request->batch);
	else
		schedule_halve(&poller->schedule, &request->batch);
}

/* What an answer, or a refusal, says of how many may be asked for at once. */
static void learn_load(struct poller *poller, struct poller_request *request,
	const struct verdict *verdict, const struct availability *answer, int64_t now_ms)
{
	bool answered = verdict->action == VERDICT_USE;
	size_t too_many = answered ? schedule_half_done(&request->batch, true) : 0;
	if (verdict->too_big || (answered && poller_is_too_slow(request, answer)))
		too_many = request->n;
	if (too_many > 0)
		load_refused(&poller->load, too_many, now_ms);
	else if (answered)
		load_good(&poller->load, now_ms);
	poller->schedule.most = poller->load.most;
}

/* Puts the mailboxes where they belong. */
static void settle(struct poller *poller, struct poller_request *request,
	const struct verdict *verdict, const struct availability *answer,
	const struct moment *now)
{
	/* What is the gateway's fault is none of the mailboxes. */
	bool is_theirs = verdict->aside || desk_outcome(verdict) == IDENTITY_STRAY;
	bool is_first = verdict->action == VERDICT_RETRY && !request->failing;
	if (verdict->action == VERDICT_USE)
		poller_deliver(poller, request, answer, now);
	else if (!is_theirs)
		schedule_return(&poller->schedule, &request->batch);
	else if (verdict->aside || is_first)
		fail_all(poller, request, verdict, now);
	else /* One odd address must not stop all the others. */
		halve(poller, request, verdict, now);
}

void poller_done(struct poller *poller, struct poller_request *request,
	const struct verdict *verdict, const struct availability *answer,
	const struct moment *now)
{
	assert(request->started);
	request->started = false;
	if (request->failing)
		poller->failing_in_flight--;
	if (answer && answer->soap.server_version[0] != '\0')
		(void)snprintf(poller->server_version, sizeof poller->server_version,
			"%s", answer->soap.server_version);
	learn_load(poller, request, verdict, answer, now->mono_ms);
	settle(poller, request, verdict, answer, now);
	(void)schedule_half_done(&request->batch, false);
	if (verdict->action == VERDICT_USE)
		return;
	poller->n_failed++;
	if (desk_outcome(verdict) != IDENTITY_VOID)
		poller_trouble(poller, verdict);
}
