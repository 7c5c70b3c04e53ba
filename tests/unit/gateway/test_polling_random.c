#include "base/jitter.h"
#include "base/parse.h"
#include "component/workers/breakers.h"
#include "gateway/dispatch/dispatcher.h"
#include "gateway/dispatch/log_on.h"
#include "gateway/polling/poller.h"
#include "gateway/state/state.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Polling, dispatcher, accounts and breakers against a model of Exchange that fails in
 * many ways, in virtual time. Two gateways have one account, a third has its own. They
 * are reloaded, killed and restarted meanwhile, passwords change, mailboxes move. The
 * promises:
 *
 *  - no mailbox that can be read is unread for more than three intervals of time in which
 *    its server would have answered, but for the waits that it named itself;
 *  - no account sees more than two bad log-ons in any 15 minutes;
 *  - two intervals after an outage all is as it was before.
 *
 * POLLING_RANDOM_SEEDS and POLLING_RANDOM_FIRST ask for more, or others, than the usual
 * seeds.
 */
#define GATEWAYS 3
#define MAILBOXES 150 // half of them at the first gateway
#define OUT_MAX 8
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define INTERVAL_S 300
#define INTERVAL (INTERVAL_S * SECOND)
#define TICK (30 * SECOND)
#define LENGTH (100 * HOUR)
#define SEEDS 30
#define UTC 1800000000

enum weather {
	FAIR,
	OUTAGE,   // nobody is there
	OVERLOAD, // wait, says the server
	SLOW,     // it takes its time
	BROKEN,   // HTTP 500, whatever is asked
	REFUSES,  // 401, whatever the password
	FORBIDS,  // 403
	WEATHERS,
};

struct flight {
	const struct poller_request *request;
	int64_t end_ms; // 0: there is none
	bool denied;
};

/* In libcurl's place. */
struct http_client {
	struct buf body;
	struct flight flights[GATEWAY_CONCURRENCY_MAX];
	struct transfer transfer;
	struct gateway *gateway;
};

struct gateway {
	struct world *world;
	unsigned number;
	struct account account;
	struct dispatcher dispatcher;
	struct mailboxes mailboxes;
	struct state state;
	struct poller poller;
	struct log_on log_on;
	struct request_source source;
	struct poller_request *requests[GATEWAY_CONCURRENCY_MAX];
	struct breaker_user user;
	int64_t again_ms;
	int64_t rests_ms;  // there is no process before
	unsigned password; // that it was configured with
	/* the server */
	enum weather weather;
	int64_t weather_ms;    // when it changes
	int64_t wait_ms;       // it named this: until then
	int64_t slow_until_ms; // it was tried seldom: until then, or until it answers
	int64_t ended_ms;      // when the last outage did; 0: it is over
	int64_t budget_ms;     // that requests may take
	int64_t budget_at_ms;
	bool has_budget;
};

struct calendar {
	unsigned home;  // the gateway whose server has it
	unsigned asked; // the gateway that is asked for it
	bool poison;
	bool moves;        // it is to be asked for at the next gateway
	int64_t since_ms;  // when it was moved, or asked for elsewhere, last
	int64_t last_read; // UTC seconds
	int64_t read_ms;
	int64_t unread_ms; // of time in which it could have been
};

struct world {
	struct now now;
	uint64_t random;
	uint64_t seed;
	struct breakers breakers;
	struct gateway gateways[GATEWAYS];
	struct calendar mailboxes[MAILBOXES];
	unsigned passwords[2];  // of each account, now
	int64_t password_ms;    // when the next one changes
	int64_t configured_ms;  // when the configuration follows
	int64_t disturbance_ms; // when the next reload, crash, restart, move is
	int64_t bad_ms[2][2];   // the last bad log-ons of each account
	unsigned n_bad;
	unsigned n_good;
	bool all_500; // which is what poison makes of a request, else of every second one
};

static int64_t pick(struct world *world, int64_t most)
{
	return jitter_upto(&world->random, most);
}

static unsigned account_of(unsigned gateway)
{
	return gateway < 2 ? 0 : 1;
}

#define FAIL(world, format, ...)                                                 \
	fail_msg("seed %" PRIu64 " after %" PRId64 " s: " format, (world)->seed, \
		((world)->now.mono_ms / SECOND), __VA_ARGS__)

/* ------------------------------------------------------------------ the server */

