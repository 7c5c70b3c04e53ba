#include "component/workers/workers.h"

#include "base/clock.h"
#include "component/workers/breakers.h"
#include "component/workers/worker.h"
#include "component/workers/worker_process.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define REAP_MS 20 // between two looks whether a process is gone

struct workers {
	struct workers *next; // of those that are retired
	/* Retired: when those that are left are killed (INT64_MAX: they were), and when
	 * to look again who is left. */
	int64_t kill_at_ms;
	int64_t log_on_by_ms; // likewise, of those whose log-on is out
	int64_t look_at_ms;
	struct workers_events events;
	struct worker_program program;
	struct breaker_user **users; // owned; of each worker
	unsigned n;
	struct worker list[];
};

/* posix_spawn() wants strings that are not const. */
static char *const own_argv[] = {
	(char[]){"calpresence"}, (char[]){"--gateway-worker"}, NULL};

struct workers *workers_create(const struct gateway_configure *gateways, unsigned n,
	const struct workers_events *events)
{
	struct workers *workers = calloc(1, sizeof *workers + n * sizeof *workers->list);
	if (!workers)
		return NULL;
	workers->events = *events;
	workers->program = (struct worker_program){.argv = own_argv};
	workers->users = calloc(n + 1, sizeof(struct breaker_user *));
	if (!workers->users) {
		free(workers);
		return NULL;
	}
	for (workers->n = 0; workers->n < n; workers->n++) {
		struct worker *worker = &workers->list[workers->n];
		workers->users[workers->n] = &worker->user;
		if (worker_init(worker, workers->n, &gateways[workers->n])) {
			worker_finish(worker);
			workers_destroy(workers);
			return NULL;
		}
		if (events->breakers)
			worker->user.account =
				breakers_account(events->breakers, &gateways[workers->n]);
	}
	return workers;
}

void workers_set_program(struct workers *workers, const struct worker_program *program)
{
	workers->program = *program;
}

static void ask_to_stop(struct workers *workers, int64_t now_ms)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_stop(&workers->list[i]);
	workers->kill_at_ms = now_ms + WORKER_GRACE_MS;
	workers->log_on_by_ms = now_ms + WORKER_LOG_ON_GRACE_MS;
}

/* Reaps who is gone, kills who has been asked long enough ago; whether any is left. */
static bool any_left(struct workers *workers, int64_t now_ms)
{
	bool left = false;
	for (unsigned i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->list[i];
		char how[WORKER_HOW_SIZE];
		worker_hear_last(worker, workers->events.breakers, now_ms);
		if (worker->pid > 0 && worker_process_reap(worker->pid, how)) {
			worker->pid = 0;
			worker_hear_last(worker, workers->events.breakers, now_ms);
		}
		if (worker->pid > 0 &&
			now_ms >= (worker->user.has_leave ? workers->log_on_by_ms
							  : workers->kill_at_ms))
			(void)kill(worker->pid, SIGKILL);
		if (worker->pid <= 0)
			worker_lose(worker, workers->events.breakers);
		left = left || worker->pid > 0;
	}
	return left;
}

static void finish(struct workers *workers)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_finish(&workers->list[i]);
	free(workers->users);
	free(workers);
}

void workers_retire(struct workers *workers, struct workers **retired, int64_t now_ms)
{
	ask_to_stop(workers, now_ms);
	workers->look_at_ms = now_ms;
	workers->next = *retired;
	*retired = workers;
}

void workers_retired_turn(struct workers **retired, int64_t now_ms)
{
	struct workers **at = retired;
	while (*at) {
		struct workers *workers = *at;
		if (any_left(workers, now_ms)) {
			workers->look_at_ms = now_ms + REAP_MS;
			at = &workers->next;
			continue;
		}
		*at = workers->next;
		finish(workers);
	}
}

int64_t workers_retired_deadline(const struct workers *retired)
{
	int64_t deadline_ms = INT64_MAX;
	for (; retired; retired = retired->next)
		if (retired->look_at_ms < deadline_ms)
			deadline_ms = retired->look_at_ms;
	return deadline_ms;
}

void workers_retired_wait(struct workers **retired)
{
	/* A start waits for us: what becomes of a log-on is not waited for. */
	for (struct workers *workers = *retired; workers; workers = workers->next)
		workers->log_on_by_ms = workers->kill_at_ms;
	for (;;) {
		workers_retired_turn(retired, clock_mono_ms());
		if (!*retired)
			return;
		(void)nanosleep(&(struct timespec){.tv_nsec = REAP_MS * 1000000L}, NULL);
	}
}

void workers_destroy(struct workers *workers)
{
	struct workers *retired = NULL;
	if (!workers)
		return;
	workers_retire(workers, &retired, clock_mono_ms());
	workers_retired_wait(&retired);
}

void workers_watch(
	struct workers *workers, unsigned gateway, const struct gateway_watch *watch)
{
	assert(gateway < workers->n);
	worker_send(&workers->list[gateway],
		&(struct gateway_message){.type = GATEWAY_WATCH, .watch = *watch});
}

void workers_unwatch(struct workers *workers, unsigned gateway, uint32_t mailbox)
{
	assert(gateway < workers->n);
	worker_send(&workers->list[gateway],
		&(struct gateway_message){.type = GATEWAY_UNWATCH, .mailbox = mailbox});
}

size_t workers_poll(const struct workers *workers, struct pollfd *out_fds, size_t most)
{
	size_t n = 0;
	for (unsigned i = 0; i < workers->n && n < most; i++) {
		const struct worker *worker = &workers->list[i];
		if (worker->phase != WORKER_RUNNING)
			continue;
		bool writes = channel_waiting(&worker->channel) > 0;
		out_fds[n++] = (struct pollfd){.fd = worker->channel.fd,
			.events = writes ? POLLIN | POLLOUT : POLLIN};
	}
	return n;
}

int64_t workers_deadline(const struct workers *workers)
{
	int64_t deadline_ms = INT64_MAX;
	for (unsigned i = 0; i < workers->n; i++) {
		int64_t at_ms = worker_deadline(&workers->list[i]);
		if (at_ms < deadline_ms)
			deadline_ms = at_ms;
	}
	return deadline_ms;
}

static void tell_breaker(void *context, size_t i, const struct gateway_breaker *breaker)
{
	struct workers *workers = context;
	worker_send(&workers->list[i],
		&(struct gateway_message){.type = GATEWAY_BREAKER, .breaker = *breaker});
}

void workers_turn(struct workers *workers, int64_t now_ms)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_turn(
			&workers->list[i], &workers->program, &workers->events, now_ms);
	if (workers->events.breakers)
		breakers_settle(workers->events.breakers, workers->users, workers->n,
			tell_breaker, workers, now_ms);
}

pid_t workers_pid(const struct workers *workers, unsigned gateway)
{
	assert(gateway < workers->n);
	return workers->list[gateway].pid;
}

unsigned workers_restarts(const struct workers *workers, unsigned gateway)
{
	assert(gateway < workers->n);
	return workers->list[gateway].restarts;
}
