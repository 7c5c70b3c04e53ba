#ifndef COMPONENT_WORKERS_WORKER_H
#define COMPONENT_WORKERS_WORKER_H

#include "component/workers/breakers.h"
#include "component/workers/worker_process.h"
#include "component/workers/workers.h"
#include "gateway/protocol/channel.h"
#include "gateway/protocol/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One gateway's worker process, as its supervisor sees it. */
#define WORKER_OUT_MAX (32 * 1024 * 1024) // 100,000 mailboxes to watch fit several times
#define WORKER_GRACE_MS 1000              // from its socket's end to SIGKILL
#define WORKER_LOG_ON_GRACE_MS 10000      // likewise, of who is logging on

enum worker_phase {
	WORKER_RESTING, // no process; one is started at `at_ms`
	WORKER_RUNNING,
	WORKER_ENDING, // the socket is gone; looked at again at `at_ms`
};

struct worker {
	unsigned gateway;
	struct gateway_settings settings;
	enum worker_phase phase;
	pid_t pid; // 0: none
	struct channel channel;
	int64_t at_ms;
	int64_t kill_ms; // ENDING: when it gets SIGKILL; INT64_MAX: it got it
	int64_t started_ms;
	int64_t ping_ms;   // when the next one is due
	int64_t asked_ms;  // the first ping that nothing followed; INT64_MAX: none
	int64_t grace_ms;  // how long nothing may follow
	unsigned failures; // in a row, for the back-off
	unsigned restarts;
	bool overflowed;      // it let our buffer fill
	char reason[64];      // why we ended it; "": it ended by itself
	int64_t last_success; // as it said last
	struct breaker_user user;
};

/* -1 when out of memory; to be finished in any case. */
int worker_init(struct worker *worker, unsigned gateway,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
/* The process has to be gone. */
void worker_finish(struct worker *worker);

/* Asks the process to end. It is listened to until it has: what came of a log-on is to
 * be known to the next one. */
void worker_stop(struct worker *worker);
/* Takes what a worker that is asked to stop still has to say of its log-on. */
void worker_hear_last(struct worker *worker, struct breakers *breakers, int64_t now_ms);
/* The process is gone, and with it what it knew of its log-on. */
void worker_lose(struct worker *worker, struct breakers *breakers);
void worker_send(struct worker *worker, const struct gateway_message *message);
int64_t worker_deadline(const struct worker *worker);
void worker_turn(struct worker *worker, const struct worker_program *program,
	const struct workers_events *events, int64_t now_ms);

#endif
