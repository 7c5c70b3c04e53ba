#define _DEFAULT_SOURCE /* arc4random */
#include "gateway/worker.h"

#include "base/clock.h"
#include "gateway/dispatch/log_on.h"
#include "gateway/http/http_client.h"
#include "gateway/limits.h"
#include "gateway/protocol/channel.h"
#include "gateway/protocol/settings.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define OUT_MAX (8 * 1024 * 1024)  // what OUT_HIGH lets in, and one full answer on top
#define OUT_HIGH (1024 * 1024)     // more waiting: no answer is read before it is gone
#define OUT_FULL (4 * 1024 * 1024) // more waiting: nothing is said before it is gone
#define DRAIN_MS 10000             // how long the main process may take none of it
#define STOP_MS 800                // to end subscriptions; less than we are given
#define LOG_ON_STOP_MS 9000        // to hear of a log-on; likewise
#define GRACE_S 180 // a dozen silent KDCs: 27 s for one, 13 s for each other

struct worker {
	const struct gateway_kind *const *kinds; // borrowed
	const struct gateway_kind *kind; // of the settings; NULL: there are none yet
	struct channel channel;
	struct gateway_settings settings; // once for its life; all others borrow them
	struct account account;
	struct dispatcher dispatcher;
	struct state state;
	struct mailboxes mailboxes;
	struct poller poller;
	void *gateway; // of the kind, owned; NULL: there are no settings yet
	uint64_t seed;
	struct now now;   // of this turn
	int64_t stop_ms;  // when to stop at the latest; INT64_MAX: nobody wants it
	int64_t again_ms; // when the dispatcher wants to be asked
	struct log_on log_on;
	uint32_t grace_s; // as it was said last
	bool held;        // an answer may be waiting for OUT_HIGH
	bool failed;
};

static bool is_ending(const struct worker *worker)
{
	return worker->stop_ms != INT64_MAX;
}

static void say(struct worker *worker, const struct gateway_message *message)
{
	if ((is_ending(worker) && message->type != GATEWAY_LOG_ON) || worker->failed)
		return; // nobody listens any more
	/* What is true of all mailboxes at once is said of each. */
	worker->failed =
		(channel_waiting(&worker->channel) >= OUT_FULL &&
			channel_drain(&worker->channel, OUT_HIGH, DRAIN_MS) != 0) ||
		!channel_send(&worker->channel, message);
}

static void say_calendar(void *context, const struct gateway_calendar *calendar)
{
	say(context, &(struct gateway_message){
			     .type = GATEWAY_CALENDAR, .calendar = *calendar});
}

static void say_failure(void *context, const struct gateway_failure *failure)
{
	say(context,
		&(struct gateway_message){.type = GATEWAY_FAILURE, .failure = *failure});
}

static void say_oof(void *context, const struct gateway_oof *oof)
{
	say(context, &(struct gateway_message){.type = GATEWAY_OOF, .oof = *oof});
}

static void say_hint(void *context, const char *text)
{
	state_hint(&((struct worker *)context)->state, NULL, "%s", text);
}

static void say_trouble(void *context, const struct outcome *outcome)
{
	state_trouble(&((struct worker *)context)->state, outcome);
}

static const char *route(void *context, const char *anchor)
{
	struct worker *worker = context;
	return worker->kind->route(worker->gateway, anchor, &worker->now);
}

static const char *version(void *context, const struct now *now)
{
	struct worker *worker = context;
	return worker->kind->version(worker->gateway, now);
}

static bool version_refused(void *context, const char *version, const struct now *now)
{
	struct worker *worker = context;
	return worker->kind->version_refused(worker->gateway, version, now);
}

/* Before it is silent, since it then cannot say so any more. */
static void say_grace_period(struct worker *worker, uint32_t grace_s)
{
	if (grace_s == worker->grace_s)
		return;
	worker->grace_s = grace_s;
	say(worker, &(struct gateway_message){.type = GATEWAY_GRACE, .grace_s = grace_s});
	(void)channel_flush(&worker->channel); // its end is found at the end of the turn
}

