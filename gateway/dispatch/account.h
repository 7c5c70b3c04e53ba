#ifndef GATEWAY_DISPATCH_ACCOUNT_H
#define GATEWAY_DISPATCH_ACCOUNT_H

#include "gateway/dispatch/throttle.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What one credential may do at present: how many requests at once, from when on, and
 * whether the log-on is proven. Exchange budgets and locks accounts, not gateways, so
 * this is an object of its own. It knows no clock and no random source but what it is
 * handed.
 *
 * Unproven (at first, after new settings, a refused log-on or trouble) exactly one
 * request is out, and the others wait for what becomes of it. Also when proven no two
 * requests are both younger than ACCOUNT_STAGGER_MS and unanswered: a refused log-on
 * comes back sooner than that, so that a changed password costs two bad log-ons and not
 * one for each slot.
 *
 * Where others have the same account (account_share()), each request that is made while
 * it is not proven wants leave of whoever knows of all of them.
 */
#define ACCOUNT_STAGGER_MS 100
#define ACCOUNT_GROW_MS 60000 // a lost slot comes back for each minute of success
/* Failed requests in a row that mean the gateway itself: one more than it takes to halve
 * a full one down to the mailbox that makes it fail. */
#define ACCOUNT_STRAYS_MAX 9
#define ACCOUNT_MAILBOXES 3 // whose budgets are spent one after the other: the account's
#define ACCOUNT_MAILBOXES_MAX 48 // it doubles with each time, since it may be a server's
#define ACCOUNT_MAILBOXES_ANSWERS 4096 // and is halved after so many answers
#define ACCOUNT_RETRY_MIN_MS 5000      // after the first refused log-on
#define ACCOUNT_RETRY_MAX_MS 30000
#define ACCOUNT_PAUSE_MIN_MS 5000 // doubles, once probes are no smaller any more
#define ACCOUNT_HALVINGS 7        // of a probe, down to one mailbox
#define ACCOUNT_PROBES 3          // of one mailbox each, between two pauses that grow
#define ACCOUNT_PAUSE_MAX_MS INT64_C(900000)

enum account_event {
	ACCOUNT_GOOD,        // an answer that counts
	ACCOUNT_BUSY,        // Exchange asks us to wait
	ACCOUNT_SPENT,       // likewise, and says how long: a budget is spent
	ACCOUNT_DENIED,      // the log-on was refused
	ACCOUNT_UNREACHABLE, // nobody there: probed with pauses up to the poll interval
	ACCOUNT_STOPPED,     // someone has to act: probed with pauses up to 15 minutes
	ACCOUNT_STRAY,       // this request failed, which says little about the others
	ACCOUNT_VOID,        // it says nothing: the same is asked again otherwise
};

struct account {
	unsigned configured; // slots when nothing is wrong
	unsigned slots;
	unsigned in_flight;
	unsigned refusals; // log-ons refused in a row
	unsigned troubles; // pauses in a row
	unsigned strays;   // stray failures in a row
	unsigned halvings; // probes in a row that failed by themselves: the next is half
			   // as big
	unsigned n_short;  // mailboxes whose budgets are spent, in a row
	unsigned most_short; // so many in a row are the account's
	unsigned n_answers;  // since that was more than there was reason for
	uint32_t short_of[ACCOUNT_MAILBOXES_MAX]; // hashes of their addresses
	uint64_t denials;                         // log-ons refused, all in all
	bool shared;                              // leave is needed
	bool leave;                               // for one request
	bool leave_used;                          // it is out,
	uint64_t leave_serial;                    // which is this one
	bool proven;
	bool throttled;            // the last word of Exchange was to wait
	bool newest_pending;       // the request started last is not done
	uint64_t serial;           // of the request started last
	uint64_t throttled_serial; // those up to here were out when it happened
	uint64_t denied_serial;
	uint64_t troubled_serial;
	int64_t newest_ms;
	int64_t grown_ms;
	int64_t back_off_ms;  // nothing starts before
	int64_t probe_ms;     // likewise
	int64_t pause_max_ms; // of ACCOUNT_UNREACHABLE
	struct throttle throttle;
	uint64_t random;
};

/* concurrency is at least 1; seed differs from process to process. */
void account_init(struct account *account, unsigned concurrency, int64_t interval_ms,
	uint64_t seed);

/* From when on one more request may start, if nothing changes: now_ms or a later time;
 * INT64_MAX: not before one that is out is done. */
int64_t account_ready(const struct account *account, int64_t now_ms);
/* A request starts; account_ready() has said now. Returns what account_done() wants. */
uint64_t account_start(struct account *account, int64_t now_ms);
/* wait_ms is what Exchange asked for with ACCOUNT_BUSY and ACCOUNT_SPENT, else unused.
 */
void account_done(struct account *account, uint64_t serial, enum account_event event,
	int64_t wait_ms, int64_t now_ms);

/* Exchange refuses for the sake of one mailbox (its budget, EWS that is off for it),
 * which is no matter of the others. True: it was several different ones without an answer
 * in between, so that it is the account that is refused. */
bool account_is_short(struct account *account, const char *mailbox);

/* What another worker learnt of the same account: so many refusals in a row, and no
 * log-on before wait_ms are over; 0: one was granted. */
void account_adopt(
	struct account *account, unsigned refusals, int64_t wait_ms, int64_t now_ms);

/* From now on what is not proven needs leave. */
void account_share(struct account *account);
/* There is leave for one request, until account_give_back(). */
void account_permit(struct account *account);
/* Whether a request could start but for the leave. */
bool account_wants_leave(const struct account *account, int64_t now_ms);
/* The leave is over: its request is done, or there was nothing to ask. False: there is
 * none, or it is in use. */
bool account_give_back(struct account *account);

/* Whether requests are held to one probe now and then. */
bool account_is_troubled(const struct account *account);
enum gateway_health account_health(const struct account *account);

#endif
