#include "gateway/dispatch/account.h"

#include "base/jitter.h"

#include <assert.h>

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void account_init(
	struct account *account, unsigned concurrency, int64_t interval_ms, uint64_t seed)
{
	assert(concurrency > 0);
	*account = (struct account){
		.configured = concurrency,
		.slots = concurrency,
		.pause_max_ms = interval_ms < ACCOUNT_PAUSE_MAX_MS ? interval_ms
								   : ACCOUNT_PAUSE_MAX_MS,
		.random = seed | 1,
		.most_short = ACCOUNT_MAILBOXES,
		.probe_ms = INT64_MIN,
		.back_off_ms = INT64_MIN,
	};
	throttle_init(&account->throttle);
}

static int64_t ready_with_leave(const struct account *account, int64_t now_ms)
{
	unsigned slots = account->proven ? account->slots : 1;
	if (account->in_flight >= slots)
		return INT64_MAX;
	int64_t ready = later(now_ms, later(account->back_off_ms, account->probe_ms));
	if (account->newest_pending)
		ready = later(ready, account->newest_ms + ACCOUNT_STAGGER_MS);
	return later(ready, throttle_ready(&account->throttle, now_ms));
}

static bool lacks_leave(const struct account *account)
{
	return account->shared && !account->proven && !account->leave;
}

int64_t account_ready(const struct account *account, int64_t now_ms)
{
	int64_t ready = ready_with_leave(account, now_ms);
	return ready <= now_ms && lacks_leave(account) ? INT64_MAX : ready;
}

void account_share(struct account *account)
{
	account->shared = true;
}

void account_permit(struct account *account)
{
	account->leave = true;
}

bool account_wants_leave(const struct account *account, int64_t now_ms)
{
	return lacks_leave(account) && ready_with_leave(account, now_ms) <= now_ms;
}

bool account_give_back(struct account *account)
{
	bool over = account->leave && !account->leave_used;
	account->leave = account->leave && !over;
	return over;
}

uint64_t account_start(struct account *account, int64_t now_ms)
{
	assert(account_ready(account, now_ms) <= now_ms);
	account->in_flight++;
	throttle_start(&account->throttle, now_ms);
	account->newest_pending = true;
	account->newest_ms = now_ms;
	account->serial++;
	if (account->leave && !account->leave_used) {
		account->leave_used = true;
		account->leave_serial = account->serial;
	}
	return account->serial;
}

static void note_good(struct account *account, uint64_t serial, int64_t now_ms)
{
	/* What was out when a log-on was refused may have logged on before the password
	 * changed. */
	if (serial <= account->denied_serial)
		return;
	if (!account->proven)
		account->grown_ms = now_ms;
	account->proven = true;
	account->refusals = 0;
	account->troubles = 0;
	account->strays = 0;
	account->n_short = 0;
	if (account->most_short > ACCOUNT_MAILBOXES &&
		++account->n_answers >= ACCOUNT_MAILBOXES_ANSWERS) {
		account->n_answers = 0;
		account->most_short /= 2;
	}
	account->halvings = 0;
	account->probe_ms = INT64_MIN;
	if (serial > account->throttled_serial)
		account->throttled = false;
	if (account->slots < account->configured &&
		now_ms - account->grown_ms >= ACCOUNT_GROW_MS) {
		account->slots++;
		account->grown_ms = now_ms;
	}
}

/* Half of what may be out at once; or of what was, where that is less. One that was alone
 * says nothing of how many may be. */
static unsigned halved(const struct account *account)
{
	unsigned out = account->in_flight + 1; // the one that is just done
	unsigned slots = out > 1 && out < account->slots ? out : account->slots;
	return slots > 1 ? slots / 2 : 1;
}

static void note_busy(
	struct account *account, uint64_t serial, int64_t wait_ms, int64_t now_ms)
{
	if (account->refusals > 1) // the breaker stays open, unless others are granted
		account->probe_ms =
			later(account->probe_ms, now_ms + ACCOUNT_PAUSE_MAX_MS);
	int64_t jitter = jitter_upto(&account->random, wait_ms / 4);
	account->back_off_ms = later(account->back_off_ms, now_ms + wait_ms + jitter);
	if (serial > account->troubled_serial) {
		account->troubles = 0; // somebody is there
		account->strays = 0;
	}
	account->throttled = true;
	account->grown_ms = now_ms;
	/* Requests that were out together are told the same thing once each. */
	if (serial <= account->throttled_serial)
		return;
	account->slots = halved(account);
	account->throttled_serial = account->serial;
}

static void note_spent(
	struct account *account, uint64_t serial, int64_t wait_ms, int64_t now_ms)
{
	if (serial > account->throttled_serial)
		throttle_spent(&account->throttle, wait_ms, now_ms);
	note_busy(account, serial, wait_ms, now_ms);
}

