#ifndef GATEWAY_AUTH_BEARER_H
#define GATEWAY_AUTH_BEARER_H

#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The access token that requests carry: whether it may still be used, and when to ask for
 * another. One question is out at a time. Times are monotonic, in milliseconds; no clock,
 * no I/O.
 */
#define BEARER_AHEAD_MS \
	INT64_C(300000) // renewed so long before its end, or at 80 % of its life
#define BEARER_MARGIN_MS INT64_C(30000) // not used so shortly before its end
#define BEARER_PAUSE_MS INT64_C(60000)  // after a renewal that failed

struct bearer {
	struct secret token;
	uint64_t serial; // of the token; grows
	bool asking;     // the question is out
	bool used;       // one that nobody uses is not renewed
	int64_t renew_ms;
	int64_t end_ms;
};

void bearer_finish(struct bearer *bearer);

bool bearer_is_usable(const struct bearer *bearer, int64_t now_ms);
/* Whether to ask for a token now; needed: a request waits for one. */
bool bearer_is_wanted(const struct bearer *bearer, bool needed, int64_t now_ms);
/* When it will be, with no request waiting; INT64_MAX: never. */
int64_t bearer_due(const struct bearer *bearer);

/* The answer is a token. False: out of memory, which is as if it had failed. */
bool bearer_grant(struct bearer *bearer, const struct secret *token, int64_t life_s,
	int64_t now_ms) __attribute__((warn_unused_result));
/* The question failed. */
void bearer_fail(struct bearer *bearer, int64_t now_ms);
/* Exchange refused the token of that serial. */
void bearer_drop(struct bearer *bearer, uint64_t serial);

#endif
