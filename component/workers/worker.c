#include "component/workers/worker.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REAP_MS 20 // between two looks whether the process is gone

int worker_init(struct worker *worker, unsigned gateway,
	const struct gateway_configure *configure)
{
	*worker = (struct worker){
		.gateway = gateway,
		.at_ms = INT64_MIN,
		.user = {.wants_ms = INT64_MAX},
	};
	return gateway_settings_init(&worker->settings, configure);
}

void worker_finish(struct worker *worker)
{
	channel_finish(&worker->channel);
	gateway_settings_finish(&worker->settings);
}

void worker_send(struct worker *worker, const struct gateway_message *message)
{
	if (worker->phase == WORKER_RUNNING && !channel_send(&worker->channel, message))
		worker->overflowed = true;
}

void worker_stop(struct worker *worker)
{
	worker_send(worker, &(struct gateway_message){.type = GATEWAY_STOP});
	if (worker->phase == WORKER_RUNNING)
		(void)channel_flush(&worker->channel);
	/* One that takes nothing is told by the end of its channel. */
	if (worker->phase != WORKER_RUNNING || channel_waiting(&worker->channel) > 0)
		channel_finish(&worker->channel);
}

void worker_hear_last(struct worker *worker, struct breakers *breakers, int64_t now_ms)
{
	struct gateway_message message;
	int got = 0;
	if (worker->phase != WORKER_RUNNING || worker->channel.fd < 0)
		return;
	bool gone = channel_read(&worker->channel) != 0;
	while ((got = channel_next(&worker->channel, &message)) > 0)
		if (message.type == GATEWAY_LOG_ON && breakers)
			breakers_hear(breakers, &worker->user, message.log_on, now_ms);
	if (gone || got < 0) {
		channel_finish(&worker->channel);
		worker->phase = WORKER_ENDING;
	}
}

void worker_lose(struct worker *worker, struct breakers *breakers)
{
	if (breakers)
		breakers_lost(breakers, &worker->user);
}

int64_t worker_deadline(const struct worker *worker)
{
	if (worker->phase != WORKER_RUNNING)
		return worker->at_ms;
	return worker->overflowed ? INT64_MIN : worker->ping_ms;
}

static int64_t back_off_ms(struct worker *worker, int64_t now_ms)
{
	if (now_ms - worker->started_ms >= WORKERS_RESTART_MAX_MS)
		worker->failures = 0; // it did well for a while
	int64_t pause_ms = WORKERS_RESTART_MIN_MS;
	for (unsigned i = 0; i < worker->failures && pause_ms < WORKERS_RESTART_MAX_MS;
		i++)
		pause_ms *= 2;
	worker->failures++;
	return pause_ms < WORKERS_RESTART_MAX_MS ? pause_ms : WORKERS_RESTART_MAX_MS;
}

/* The process is gone, or never was. The state that it would have to tell is told for it.
 */
static void rest(struct worker *worker, const char *how,
	const struct workers_events *events, int64_t now_ms)
{
	int64_t pause_ms = back_off_ms(worker, now_ms);
	int64_t utc_s =
		clock_wall_ms() / 1000; // people read it, nothing is decided by it
	char text[GATEWAY_TEXT_MAX];
	(void)snprintf(text, sizeof text,
		"the worker process %s%s%s; it is started again in %d s",
		worker->reason[0] != '\0' ? worker->reason : how,
		worker->reason[0] != '\0' ? " and " : "",
		worker->reason[0] != '\0' ? how : "", (int)(pause_ms / 1000));
	worker->phase = WORKER_RESTING;
	worker->pid = 0;
	worker_lose(worker, events->breakers);
	worker->at_ms = now_ms + pause_ms;
	events->message(events->context, worker->gateway,
		&(struct gateway_message){.type = GATEWAY_STATE,
			.state = {.health = GATEWAY_DOWN,
				.fault = GATEWAY_FAULT_TRANSIENT,
				.code = "",
				.text = text,
				.since = utc_s,
				.last_success = worker->last_success,
				.next_try = utc_s + pause_ms / 1000,
				.server_version = ""}});
}

static void kill_now(struct worker *worker)
{
	(void)kill(worker->pid, SIGKILL);
	worker->kill_ms = INT64_MAX;
}

/* The socket is of no use any more. Without a reason of ours the process is ending by
 * itself and may still have something to say on stderr; else it is killed before it can
 * see that we left. */
static void end(struct worker *worker, const char *reason, int64_t now_ms)
{
	worker->kill_ms = now_ms + WORKER_GRACE_MS;
	if (reason[0] != '\0')
		kill_now(worker);
	channel_finish(&worker->channel);
	(void)snprintf(worker->reason, sizeof worker->reason, "%s", reason);
	worker->phase = WORKER_ENDING;
	worker->at_ms = now_ms;
}

