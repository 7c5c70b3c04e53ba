#ifndef EWS_READING_POLLER_SITES_H
#define EWS_READING_POLLER_SITES_H

#include "ews/reading/poller.h"

/*
 * Where the poller's mailboxes are, by Autodiscover: those of which it is not known wait
 * outside of all queues. All of it does nothing where Autodiscover is off.
 */

/* New settings, or a new mailbox: where it is is to be found out. */
void poller_unplace(
	struct poller *poller, struct mailbox *mailbox, const struct moment *now);
/* Puts a mailbox where it belongs by what is known now. */
void poller_place(
	struct poller *poller, struct mailbox *mailbox, const struct moment *now);
/* A mailbox is not watched any more. */
void poller_leave(struct poller *poller, const struct mailbox *mailbox);
/* sites_events.settled: likewise all of a domain, or one. */
void poller_settled(struct poller *poller, const char *key, const struct moment *now);
/* A mailbox failed: what Exchange does not have there may be somewhere else. */
void poller_doubt(struct poller *poller, const struct mailbox *mailbox, const char *code,
	const struct moment *now);
/* Whether the site of those in a batch is left alone at present; they have failed then.
 */
bool poller_leaves_alone(
	struct poller *poller, struct schedule_batch *batch, const struct moment *now);
/* Where a request goes; NULL: to the gateway's own URL. */
const char *poller_url(const struct poller *poller, const struct poller_request *request);
/* What became of it may be the site's matter, or one of its mailboxes alone. */
void poller_judge(struct poller *poller, const struct poller_request *request,
	struct verdict *verdict, const struct moment *now);

#endif
