#ifndef EWS_ERRAND_VERDICT_H
#define EWS_ERRAND_VERDICT_H

#include "ews/messages/availability.h"
#include "ews/soap/soap_read.h"

#include <stdbool.h>
#include <stdint.h>

/* How a transfer ended below HTTP. */
enum transfer_result {
	TRANSFER_ANSWERED, // a status line came, and the whole body
	TRANSFER_TIMEOUT,
	TRANSFER_UNREACHABLE, // DNS, TCP, TLS before the certificate was judged
	TRANSFER_TLS,         // the certificate was refused
	TRANSFER_OURS,        // ours was, or there was none
	TRANSFER_CUT,         // the connection broke in mid-answer
	TRANSFER_TOO_BIG,     // over the body limit
	TRANSFER_PROXY,       // the proxy refused
};

/* By what we logged on. */
enum transfer_log_on {
	LOG_ON_BASIC,
	LOG_ON_NTLM,
	LOG_ON_NEGOTIATE,
	LOG_ON_TOKEN,
};

/* What is known of one finished request. */
struct transfer {
	enum transfer_result result;
	long status;            // HTTP status; 0 none
	int64_t retry_after_ms; // Retry-After (seconds or HTTP date); -1 none
	enum transfer_log_on log_on;
	bool handshake_done;   // NTLM, Negotiate: we said all that there is to say
	bool forgotten;        // it had been done on this connection, to no avail
	bool html;             // Content-Type says text/html
	char location[1028];   // where a redirect leads; "" nowhere; names no user
	char detail[256];      // libcurl's words for result != ANSWERED, or a log-on
	char diagnostics[256]; // x-ms-diagnostics; "" none
};

/* What to do about a whole request. */
enum verdict_action {
	VERDICT_USE,      // the answer counts; with a code: it is a no
	VERDICT_RETRY,    // once more, after a pause that grows
	VERDICT_HALVE,    // in two halves (a single mailbox: that mailbox failed)
	VERDICT_AGAIN,    // at once, in an earlier version
	VERDICT_BACK_OFF, // the whole identity waits back_off_ms
	VERDICT_DENIED,   // log-on refused: counts towards the breaker
	VERDICT_STOP,     // will not get better by itself: slow probe (15 minutes)
};

struct verdict {
	enum verdict_action action;
	enum gateway_fault fault;
	int64_t back_off_ms; // for BACK_OFF: within 1 s to 1 h, jitter not yet added
	bool spent;          // likewise: Exchange said how long, since a budget is spent
	bool aside;          // about something else: nothing is learnt of the gateway
	bool too_big;        // for HALVE: fewer mailboxes a request from now on
	char code[64];
	char text[320]; // one line that says what happened and what to change
};

/* Judges a finished request of any operation (protocol facts: HTTP status table, the
 * class of each response code). answer is what its reader made of the body; NULL where
 * there was no body to read. VERDICT_USE: what was asked for has come. */
struct verdict verdict_of(
	const struct transfer *transfer, const struct soap_answer *answer);
/* Likewise of GetUserAvailability for n mailboxes. */
struct verdict verdict_of_availability(
	const struct transfer *transfer, const struct availability *answer, size_t n);
/* What an error inside an answer (ResponseClass="Error") asks for. */
struct verdict verdict_of_message(const struct soap_message *message);

/* Retry-After as milliseconds from now: delta-seconds or an HTTP-date (RFC 9110 section
 * 10.2.3), an hour at most; -1 if it is neither. now is UTC seconds. */
int64_t verdict_retry_after_ms(const char *value, int64_t now);

#endif
