#ifndef EXCHANGE_ANSWER_H
#define EXCHANGE_ANSWER_H

#include "exchange/calendar.h"
#include "exchange/request.h"

#include "base/buf.h"

/* What makes an answer other than it should be; all zero for a good one. */
struct answer_twist {
	const char *prolog;  // XML put before the root element, or NULL
	const char *message; // XML put into every m:MessageText, or NULL
	size_t leave_out;    // how many mailboxes, from the end
};

/* The response code of one mailbox (NULL: not known here), "NoError" if all is well. */
const char *answer_code(const struct request *request, const char *address,
	const struct calendar_mailbox *mailbox);

/* The whole answer; mailboxes are in the order of request->addresses. */
void answer_put(struct buf *buf, const struct request *request,
	struct calendar_mailbox *const *mailboxes, const struct answer_twist *twist);

#endif
