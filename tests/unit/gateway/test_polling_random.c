#include "base/jitter.h"
#include "gateway/dispatch/dispatcher.h"
#include "gateway/polling/poller.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Polling and an account against a server that fails in many ways, in virtual time: no
 * mailbox that can be read is left unread for more than three intervals of time in which
 * the server would have answered.
 */
#define MAILBOXES 500
#define OUT_MAX 8
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define INTERVAL_S 300
#define HOURS 48

enum weather {
	FAIR,
	OUTAGE,   // nobody is there
	OVERLOAD, // wait, says the server
	WEATHERS,
};

struct flight {
	struct poller_request *request;
	uint64_t serial;
	int64_t end_ms;
};

struct world {
	struct account account;
	struct mailboxes mailboxes;
	struct state state;
	struct poller poller;
	struct now now;
	uint64_t random;
	enum weather weather;
	int64_t weather_ms;   // when it changes
	int64_t wait_ms;      // the server named it: until then
	int64_t fair_ms;      // time in which requests would have been answered
	int64_t bad_weathers; // who halves a lot takes so much that an overload is its
			      // own
	bool all_500; // which is what poison makes of a request, else of every second one
	bool poison[MAILBOXES];
	int64_t read_ms[MAILBOXES]; // fair_ms of the last reading
	struct flight out[OUT_MAX];
	unsigned n_out;
};

static int64_t pick(struct world *world, int64_t most)
{
	return jitter_upto(&world->random, most);
}

static void take_calendar(void *context, const struct gateway_calendar *calendar)
{
	struct world *world = context;
	world->read_ms[calendar->mailbox] = world->fair_ms;
}

static void take_failure(void *context, const struct gateway_failure *failure)
{
	(void)context;
	(void)failure;
}

static void begin(struct world *world, uint64_t seed)
{
	const struct gateway_configure settings = {
		.poll_interval_s = INTERVAL_S, .concurrency = 4, .window_s = 86400};
	*world = (struct world){
		.now = {.mono_ms = 1000, .wall_ms = 1800000000 * INT64_C(1000)},
		.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
	account_init(&world->account, 4, INTERVAL_S * SECOND, seed);
	state_init(&world->state, &world->account, INTERVAL_S * SECOND, &world->now);
	poller_init(&world->poller,
		&(struct poller_host){.account = &world->account,
			.mailboxes = &world->mailboxes,
			.state = &world->state,
			.calendar = take_calendar,
			.failure = take_failure,
			.context = world},
		&settings);
	for (uint32_t id = 0; id < MAILBOXES; id++) {
		char address[40];
		(void)snprintf(address, sizeof(address), "p%u@example.com", id);
		poller_watch(&world->poller,
			mailboxes_add(&world->mailboxes, id, address),
			&(struct gateway_watch){.mailbox = id}, &world->now);
		world->poison[id] = pick(world, 99) < (int64_t)(1 + seed % 6);
	}
	world->all_500 = seed % 2 == 0;
	world->bad_weathers = seed % 6 < 3 ? WEATHERS - 1 : 1;
	world->weather_ms = 2 * 3600 * SECOND;
}

static bool is_poisoned(const struct world *world, const struct poller_request *request)
{
	for (size_t i = 0; i < request->n; i++)
		if (world->poison[request->batch.mailboxes[i]->id])
			return true;
	return false;
}

static struct outcome judge(struct world *world, const struct poller_request *request)
{
	struct outcome outcome =
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	if (world->weather == OUTAGE)
		return outcome_make(
			OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "nobody is there");
	if (world->weather == OVERLOAD) {
		outcome = outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE, "wait");
		outcome_put_off(&outcome, -1, 10 * SECOND + pick(world, 2 * MINUTE));
		world->wait_ms = world->now.mono_ms + outcome.back_off_ms * 5 / 4;
		return outcome;
	}
	if (is_poisoned(world, request))
		return pick(world, 1) == 0 ? outcome_make(OUTCOME_RETRY,
						     GATEWAY_FAULT_TRANSIENT, "500")
					   : outcome_make(OUTCOME_BISECT,
						     GATEWAY_FAULT_CONNECT, "timeout");
	return outcome;
}

static void land(struct world *world, struct flight *flight)
{
	static struct mailbox_reading mailboxes[GATEWAY_BATCH_MAX];
	const struct reading answer = {.mailboxes = mailboxes, .n = flight->request->n};
	struct outcome outcome = judge(world, flight->request);
	bool expected = poller_expected(&world->poller, flight->request, &outcome);
	poller_done(&world->poller, flight->request, &outcome,
		outcome.class == OUTCOME_USE ? &answer : NULL, &world->now);
	account_done(&world->account, flight->serial,
		expected ? ACCOUNT_VOID : dispatcher_event(&outcome), outcome.back_off_ms,
		world->now.mono_ms);
	*flight = world->out[--world->n_out];
}

static void ask(struct world *world)
{
	int64_t now_ms = world->now.mono_ms;
	while (world->n_out < OUT_MAX &&
		account_ready(&world->account, now_ms) <= now_ms) {
		struct poller_request *request = poller_next(&world->poller, &world->now);
		if (!request)
			return;
		world->out[world->n_out++] = (struct flight){.request = request,
			.serial = account_start(&world->account, now_ms),
			.end_ms = now_ms + 50 + pick(world, 2 * SECOND)};
	}
}

static void change_weather(struct world *world)
{
	if (world->now.mono_ms < world->weather_ms)
		return;
	world->weather =
		world->weather == FAIR
			? (enum weather)(1 + pick(world, world->bad_weathers - 1))
			: FAIR;
	world->weather_ms =
		world->now.mono_ms +
		(world->weather == FAIR ? 60 * MINUTE + pick(world, 120 * MINUTE)
					: SECOND + pick(world, 30 * MINUTE));
}

static void check(const struct world *world, uint64_t seed)
{
	for (uint32_t id = 0; id < MAILBOXES; id++)
		if (!world->poison[id] &&
			world->fair_ms - world->read_ms[id] > 3 * INTERVAL_S * SECOND)
			fail_msg("seed %llu: mailbox %u is unread after %lld s",
				(unsigned long long)seed, id,
				(long long)(world->now.mono_ms / 1000));
}

static void run(uint64_t seed)
{
	struct world *world = malloc(sizeof(*world));
	assert_non_null(world);
	begin(world, seed);
	const int64_t step_ms = 100;
	while (world->now.mono_ms < HOURS * 60 * MINUTE) {
		world->now.mono_ms += step_ms;
		world->now.wall_ms = 1800000000 * INT64_C(1000) + world->now.mono_ms;
		change_weather(world);
		if (world->weather == FAIR && world->now.mono_ms >= world->wait_ms)
			world->fair_ms += step_ms;
		for (unsigned i = world->n_out; i-- > 0;)
			if (world->out[i].end_ms <= world->now.mono_ms)
				land(world, &world->out[i]);
		ask(world);
		if (world->now.mono_ms % MINUTE == 0)
			check(world, seed);
	}
	poller_finish(&world->poller);
	mailboxes_finish(&world->mailboxes);
	free(world);
}

static void nobody_who_can_be_read_is_left_out_for_long(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_who_can_be_read_is_left_out_for_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