static void note_bad(struct world *world, unsigned account)
{
	int64_t *bad_ms = world->bad_ms[account];
	if (world->now.mono_ms - bad_ms[0] < 15 * MINUTE)
		FAIL(world, "account %u: a third bad log-on within %" PRId64 " s",
			account, (world->now.mono_ms - bad_ms[0]) / SECOND);
	bad_ms[0] = bad_ms[1];
	bad_ms[1] = world->now.mono_ms;
	world->n_bad++;
}

static bool is_denied(struct gateway *gateway)
{
	struct world *world = gateway->world;
	unsigned account = account_of(gateway->number);
	if (gateway->weather == OUTAGE)
		return false;
	if (gateway->weather != REFUSES && gateway->password == world->passwords[account])
		return false;
	note_bad(world, account);
	return true;
}

static int64_t latency(struct gateway *gateway, bool denied)
{
	struct world *world = gateway->world;
	if (denied)
		return 20 + pick(world, 60);
	switch (gateway->weather) {
	case OUTAGE:
		return pick(world, 1) == 0 ? 5 : 10 * SECOND;
	case SLOW:
		return 5 * SECOND + pick(world, 20 * SECOND);
	case FAIR:
	case OVERLOAD:
	case BROKEN:
	case REFUSES:
	case FORBIDS:
	case WEATHERS:
		break;
	}
	return 50 + pick(world, 2 * SECOND);
}

static void wait_named(struct gateway *gateway, struct outcome *outcome, int64_t wait_ms)
{
	outcome_put_off(outcome, -1, wait_ms);
	int64_t until_ms = gateway->world->now.mono_ms + outcome->back_off_ms * 5 / 4;
	if (until_ms > gateway->wait_ms)
		gateway->wait_ms = until_ms;
}

/* As much as is asked for by whoever reads all once an interval, and half of that again.
 */
static bool is_overdrawn(struct gateway *gateway, int64_t *out_wait_ms)
{
	int64_t now_ms = gateway->world->now.mono_ms;
	gateway->budget_ms += (now_ms - gateway->budget_at_ms) / 20;
	gateway->budget_at_ms = now_ms;
	if (gateway->budget_ms > 5 * MINUTE)
		gateway->budget_ms = 5 * MINUTE;
	*out_wait_ms = -gateway->budget_ms * 20;
	return gateway->has_budget && gateway->budget_ms < -SECOND;
}

static bool is_poisoned(const struct world *world, const struct poller_request *request)
{
	for (size_t i = 0; i < request->n; i++) {
		const struct calendar *mailbox =
			&world->mailboxes[request->batch.mailboxes[i]->id];
		if (mailbox->poison && mailbox->home == mailbox->asked)
			return true;
	}
	return false;
}

static struct outcome judge(struct gateway *gateway, const struct flight *flight)
{
	struct world *world = gateway->world;
	struct outcome outcome;
	int64_t wait_ms;
	if (flight->denied)
		return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH, "401");
	switch (gateway->weather) {
	case OUTAGE:
		return outcome_make(
			OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "nobody is there");
	case OVERLOAD:
		outcome = outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE, "wait");
		wait_named(gateway, &outcome, 10 * SECOND + pick(world, 2 * MINUTE));
		return outcome;
	case BROKEN:
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "500");
	case FORBIDS:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTHZ, "403");
	case FAIR:
	case SLOW:
	case REFUSES:
	case WEATHERS:
		break;
	}
	if (is_overdrawn(gateway, &wait_ms)) {
		outcome = outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE, "spent");
		outcome.spent = true;
		wait_named(gateway, &outcome, wait_ms);
		return outcome;
	}
	if (is_poisoned(world, flight->request))
		return world->all_500 || pick(world, 1) == 0
			       ? outcome_make(
					 OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "500")
			       : outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_CONNECT,
					 "timeout");
	return outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
}

/* ------------------------------------------------------------------ in libcurl's place
 */

void http_client_destroy(struct http_client *client)
{
	if (client)
		buf_finish(&client->body);
	free(client);
}

bool http_client_impersonates(const struct http_client *client)
{
	(void)client;
	return false;
}

struct buf *http_client_request(struct http_client *client, unsigned slot)
{
	(void)slot;
	buf_reset(&client->body);
	return &client->body;
}

