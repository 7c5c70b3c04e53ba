#ifndef GRAPH_CALENDAR_GRAPH_REPLIES_H
#define GRAPH_CALENDAR_GRAPH_REPLIES_H

#include "gateway/kind.h"
#include "gateway/polling/schedule.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"

#include <stdbool.h>

/*
 * Reads whether people reply automatically: each mailbox once an interval, twenty in a
 * batch. One request is out at a time, so that calendars go first. What is refused here
 * says nothing of calendars.
 */
#define GRAPH_REPLIES_TROUBLE_MS 15000 // after a request that was not answered
#define GRAPH_REPLIES_REFUSALS_MAX 3   // in a row, from then on it is the application's
#define GRAPH_REPLIES_PAUSE_MS INT64_C(900000) // which is tried again so often

struct graph_replies {
	struct request_source source;
	/* its own */
	struct gateway_host host;
	struct schedule schedule;
	struct schedule_batch batch; // of the request that is out
	char url[GATEWAY_FIELD_MAX + 32];
	bool on;
	bool is_out;
	bool refusal_told;
	size_t refusals;  // of mailboxes, in a row
	int64_t pause_ms; // nothing is asked before, monotonic
};

/* Mailboxes are taken only where the settings ask for automatic replies. */
void graph_replies_init(struct graph_replies *replies, const struct gateway_host *host,
	const char *base, const struct gateway_configure *settings);
void graph_replies_finish(struct graph_replies *replies);

void graph_replies_watch(struct graph_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now);
void graph_replies_unwatch(struct graph_replies *replies, struct mailbox *mailbox);

#endif