static void start(struct worker *worker, const struct worker_program *program,
	const struct workers_events *events, int64_t now_ms)
{
	int socket;
	char how[WORKER_HOW_SIZE];
	worker->reason[0] = '\0';
	worker->started_ms = now_ms;
	worker->pid = worker_process_start(program, &socket);
	if (worker->pid < 0) {
		(void)snprintf(
			how, sizeof how, "could not be started: %s", strerror(errno));
		rest(worker, how, events, now_ms);
		return;
	}
	if (channel_init(&worker->channel, socket, WORKER_OUT_MAX)) {
		(void)close(socket);
		end(worker, "", now_ms);
		return;
	}
	worker->phase = WORKER_RUNNING;
	worker->ping_ms = now_ms + WORKERS_PING_MS;
	worker->asked_ms = INT64_MAX;
	worker->grace_ms = WORKERS_SILENCE_MS;
	worker->overflowed = false;
	if (worker->failures > 0)
		worker->restarts++;
	worker_send(worker, &(struct gateway_message){.type = GATEWAY_CONFIGURE,
				    .configure = worker->settings.configure});
	(void)channel_flush(&worker->channel); // a new socket has room for it
	channel_forget(&worker->channel);
	if (events->breakers) {
		const struct gateway_breaker known =
			breakers_state(events->breakers, &worker->user, false, now_ms);
		worker_send(worker, &(struct gateway_message){
					    .type = GATEWAY_BREAKER, .breaker = known});
	}
	events->started(events->context, worker->gateway);
}

static void grant_grace(struct worker *worker, uint32_t seconds)
{
	int64_t wanted_ms = seconds * INT64_C(1000);
	worker->grace_ms = wanted_ms < WORKERS_SILENCE_MS     ? WORKERS_SILENCE_MS
			   : wanted_ms > WORKERS_GRACE_MAX_MS ? WORKERS_GRACE_MAX_MS
							      : wanted_ms;
}

/* False: not what a worker says. */
static bool pass_on(struct worker *worker, const struct gateway_message *message,
	const struct workers_events *events, int64_t now_ms)
{
	switch (message->type) {
	case GATEWAY_STATE:
		worker->last_success = message->state.last_success;
		events->message(events->context, worker->gateway, message);
		return true;
	case GATEWAY_CALENDAR:
	case GATEWAY_FAILURE:
	case GATEWAY_OOF:
		events->message(events->context, worker->gateway, message);
		return true;
	case GATEWAY_GRACE:
		grant_grace(worker, message->grace_s);
		return true;
	case GATEWAY_LOG_ON:
		if (events->breakers)
			breakers_hear(
				events->breakers, &worker->user, message->log_on, now_ms);
		return true;
	case GATEWAY_PONG:
		return true;
	case GATEWAY_CONFIGURE:
	case GATEWAY_WATCH:
	case GATEWAY_UNWATCH:
	case GATEWAY_BREAKER:
	case GATEWAY_PING:
	case GATEWAY_STOP:
		return false;
	}
	return false;
}

/* What has come is heard even if nobody is there any more. One read a turn: a worker that
 * floods us does not keep us from the others. */
static void listen_to(
	struct worker *worker, const struct workers_events *events, int64_t now_ms)
{
	struct gateway_message message;
	int got;
	bool gone = channel_read(&worker->channel) != 0;
	while ((got = channel_next(&worker->channel, &message)) > 0) {
		worker->asked_ms = INT64_MAX;
		if (!pass_on(worker, &message, events, now_ms)) {
			got = -1;
			break;
		}
	}
	if (got < 0)
		end(worker, "sent nonsense", now_ms);
	else if (gone)
		end(worker, "", now_ms);
}

static void ping(struct worker *worker, int64_t now_ms)
{
	if (now_ms < worker->ping_ms)
		return;
	worker_send(worker, &(struct gateway_message){.type = GATEWAY_PING});
	worker->ping_ms = now_ms + WORKERS_PING_MS;
	if (worker->asked_ms == INT64_MAX)
		worker->asked_ms = now_ms;
}

static void look_after(
	struct worker *worker, const struct workers_events *events, int64_t now_ms)
{
	listen_to(worker, events, now_ms);
	if (worker->phase != WORKER_RUNNING)
		return;
	ping(worker, now_ms);
	if (now_ms - worker->grace_ms >= worker->asked_ms)
		end(worker, "did not answer", now_ms);
	else if (worker->overflowed)
		end(worker, "did not take its messages", now_ms);
	else if (channel_flush(&worker->channel))
		end(worker, "", now_ms);
}

static void bury(
	struct worker *worker, const struct workers_events *events, int64_t now_ms)
{
	char how[WORKER_HOW_SIZE];
	if (now_ms >= worker->kill_ms)
		kill_now(worker);
	if (worker_process_reap(worker->pid, how))
		rest(worker, how, events, now_ms);
	else
		worker->at_ms = now_ms + REAP_MS;
}

void worker_turn(struct worker *worker, const struct worker_program *program,
	const struct workers_events *events, int64_t now_ms)
{
	if (worker->phase == WORKER_RESTING && now_ms >= worker->at_ms)
		start(worker, program, events, now_ms);
	if (worker->phase == WORKER_RUNNING)
		look_after(worker, events, now_ms);
	if (worker->phase == WORKER_ENDING)
		bury(worker, events, now_ms);
}
