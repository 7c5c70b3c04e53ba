#ifndef TESTS_UNIT_GATEWAY_POLLER_BENCH_H
#define TESTS_UNIT_GATEWAY_POLLER_BENCH_H

#include "gateway/polling/poller.h"

#define BENCH_UTC INT64_C(1800000030) // not a whole minute
#define BENCH_READ_MAX 1000

extern const struct gateway_configure bench_settings;

/* A poller, its results and a clock that both of its hands follow. */
struct bench {
	struct account account;
	struct mailboxes mailboxes;
	struct state state;
	struct poller poller;
	struct now now;
	uint64_t serial; // of the request started last
	unsigned n_calendars;
	unsigned n_failures;
	struct gateway_calendar calendar; // the last one
	struct gateway_failure failure;
	char failure_code[64];
	unsigned read[BENCH_READ_MAX];
};

void bench_set_up(struct bench *bench);
void bench_tear_down(struct bench *bench);
void bench_pass(struct bench *bench, int64_t ms);
/* n mailboxes, p<number>@example.com, and the time until they are due. */
void bench_watch(struct bench *bench, uint32_t first, uint32_t n);
/* As the worker does it. */
void bench_watch_one(struct bench *bench, const struct gateway_watch *watch);
void bench_unwatch(struct bench *bench, uint32_t id);
struct poller_request *bench_next(struct bench *bench);
/* The next request, at the time when the poller wants to be asked. */
struct poller_request *bench_wait_next(struct bench *bench);
/* The end of the request started last. */
void bench_done(struct bench *bench, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer);
/* One event for every mailbox. */
void bench_answer(struct bench *bench, struct poller_request *request);
void bench_refuse(struct bench *bench, struct poller_request *request,
	enum outcome_class class, enum gateway_fault fault);
/* Whether a state is told now, */
bool bench_tells(struct bench *bench, struct gateway_state *out_state);
/* and what is told 5 s later. */
struct gateway_state bench_state_of(struct bench *bench);

#endif
