#ifndef GATEWAY_POLLING_OOF_POLLER_H
#define GATEWAY_POLLING_OOF_POLLER_H

#include "gateway/polling/schedule.h"

/*
 * When to ask whether people reply automatically, whatever the kind of gateway: each
 * mailbox once an interval, one request at a time, so that calendars go first. What is
 * refused here says nothing of calendars. The kind writes the requests and judges what
 * came of them.
 */
#define OOF_TROUBLE_MS 15000         // the pause after a request that was not answered
#define OOF_REFUSALS_MAX 3           // in a row, from then on it is the account's
#define OOF_PAUSE_MS INT64_C(900000) // which is tried again so often

struct oof_poller {
	struct schedule schedule;
	struct schedule_batch batch; // of the request that is out
	bool on;                     // the settings ask for automatic replies
	bool is_out;                 // cleared by the kind, when it is over
	size_t refusals;             // of mailboxes, in a row
	int64_t pause_ms;            // nothing is asked before, monotonic
};

/* most: mailboxes a request. */
void oof_poller_init(
	struct oof_poller *poller, const struct gateway_configure *settings, size_t most);
void oof_poller_finish(struct oof_poller *poller);

/* Mailboxes are taken only where the settings ask for automatic replies. */
void oof_poller_watch(struct oof_poller *poller, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now);
void oof_poller_unwatch(struct oof_poller *poller, struct mailbox *mailbox);

/* When the next request may go; INT64_MAX: when something happened. */
int64_t oof_poller_due(const struct oof_poller *poller, const struct now *now);
/* Draws the batch of the next request; false: there is nothing to ask now. */
bool oof_poller_draw(struct oof_poller *poller, const struct now *now);

/* The mailbox was answered: true, with what is to be said of it, if it is still watched.
 */
bool oof_poller_read(struct oof_poller *poller, struct mailbox *mailbox, int64_t from,
	int64_t to, const struct now *now, struct gateway_oof *out_said);
/* n mailboxes were refused, which failed besides. True: so many in a row are the
 * account's, and the next request waits. */
bool oof_poller_refused(struct oof_poller *poller, size_t n, const struct now *now);

#endif
