#include "poller_bench.h"

#include "gateway/dispatch/dispatcher.h"
#include "test.h"

#include <stdio.h>

const struct gateway_configure bench_settings = {
	.poll_interval_s = 300, .concurrency = 4, .window_s = 86400};

static void take_calendar(void *context, const struct gateway_calendar *calendar)
{
	struct bench *bench = context;
	bench->n_calendars++;
	bench->calendar = *calendar;
	if (calendar->mailbox < BENCH_READ_MAX)
		bench->read[calendar->mailbox]++;
}

static void take_failure(void *context, const struct gateway_failure *failure)
{
	struct bench *bench = context;
	bench->n_failures++;
	bench->failure = *failure;
	(void)snprintf(bench->failure_code, sizeof bench->failure_code, "%s",
		failure->code ? failure->code : "");
}

void bench_set_up(struct bench *bench)
{
	*bench = (struct bench){
		.now = {.mono_ms = 1000000, .wall_ms = BENCH_UTC * INT64_C(1000)}};
	account_init(&bench->account, bench_settings.concurrency,
		bench_settings.poll_interval_s * INT64_C(1000), 7);
	state_init(&bench->state, &bench->account,
		bench_settings.poll_interval_s * INT64_C(1000), &bench->now);
	poller_init(&bench->poller,
		&(struct poller_host){.account = &bench->account,
			.mailboxes = &bench->mailboxes,
			.state = &bench->state,
			.calendar = take_calendar,
			.failure = take_failure,
			.context = bench},
		&bench_settings);
}

void bench_tear_down(struct bench *bench)
{
	poller_finish(&bench->poller);
	mailboxes_finish(&bench->mailboxes);
}

void bench_pass(struct bench *bench, int64_t ms)
{
	bench->now.mono_ms += ms;
	bench->now.wall_ms = BENCH_UTC * INT64_C(1000) + bench->now.mono_ms - 1000000;
}

void bench_watch_one(struct bench *bench, const struct gateway_watch *watch)
{
	struct mailbox *mailbox =
		mailboxes_add(&bench->mailboxes, watch->mailbox, watch->address);
	assert_non_null(mailbox);
	poller_watch(&bench->poller, mailbox, watch, &bench->now);
}

void bench_unwatch(struct bench *bench, uint32_t id)
{
	struct mailbox *mailbox = mailboxes_find(&bench->mailboxes, id);
	poller_unwatch(&bench->poller, mailbox);
	mailboxes_remove(&bench->mailboxes, mailbox);
}

void bench_watch(struct bench *bench, uint32_t first, uint32_t n)
{
	for (uint32_t id = first; id < first + n; id++) {
		char address[40];
		(void)snprintf(address, sizeof address, "p%u@example.com", id);
		bench_watch_one(bench,
			&(struct gateway_watch){.mailbox = id, .address = address});
	}
	bench_pass(bench, SCHEDULE_COLLECT_MS);
}

/* As the dispatcher does it. */
static struct poller_request *next(struct bench *bench, int64_t *out_again_ms)
{
	int64_t now_ms = bench->now.mono_ms;
	*out_again_ms = account_ready(&bench->account, now_ms);
	if (*out_again_ms > now_ms)
		return NULL;
	*out_again_ms = poller_due(&bench->poller, &bench->now);
	struct poller_request *request =
		*out_again_ms > now_ms ? NULL : poller_next(&bench->poller, &bench->now);
	if (request)
		bench->serial = account_start(&bench->account, now_ms);
	return request;
}

void bench_done(struct bench *bench, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer)
{
	bool expected = poller_expected(&bench->poller, request, outcome);
	poller_done(&bench->poller, request, outcome, answer, &bench->now);
	account_done(&bench->account, bench->serial,
		expected ? ACCOUNT_VOID : dispatcher_event(outcome), outcome->back_off_ms,
		bench->now.mono_ms);
}

struct poller_request *bench_next(struct bench *bench)
{
	int64_t again;
	return next(bench, &again);
}

struct poller_request *bench_wait_next(struct bench *bench)
{
	int64_t again;
	struct poller_request *request;
	while (!(request = next(bench, &again))) {
		assert_true(again > bench->now.mono_ms && again != INT64_MAX);
		bench_pass(bench, again - bench->now.mono_ms);
	}
	return request;
}

void bench_answer(struct bench *bench, struct poller_request *request)
{
	static struct mailbox_reading mailboxes[GATEWAY_BATCH_MAX];
	static struct gateway_event event = {
		.start = BENCH_UTC, .end = BENCH_UTC + 60, .busy = 2};
	for (size_t i = 0; i < request->n; i++)
		mailboxes[i] = (struct mailbox_reading){.n = 1};
	struct reading answer = {
		.mailboxes = mailboxes, .n = request->n, .events = &event, .n_events = 1};
	state_note_server(&bench->state, "15.2.1118");
	struct outcome outcome = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
	bench_done(bench, request, &outcome, &answer);
}

void bench_refuse(struct bench *bench, struct poller_request *request,
	enum outcome_class class, enum gateway_fault fault)
{
	struct outcome outcome = {.class = class,
		.scope = outcome_scope_of(class, fault),
		.fault = fault,
		.back_off_ms = 60000,
		.code = "ErrorTest",
		.text = "in words"};
	bench_done(bench, request, &outcome, NULL);
}

bool bench_tells(struct bench *bench, struct gateway_state *out_state)
{
	if (state_look(&bench->state, &bench->now))
		schedule_resumed(&bench->poller.schedule, bench->now.mono_ms);
	if (!state_tell(&bench->state, &bench->now, out_state))
		return false;
	out_state->watched = (uint32_t)bench->mailboxes.n;
	out_state->reached_interval_s =
		schedule_reached_s(&bench->poller.schedule, bench->now.mono_ms);
	return true;
}

struct gateway_state bench_state_of(struct bench *bench)
{
	struct gateway_state state;
	bench_pass(bench, STATE_TELL_MS);
	assert_true(bench_tells(bench, &state));
	return state;
}
