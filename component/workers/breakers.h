#ifndef COMPONENT_WORKERS_BREAKERS_H
#define COMPONENT_WORKERS_BREAKERS_H

#include "gateway/protocol/messages.h"

#include <stdint.h>

/*
 * Which accounts were refused the log-on, whichever worker tried it: by account and
 * secret, so that a new password begins anew. It outlives workers and reloads, and is
 * shared by all gateways with the same account, so that a wrong password costs two bad
 * log-ons, and then one each quarter of an hour. No I/O, no clock.
 */
#define BREAKERS_MAX 64           // accounts; the one that was refused longest ago goes
#define BREAKERS_FIRST_MS 30000   // after the first refusal
#define BREAKERS_OPEN_MS 900000   // after more
#define BREAKERS_BETWEEN_MS 60000 // one gateway after the other

struct breaker {
	uint64_t account;  // breakers_account(); 0: none
	uint32_t refusals; // in a row
	int64_t until_ms;
};

struct breakers {
	uint64_t seed;
	struct breaker list[BREAKERS_MAX];
};

/* seed differs from process to process, so that nothing of a secret is in a number. */
void breakers_init(struct breakers *breakers, uint64_t seed);
/* Stands for the account of a gateway and its secret; never 0. */
uint64_t breakers_account(
	const struct breakers *breakers, const struct gateway_configure *configure);
void breakers_refused(struct breakers *breakers, uint64_t account, int64_t now_ms);
void breakers_granted(struct breakers *breakers, uint64_t account);
/* What the worker of a gateway is to know; `after` others with this account try before.
 */
struct gateway_breaker breakers_state(const struct breakers *breakers, uint64_t account,
	unsigned after, int64_t now_ms);

#endif
