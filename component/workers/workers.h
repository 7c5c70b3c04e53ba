#ifndef COMPONENT_WORKERS_WORKERS_H
#define COMPONENT_WORKERS_WORKERS_H

#include "gateway/protocol/messages.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The supervisor of the gateways' worker processes: starts one for each gateway (this
 * same binary, one end of a socket pair as fd 3), passes messages, and restarts with
 * back-off what died, what went silent (SIGKILL first) and what sent nonsense. It never
 * blocks: what a worker does not take waits in a bounded buffer; a worker that lets it
 * fill is restarted.
 */
#define WORKERS_PING_MS 5000
#define WORKERS_SILENCE_MS 30000 // longer than one blocking look-up inside a library
#define WORKERS_GRACE_MAX_MS \
	180000 // for a worker that said that it may block: a dozen silent KDCs
#define WORKERS_RESTART_MIN_MS 1000
#define WORKERS_RESTART_MAX_MS 60000

struct breakers; // component/workers/breakers.h

struct workers_events {
	/* The worker is new and configured: tell it what to watch. */
	void (*started)(void *context, unsigned gateway);
	/* A calendar, a failure, automatic replies or a state; a state comes also from
	 * the supervisor itself when the worker is gone. */
	void (*message)(
		void *context, unsigned gateway, const struct gateway_message *message);
	void *context;
	/* What is known of accounts, borrowed; it outlives these workers. NULL: nothing.
	 */
	struct breakers *breakers;
};

struct workers;

/* n configurations (their texts are copied). Nothing is started before workers_turn().
 * NULL when out of memory. */
struct workers *workers_create(const struct gateway_configure *gateways, unsigned n,
	const struct workers_events *events);
/*
 * The end without waiting: the workers are asked to stop and put on a list; they say and
 * hear nothing more. workers_retired_turn() kills after one second those that did not
 * stop, reaps, and frees whose processes are all gone.
 */
void workers_retire(struct workers *workers, struct workers **retired, int64_t now_ms);
void workers_retired_turn(struct workers **retired, int64_t now_ms);
/* When workers_retired_turn() is due, monotonic; INT64_MAX where nobody is left. */
int64_t workers_retired_deadline(const struct workers *retired);
/* Waits until nobody is left: for the end of the program. */
void workers_retired_wait(struct workers **retired);
/* Both at once. Accepts NULL. */
void workers_destroy(struct workers *workers);

void workers_watch(
	struct workers *workers, unsigned gateway, const struct gateway_watch *watch);
void workers_unwatch(struct workers *workers, unsigned gateway, uint32_t mailbox);

/* Fills at most `most` entries of out_fds with what to poll() for; returns how many. */
size_t workers_poll(const struct workers *workers, struct pollfd *out_fds, size_t most);
/* When workers_turn() is due without an event, monotonic. */
int64_t workers_deadline(const struct workers *workers);
/* Reads, writes, pings, restarts. Exited children are reaped here. */
void workers_turn(struct workers *workers, int64_t now_ms);

/* For status. */
pid_t workers_pid(const struct workers *workers, unsigned gateway); // 0: not running
unsigned workers_restarts(const struct workers *workers, unsigned gateway);

#endif
