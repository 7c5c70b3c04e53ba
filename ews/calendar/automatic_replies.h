#ifndef EWS_CALENDAR_AUTOMATIC_REPLIES_H
#define EWS_CALENDAR_AUTOMATIC_REPLIES_H

#include "gateway/polling/oof_poller.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"
#include "gateway/state/state.h"

#include <stdbool.h>

/*
 * Reads whether the owners of mailboxes reply automatically: by GetUserOofSettings where
 * the account impersonates, each one alone, and else by GetMailTips for many at once. The
 * account does not hear of what Exchange refuses here.
 */

/* Where results go; what they point to lives until the call returns. */
struct automatic_replies_sink {
	void (*oof)(void *context, const struct gateway_oof *oof);
	void *context;
	struct state *state; // borrowed: takes hints, and what the server is
};

struct automatic_replies {
	struct request_source source;
	/* its own */
	struct automatic_replies_sink sink;
	struct oof_poller poller;
	bool impersonates; // the account may
	bool refusal_told;
};

/* Mailboxes are taken only where the settings ask for automatic replies. */
void automatic_replies_init(struct automatic_replies *replies,
	const struct automatic_replies_sink *sink,
	const struct gateway_configure *settings);
void automatic_replies_finish(struct automatic_replies *replies);

void automatic_replies_watch(struct automatic_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now);
void automatic_replies_unwatch(
	struct automatic_replies *replies, struct mailbox *mailbox);

#endif
