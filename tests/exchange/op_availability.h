#ifndef EXCHANGE_OP_AVAILABILITY_H
#define EXCHANGE_OP_AVAILABILITY_H

#include "exchange/operation.h"
#include "exchange/zone.h"

/* m:GetUserAvailabilityRequest, found to be within the limits of the service.
 */
struct availability {
	struct zone zone;
	int64_t start; // UTC
	int64_t end;
	int64_t interval_s;
	unsigned view;    // VIEW_ bits
	bool has_options; // t:FreeBusyViewOptions
	bool has_suggestions;
	bool has_zone;
};

/* The members of the operation. */
bool op_availability_read(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault);
void op_availability_put(struct visit *visit, const struct twist *twist, struct buf *out);
void op_availability_done(struct visit *visit);

/* The response code of one mailbox (NULL: not known here), "NoError" if all is well. */
const char *op_availability_code(const struct availability *asked, const char *address,
	const struct calendar_mailbox *mailbox);

#endif
