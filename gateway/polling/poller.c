#include "gateway/polling/poller.h"

#include "gateway/dispatch/dispatcher.h"
#include "gateway/polling/poller_deliver.h"
#include "gateway/polling/poller_sites.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void poller_init(struct poller *poller, const struct account *account,
	const struct poller_sink *sink, const struct gateway_configure *settings,
	const struct now *now)
{
	*poller = (struct poller){
		.account = account,
		.sink = *sink,
		.window_s = gateway_within(settings->window_s, 60, GATEWAY_WINDOW_MAX_S),
		.health = GATEWAY_STARTING,
		.told_health = GATEWAY_STARTING,
		.since = now_utc_s(now),
		.told_ms = now->mono_ms - POLLER_STATE_MS,
	};
	int64_t interval_s =
		gateway_within(settings->poll_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	int64_t seldom_s =
		gateway_within(settings->notified_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	schedule_init(&poller->schedule, interval_s * 1000);
	if (seldom_s > interval_s)
		poller->schedule.seldom_ms = seldom_s * 1000;
	batch_size_init(&poller->batch_size);
}

void poller_finish(struct poller *poller)
{
	if (!poller)
		return;
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++) {
		struct poller_request *request = poller->requests[i];
		if (request && request->started)
			schedule_return(&poller->schedule, &request->batch);
		free(request);
	}
	items_check_finish(&poller->items_check);
	schedule_finish(&poller->schedule);
}

void poller_watch(
	struct poller *poller, const struct gateway_watch *watch, const struct now *now)
{
	if (schedule_watch(&poller->schedule, watch, now) == 0) {
		struct mailbox *mailbox =
			mailboxes_find(&poller->schedule.mailboxes, watch->mailbox);
		mailbox->mode.wants_items = mailbox->mode.items =
			watch->items && !poller->items_off;
		poller_unplace(poller, mailbox, now);
		return;
	}
	struct gateway_failure failure = {.mailbox = watch->mailbox,
		.at = now_utc_s(now),
		.next_try = GATEWAY_TIME_MAX,
		.fault = GATEWAY_FAULT_CONFIG,
		.text = "no room for another mailbox at this gateway"};
	poller->sink.failure(poller->sink.context, &failure);
}

void poller_unwatch(struct poller *poller, uint32_t mailbox)
{
	const struct mailbox *known =
		mailboxes_find(&poller->schedule.mailboxes, mailbox);
	items_check_abandon(&poller->items_check, mailbox);
	if (known)
		poller_leave(poller, known);
	schedule_unwatch(&poller->schedule, mailbox);
}

void poller_seldom(
	struct poller *poller, uint32_t mailbox, bool seldom, const struct now *now)
{
	schedule_seldom(&poller->schedule, mailbox, seldom, now->mono_ms);
}

void poller_refresh(struct poller *poller, uint32_t mailbox, const struct now *now)
{
	schedule_refresh(&poller->schedule, mailbox, now->mono_ms);
}

/* Those who fail take half of what may be out at most: half of the slots, and of a single
 * one every second request. */
static bool may_fail(const struct poller *poller, int64_t now_ms)
{
	unsigned slots = poller->account->slots;
	if (slots > 1)
		return poller->failing_in_flight < slots / 2;
	return poller->failing_in_flight == 0 &&
	       (!poller->failing_last ||
		       (schedule_due(&poller->schedule, SCHEDULE_URGENT) > now_ms &&
			       schedule_due(&poller->schedule, SCHEDULE_REGULAR) >
				       now_ms));
}

static int64_t due(const struct poller *poller, enum schedule_queue queue, int64_t now_ms)
{
	if (queue == SCHEDULE_FAILING && !may_fail(poller, now_ms))
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
		account_is_troubled(poller->account) ? probing : usual;
	enum schedule_queue first = order[0];
	int64_t first_ms = INT64_MAX;
	for (size_t i = 0; i < 3 && first_ms > now_ms; i++) {
		int64_t due_ms = due(poller, order[i], now_ms);
		if (due_ms < first_ms) {
			first = order[i];
			first_ms = due_ms;
		}
	}
	*out_due_ms = first_ms;
	return first;
}

/* How many a request may carry. A probe has half as many as the one before it: what makes
 * one of many fail may be a few of them, and fewer and fewer of them are in it. */
static size_t most_of(const struct poller *poller)
{
	unsigned halvings = poller->account->halvings;
	size_t most = poller->batch_size.most >> (halvings < 16 ? halvings : 16);
	return most > 0 ? most : 1;
}

static struct poller_request *free_request(struct poller *poller)
{
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++) {
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
	struct poller *poller, struct poller_request *request, const struct now *now)
{
	request->started = true;
	request->n = request->batch.n;
	for (size_t i = 0; i < request->n; i++)
		request->addresses[i] = request->batch.mailboxes[i]->address;
	request->from = (now_utc_s(now) - POLLER_BACK_S) / 60 * 60;
	request->to = (now_utc_s(now) + poller->window_s + 59) / 60 * 60;
	/* Those in one request are asked in one mode. */
	struct query_mode *mode = &request->batch.mailboxes[0]->mode;
	request->version = mode->version;
	request->merged = mode->merged;
	request->items = mode->items && !mode->check;
	request->site = request->batch.mailboxes[0]->site;
	query_mode_window(mode, &request->from, &request->to, now_utc_s(now));
	if (request->failing)
		poller->failing_in_flight++;
	poller->n_requests++;
}

int64_t poller_due(const struct poller *poller, const struct now *now)
{
	int64_t due_ms;
	if (poller->refused)
		return INT64_MAX;
	(void)pick_queue(poller, now->mono_ms, &due_ms);
	return due_ms;
}

struct poller_request *poller_next(struct poller *poller, const struct now *now)
{
	struct poller_request *request = poller->refused ? NULL : free_request(poller);
	poller->schedule.most = most_of(poller);
	while (request) {
		int64_t due_ms;
		enum schedule_queue queue = pick_queue(poller, now->mono_ms, &due_ms);
		if (due_ms > now->mono_ms)
			return NULL;
		schedule_draw(&poller->schedule, queue, now->mono_ms, &request->batch);
		if (request->batch.n > 0 &&
			!poller_leaves_alone(poller, &request->batch, now)) {
			request->failing = queue == SCHEDULE_FAILING;
			poller->failing_last = request->failing;
			start(poller, request, now);
			break;
		}
	}
	return request;
}

static void fail_all(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct now *now)
{
	struct gateway_failure why = {.fault = (uint8_t)outcome->fault,
		.code = outcome->code,
		.text = outcome->text,
		.elsewhere = outcome->elsewhere};
	for (size_t i = 0; i < request->n; i++)
		poller_fail(poller, request->batch.mailboxes[i], &why,
			outcome->back_off_ms, now);
}

static void halve(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct now *now)
{
	bool maybe_size = outcome->fault == GATEWAY_FAULT_CONNECT ||
			  outcome->fault == GATEWAY_FAULT_TRANSIENT ||
			  outcome->fault == GATEWAY_FAULT_ANSWER;
	if (request->n == 1)
		fail_all(poller, request, outcome, now);
	else if (maybe_size)
		schedule_bisect_doubtful(&poller->schedule, &request->batch);
	else
		schedule_bisect(&poller->schedule, &request->batch);
}

/* What an answer, or a refusal, says of how many may be asked for at once. */
static void learn_batch_size(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer, int64_t now_ms)
{
	bool answered = outcome->class == OUTCOME_USE;
	size_t too_many = answered ? schedule_half_done(&request->batch, true) : 0;
	if (outcome->too_big || (answered && poller_is_too_slow(request, answer)))
		too_many = request->n;
	if (too_many > 0)
		batch_size_refused(&poller->batch_size, too_many, now_ms);
	else if (answered)
		batch_size_good(&poller->batch_size, now_ms);
	poller->schedule.most = most_of(poller);
}

/* Those of a request that failed by itself. One odd address must not stop all the others:
 * what may pass is tried once more as it is, then halved. */
static void settle_batch(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct now *now)
{
	if (outcome->class == OUTCOME_RETRY && !request->failing)
		fail_all(poller, request, outcome, now);
	else
		halve(poller, request, outcome, now);
}

/* Puts the mailboxes where they belong: by the scope, those who have not failed come back
 * as if they had not been asked for. Where somebody has to wait, others go first then. */
static void settle(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer,
	const struct now *now)
{
	bool waits = outcome->class == OUTCOME_BACK_OFF;
	if (outcome->class == OUTCOME_USE) {
		poller_deliver(poller, request, answer, now);
		return;
	}
	switch (outcome->scope) {
	case SCOPE_MAILBOX:
		if (!waits)
			settle_batch(poller, request, outcome, now);
		else if (request->charged_to_itself)
			fail_all(poller, request, outcome, now);
		else
			schedule_return_last(
				&poller->schedule, &request->batch, now->mono_ms);
		break;
	case SCOPE_BATCH:
		settle_batch(poller, request, outcome, now);
		break;
	case SCOPE_SITE:
		fail_all(poller, request, outcome, now);
		break;
	case SCOPE_NONE:
	case SCOPE_ACCOUNT:
	case SCOPE_GATEWAY:
		if (waits)
			schedule_return_last(
				&poller->schedule, &request->batch, now->mono_ms);
		else
			schedule_return(&poller->schedule, &request->batch);
		break;
	}
}

bool poller_expected(const struct poller *poller, const struct poller_request *request,
	const struct outcome *outcome)
{
	bool failed = outcome->scope == SCOPE_MAILBOX || outcome->scope == SCOPE_BATCH;
	for (size_t i = 0; failed && i < request->n; i++) {
		const struct mailbox *mailbox = request->batch.mailboxes[i];
		failed = mailbox->suspect && mailbox->answers != poller->n_answers;
	}
	return failed;
}

static void note_suspects(
	struct poller *poller, struct poller_request *request, bool answered)
{
	poller->n_answers += answered;
	for (size_t i = 0; i < request->n; i++) {
		request->batch.mailboxes[i]->suspect = !answered;
		request->batch.mailboxes[i]->answers = poller->n_answers;
	}
}

void poller_done(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer,
	const struct now *now)
{
	assert(request->started);
	request->started = false;
	if (request->failing)
		poller->failing_in_flight--;
	learn_batch_size(poller, request, outcome, answer, now->mono_ms);
	if (outcome->class == OUTCOME_USE || outcome->scope == SCOPE_MAILBOX ||
		outcome->scope == SCOPE_BATCH)
		note_suspects(poller, request, outcome->class == OUTCOME_USE);
	settle(poller, request, outcome, answer, now);
	(void)schedule_half_done(&request->batch, false);
	if (outcome->class == OUTCOME_USE)
		return;
	poller->n_failed++;
	if (dispatcher_event(outcome) != ACCOUNT_VOID)
		poller_trouble(poller, outcome);
}
