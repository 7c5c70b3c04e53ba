#ifndef TESTS_UNIT_EWS_SUBSCRIPTIONS_BENCH_H
#define TESTS_UNIT_EWS_SUBSCRIPTIONS_BENCH_H

#include "ews/subscriptions/subscriptions.h"

/*
 * Subscriptions between an Exchange that says what the test wants and a clock that the
 * test moves. Mailboxes are numbered; the subscription of mailbox 7 is "s7".
 */
#define BENCH_MAILBOXES 3000

struct subscriptions_bench {
	struct mailboxes mailboxes;
	struct subscriptions subscriptions;
	struct request_source source;
	struct request_terms terms;
	struct now now;
	uint64_t seed;
	unsigned read[BENCH_MAILBOXES]; // how often it was to be read
	bool notified[BENCH_MAILBOXES];
	uint16_t site[BENCH_MAILBOXES]; // where it is when it is watched
	struct state state;             // what it hints
	/* of the last request */
	struct buf body;
	struct request request;
	char address[64]; // whom it impersonates
	char cookie[64];
	char anchor[64];
	struct outcome outcome; // what its end told the account
	unsigned renewed;       // behind the number of a subscription, "s7x1"
};

/* With room for so many streams. */
void bench_init(struct subscriptions_bench *bench, unsigned connections);
void bench_finish(struct subscriptions_bench *bench);
void bench_watch(struct subscriptions_bench *bench, uint32_t first, uint32_t last);
void bench_unwatch(struct subscriptions_bench *bench, uint32_t id);
/* Moves the clock, timer by timer. */
void bench_pass(struct subscriptions_bench *bench, int64_t ms);

/* The next request into a slot; false: none is due. */
bool bench_asks(struct subscriptions_bench *bench, unsigned slot);
/* What became of it: a subscription for whom the last request of bench_asks() was. */
void bench_grant(struct subscriptions_bench *bench, unsigned slot, const char *cookie);
void bench_refuse(struct subscriptions_bench *bench, unsigned slot, const char *code);
/* Grants all that is asked for now; returns how many there were. */
unsigned bench_grant_all(struct subscriptions_bench *bench);

/* Opens the next stream, its number; -1: none is wanted. What is to be closed is closed
 * before, and counted. */
int bench_opens(struct subscriptions_bench *bench);
unsigned bench_closes(struct subscriptions_bench *bench);
void bench_say(struct subscriptions_bench *bench, int stream, const char *text);
void bench_say_ok(struct subscriptions_bench *bench, int stream);
void bench_say_closed(struct subscriptions_bench *bench, int stream);
void bench_say_changed(struct subscriptions_bench *bench, int stream, const char *id);
void bench_say_heartbeat(struct subscriptions_bench *bench, int stream);
/* ids: NULL or one. */
void bench_say_error(
	struct subscriptions_bench *bench, int stream, const char *code, const char *id);
/* The connection ends in the midst of it. */
void bench_cut(struct subscriptions_bench *bench, int stream);
/* Nobody was there. */
void bench_lose(struct subscriptions_bench *bench, int stream);
/* It was answered with this status and nothing else. */
void bench_end(struct subscriptions_bench *bench, int stream, long status);

/* Whether the last request has this subscription. */
bool bench_has_id(const struct subscriptions_bench *bench, const char *id);
/* Opens the next stream as soon as one is wanted; how long that took. */
int64_t bench_time_to_open(struct subscriptions_bench *bench, int *out_stream);

/* Watches mailboxes 1 to n, subscribes all and opens the stream. */
void bench_settle(struct subscriptions_bench *bench, uint32_t n);

#endif
