#include "gateway/polling/poller.h"

#include "base/line.h"
#include "gateway/dispatch/dispatcher.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------ failures */

static bool has_sites(const struct poller *poller)
{
	return poller->sites && poller->sites->are_several(poller->sites->self);
}

static void doubt(struct poller *poller, const struct mailbox *mailbox, bool elsewhere,
	const struct now *now)
{
	if (has_sites(poller) && !mailbox->dropped && elsewhere)
		poller->sites->doubt(poller->sites->self, mailbox->address, now);
}

static void fail_mailbox(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_failure *why, int64_t wait_ms, const struct now *now)
{
	struct gateway_failure failure = *why;
	bool dropped = mailbox->dropped;
	query_mode_done(&mailbox->mode);
	mailbox->mode.check = mailbox->spared = false;
	items_check_abandon(&poller->items_check, mailbox->id);
	doubt(poller, mailbox, failure.elsewhere, now);
	failure.mailbox = mailbox->id;
	failure.at = now_utc_s(now);
	int64_t next_ms = schedule_failed(
		&poller->schedule, mailbox, failure.fault, wait_ms, now->mono_ms);
	if (dropped)
		return;
	failure.next_try = now_utc_s(now) + (next_ms - now->mono_ms + 999) / 1000;
	poller->host.failure(poller->host.context, &failure);
}

/* ------------------------------------------------ where mailboxes are */

/* Says why, once for each lookup. */
static void tell_lost(struct poller *poller, struct mailbox *mailbox,
	const struct sites_answer *answer, const struct now *now)
{
	if (mailbox->lost_ms == answer->since_ms)
		return;
	mailbox->lost_ms = answer->since_ms;
	struct gateway_failure failure = {.mailbox = mailbox->id,
		.at = now_utc_s(now),
		.next_try =
			now_utc_s(now) + (answer->until_ms - now->mono_ms + 999) / 1000,
		.fault = answer->elsewhere ? GATEWAY_FAULT_MAILBOX : GATEWAY_FAULT_CONFIG,
		.code = "",
		.text = answer->text,
		.elsewhere = answer->elsewhere};
	poller->host.failure(poller->host.context, &failure);
	poller->host.state->lost = poller->sites->is_lost(poller->sites->self);
	if (!poller->host.state->lost)
		return;
	struct outcome why = {.fault = GATEWAY_FAULT_CONFIG};
	(void)snprintf(why.text, sizeof why.text, "%s", answer->text);
	state_trouble(poller->host.state, &why);
}

/* One that moved is asked for at once, however long it was to wait. */
static void settle_at(
	struct poller *poller, struct mailbox *mailbox, uint16_t site, int64_t now_ms)
{
	bool moved = mailbox->site != SITES_NONE && mailbox->site != site;
	poller->host.state->lost = false;
	mailbox->site = site;
	mailbox->lost_ms = 0;
	schedule_unpark(&poller->schedule, mailbox, now_ms);
	if (moved)
		schedule_refresh(&poller->schedule, mailbox, now_ms);
}

static void place(struct poller *poller, struct mailbox *mailbox, const struct now *now)
{
	if (!has_sites(poller) || mailbox->dropped)
		return;
	struct sites_answer answer =
		poller->sites->find(poller->sites->self, mailbox->address, now);
	if (answer.site != SITES_NONE) {
		settle_at(poller, mailbox, answer.site, now->mono_ms);
		return;
	}
	/* Where it was last may still do while Autodiscover does not answer. */
	if (mailbox->site != SITES_NONE && !answer.elsewhere)
		return;
	mailbox->site = SITES_NONE;
	schedule_park(&poller->schedule, mailbox);
	if (answer.lost)
		tell_lost(poller, mailbox, &answer, now);
}

static void leave(struct poller *poller, const struct mailbox *mailbox)
{
	if (has_sites(poller))
		poller->sites->leave(poller->sites->self, mailbox->address);
}

static bool is_of(const struct mailbox *mailbox, const char *key)
{
	const char *at = strrchr(mailbox->address, '@');
	const char *part = strchr(key, '@') || !at ? mailbox->address : at + 1;
	return strcasecmp(part, key) == 0;
}

void poller_settled(struct poller *poller, const char *key, const struct now *now)
{
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(poller->host.mailboxes, mailbox)))
		if (is_of(mailbox, key))
			place(poller, mailbox, now);
}

