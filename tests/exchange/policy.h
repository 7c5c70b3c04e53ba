#ifndef EXCHANGE_POLICY_H
#define EXCHANGE_POLICY_H

#include "exchange/roll.h"
#include "exchange/soap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the service grants: the throttling policy of an account (or of the mailbox that it
 * impersonates), with the names and units of Set-ThrottlingPolicy, and the limits of the
 * server itself. A budget is an amount of time that recharges up to the burst; each
 * request takes what it lasted from it. Whoever has overdrawn it by more than the cutoff
 * is refused until it is balanced.
 */
enum {
	POLICY_ACCOUNTS = 64,
	POLICY_NAME = ROLL_MAX_ADDRESS,
	POLICY_BACKOFF = 24,
};

struct policy_account {
	char name[POLICY_NAME];
	int64_t in_flight;
	int64_t balance_us;
	int64_t at_ms;    // when it was that
	int64_t until_ms; // refused until then
};

struct policy {
	int64_t concurrent; // EwsMaxConcurrency; 0 of all these: no limit
	int64_t burst;      // EwsMaxBurst, ms
	int64_t recharge;   // EwsRechargeRate, ms an hour
	int64_t cutoff;     // EwsCutoffBalance, ms
	int64_t takes;      // ms that a request lasts,
	int64_t each;       // and for each mailbox
	int64_t limit;      // ms after which a request is given up
	int64_t mailboxes;  // a request
	int64_t bytes;      // a request
	int oldest;         // versions that are taken, envelope_version()
	int newest;
	struct policy_account accounts[POLICY_ACCOUNTS];
	size_t count;
};

struct visit;

/* The command: every argument sets its limit, what is not named has none. */
unsigned policy_command(struct visit *visit, struct buf *out);

/* False with a fault: the server does not know this version. */
bool policy_takes_version(
	const struct policy *policy, int version, struct soap_fault *out_fault);
/* The request is read, begins, and may be refused; it ends. */
void policy_enter(struct visit *visit);
void policy_leave(struct visit *visit);
/* How long it takes; it may turn out to take too long. */
int64_t policy_time(struct visit *visit);

#endif
