#define _DEFAULT_SOURCE /* arc4random */
#include "ews/worker.h"

#include "base/clock.h"
#include "ews/courier.h"
#include "ews/gateway_channel.h"
#include "ews/limits.h"
#include "ews/poller.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define OUT_MAX (8 * 1024 * 1024) // what OUT_HIGH lets in, and one full answer on top
#define OUT_HIGH (1024 * 1024)    // more waiting: no answer is read before it is gone
#define SKEW_MAX_S 300

struct worker {
	struct channel channel;
	struct identity identity;
	struct poller poller;
	struct courier *courier; // owned; NULL: no settings that work
	struct poller_request *requests[EWS_CONCURRENCY_MAX]; // of the poller, by slot
	int64_t again_ms;                     // when the poller wants to be asked
	char anchor[GATEWAY_ADDRESS_MAX + 1]; // a mailbox in whose name all may be asked
	bool held;                            // an answer may be waiting for OUT_HIGH
	bool skew_told;
	bool stop;
	bool failed;
};

static struct moment read_clocks(void)
{
	return (struct moment){
		.mono_ms = clock_mono_ms(), .utc_s = clock_wall_ms() / 1000};
}

static void say(struct worker *worker, const struct gateway_message *message)
{
	if (!channel_send(&worker->channel, message))
		worker->failed = true;
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

static void configure(struct worker *worker, const struct gateway_configure *settings,
	const struct moment *now)
{
	char error[GATEWAY_TEXT_MAX];
	courier_destroy(worker->courier);
	poller_configure(&worker->poller, settings, now);
	worker->courier = courier_create(settings, error);
	if (!worker->courier)
		poller_refuse(&worker->poller, error, now);
	(void)snprintf(
		worker->anchor, sizeof worker->anchor, "%s", settings->anchor_mailbox);
	worker->skew_told = false;
	channel_forget(&worker->channel);
}

static void obey(struct worker *worker, const struct gateway_message *message,
	const struct moment *now)
{
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		configure(worker, &message->configure, now);
		return;
	case GATEWAY_WATCH:
		poller_watch(&worker->poller, &message->watch, now);
		return;
	case GATEWAY_UNWATCH:
		poller_unwatch(&worker->poller, message->mailbox);
		return;
	case GATEWAY_REFRESH:
		poller_refresh(&worker->poller, message->mailbox, now);
		return;
	case GATEWAY_PING:
		say(worker, &(struct gateway_message){.type = GATEWAY_PONG});
		return;
	case GATEWAY_STOP:
		worker->stop = true;
		return;
	case GATEWAY_CALENDAR:
	case GATEWAY_FAILURE:
	case GATEWAY_REPLIES:
	case GATEWAY_STATE:
	case GATEWAY_PONG:
		worker->failed = true; // not for us
		return;
	}
}

static void listen_to_main(struct worker *worker, const struct moment *now)
{
	struct gateway_message message;
	int got;
	if (channel_read(&worker->channel))
		worker->stop = true; // nobody is left to tell
	while (!worker->stop && (got = channel_next(&worker->channel, &message)) != 0) {
		if (got < 0) {
			worker->failed = true;
			return;
		}
		obey(worker, &message, now);
	}
}

/* A wrong clock on either side shifts every meeting: someone should know. */
static void watch_skew(struct worker *worker, int64_t date, const struct moment *now)
{
	int64_t skew_s = date - now->utc_s;
	if (date == 0 || worker->skew_told ||
		(skew_s <= SKEW_MAX_S && skew_s >= -SKEW_MAX_S))
		return;
	char text[128];
	(void)snprintf(text, sizeof text,
		"the clock of the gateway is %lld s %s this machine's: set the wrong one "
		"right",
		skew_s < 0 ? -(long long)skew_s : (long long)skew_s,
		skew_s < 0 ? "behind" : "ahead of");
	poller_hint(&worker->poller, text);
	worker->skew_told = true;
}

/* The mailbox in whose name a request was answered is good for all others, so that one
 * that may not be impersonated spoils at most the first request. */
static void learn_anchor(struct worker *worker, const struct poller_request *request,
	const struct verdict *verdict)
{
	if (!courier_impersonates(worker->courier))
		return;
	if (verdict->action == VERDICT_USE && worker->anchor[0] == '\0')
		(void)snprintf(worker->anchor, sizeof worker->anchor, "%s",
			request->addresses[0]);
	else if (verdict->action == VERDICT_HALVE && verdict->code[0] != '\0')
		worker->anchor[0] = '\0';
}