static bool leaves_alone(
	struct poller *poller, struct schedule_batch *batch, const struct now *now)
{
	struct outcome why;
	if (!has_sites(poller) || batch->n == 0 ||
		!poller->sites->is_down(poller->sites->self, batch->mailboxes[0]->site,
			now->mono_ms, &why))
		return false;
	struct gateway_failure failure = {.fault = (uint8_t)why.fault,
		.code = why.code,
		.text = why.text,
		.elsewhere = why.elsewhere};
	(void)schedule_half_done(batch, false);
	for (size_t i = 0; i < batch->n; i++)
		fail_mailbox(poller, batch->mailboxes[i], &failure, 0, now);
	batch->n = 0;
	return true;
}

const char *poller_url(const struct poller *poller, const struct poller_request *request)
{
	return has_sites(poller) ? poller->sites->url(poller->sites->self, request->site)
				 : NULL;
}

void poller_judge(struct poller *poller, const struct poller_request *request,
	struct outcome *outcome, const struct now *now)
{
	if (has_sites(poller))
		poller->sites->judge(poller->sites->self, request->site, outcome, now);
}

/* ------------------------------------------------ who is watched */

/* Only those at one site, and in one mode, are in one request. */
static bool goes_along(
	const struct mailbox *first, struct mailbox *mailbox, int64_t now_ms)
{
	query_mode_renew(&mailbox->mode, now_ms);
	return !first || (first->site == mailbox->site &&
				 query_mode_is_alike(&first->mode, &mailbox->mode));
}

