#ifndef EWS_OPERATIONS_AVAILABILITY_H
#define EWS_OPERATIONS_AVAILABILITY_H

#include "base/buf.h"
#include "ews/soap/soap.h"
#include "gateway/limits.h"
#include "gateway/polling/reading.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * GetUserAvailability (docs: getuseravailability-operation; schema: messages.xsd
 * GetUserAvailabilityRequest, GetUserAvailabilityResponse), as bytes in and bytes out.
 */
#define AVAILABILITY_SLOT_S 300 // what a MergedFreeBusy digit stands for; asked for, too

struct availability_query {
	const char *const *addresses; // borrowed; SMTP addresses
	size_t n;                     // 1 to GATEWAY_BATCH_MAX
	int64_t from; // UTC seconds; a window of AVAILABILITY_SLOT_S at least
	int64_t to;
	bool merged_only; // ask for MergedOnly instead of FreeBusy
	struct soap_envelope envelope;
};

/* Appends the whole SOAP envelope: in UTC, view FreeBusy. Failure shows in buf->failed.
 */
void availability_write(struct buf *buf, const struct availability_query *query);

struct availability {
	struct soap_answer soap;
	struct reading reading;
};

/* Reads an answer as bytes of an HTTP body, of whatever status. from and to are those of
 * the query (MergedFreeBusy digits count from `from`). Times without a zone are UTC, as
 * asked. Prefixes do not matter, unknown elements are passed over, an error of one
 * mailbox does not touch its neighbours. A mailbox without a fault and without events is
 * free; a state that is not known is busy, and a time that cannot be made out
 * GATEWAY_BUSY_NODATA.
 * Bytes that XML does not allow are passed over where the rest is well-formed and whole.
 * 0, or -1 when out of memory; out_answer is to be finished after 0. */
int availability_read(const char *bytes, size_t n, int64_t from, int64_t to,
	struct availability *out_answer) __attribute__((warn_unused_result));
void availability_finish(struct availability *answer);

#endif