static void ask_for_grace(void *context)
{
	say_grace_period(context, GRACE_S);
}

static uint32_t grace_of(const struct worker *worker)
{
	const struct http_client *client = worker->dispatcher.client;
	return client && http_client_may_block(client, &worker->now) ? GRACE_S : 0;
}

static const struct gateway_kind *find_kind(
	const struct gateway_kind *const *kinds, const char *name)
{
	while (*kinds && strcmp((*kinds)->name, name) != 0)
		kinds++;
	return *kinds;
}

/* Once in the life of a worker: other settings are another worker's. */
static void configure(struct worker *worker, const struct gateway_configure *said,
	const struct now *now)
{
	const struct gateway_configure *settings = &worker->settings.configure;
	if (gateway_settings_init(&worker->settings, said))
		return; // and fails for want of a gateway
	char error[GATEWAY_TEXT_MAX];
	worker->kind = find_kind(worker->kinds, settings->kind);
	if (!worker->kind)
		return; // nobody knows what to say there
	struct http_client *client = http_client_create(settings, error);
	int64_t interval_ms =
		gateway_within(settings->poll_interval_s, 1, GATEWAY_INTERVAL_MAX_S) *
		INT64_C(1000);
	account_init(&worker->account,
		gateway_within(settings->concurrency, 1, GATEWAY_CONCURRENCY_MAX),
		interval_ms, worker->seed);
	worker->mailboxes.calendars_only = !settings->automatic_replies;
	state_init(&worker->state, &worker->account, interval_ms, now);
	poller_init(&worker->poller,
		&(struct poller_host){.account = &worker->account,
			.mailboxes = &worker->mailboxes,
			.state = &worker->state,
			.calendar = say_calendar,
			.failure = say_failure,
			.context = worker},
		settings);
	dispatcher_init(&worker->dispatcher, &worker->account, client,
		&(struct dispatcher_events){.hint = say_hint,
			.trouble = say_trouble,
			.version = version,
			.version_refused = version_refused,
			.route = route,
			.context = worker},
		settings);
	if (client)
		http_client_before_waiting(client, ask_for_grace, worker);
	else
		state_refuse(&worker->state, error);
	worker->gateway = worker->kind->create(
		&(struct gateway_host){.dispatcher = &worker->dispatcher,
			.poller = &worker->poller,
			.mailboxes = &worker->mailboxes,
			.state = &worker->state,
			.oof = say_oof,
			.context = worker,
			.seed = worker->seed},
		settings);
	channel_forget(&worker->channel);
}

/* Nothing more is asked; what is left at the server is ended as far as there is time. */
static void end_soon(struct worker *worker, const struct now *now)
{
	if (is_ending(worker))
		return;
	worker->stop_ms =
		now->mono_ms + (worker->account.leave_used ? LOG_ON_STOP_MS : STOP_MS);
	if (worker->gateway)
		worker->kind->stop(worker->gateway, now);
}

static void unwatch(struct worker *worker, uint32_t id, const struct now *now)
{
	struct mailbox *mailbox = mailboxes_find(&worker->mailboxes, id);
	if (!mailbox)
		return;
	worker->kind->unwatch(worker->gateway, mailbox, now);
	poller_unwatch(&worker->poller, mailbox);
	mailboxes_remove(&worker->mailboxes, mailbox);
}

static void watch(
	struct worker *worker, const struct gateway_watch *watch, const struct now *now)
{
	unwatch(worker, watch->mailbox, now);
	struct mailbox *mailbox =
		mailboxes_add(&worker->mailboxes, watch->mailbox, watch->address);
	if (!mailbox) {
		say_failure(worker,
			&(struct gateway_failure){.mailbox = watch->mailbox,
				.at = now_utc_s(now),
				.next_try = GATEWAY_TIME_MAX,
				.fault = GATEWAY_FAULT_CONFIG,
				.text = "no room for another mailbox at this gateway"});
		return;
	}
	poller_watch(&worker->poller, mailbox, watch, now);
	worker->kind->watch(worker->gateway, mailbox, watch, now);
}

