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
	int64_t look_at_ms;
	struct workers_events events;
	struct worker_program program;
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
	uint64_t account = 0;
	for (workers->n = 0; workers->n < n; workers->n++) {
		struct worker *worker = &workers->list[workers->n];
		if (events->breakers)
			account =
				breakers_account(events->breakers, &gateways[workers->n]);
		if (worker_init(worker, workers->n, &gateways[workers->n])) {
			worker_finish(worker);
			workers_destroy(workers);
			return NULL;
		}
		worker->account = account;
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
}

/* Reaps who is gone, kills who has been asked long enough ago; whether any is left. */
static bool any_left(struct workers *workers, int64_t now_ms)
{
	bool left = false;
	for (unsigned i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->list[i];
		char how[WORKER_HOW_SIZE];
		if (worker->pid > 0 && worker_process_reap(worker->pid, how))
			worker->pid = 0;
		if (worker->pid > 0 && now_ms >= workers->kill_at_ms)
			(void)kill(worker->pid, SIGKILL);
		left = left || worker->pid > 0;
	}
	if (now_ms >= workers->kill_at_ms)
		workers->kill_at_ms = INT64_MAX;
	return left;
}

static void finish(struct workers *workers)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_finish(&workers->list[i]);
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

/* One after the other tries it, beginning with whoever did. */
static void tell_others(
	struct workers *workers, const struct worker *worker, int64_t now_ms)
{
	unsigned after = 0;
	for (unsigned i = 0; i < workers->n; i++) {
		struct worker *other = &workers->list[i];
		if (other != worker && other->account == worker->account)
			worker_tell_breaker(
				other, workers->events.breakers, ++after, now_ms);
	}
}

void workers_turn(struct workers *workers, int64_t now_ms)
{
	for (unsigned i = 0; i < workers->n; i++)
		worker_turn(
			&workers->list[i], &workers->program, &workers->events, now_ms);
	for (unsigned i = 0; i < workers->n; i++) {
		if (workers->list[i].tried)
			tell_others(workers, &workers->list[i], now_ms);
		workers->list[i].tried = false;
	}
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
