#ifndef GRAPH_CALENDAR_GRAPH_REPLIES_H
#define GRAPH_CALENDAR_GRAPH_REPLIES_H

#include "gateway/kind.h"
#include "gateway/polling/oof_poller.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"

#include <stdbool.h>

/* Reads whether people reply automatically, twenty in a batch. */
struct graph_replies {
	struct request_source source;
	/* its own */
	struct gateway_host host;
	struct oof_poller poller;
	char url[GATEWAY_FIELD_MAX + 32];
	bool refusal_told;
};

/* Mailboxes are taken only where the settings ask for automatic replies. */
void graph_replies_init(struct graph_replies *replies, const struct gateway_host *host,
	const char *base, const struct gateway_configure *settings);
void graph_replies_finish(struct graph_replies *replies);

void graph_replies_watch(struct graph_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now);
void graph_replies_unwatch(struct graph_replies *replies, struct mailbox *mailbox);

#endif