static void adopt(struct worker *worker, const struct gateway_breaker *breaker,
	const struct now *now)
{
	log_on_hear(&worker->log_on, &worker->account, breaker, now->mono_ms);
	if (breaker->refusals == 0 || worker->state.fault == GATEWAY_FAULT_AUTH)
		return;
	/* Somebody else was refused, or we were in an earlier life. */
	struct outcome outcome = outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
		"the log-on of this account was refused %u time%s in a row, by whichever "
		"gateway or before a restart: it waits, so that the account is not "
		"locked; check user name and password, a new one is tried at once after "
		"a reload",
		(unsigned)breaker->refusals, breaker->refusals == 1 ? "" : "s");
	state_trouble(&worker->state, &outcome);
}

static void obey(struct worker *worker, const struct gateway_message *message,
	const struct now *now)
{
	bool is_first = !worker->gateway;
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		if (is_first)
			configure(worker, &message->configure, now);
		worker->failed |= !is_first || !worker->gateway;
		return;
	case GATEWAY_WATCH:
		worker->failed |= is_first;
		if (!is_first)
			watch(worker, &message->watch, now);
		return;
	case GATEWAY_UNWATCH:
		worker->failed |= is_first;
		if (!is_first)
			unwatch(worker, message->mailbox, now);
		return;
	case GATEWAY_BREAKER:
		worker->failed |= is_first;
		if (!is_first)
			adopt(worker, &message->breaker, now);
		return;
	case GATEWAY_PING:
		say(worker, &(struct gateway_message){.type = GATEWAY_PONG});
		return;
	case GATEWAY_STOP:
		end_soon(worker, now);
		return;
	case GATEWAY_CALENDAR:
	case GATEWAY_FAILURE:
	case GATEWAY_OOF:
	case GATEWAY_STATE:
	case GATEWAY_LOG_ON:
	case GATEWAY_PONG:
	case GATEWAY_GRACE:
		worker->failed = true; // not for us
		return;
	}
}

static void listen_to_main(struct worker *worker, const struct now *now)
{
	struct gateway_message message;
	int got;
	if (is_ending(worker))
		return;
	if (channel_read(&worker->channel))
		end_soon(worker, now);
	while (!is_ending(worker) &&
		(got = channel_next(&worker->channel, &message)) != 0) {
		if (got < 0) {
			worker->failed = true;
			return;
		}
		obey(worker, &message, now);
	}
}

static void hear_server(struct worker *worker, const struct now *now)
{
	if (worker->dispatcher.client)
		http_client_turn(worker->dispatcher.client);
	while (!(worker->held = channel_waiting(&worker->channel) >= OUT_HIGH) &&
		dispatcher_hear(&worker->dispatcher, now)) {
	}
}

static void ask_server(struct worker *worker, const struct now *now)
{
	worker->dispatcher.lost = worker->kind->is_lost(worker->gateway);
	worker->again_ms = dispatcher_ask(&worker->dispatcher, now);
	if (worker->dispatcher.client)
		http_client_want_token(worker->dispatcher.client, now);
}

static void say_log_on(void *context, enum gateway_log_on log_on)
{
	say(context, &(struct gateway_message){
			     .type = GATEWAY_LOG_ON, .log_on = (uint8_t)log_on});
}

