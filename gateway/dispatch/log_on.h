#ifndef GATEWAY_DISPATCH_LOG_ON_H
#define GATEWAY_DISPATCH_LOG_ON_H

#include "gateway/dispatch/account.h"

/*
 * What is said of an account's log-on to whoever knows of all gateways that have the
 * account, and what is heard from there. No I/O, no clock.
 */
struct log_on {
	uint64_t denials; // of the account, as was said
	bool proven;      // likewise
	bool wants_leave; // likewise
};

/* A leave, or what is known of the account. */
void log_on_hear(struct log_on *log_on, struct account *account,
	const struct gateway_breaker *breaker, int64_t now_ms);
/* Says what is new at the end of a turn, in which all that was possible was sent;
 * wants_leave: something is due. */
void log_on_say(struct log_on *log_on, struct account *account, bool wants_leave,
	void (*say)(void *context, enum gateway_log_on said), void *context);

#endif
