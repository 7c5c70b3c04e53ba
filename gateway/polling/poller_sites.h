#ifndef GATEWAY_POLLING_POLLER_SITES_H
#define GATEWAY_POLLING_POLLER_SITES_H

#include "gateway/polling/poller.h"

/*
 * Where the poller's mailboxes are (gateway/polling/mailbox_sites.h): those of which it
 * is not known wait outside of all queues. All of it does nothing where nothing looks for
 * them.
 */

/* New settings, or a new mailbox: where it is is to be found out. */
void poller_unplace(
	struct poller *poller, struct mailbox *mailbox, const struct now *now);
/* Puts a mailbox where it belongs by what is known now. */
void poller_place(struct poller *poller, struct mailbox *mailbox, const struct now *now);
/* A mailbox is not watched any more. */
void poller_leave(struct poller *poller, const struct mailbox *mailbox);
/* Something was found out: likewise all of a domain, or one. */
void poller_settled(struct poller *poller, const char *key, const struct now *now);
/* A mailbox failed: what Exchange does not have there may be somewhere else. */
void poller_doubt(struct poller *poller, const struct mailbox *mailbox, bool elsewhere,
	const struct now *now);
/* Whether the site of those in a batch is left alone at present; they have failed then.
 */
bool poller_leaves_alone(
	struct poller *poller, struct schedule_batch *batch, const struct now *now);
/* Where a request goes; NULL: to the gateway's own URL. */
const char *poller_url(const struct poller *poller, const struct poller_request *request);
/* What became of it may be the site's matter. */
void poller_judge(struct poller *poller, const struct poller_request *request,
	struct outcome *outcome, const struct now *now);

#endif