int http_client_post(struct http_client *client, unsigned slot,
	const struct request *request, const struct now *now)
{
	struct gateway *gateway = client->gateway;
	(void)request;
	bool denied = is_denied(gateway);
	int64_t takes_ms = latency(gateway, denied);
	if (!denied)
		gateway->budget_ms -= takes_ms;
	client->flights[slot] = (struct flight){.request = gateway->requests[slot],
		.end_ms = now->mono_ms + takes_ms,
		.denied = denied};
	return 0;
}

bool http_client_take(struct http_client *client, const struct now *now,
	struct http_client_answer *out_answer)
{
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++) {
		struct flight *flight = &client->flights[i];
		if (flight->end_ms == 0 || flight->end_ms > now->mono_ms)
			continue;
		*out_answer = (struct http_client_answer){.slot = i};
		out_answer->answer.cookie = "";
		return true;
	}
	return false;
}

void http_client_release(struct http_client *client, unsigned slot)
{
	client->flights[slot].end_ms = 0;
}

const char *http_client_hint(struct http_client *client)
{
	(void)client;
	return NULL;
}

/* ------------------------------------------------------------------ calendars */

static void take_calendar(void *context, const struct gateway_calendar *calendar)
{
	struct gateway *gateway = context;
	struct calendar *mailbox = &gateway->world->mailboxes[calendar->mailbox];
	mailbox->unread_ms = 0;
	mailbox->read_ms = gateway->world->now.mono_ms;
	mailbox->last_read = calendar->read_at;
	gateway->world->n_good++;
}

static void take_failure(void *context, const struct gateway_failure *failure)
{
	struct gateway *gateway = context;
	if (failure->elsewhere)
		gateway->world->mailboxes[failure->mailbox].moves = true;
}

static int64_t source_due(void *self, const struct now *now)
{
	return poller_due(&((struct gateway *)self)->poller, now);
}

static bool source_next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct gateway *gateway = self;
	(void)terms;
	(void)body;
	gateway->requests[slot] = poller_next(&gateway->poller, now);
	*out_request = (struct request){0};
	return gateway->requests[slot];
}

static void fill(struct gateway *gateway, const struct poller_request *request,
	struct mailbox_reading *readings)
{
	for (size_t i = 0; i < request->n; i++) {
		const struct calendar *mailbox =
			&gateway->world->mailboxes[request->batch.mailboxes[i]->id];
		readings[i] = (struct mailbox_reading){0};
		if (mailbox->home != gateway->number)
			readings[i] =
				(struct mailbox_reading){.fault = GATEWAY_FAULT_MAILBOX,
					.code = "ErrorMailRecipientNotFound",
					.elsewhere = true};
	}
}

static struct outcome source_done(void *self, unsigned slot,
	const struct request_reply *reply, const struct now *now)
{
	static struct mailbox_reading readings[GATEWAY_BATCH_MAX];
	struct gateway *gateway = self;
	struct poller_request *request = gateway->requests[slot];
	const struct reading answer = {.mailboxes = readings, .n = request->n};
	(void)reply;
	struct outcome outcome =
		judge(gateway, &gateway->dispatcher.client->flights[slot]);
	bool expected = poller_expected(&gateway->poller, request, &outcome);
	bool answered = outcome.class == OUTCOME_USE;
	if (answered)
		fill(gateway, request, readings);
	poller_done(&gateway->poller, request, &outcome, answered ? &answer : NULL, now);
	if (answered)
		gateway->slow_until_ms = 0;
	if (expected && outcome.class != OUTCOME_BACK_OFF)
		outcome.scope = SCOPE_NONE;
	return outcome;
}

/* ------------------------------------------------------------------ worker and main */

