#ifndef GATEWAY_REQUEST_OUTCOME_H
#define GATEWAY_REQUEST_OUTCOME_H

#include "gateway/protocol/messages.h"
#include "gateway/request/transfer.h"

#include <stdbool.h>
#include <stdint.h>

/* Whom an outcome is about. Whoever hears of it acts by this alone: who is asked on, who
 * waits, who has failed. */
enum outcome_scope {
	SCOPE_NONE,    // nobody: it says nothing, or the same is asked again otherwise
	SCOPE_MAILBOX, // the mailbox that the request was charged to
	SCOPE_BATCH,   // the mailboxes in this request; bisection finds which of them
	SCOPE_SITE,    // the server that was asked, where there are others
	SCOPE_ACCOUNT, // whoever asks with this account
	SCOPE_GATEWAY, // all that is asked here
};

/* What to do about a whole request. */
enum outcome_class {
	OUTCOME_USE,      // the answer counts; with a code: it is a no
	OUTCOME_RETRY,    // once more, after a pause that grows
	OUTCOME_BISECT,   // in two halves (a single mailbox: that mailbox failed)
	OUTCOME_AGAIN,    // at once, in an earlier version
	OUTCOME_BACK_OFF, // wait back_off_ms
	OUTCOME_DENIED,   // log-on refused: counts towards the breaker
	OUTCOME_STOP,     // will not get better by itself: slow probe (15 minutes)
};

/* What became of a request. Each kind of gateway makes it of its answers. */
struct outcome {
	enum outcome_class class;
	enum outcome_scope scope;
	enum gateway_fault fault;
	int64_t back_off_ms; // for BACK_OFF: within 1 s to 1 h, jitter not yet added
	bool spent;          // likewise: Exchange said how long, since a budget is spent
	bool too_big;        // for BISECT: fewer mailboxes a request from now on
	bool elsewhere;      // a mailbox is not to be had here
	char code[64];
	char text[GATEWAY_TEXT_MAX]; // one line that says what happened and what to
				     // change
};

/* Whom an outcome of this class and fault is about, unless more is known: a fault of
 * network, log-on or configuration is the gateway's, any other that of this request. */
enum outcome_scope outcome_scope_of(enum outcome_class class, enum gateway_fault fault);

/* With the scope of its class and fault, and its text as one line, cut to size. */
struct outcome outcome_make(enum outcome_class class, enum gateway_fault fault,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Of OUTCOME_BACK_OFF: how long. Both Exchange (BackOffMilliseconds) and IIS
 * (Retry-After) may say so, and the longer one holds; -1: it did not. Within 1 s to 1 h.
 */
void outcome_put_off(
	struct outcome *outcome, int64_t retry_after_ms, int64_t back_off_ms);

/* Of a transfer that was not answered. */
struct outcome outcome_of_broken_transfer(const struct transfer *transfer);
/* Of a 401: what it means depends on how we logged on. */
struct outcome outcome_of_auth(const struct transfer *transfer);
/* Of a Kerberos that gives no ticket, in its own words. */
struct outcome outcome_of_no_ticket(const char *error);

/* Retry-After as milliseconds from now: delta-seconds, also with a fraction (which Graph
 * sends), rounded up, or an HTTP-date (RFC 9110 section 10.2.3), an hour at most, and by
 * a date a minute at least; -1 if it is neither. now is UTC seconds, by the clock of who
 * says it. */
int64_t outcome_retry_after_ms(const char *value, int64_t now);

#endif