void poller_init(struct poller *poller, const struct poller_host *host,
	const struct gateway_configure *settings)
{
	*poller = (struct poller){
		.host = *host,
		.window_s = gateway_within(settings->window_s, 60, GATEWAY_WINDOW_MAX_S),
	};
	int64_t interval_s =
		gateway_within(settings->poll_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	int64_t seldom_s =
		gateway_within(settings->notified_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	schedule_init(&poller->schedule, MAILBOX_CALENDAR, interval_s * 1000);
	poller->schedule.goes_along = goes_along;
	if (seldom_s > interval_s)
		poller->schedule.seldom_ms = seldom_s * 1000;
	batch_size_init(&poller->batch_size, GATEWAY_BATCH_MAX);
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

void poller_limit(struct poller *poller, size_t most, bool items)
{
	batch_size_init(&poller->batch_size, most);
	poller->items_off = !items;
}

void poller_watch(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now)
{
	schedule_watch(
		&poller->schedule, mailbox, watch->last_read, watch->not_before, now);
	mailbox->mode.wants_items = mailbox->mode.items =
		watch->items && !poller->items_off;
	mailbox->site = has_sites(poller) ? SITES_NONE : SITES_OWN;
	place(poller, mailbox, now);
}

void poller_unwatch(struct poller *poller, struct mailbox *mailbox)
{
	items_check_abandon(&poller->items_check, mailbox->id);
	leave(poller, mailbox);
	schedule_unwatch(&poller->schedule, mailbox);
}

/* ------------------------------------------------ what an answer means for each mailbox
 */

static bool is_too_slow(
	const struct poller_request *request, const struct reading *answer)
{
	size_t late = 0;
	for (size_t i = 0; i < answer->n; i++)
		late += answer->mailboxes[i].late;
	return request->n > 1 && late > request->n / 2;
}

static void tell(struct poller *poller, struct mailbox *mailbox,
	struct gateway_calendar *calendar, const struct now *now)
{
	calendar->mailbox = mailbox->id;
	if (!mailbox->dropped) {
		poller->host.state->n_read++;
		poller->host.calendar(poller->host.context, calendar);
	}
	query_mode_done(&mailbox->mode);
	schedule_read(&poller->schedule, mailbox, now->mono_ms);
}

/* The entries of a mailbox; the first ones are compared with free/busy. */
static void tell_items(struct poller *poller, struct mailbox *mailbox,
	struct gateway_calendar *calendar, const struct now *now)
{
	calendar->mailbox = mailbox->id;
	if (mailbox->dropped || !items_check_begin(&poller->items_check, calendar)) {
		tell(poller, mailbox, calendar, now);
		return;
	}
	poller->host.state->n_read++;
	poller->host.calendar(poller->host.context, calendar);
	mailbox->mode.check = true;
	schedule_again(&poller->schedule, mailbox, now->mono_ms);
}

static void leave_items(struct poller *poller, const struct mailbox *lacking)
{
	state_hint(poller->host.state, &poller->items_off,
		"the entries of \"%.128s\" lack meetings that its free/busy has, maybe "
		"recurring ones: this server does not tell them all, and free/busy is "
		"read instead; leave calendar.detail at it",
		lacking->address);
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(poller->host.mailboxes, mailbox)))
		mailbox->mode.wants_items = mailbox->mode.items = false;
}

/* What it has was told before, entry by entry. */
static void compare(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_event *events, const struct mailbox_reading *result,
	const struct now *now)
{
	size_t n = result->n;
	mailbox->mode.check = false;
	if (result->fault != GATEWAY_FAULT_NONE)
		items_check_abandon(&poller->items_check, mailbox->id);
	if (poller->items_check.out && poller->items_check.mailbox == mailbox->id &&
		items_check_end(&poller->items_check, events, n))
		leave_items(poller, mailbox);
	if (poller->items_off) // what was told was not all
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
	else
		schedule_read(&poller->schedule, mailbox, now->mono_ms);
}

static void deliver_chunk(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_event *events, size_t n, const struct now *now)
{
	struct gateway_failure why = {.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorResultSetTooBig",
		.text = "the calendar has too many entries to be read"};
	struct gateway_calendar calendar;
	switch (query_mode_add(&mailbox->mode, events, n, &calendar)) {
	case WINDOW_CHUNKS_MORE:
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
		return;
	case WINDOW_CHUNKS_WHOLE:
		tell(poller, mailbox, &calendar, now);
		return;
	case WINDOW_CHUNKS_FULL:
		break;
	case WINDOW_CHUNKS_NO_MEMORY:
		why = (struct gateway_failure){
			.fault = GATEWAY_FAULT_TRANSIENT, .text = "out of memory"};
		break;
	}
	fail_mailbox(poller, mailbox, &why, 0, now);
}

static void say_items_refused(struct poller *poller, const struct mailbox *mailbox,
	const struct mailbox_reading *result)
{
	state_hint(poller->host.state, &poller->items_told,
		"the entries of \"%.128s\" may not be read (%s): free/busy of it is read "
		"instead, and of others that refuse; check the right to impersonate and "
		"its scope",
		mailbox->address, result->code);
}

/* One that answers with an error is asked again in another mode, if there is one. */
static void deliver_error(struct poller *poller, const struct poller_request *request,
	struct mailbox *mailbox, const struct mailbox_reading *result,
	const struct now *now)
{
	struct mode_query query = {.from = request->from, .to = request->to};
	struct gateway_failure why = {.fault = (uint8_t)result->fault,
		.code = result->code,
		.text = result->text,
		.elsewhere = result->elsewhere};
	bool learnt = query_mode_learn(&mailbox->mode, result, &query, now);
	if (request->items && !mailbox->mode.items)
		say_items_refused(poller, mailbox, result);
	if (learnt)
		schedule_again(&poller->schedule, mailbox, now->mono_ms);
	else
		fail_mailbox(poller, mailbox, &why, result->wait_ms, now);
}

/* Nothing may be asked in the name of the mailbox whose entries were asked for: free/busy
 * may. */
static void refuse_items(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct now *now)
{
	struct mailbox_reading result = {
		.fault = outcome->fault, .advice = READING_FREE_BUSY};
	(void)snprintf(result.code, sizeof(result.code), "%s", outcome->code);
	line_copy(result.text, sizeof(result.text), outcome->text, strlen(outcome->text));
	deliver_error(poller, request, request->batch.mailboxes[0], &result, now);
}

static void deliver(struct poller *poller, struct poller_request *request,
	const struct reading *answer, const struct now *now)
{
	assert(answer && answer->n == request->n);
	poller->host.state->last_success = now_utc_s(now);
	if (answer->unknown_state[0])
		state_hint(poller->host.state, &poller->state_told,
			"entries have a state that is not known here (\"%s\"): they "
			"count as busy",
			answer->unknown_state);
	for (size_t i = 0; i < request->n; i++) {
		struct mailbox *mailbox = request->batch.mailboxes[i];
		const struct mailbox_reading *result = &answer->mailboxes[i];
		const struct gateway_event *events =
			result->n > 0 ? answer->events + result->first : NULL;
		struct gateway_calendar calendar = {.read_at = now_utc_s(now),
			.from = request->from,
			.to = request->to,
			.n = (uint32_t)result->n,
			.events = events};
		if (mailbox->mode.check)
			compare(poller, mailbox, events, result, now);
		else if (result->fault != GATEWAY_FAULT_NONE)
			deliver_error(poller, request, mailbox, result, now);
		else if (mailbox->mode.chunks)
			deliver_chunk(poller, mailbox, events, result->n, now);
		else if (request->items)
			tell_items(poller, mailbox, &calendar, now);
		else
			tell(poller, mailbox, &calendar, now);
	}
}

/* ------------------------------------------------ what is next, and what came of it */

/* Those who fail take half of what may be out at most: half of the slots, and of a single
 * one every second request. */
static bool may_fail(const struct poller *poller, int64_t now_ms)
{
	unsigned slots = poller->host.account->slots;
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
	int64_t due_ms = schedule_due(&poller->schedule, queue);
	/* Where only those were asked for who may fail by themselves, somebody who was
	 * read tells whether it is the gateway, before his time. */
	bool early = queue == SCHEDULE_REGULAR && poller->host.account->halvings > 0 &&
		     due_ms != INT64_MAX;
	return early && due_ms > now_ms ? now_ms : due_ms;
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
		account_is_troubled(poller->host.account) ? probing : usual;
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
	unsigned halvings = poller->host.account->halvings;
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
	poller->host.state->n_requests++;
}

int64_t poller_due(const struct poller *poller, const struct now *now)
{
	int64_t due_ms;
	(void)pick_queue(poller, now->mono_ms, &due_ms);
	return due_ms;
}

struct poller_request *poller_next(struct poller *poller, const struct now *now)
{
	struct poller_request *request = free_request(poller);
	poller->schedule.most = most_of(poller);
	while (request) {
		int64_t due_ms;
		enum schedule_queue queue = pick_queue(poller, now->mono_ms, &due_ms);
		if (due_ms > now->mono_ms)
			return NULL;
		schedule_draw(&poller->schedule, queue, now->mono_ms, &request->batch);
		if (request->batch.n > 0 && !leaves_alone(poller, &request->batch, now)) {
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
		fail_mailbox(poller, request->batch.mailboxes[i], &why,
			outcome->back_off_ms, now);
}

/* All were asked for in the name of a mailbox that may not speak now. Of a batch the
 * first one lends its name, so that it goes last. */
static void return_in_another_name(
	struct poller *poller, struct poller_request *request, const struct now *now)
{
	struct schedule_batch *batch = &request->batch;
	struct mailbox *first = batch->mailboxes[0];
	memmove(batch->mailboxes, batch->mailboxes + 1,
		(batch->n - 1) * sizeof(*batch->mailboxes));
	batch->mailboxes[batch->n - 1] = first;
	schedule_return_last(&poller->schedule, batch, now->mono_ms);
}

/* One asked for in the name of another may not be meant by what is said of a mailbox. It
 * is asked for once more, in a name that is not refused, before it counts as its own. */
static bool means_other(
	const struct poller_request *request, const struct outcome *outcome)
{
	bool of_name = outcome->elsewhere || outcome->fault == GATEWAY_FAULT_AUTHZ;
	return of_name && request->n == 1 && request->charged &&
	       !request->charged_to_itself && !request->batch.mailboxes[0]->spared;
}

static void halve(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct now *now)
{
	bool maybe_size = outcome->fault == GATEWAY_FAULT_CONNECT ||
			  outcome->fault == GATEWAY_FAULT_TRANSIENT ||
			  outcome->fault == GATEWAY_FAULT_ANSWER;
	if (means_other(request, outcome)) {
		request->batch.mailboxes[0]->spared = true;
		return_in_another_name(poller, request, now);
	} else if (request->n == 1) {
		fail_all(poller, request, outcome, now);
	} else if (maybe_size) {
		schedule_bisect_doubtful(&poller->schedule, &request->batch);
	} else {
		schedule_bisect(&poller->schedule, &request->batch);
	}
}

/* What an answer, or a refusal, says of how many may be asked for at once. */
static void learn_batch_size(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer, int64_t now_ms)
{
	bool answered = outcome->class == OUTCOME_USE;
	size_t too_many = answered ? schedule_half_done(&request->batch, true) : 0;
	if (outcome->too_big || (answered && is_too_slow(request, answer)))
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
		deliver(poller, request, answer, now);
		return;
	}
	switch (outcome->scope) {
	case SCOPE_MAILBOX:
		if (!waits && request->items)
			refuse_items(poller, request, outcome, now);
		else if (request->charged_to_itself)
			fail_all(poller, request, outcome, now);
		else
			return_in_another_name(poller, request, now);
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
		struct mailbox *mailbox = request->batch.mailboxes[i];
		if (!mailbox->suspect)
			mailbox->answers = poller->n_answers;
		mailbox->suspect = !answered;
		mailbox->spared = mailbox->spared && !answered;
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
	poller->host.state->n_failed++;
	if (dispatcher_event(outcome) != ACCOUNT_VOID)
		state_trouble(poller->host.state, outcome);
}
