#ifndef COMPONENT_WORKERS_BREAKERS_H
#define COMPONENT_WORKERS_BREAKERS_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How the log-ons of each account ended, whichever worker tried them, and who may try one
 * next: no account sees more than BREAKERS_BAD_MAX bad log-ons in any BREAKERS_OPEN_MS.
 * It outlives workers, reloads and, by its rows in the store, the process, and is shared
 * by all gateways with the same account and secret; a new secret begins anew. No I/O, no
 * clock.
 *
 * A worker whose log-on is proven asks as it likes. All others want leave for each
 * request.
 */
#define BREAKERS_MAX 128 // accounts; the one that was asked for longest ago goes
#define BREAKERS_BAD_MAX 2
#define BREAKERS_OPEN_MS 900000
#define BREAKERS_MARGIN_MS 1000 // clocks and ways differ
#define BREAKERS_RETRY_MS 5000  // after the first refusal
#define BREAKERS_TURN_MS 5000   // by which others go before who was refused last
#define BREAKERS_ID_SIZE 16
#define BREAKERS_SALT_SIZE 16
#define BREAKERS_NEVER (INT64_MIN / 2)

struct breaker {
	uint64_t account; // 0: none has it in this process
	/* Stands for account and secret wherever it lasts; all zero: the entry is free.
	 */
	unsigned char id[BREAKERS_ID_SIZE];
	uint32_t refusals;                // in a row
	int64_t bad_ms[BREAKERS_BAD_MAX]; // the last bad log-ons, the older one first
	int64_t out_ms[BREAKERS_BAD_MAX]; // when those began whose end is not known yet
	int64_t granted_ms;
	uint64_t used;
	bool changed; // since breakers_next_row()
};

struct breakers {
	uint64_t seed;
	unsigned char salt[BREAKERS_SALT_SIZE];
	uint64_t used;
	struct breaker list[BREAKERS_MAX];
};

/* What a worker's last word of a log-on was. */
enum breaker_word {
	BREAKER_NOTHING,
	BREAKER_REFUSED,
	BREAKER_GRANTED,
};

/* One gateway with an account. */
struct breaker_user {
	uint64_t account; // breakers_account(); 0: not looked after
	enum breaker_word word;
	int64_t refused_ms;
	int64_t wants_ms; // since when it wants leave; INT64_MAX: it does not
	bool spoke;       // since breakers_settle()
	bool has_leave;
	int64_t leave_ms; // since when
	/* Refused where another gateway was granted the same afterwards: that is the
	 * server's, and no matter of the others. */
	bool alone;
};

/* seed differs from process to process, salt from store to store. */
void breakers_init(struct breakers *breakers, uint64_t seed,
	const unsigned char salt[BREAKERS_SALT_SIZE]);
/*
 * Stands for the account of a gateway and its secret; never 0. The same user name is
 * another account where it is written otherwise (EXAMPLE\svc, svc@example.com): only a
 * server knows that they are one. Capital letters do not count, nor which of basic and
 * NTLM carries the password. A secret that is new here takes some hundredths of a second.
 */
uint64_t breakers_account(
	struct breakers *breakers, const struct gateway_configure *configure);

/* What the worker of this user says. */
void breakers_hear(struct breakers *breakers, struct breaker_user *user,
	enum gateway_log_on log_on, int64_t now_ms);
/* Whoever had leave is gone without a word: the log-on may have been bad, and counts so
 * unless the account was granted the one before. */
void breakers_lost(struct breakers *breakers, struct breaker_user *user);
/* What a worker that is new is to know. */
struct gateway_breaker breakers_state(struct breakers *breakers,
	const struct breaker_user *user, bool others_granted, int64_t now_ms);
/* All that share an account hear of what one of them said, and who has wanted leave for
 * longest has it as soon as may be. tell() says so to the worker of users[i]. */
typedef void breaker_tell_fn(
	void *context, size_t i, const struct gateway_breaker *breaker);
void breakers_settle(struct breakers *breakers, struct breaker_user *const *users,
	size_t n, breaker_tell_fn *tell, void *context, int64_t now_ms);

/* What lasts, in UTC seconds; 0: never. Log-ons whose end is not known are bad ones. */
struct breaker_row {
	unsigned char id[BREAKERS_ID_SIZE];
	uint32_t refusals;
	int64_t bad[BREAKERS_BAD_MAX];
};

/* Takes a row in, at the start. What lies ahead counts as now: a clock was set back. */
void breakers_load(struct breakers *breakers, const struct breaker_row *row,
	int64_t now_ms, int64_t utc_s);
/* The next one that changed since; false: there is none. A row with neither refusals nor
 * bad log-ons is to be deleted. */
bool breakers_next_row(struct breakers *breakers, int64_t now_ms, int64_t utc_s,
	struct breaker_row *out_row);

#endif
