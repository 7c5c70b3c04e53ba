#ifndef EWS_ERRAND_VERDICT_MAKE_H
#define EWS_ERRAND_VERDICT_MAKE_H

#include "ews/errand/verdict.h"

/* A verdict with its text as one line, cut to size. */
struct verdict verdict_make(enum verdict_action action, enum gateway_fault fault,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Of a 401: what it means depends on how we logged on. */
struct verdict verdict_of_log_on(const struct transfer *transfer);

/* Of a SOAP fault; its code is the caller's to note. */
struct verdict verdict_of_fault(long status, const struct soap_answer *answer);

/* Of VERDICT_BACK_OFF: how long. Both Exchange (BackOffMilliseconds) and IIS
 * (Retry-After) may say so, and the longer one holds; -1: it did not. Within 1 s to 1 h.
 */
void verdict_put_off(
	struct verdict *verdict, int64_t retry_after_ms, int64_t back_off_ms);

/* Of a Kerberos that gives no ticket, in its own words. */
struct verdict verdict_of_no_ticket(const char *error);

#endif