static void take_hint(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void take_trouble(void *context, const struct outcome *outcome)
{
	state_trouble(&((struct gateway *)context)->state, outcome);
}

static const char *give_version(void *context, const struct now *now)
{
	(void)context;
	(void)now;
	return "";
}

static bool refuse_version(void *context, const char *version, const struct now *now)
{
	(void)context;
	(void)version;
	(void)now;
	return false;
}

static void watch(struct world *world, uint32_t id, bool is_new)
{
	struct gateway *gateway = &world->gateways[world->mailboxes[id].asked];
	char address[40];
	if (gateway->rests_ms > world->now.mono_ms)
		return; // it is told all of them when it begins
	(void)snprintf(address, sizeof(address), "p%u@example.com", id);
	poller_watch(&gateway->poller, mailboxes_add(&gateway->mailboxes, id, address),
		&(struct gateway_watch){.mailbox = id,
			.last_read = is_new ? 0 : world->mailboxes[id].last_read},
		&world->now);
}

static void begin_worker(struct world *world, unsigned number)
{
	struct gateway *gateway = &world->gateways[number];
	const struct gateway_configure settings = {
		.poll_interval_s = INTERVAL_S, .concurrency = 4, .window_s = 86400};
	struct http_client *client = calloc(1, sizeof(*client));
	assert_non_null(client);
	buf_init(&client->body, 16);
	client->gateway = gateway;
	gateway->rests_ms = 0;
	gateway->log_on = (struct log_on){0};
	account_init(&gateway->account, 4, INTERVAL, (uint64_t)pick(world, INT64_MAX));
	state_init(&gateway->state, &gateway->account, INTERVAL, &world->now);
	poller_init(&gateway->poller,
		&(struct poller_host){.account = &gateway->account,
			.mailboxes = &gateway->mailboxes,
			.state = &gateway->state,
			.calendar = take_calendar,
			.failure = take_failure,
			.context = gateway},
		&settings);
	dispatcher_init(&gateway->dispatcher, &gateway->account, client,
		&(struct dispatcher_events){.hint = take_hint,
			.trouble = take_trouble,
			.version = give_version,
			.version_refused = refuse_version,
			.context = gateway},
		&settings);
	gateway->source = (struct request_source){.due = source_due,
		.next = source_next,
		.done = source_done,
		.self = gateway};
	dispatcher_add(&gateway->dispatcher, &gateway->source);
	const struct gateway_breaker known = breakers_state(
		&world->breakers, &gateway->user, false, world->now.mono_ms);
	log_on_hear(&gateway->log_on, &gateway->account, &known, world->now.mono_ms);
	for (uint32_t id = 0; id < MAILBOXES; id++)
		if (world->mailboxes[id].asked == number)
			watch(world, id, false);
	gateway->again_ms = world->now.mono_ms;
	if (gateway->ended_ms > 0)
		gateway->ended_ms = world->now.mono_ms;
}

/* hears: what becomes of a log-on that is out is waited for. */
static void end_worker(struct world *world, unsigned number, bool hears)
{
	struct gateway *gateway = &world->gateways[number];
	if (gateway->rests_ms > 0)
		return;
	for (unsigned i = 0; hears && i < GATEWAY_CONCURRENCY_MAX; i++)
		if (gateway->dispatcher.client->flights[i].end_ms > 0 &&
			gateway->dispatcher.client->flights[i].denied)
			breakers_hear(&world->breakers, &gateway->user,
				GATEWAY_LOG_ON_REFUSED, world->now.mono_ms);
	if (hears && gateway->user.has_leave)
		breakers_hear(&world->breakers, &gateway->user, GATEWAY_LOG_ON_UNKNOWN,
			world->now.mono_ms);
	breakers_lost(&world->breakers, &gateway->user);
	gateway->rests_ms = world->now.mono_ms + 1;
	dispatcher_finish(&gateway->dispatcher);
	poller_finish(&gateway->poller);
	mailboxes_finish(&gateway->mailboxes);
	gateway->mailboxes = (struct mailboxes){0};
}

static void say_log_on(void *context, enum gateway_log_on log_on)
{
	struct gateway *gateway = context;
	breakers_hear(&gateway->world->breakers, &gateway->user, log_on,
		gateway->world->now.mono_ms);
}

static void tell_breaker(void *context, size_t i, const struct gateway_breaker *breaker)
{
	struct world *world = context;
	struct gateway *gateway = &world->gateways[i];
	if (gateway->rests_ms > 0)
		return;
	log_on_hear(&gateway->log_on, &gateway->account, breaker, world->now.mono_ms);
	gateway->again_ms = world->now.mono_ms + 1;
}

static void turn_worker(struct gateway *gateway)
{
	struct now *now = &gateway->world->now;
	while (dispatcher_hear(&gateway->dispatcher, now))
		;
	gateway->again_ms = dispatcher_ask(&gateway->dispatcher, now);
	if (state_look(&gateway->state, now))
		schedule_resumed(&gateway->poller.schedule, now->mono_ms);
	log_on_say(&gateway->log_on, &gateway->account, gateway->dispatcher.wants_leave,
		say_log_on, gateway);
}

static void unwatch(struct gateway *gateway, uint32_t id)
{
	if (gateway->rests_ms > 0)
		return;
	struct mailbox *mailbox = mailboxes_find(&gateway->mailboxes, id);
	poller_unwatch(&gateway->poller, mailbox);
	mailboxes_remove(&gateway->mailboxes, mailbox);
}

static void turn_main(struct world *world)
{
	struct breaker_user *users[GATEWAYS];
	for (size_t i = 0; i < GATEWAYS; i++)
		users[i] = &world->gateways[i].user;
	breakers_settle(&world->breakers, users, GATEWAYS, tell_breaker, world,
		world->now.mono_ms);
	for (uint32_t id = 0; id < MAILBOXES; id++) {
		struct calendar *mailbox = &world->mailboxes[id];
		if (!mailbox->moves)
			continue;
		mailbox->moves = false;
		unwatch(&world->gateways[mailbox->asked], id);
		mailbox->asked = (mailbox->asked + 1) % GATEWAYS;
		mailbox->since_ms = world->now.mono_ms;
		watch(world, id, true);
	}
}

/* ------------------------------------------------------------------ what happens */

static void set_password(struct world *world, unsigned number)
{
	struct gateway *gateway = &world->gateways[number];
	unsigned account = account_of(number);
	char text[32];
	gateway->password = world->passwords[account];
	(void)snprintf(text, sizeof(text), "secret %u", gateway->password);
	const struct gateway_configure settings = {.auth = "basic",
		.username = account == 0 ? "svc" : "svc2",
		.password = text,
		.password_len = strlen(text)};
	gateway->user = (struct breaker_user){
		.account = breakers_account(&world->breakers, &settings),
		.wants_ms = INT64_MAX};
}

/* Another process, which knows what is in the store. */
static void restart_breakers(struct world *world)
{
	static struct breakers old;
	struct breaker_row row;
	int64_t now_ms = world->now.mono_ms;
	old = world->breakers;
	world->breakers = (struct breakers){.seed = old.seed};
	memcpy(world->breakers.salt, old.salt, sizeof(old.salt));
	for (size_t i = 0; i < BREAKERS_MAX; i++)
		old.list[i].changed = old.list[i].account != 0;
	while (breakers_next_row(&old, now_ms, now_utc_s(&world->now), &row))
		breakers_load(&world->breakers, &row, now_ms, now_utc_s(&world->now));
	/* What would take long: which secret has this id. */
	for (size_t i = 0; i < BREAKERS_MAX; i++)
		for (size_t j = 0; j < BREAKERS_MAX && old.list[i].account; j++)
			if (memcmp(old.list[i].id, world->breakers.list[j].id,
				    BREAKERS_ID_SIZE) == 0)
				world->breakers.list[j].account = old.list[i].account;
}

static void reload(struct world *world, bool new_passwords)
{
	for (unsigned i = 0; i < GATEWAYS; i++) {
		struct breaker_user *user = &world->gateways[i].user;
		end_worker(world, i, true);
		if (new_passwords)
			set_password(world, i);
		else
			*user = (struct breaker_user){
				.account = user->account, .wants_ms = INT64_MAX};
	}
	for (unsigned i = 0; i < GATEWAYS; i++)
		begin_worker(world, i);
}

static void restart(struct world *world)
{
	for (unsigned i = 0; i < GATEWAYS; i++)
		end_worker(world, i, false);
	restart_breakers(world);
	for (unsigned i = 0; i < GATEWAYS; i++) {
		struct breaker_user *user = &world->gateways[i].user;
		*user = (struct breaker_user){
			.account = user->account, .wants_ms = INT64_MAX};
		begin_worker(world, i);
	}
}

static void move_some(struct world *world)
{
	for (int i = 0; i < 5; i++) {
		struct calendar *mailbox = &world->mailboxes[pick(world, MAILBOXES - 1)];
		mailbox->home = (unsigned)pick(world, GATEWAYS - 1);
		mailbox->since_ms = world->now.mono_ms;
	}
}

/* Somebody does something; more often while a password is wrong. */
static void disturb(struct world *world)
{
	int64_t now_ms = world->now.mono_ms;
	if (now_ms < world->disturbance_ms)
		return;
	switch (pick(world, 4)) {
	case 0:
		reload(world, false);
		break;
	case 1:
		restart(world);
		break;
	case 2: {
		unsigned number = (unsigned)pick(world, GATEWAYS - 1);
		end_worker(world, number, false);
		world->gateways[number].rests_ms = now_ms + SECOND;
		break;
	}
	default:
		move_some(world);
	}
	bool wrong = world->configured_ms > 0;
	world->disturbance_ms =
		now_ms + MINUTE + pick(world, wrong ? 5 * MINUTE : 5 * HOUR);
}

static void change_password(struct world *world)
{
	int64_t now_ms = world->now.mono_ms;
	if (world->configured_ms > 0 && now_ms >= world->configured_ms) {
		world->configured_ms = 0;
		/* A new secret begins anew. */
		for (unsigned i = 0; i < 2; i++)
			world->bad_ms[i][0] = world->bad_ms[i][1] = INT64_MIN / 2;
		reload(world, true);
	}
	if (now_ms < world->password_ms)
		return;
	world->passwords[pick(world, 1)]++;
	world->configured_ms = now_ms + MINUTE + pick(world, 2 * HOUR);
	world->password_ms = world->configured_ms + HOUR + pick(world, 40 * HOUR);
	world->disturbance_ms = now_ms + pick(world, MINUTE);
}

static void change_weather(struct gateway *gateway)
{
	struct world *world = gateway->world;
	int64_t now_ms = world->now.mono_ms;
	if (now_ms < gateway->weather_ms)
		return;
	if (gateway->weather == FAIR) {
		gateway->weather = (enum weather)(1 + pick(world, WEATHERS - 2));
		gateway->weather_ms = now_ms + SECOND + pick(world, 30 * MINUTE);
		gateway->ended_ms = 0;
		return;
	}
	/* Where somebody has to act it is tried once each quarter of an hour. */
	if (gateway->weather == REFUSES || gateway->weather == FORBIDS)
		gateway->slow_until_ms = now_ms + 20 * MINUTE;
	gateway->weather = FAIR;
	gateway->ended_ms = now_ms;
	gateway->weather_ms = now_ms + 60 * MINUTE + pick(world, 2 * HOUR);
}

/* ------------------------------------------------------------------ the promises */

/* Whether it would have answered, and we had no word from it to wait. */
static bool is_fair(const struct gateway *gateway)
{
	const struct world *world = gateway->world;
	int64_t now_ms = world->now.mono_ms;
	return gateway->weather == FAIR && now_ms >= gateway->wait_ms &&
	       now_ms >= gateway->slow_until_ms && gateway->rests_ms == 0 &&
	       gateway->account.refusals == 0 &&
	       gateway->password == world->passwords[account_of(gateway->number)];
}

static void check_mailboxes(struct world *world)
{
	bool fair[GATEWAYS];
	for (unsigned i = 0; i < GATEWAYS; i++)
		fair[i] = is_fair(&world->gateways[i]);
	for (uint32_t id = 0; id < MAILBOXES; id++) {
		struct calendar *mailbox = &world->mailboxes[id];
		if (mailbox->poison || !fair[mailbox->home] || !fair[mailbox->asked])
			continue;
		mailbox->unread_ms += TICK;
		if (mailbox->unread_ms > 3 * INTERVAL)
			FAIL(world, "mailbox %u of gateway %u is unread", id,
				mailbox->asked);
	}
}

/* Two intervals after an outage. */
static void check_recovery(struct gateway *gateway)
{
	struct world *world = gateway->world;
	int64_t begins_ms = gateway->ended_ms;
	if (begins_ms == 0)
		return;
	if (!is_fair(gateway)) { // since then
		gateway->ended_ms = gateway->weather == FAIR ? world->now.mono_ms : 0;
		return;
	}
	if (world->now.mono_ms < begins_ms + 2 * INTERVAL + TICK)
		return;
	gateway->ended_ms = 0;
	for (uint32_t id = 0; id < MAILBOXES; id++) {
		const struct calendar *mailbox = &world->mailboxes[id];
		if (!mailbox->poison && mailbox->home == gateway->number &&
			mailbox->asked == gateway->number &&
			mailbox->read_ms < begins_ms && mailbox->since_ms < begins_ms)
			FAIL(world,
				"mailbox %u of gateway %u was not read since an outage",
				id, gateway->number);
	}
	enum gateway_health health = account_health(&gateway->account);
	if (health != GATEWAY_UP)
		FAIL(world, "gateway %u is %s after an outage", gateway->number,
			gateway_health_name(health));
}

/* ------------------------------------------------------------------ the walk */

static void begin(struct world *world, uint64_t seed)
{
	*world = (struct world){.now = {.mono_ms = 1000, .wall_ms = UTC * SECOND},
		.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
		.seed = seed,
		.all_500 = seed % 2 == 0,
		.password_ms = HOUR + (int64_t)(seed % 7) * 5 * HOUR,
		.disturbance_ms = HOUR};
	breakers_init(&world->breakers, seed,
		(const unsigned char[BREAKERS_SALT_SIZE]){1, 2, 3});
	for (unsigned i = 0; i < 2; i++)
		world->bad_ms[i][0] = world->bad_ms[i][1] = INT64_MIN / 2;
	for (uint32_t id = 0; id < MAILBOXES; id++) {
		struct calendar *mailbox = &world->mailboxes[id];
		mailbox->home = mailbox->asked = id < MAILBOXES / 2 ? 0 : 1 + id % 2;
		mailbox->poison = pick(world, 99) < (int64_t)(seed % 7);
	}
	for (unsigned i = 0; i < GATEWAYS; i++) {
		struct gateway *gateway = &world->gateways[i];
		gateway->world = world;
		gateway->number = i;
		gateway->weather_ms = HOUR + pick(world, HOUR);
		gateway->has_budget = seed % 3 == i;
		gateway->budget_ms = 5 * MINUTE;
		gateway->budget_at_ms = world->now.mono_ms;
		set_password(world, i);
		begin_worker(world, i);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_event(const struct world *world)
{
	int64_t at_ms = (world->now.mono_ms / TICK + 1) * TICK;
	for (unsigned i = 0; i < GATEWAYS; i++) {
		const struct gateway *gateway = &world->gateways[i];
		if (gateway->rests_ms > 0) {
			at_ms = earlier(at_ms, gateway->rests_ms);
			continue;
		}
		at_ms = earlier(at_ms, gateway->again_ms);
		for (unsigned j = 0; j < OUT_MAX; j++) {
			int64_t end_ms = gateway->dispatcher.client->flights[j].end_ms;
			if (end_ms > 0)
				at_ms = earlier(at_ms, end_ms);
		}
	}
	return at_ms > world->now.mono_ms ? at_ms : world->now.mono_ms + 1;
}

static void turn(struct world *world)
{
	world->now.mono_ms = next_event(world);
	world->now.wall_ms = UTC * SECOND + world->now.mono_ms;
	disturb(world);
	change_password(world);
	for (unsigned i = 0; i < GATEWAYS; i++) {
		struct gateway *gateway = &world->gateways[i];
		if (gateway->rests_ms > 0 && gateway->rests_ms <= world->now.mono_ms)
			begin_worker(world, i);
		change_weather(gateway);
		if (gateway->rests_ms == 0)
			turn_worker(gateway);
	}
	turn_main(world);
	if (world->now.mono_ms % TICK != 0)
		return;
	check_mailboxes(world);
	for (unsigned i = 0; i < GATEWAYS; i++)
		check_recovery(&world->gateways[i]);
}

static void run(uint64_t seed, unsigned *out_bad, unsigned *out_good)
{
	struct world *world = malloc(sizeof(*world));
	assert_non_null(world);
	begin(world, seed);
	while (world->now.mono_ms < LENGTH)
		turn(world);
	for (unsigned i = 0; i < GATEWAYS; i++)
		end_worker(world, i, true);
	*out_bad += world->n_bad;
	*out_good += world->n_good;
	free(world);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t value;
	return text && parse_int64(text, strlen(text), 1, INT32_MAX, &value)
		       ? (uint64_t)value
		       : otherwise;
}

static void whatever_exchange_does_its_promises_are_kept(void **state)
{
	uint64_t first = number_of("POLLING_RANDOM_FIRST", 1);
	uint64_t seeds = number_of("POLLING_RANDOM_SEEDS", SEEDS);
	unsigned bad = 0;
	unsigned good = 0;
	(void)state;
	for (uint64_t seed = first; seed < first + seeds; seed++)
		run(seed, &bad, &good);
	print_message("%" PRIu64 " hours, %u readings, %u bad log-ons\n",
		seeds * (uint64_t)(LENGTH / HOUR), good, bad);
	assert_true(seeds < 5 || bad > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_exchange_does_its_promises_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
