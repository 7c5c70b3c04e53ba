#ifndef GATEWAY_POLLING_POLLER_DELIVER_H
#define GATEWAY_POLLING_POLLER_DELIVER_H

#include "gateway/polling/poller.h"

/* What an answer means for each of its mailboxes; for poller.c only. */

/* A mailbox could not be read; it is tried again after wait_ms at the earliest. */
void poller_fail(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_failure *why, int64_t wait_ms, const struct now *now);
/* The answer has as many mailboxes as the request. */
void poller_deliver(struct poller *poller, struct poller_request *request,
	const struct reading *answer, const struct now *now);
/* Whether Exchange did not get to most of the mailboxes in its time. */
bool poller_is_too_slow(
	const struct poller_request *request, const struct reading *answer);

#endif
