#ifndef EWS_READING_REPLIES_H
#define EWS_READING_REPLIES_H

#include "ews/errand/errand.h"
#include "ews/gateway/gateway.h"
#include "ews/reading/schedule.h"

#include <stdbool.h>

/*
 * Reads whether the owners of mailboxes reply automatically: each mailbox once an
 * interval, by GetUserOofSettings where the account impersonates and else by GetMailTips
 * for many at once. One request is out at a time, so that calendars go first. What
 * Exchange refuses here says nothing of calendars: the identity does not hear of it.
 */
#define REPLIES_TROUBLE_MS 15000         // after a request that was not answered
#define REPLIES_REFUSALS_MAX 3           // in a row, from then on it is the account's
#define REPLIES_PAUSE_MS INT64_C(900000) // which is tried again so often

/* Where results go; what they point to lives until the call returns. */
struct replies_sink {
	void (*replies)(void *context, const struct gateway_replies *replies);
	/* Something that someone should know, once. */
	void (*hint)(void *context, const char *text);
	void *context;
};

struct replies {
	struct errand_source source;
	/* its own */
	struct replies_sink sink;
	struct schedule schedule;
	struct schedule_batch batch; // of the request that is out
	bool on;
	bool impersonates; // the account may
	bool is_out;
	bool refusal_told;
	size_t refusals;  // of mailboxes, in a row
	int64_t pause_ms; // nothing is asked before, monotonic
};

void replies_init(struct replies *replies, const struct replies_sink *sink);
void replies_finish(struct replies *replies);

/* New settings. Mailboxes are taken only where they ask for automatic replies. */
void replies_configure(struct replies *replies, const struct gateway_configure *configure,
	const struct moment *now);
/* Mailboxes that there is no room for are not asked. */
void replies_watch(struct replies *replies, const struct gateway_watch *watch,
	const struct moment *now);
void replies_unwatch(struct replies *replies, uint32_t mailbox);

#endif