static void note_denied(struct account *account, int64_t now_ms)
{
	account->refusals++;
	account->denials++;
	account->proven = false;
	account->denied_serial = account->serial;
	account->probe_ms =
		now_ms + (account->refusals > 1
					 ? ACCOUNT_PAUSE_MAX_MS
					 : ACCOUNT_RETRY_MIN_MS +
						   jitter_upto(&account->random,
							   ACCOUNT_RETRY_MAX_MS -
								   ACCOUNT_RETRY_MIN_MS));
}

static void note_trouble(
	struct account *account, uint64_t serial, int64_t max_ms, int64_t now_ms)
{
	account->proven = false;
	/* What was out when it began fails for the same reason; an open breaker waits
	 * longer than any trouble. */
	if (serial <= account->troubled_serial)
		return;
	/* Smaller and smaller probes find soon what can be answered; then some go each
	 * time, since the first may be of a mailbox that fails by itself. */
	unsigned late = account->halvings > ACCOUNT_HALVINGS
				? account->halvings - ACCOUNT_HALVINGS
				: 0;
	unsigned pauses = account->halvings == 0       ? account->troubles
			  : late % ACCOUNT_PROBES == 0 ? late
						       : 0;
	unsigned doublings = pauses < 10 ? pauses : 10;
	int64_t pause_ms = (int64_t)ACCOUNT_PAUSE_MIN_MS << doublings;
	if (pause_ms > max_ms)
		pause_ms = max_ms;
	if (account->refusals > 1)
		pause_ms = ACCOUNT_PAUSE_MAX_MS;
	account->troubles++;
	account->troubled_serial = account->serial;
	account->probe_ms = later(account->probe_ms,
		now_ms + pause_ms + jitter_upto(&account->random, pause_ms / 4));
}

static void note_stray(struct account *account, uint64_t serial, int64_t now_ms)
{
	account->strays++;
	if (account->refusals == 0 && account->troubles == 0 &&
		account->strays < ACCOUNT_STRAYS_MAX)
		return;
	if (serial > account->troubled_serial)
		account->halvings++;
	note_trouble(account, serial, account->pause_max_ms, now_ms);
}

void account_done(struct account *account, uint64_t serial, enum account_event event,
	int64_t wait_ms, int64_t now_ms)
{
	assert(account->in_flight > 0);
	account->in_flight--;
	throttle_done(&account->throttle, now_ms);
	if (serial == account->serial)
		account->newest_pending = false;
	if (serial == account->leave_serial)
		account->leave_used = false;
	switch (event) {
	case ACCOUNT_GOOD:
		note_good(account, serial, now_ms);
		break;
	case ACCOUNT_BUSY:
		note_busy(account, serial, wait_ms, now_ms);
		break;
	case ACCOUNT_SPENT:
		note_spent(account, serial, wait_ms, now_ms);
		break;
	case ACCOUNT_DENIED:
		note_denied(account, now_ms);
		break;
	case ACCOUNT_UNREACHABLE:
		note_trouble(account, serial, account->pause_max_ms, now_ms);
		break;
	case ACCOUNT_STOPPED:
		note_trouble(account, serial, ACCOUNT_PAUSE_MAX_MS, now_ms);
		break;
	case ACCOUNT_STRAY:
		note_stray(account, serial, now_ms);
		break;
	case ACCOUNT_VOID:
		break;
	}
}

static uint32_t hash_of(const char *text)
{
	uint32_t hash = UINT32_C(2166136261); // FNV-1a
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
	return hash;
}

bool account_is_short(struct account *account, const char *mailbox)
{
	uint32_t hash = hash_of(mailbox);
	for (unsigned i = 0; i < account->n_short; i++)
		if (account->short_of[i] == hash)
			return false;
	account->short_of[account->n_short++] = hash;
	if (account->n_short < account->most_short)
		return false;
	/* Many mailboxes may be on one server that is busy, and met one after the other:
	 * to wait for them each time would keep all others waiting, too. */
	account->n_short = account->n_answers = 0;
	if (account->most_short * 2 <= ACCOUNT_MAILBOXES_MAX)
		account->most_short *= 2;
	return true;
}

void account_adopt(
	struct account *account, unsigned refusals, int64_t wait_ms, int64_t now_ms)
{
	if (refusals == 0 && account->refusals > 0) {
		account->refusals = 0;
		account->probe_ms = INT64_MIN;
	}
	if (refusals == 0)
		return;
	if (refusals > account->refusals)
		account->refusals = refusals;
	account->proven = false;
	account->denied_serial = account->serial;
	account->probe_ms = later(account->probe_ms, now_ms + wait_ms);
}

bool account_is_troubled(const struct account *account)
{
	return account->refusals > 0 || account->troubles > 0;
}

enum gateway_health account_health(const struct account *account)
{
	if (account->refusals > 1)
		return GATEWAY_LOCKED;
	bool only_failed = !account->proven && account->strays > 0;
	if (account_is_troubled(account) || only_failed)
		return GATEWAY_DOWN;
	if (account->throttled)
		return GATEWAY_WAITING;
	return account->proven ? GATEWAY_UP : GATEWAY_STARTING;
}