static void say_state(struct worker *worker, const struct now *now)
{
	struct gateway_message message = {.type = GATEWAY_STATE};
	if (state_look(&worker->state, now))
		schedule_resumed(&worker->poller.schedule, now->mono_ms);
	if (!state_tell(&worker->state, now, &message.state))
		return;
	message.state.watched = (uint32_t)worker->mailboxes.n;
	message.state.reached_interval_s =
		schedule_reached_s(&worker->poller.schedule, now->mono_ms);
	message.state.endpoint = worker->dispatcher.client
					 ? http_client_endpoint(worker->dispatcher.client)
					 : "";
	worker->kind->report(worker->gateway, &message.state);
	say(worker, &message);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When there is something to do without an event, monotonic. */
static int64_t due(const struct worker *worker)
{
	const struct http_client *client = worker->dispatcher.client;
	int64_t at_ms = worker->stop_ms;
	if (!worker->gateway)
		return at_ms;
	at_ms = earlier(at_ms, state_due(&worker->state));
	at_ms = earlier(at_ms, worker->again_ms);
	at_ms = earlier(at_ms, worker->kind->due(worker->gateway, &worker->now));
	/* What has come waits as long as the main process does not take what went before.
	 */
	return client && !worker->held ? earlier(at_ms, http_client_due(client)) : at_ms;
}

static int time_until(const struct worker *worker, int64_t at_ms, size_t waiting)
{
	int64_t now_ms = clock_mono_ms();
	if (at_ms <= now_ms || (worker->held && waiting < OUT_HIGH))
		return 0;
	return at_ms - now_ms < INT_MAX ? (int)(at_ms - now_ms) : INT_MAX;
}

static void wait_for_events(struct worker *worker)
{
	size_t waiting = channel_waiting(&worker->channel);
	short events = waiting > 0 ? POLLIN | POLLOUT : POLLIN;
	int timeout_ms = time_until(worker, due(worker), waiting);
	int channel = is_ending(worker) ? -1 : worker->channel.fd;
	if (worker->dispatcher.client) {
		(void)http_client_wait(
			worker->dispatcher.client, channel, events, timeout_ms);
	} else {
		struct pollfd fd = {.fd = channel, .events = events};
		(void)poll(&fd, 1, timeout_ms);
	}
}

static void work(struct worker *worker, const struct now *now)
{
	say_grace_period(worker, grace_of(worker));
	hear_server(worker, now);
	worker->kind->turn(worker->gateway, now);
	ask_server(worker, now);
	log_on_say(&worker->log_on, &worker->account,
		worker->dispatcher.wants_leave && !is_ending(worker), say_log_on, worker);
	say_state(worker, now);
}

static void turn(struct worker *worker)
{
	wait_for_events(worker);
	worker->now = clock_now();
	const struct now *now = &worker->now;
	listen_to_main(worker, now);
	if (worker->failed)
		return;
	if (worker->gateway)
		work(worker, now);
	if (channel_flush(&worker->channel))
		end_soon(worker, now);
}

/* What is out may be refused the log-on, and the next process has to know. */
static bool has_ended(const struct worker *worker)
{
	return is_ending(worker) &&
	       (!worker->gateway || worker->now.mono_ms >= worker->stop_ms ||
		       (worker->kind->has_stopped(worker->gateway) &&
			       !worker->account.leave_used &&
			       worker->account.in_flight == 0));
}

/* A core would hold the password; a worker without its main process has nothing to do. */
static void harden(void)
{
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A terminal's Ctrl-C is for the main process, which then stops us. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
}

int worker_run(const struct gateway_kind *const *kinds, int socket)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	harden();
	if (!worker || channel_init(&worker->channel, socket, OUT_MAX)) {
		free(worker);
		return 1;
	}
	worker->kinds = kinds;
	arc4random_buf(&worker->seed, sizeof(worker->seed));
	worker->now = clock_now();
	worker->stop_ms = INT64_MAX;
	while (!worker->failed && !has_ended(worker))
		turn(worker);
	int status = worker->failed ? 1 : 0;
	dispatcher_finish(&worker->dispatcher);
	if (worker->kind)
		worker->kind->destroy(worker->gateway);
	if (worker->state.account)
		poller_finish(&worker->poller);
	mailboxes_finish(&worker->mailboxes);
	gateway_settings_finish(&worker->settings);
	channel_finish(&worker->channel);
	free(worker);
	return status;
}
