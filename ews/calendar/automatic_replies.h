#ifndef EWS_CALENDAR_AUTOMATIC_REPLIES_H
#define EWS_CALENDAR_AUTOMATIC_REPLIES_H

#include "gateway/polling/schedule.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"
#include "gateway/state/state.h"

#include <stdbool.h>

/*
 * Reads whether the owners of mailboxes reply automatically: each mailbox once an
 * interval, by GetUserOofSettings where the account impersonates and else by GetMailTips
 * for many at once. One request is out at a time, so that calendars go first. What
 * Exchange refuses here says nothing of calendars: the account does not hear of it.
 */
#define AUTOMATIC_REPLIES_TROUBLE_MS 15000 // after a request that was not answered
#define AUTOMATIC_REPLIES_REFUSALS_MAX 3   // in a row, from then on it is the account's
#define AUTOMATIC_REPLIES_PAUSE_MS INT64_C(900000) // which is tried again so often

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
	struct schedule schedule;
	struct schedule_batch batch; // of the request that is out
	bool on;
	bool impersonates; // the account may
	bool is_out;
	bool refusal_told;
	size_t refusals;  // of mailboxes, in a row
	int64_t pause_ms; // nothing is asked before, monotonic
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