static void conclude(struct worker *worker, const struct transport_answer *answer,
	const struct moment *now)
{
	struct poller_request *request = worker->requests[answer->slot];
	struct availability read = {0};
	const struct availability *said = NULL;
	if (answer->transfer.result == TRANSFER_ANSWERED && answer->n > 0 &&
		availability_read(
			answer->body, answer->n, request->from, request->to, &read) == 0)
		said = &read;
	struct verdict verdict =
		verdict_of_availability(&answer->transfer, said, request->n);
	learn_anchor(worker, request, &verdict);
	watch_skew(worker, answer->date, now);
	poller_done(&worker->poller, request, &verdict, said, now);
	if (said)
		availability_finish(&read);
	courier_release(worker->courier, answer->slot);
}

static void hear_exchange(struct worker *worker, const struct moment *now)
{
	struct courier_answer answer;
	if (!worker->courier)
		return;
	courier_turn(worker->courier, now);
	while (!(worker->held = channel_waiting(&worker->channel) >= OUT_HIGH) &&
		courier_take(worker->courier, now, &answer)) {
		if (answer.verdict)
			poller_done(&worker->poller, worker->requests[answer.slot],
				answer.verdict, NULL, now);
		else
			conclude(worker, &answer.answer, now);
	}
	const char *hint = courier_hint(worker->courier);
	if (hint)
		poller_hint(&worker->poller, hint);
}

/* False: the request could not even be made. */
static bool post(struct worker *worker, const struct poller_request *request,
	const struct moment *now)
{
	struct buf *body = courier_request(worker->courier, request->slot);
	const char *anchor = worker->anchor[0] ? worker->anchor : request->addresses[0];
	if (!courier_impersonates(worker->courier))
		anchor = NULL;
	if (!body)
		return false;
	availability_write(body,
		&(struct availability_query){.addresses = request->addresses,
			.n = request->n,
			.from = request->from,
			.to = request->to,
			.envelope = {.version = "Exchange2013", .impersonate = anchor}});
	return courier_post(worker->courier, request->slot, anchor, now) == 0;
}

static void ask_exchange(struct worker *worker, const struct moment *now)
{
	struct poller_request *request;
	worker->again_ms = INT64_MAX;
	if (!worker->courier)
		return;
	while ((request = poller_next(&worker->poller, now, &worker->again_ms))) {
		worker->requests[request->slot] = request;
		if (post(worker, request, now))
			continue;
		struct verdict verdict = {.action = VERDICT_RETRY,
			.fault = GATEWAY_FAULT_TRANSIENT,
			.text = "out of memory"};
		poller_done(&worker->poller, request, &verdict, NULL, now);
	}
	courier_turn(worker->courier, now); // a request may wait for a token
}

static void say_state(struct worker *worker, const struct moment *now)
{
	struct gateway_message message = {.type = GATEWAY_STATE};
	if (poller_state(&worker->poller, now, &message.state))
		say(worker, &message);
}

static void wait_for_events(struct worker *worker)
{
	size_t waiting = channel_waiting(&worker->channel);
	short events = waiting > 0 ? POLLIN | POLLOUT : POLLIN;
	int64_t until_ms = poller_state_due(&worker->poller);
	if (worker->again_ms < until_ms)
		until_ms = worker->again_ms;
	if (worker->courier && courier_due(worker->courier) < until_ms)
		until_ms = courier_due(worker->courier);
	int64_t now_ms = clock_mono_ms();
	bool at_once = until_ms <= now_ms || (worker->held && waiting < OUT_HIGH);
	int timeout_ms = at_once ? 0 : (int)(until_ms - now_ms);
	if (worker->courier) {
		(void)courier_wait(
			worker->courier, worker->channel.fd, events, timeout_ms);
	} else {
		struct pollfd fd = {.fd = worker->channel.fd, .events = events};
		(void)poll(&fd, 1, timeout_ms);
	}
}

static void turn(struct worker *worker)
{
	wait_for_events(worker);
	struct moment now = read_clocks();
	listen_to_main(worker, &now);
	if (worker->stop || worker->failed)
		return;
	hear_exchange(worker, &now);
	ask_exchange(worker, &now);
	say_state(worker, &now);
	if (channel_flush(&worker->channel))
		worker->stop = true;
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

int worker_run(int socket)
{
	struct worker *worker = calloc(1, sizeof *worker);
	uint64_t seed = 0;
	arc4random_buf(&seed, sizeof seed);
	harden();
	if (!worker || channel_init(&worker->channel, socket, OUT_MAX)) {
		free(worker);
		return 1;
	}
	struct moment now = read_clocks();
	struct poller_sink sink = {
		.calendar = say_calendar, .failure = say_failure, .context = worker};
	identity_init(&worker->identity, 1, 1, seed);
	poller_init(&worker->poller, &worker->identity, &sink, &now);
	while (!worker->stop && !worker->failed)
		turn(worker);
	int status = worker->failed ? 1 : 0;
	courier_destroy(worker->courier);
	poller_finish(&worker->poller);
	channel_finish(&worker->channel);
	free(worker);
	return status;
}
