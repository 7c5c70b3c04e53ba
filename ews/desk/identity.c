#include "ews/desk/identity.h"

#include "base/jitter.h"

#include <assert.h>

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void identity_init(struct identity *identity, unsigned concurrency, int64_t interval_ms,
	uint64_t seed)
{
	*identity = (struct identity){.random = seed | 1};
	identity_configure(identity, concurrency, interval_ms);
}

void identity_configure(
	struct identity *identity, unsigned concurrency, int64_t interval_ms)
{
	assert(concurrency > 0);
	*identity = (struct identity){
		.configured = concurrency,
		.slots = concurrency,
		.serial = identity->serial,
		.configured_serial = identity->serial,
		.pause_max_ms = interval_ms < IDENTITY_PAUSE_MAX_MS
					? interval_ms
					: IDENTITY_PAUSE_MAX_MS,
		.random = identity->random,
		.probe_ms = INT64_MIN,
		.back_off_ms = INT64_MIN,
	};
	pace_init(&identity->pace);
}

int64_t identity_ready(const struct identity *identity, int64_t now_ms)
{
	unsigned slots = identity->proven ? identity->slots : 1;
	if (identity->in_flight >= slots)
		return INT64_MAX;
	int64_t ready = later(now_ms, later(identity->back_off_ms, identity->probe_ms));
	if (identity->newest_pending)
		ready = later(ready, identity->newest_ms + IDENTITY_STAGGER_MS);
	return later(ready, pace_ready(&identity->pace, now_ms));
}

uint64_t identity_start(struct identity *identity, int64_t now_ms)
{
	assert(identity_ready(identity, now_ms) <= now_ms);
	identity->in_flight++;
	pace_start(&identity->pace, now_ms);
	identity->newest_pending = true;
	identity->newest_ms = now_ms;
	return ++identity->serial;
}

static void note_good(struct identity *identity, uint64_t serial, int64_t now_ms)
{
	/* What was out when a log-on was refused may have logged on before the password
	 * changed. */
	if (serial <= identity->denied_serial)
		return;
	if (!identity->proven)
		identity->grown_ms = now_ms;
	identity->proven = true;
	identity->refusals = 0;
	identity->troubles = 0;
	identity->strays = 0;
	identity->probe_ms = INT64_MIN;
	if (serial > identity->throttled_serial)
		identity->throttled = false;
	if (identity->slots < identity->configured &&
		now_ms - identity->grown_ms >= IDENTITY_GROW_MS) {
		identity->slots++;
		identity->grown_ms = now_ms;
	}
}

/* Half of what may be out at once; or of what was, where that is less. One that was alone
 * says nothing of how many may be. */
static unsigned halved(const struct identity *identity)
{
	unsigned out = identity->in_flight + 1; // the one that is just done
	unsigned slots = out > 1 && out < identity->slots ? out : identity->slots;
	return slots > 1 ? slots / 2 : 1;
}

static void note_busy(
	struct identity *identity, uint64_t serial, int64_t wait_ms, int64_t now_ms)
{
	if (identity->refusals > 1 && wait_ms < IDENTITY_PAUSE_MAX_MS)
		wait_ms = IDENTITY_PAUSE_MAX_MS; // the breaker stays open
	int64_t jitter = jitter_upto(&identity->random, wait_ms / 4);
	identity->back_off_ms = later(identity->back_off_ms, now_ms + wait_ms + jitter);
	if (serial > identity->troubled_serial) {
		identity->troubles = 0; // somebody is there
		identity->strays = 0;
	}
	identity->throttled = true;
	identity->grown_ms = now_ms;
	/* Requests that were out together are told the same thing once each. */
	if (serial <= identity->throttled_serial)
		return;
	identity->slots = halved(identity);
	identity->throttled_serial = identity->serial;
}

static void note_spent(
	struct identity *identity, uint64_t serial, int64_t wait_ms, int64_t now_ms)
{
	if (serial > identity->throttled_serial)
		pace_spent(&identity->pace, wait_ms, now_ms);
	note_busy(identity, serial, wait_ms, now_ms);
}

static void note_denied(struct identity *identity, int64_t now_ms)
{
	identity->refusals++;
	identity->proven = false;
	identity->denied_serial = identity->serial;
	identity->probe_ms =
		now_ms +
		(identity->refusals > 1 ? IDENTITY_PAUSE_MAX_MS
					: IDENTITY_RETRY_MIN_MS +
						  jitter_upto(&identity->random,
							  IDENTITY_RETRY_MAX_MS -
								  IDENTITY_RETRY_MIN_MS));
}

static void note_trouble(
	struct identity *identity, uint64_t serial, int64_t max_ms, int64_t now_ms)
{
	identity->proven = false;
	/* What was out when it began fails for the same reason; an open breaker waits
	 * longer than any trouble. */
	if (serial <= identity->troubled_serial)
		return;
	unsigned doublings = identity->troubles < 10 ? identity->troubles : 10;
	int64_t pause_ms = (int64_t)IDENTITY_PAUSE_MIN_MS << doublings;
	if (pause_ms > max_ms)
		pause_ms = max_ms;
	if (identity->refusals > 1)
		pause_ms = IDENTITY_PAUSE_MAX_MS;
	identity->troubles++;
	identity->troubled_serial = identity->serial;
	identity->probe_ms = later(identity->probe_ms,
		now_ms + pause_ms + jitter_upto(&identity->random, pause_ms / 4));
}

static void note_stray(struct identity *identity, uint64_t serial, int64_t now_ms)
{
	identity->strays++;
	if (identity->refusals > 0 || identity->troubles > 0 ||
		identity->strays >= IDENTITY_STRAYS_MAX)
		note_trouble(identity, serial, identity->pause_max_ms, now_ms);
}

void identity_done(struct identity *identity, uint64_t serial,
	enum identity_outcome outcome, int64_t wait_ms, int64_t now_ms)
{
	if (serial <= identity->configured_serial)
		return;
	assert(identity->in_flight > 0);
	identity->in_flight--;
	pace_done(&identity->pace, now_ms);
	if (serial == identity->serial)
		identity->newest_pending = false;
	switch (outcome) {
	case IDENTITY_GOOD:
		note_good(identity, serial, now_ms);
		break;
	case IDENTITY_BUSY:
		note_busy(identity, serial, wait_ms, now_ms);
		break;
	case IDENTITY_SPENT:
		note_spent(identity, serial, wait_ms, now_ms);
		break;
	case IDENTITY_DENIED:
		note_denied(identity, now_ms);
		break;
	case IDENTITY_UNREACHABLE:
		note_trouble(identity, serial, identity->pause_max_ms, now_ms);
		break;
	case IDENTITY_STOPPED:
		note_trouble(identity, serial, IDENTITY_PAUSE_MAX_MS, now_ms);
		break;
	case IDENTITY_STRAY:
		note_stray(identity, serial, now_ms);
		break;
	case IDENTITY_VOID:
		break;
	}
}

bool identity_is_troubled(const struct identity *identity)
{
	return identity->refusals > 0 || identity->troubles > 0;
}

enum gateway_health identity_health(const struct identity *identity)
{
	if (identity->refusals > 1)
		return GATEWAY_LOCKED;
	bool only_failed = !identity->proven && identity->strays > 0;
	if (identity_is_troubled(identity) || only_failed)
		return GATEWAY_DOWN;
	if (identity->throttled)
		return GATEWAY_WAITING;
	return identity->proven ? GATEWAY_UP : GATEWAY_STARTING;
}
