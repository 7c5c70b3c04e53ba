#include "graph/calendar/graph_replies.h"

#include "graph/operations/graph_outcome.h"
#include "graph/operations/reply_settings.h"

#include <stdio.h>

/* ------------------------------------------------------------------ what to ask */

static int64_t due(void *self, const struct now *now)
{
	return oof_poller_due(&((const struct graph_replies *)self)->poller, now);
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct graph_replies *replies = self;
	const char *addresses[REPLY_SETTINGS_MOST];
	(void)slot;
	(void)terms;
	if (!oof_poller_draw(&replies->poller, now))
		return false;
	for (size_t i = 0; i < replies->poller.batch.n; i++)
		addresses[i] = replies->poller.batch.mailboxes[i]->address;
	reply_settings_write(body, addresses, replies->poller.batch.n);
	*out_request = (struct request){.url = replies->url,
		.media_type = "application/json",
		.accept = "application/json"};
	return true;
}

/* ------------------------------------------------------------------ what came of it */

static void deliver(struct graph_replies *replies, struct mailbox *mailbox,
	const struct reply_part *part, const struct now *now)
{
	struct gateway_oof said;
	if (oof_poller_read(&replies->poller, mailbox, part->from, part->to, now, &said))
		replies->host.oof(replies->host.context, &said);
}

static void fail(struct graph_replies *replies, struct mailbox *mailbox,
	enum gateway_fault fault, int64_t wait_ms, const struct now *now)
{
	(void)schedule_failed(&replies->poller.schedule, mailbox,
		fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_TRANSIENT : fault, wait_ms,
		now->mono_ms);
}

/* We are not to know of this mailbox. One after the other it is not theirs but ours: then
 * we ask seldom, and say it. */
static void note_refusal(
	struct graph_replies *replies, const char *code, const struct now *now)
{
	if (!oof_poller_refused(&replies->poller, 1, now))
		return;
	state_hint(replies->host.state, &replies->refusal_told,
		"Graph tells nothing of automatic replies (%.60s): grant the application "
		"MailboxSettings.Read, or the Exchange role \"Application "
		"MailboxSettings.Read\", or set calendar.automatic_replies to false",
		code);
}

/* What a part says beside a setting. Its wait is that of all that have to. */
static void use_error(struct graph_replies *replies, struct mailbox *mailbox,
	const struct reply_part *part, int64_t longest_ms, const struct now *now)
{
	struct graph_code code = graph_code_of(part->status, part->error.code);
	bool waits = code.class == GRAPH_CODE_THROTTLE || part->retry_after_ms > 0;
	if (part->status == 0)
		fail(replies, mailbox, GATEWAY_FAULT_TRANSIENT, 0, now);
	else if (part->status < 300)
		fail(replies, mailbox, GATEWAY_FAULT_ANSWER, 0, now);
	else if (code.class == GRAPH_CODE_AUTHZ && code.fault == GATEWAY_FAULT_AUTH)
		fail(replies, mailbox, GATEWAY_FAULT_TRANSIENT, 0, now);
	else
		fail(replies, mailbox,
			code.class == GRAPH_CODE_AUTHZ ? GATEWAY_FAULT_MAILBOX
						       : code.fault,
			waits ? longest_ms : 0, now);
	if (code.class == GRAPH_CODE_AUTHZ && code.fault == GATEWAY_FAULT_AUTHZ)
		note_refusal(replies, part->error.code, now);
}

static void use(struct graph_replies *replies, const struct reply_settings *settings,
	const struct now *now)
{
	struct schedule_batch *batch = &replies->poller.batch;
	int64_t longest_ms = 0;
	for (size_t i = 0; i < batch->n; i++)
		if (settings->parts[i].retry_after_ms > longest_ms)
			longest_ms = settings->parts[i].retry_after_ms;
	replies->poller.pause_ms = INT64_MIN;
	for (size_t i = 0; i < batch->n; i++) {
		const struct reply_part *part = &settings->parts[i];
		if (part->known)
			deliver(replies, batch->mailboxes[i], part, now);
		else
			use_error(replies, batch->mailboxes[i], part, longest_ms, now);
	}
}

/* The batch as a whole came to nothing. Whether it is the gateway's trouble, calendars
 * find out. */
static struct outcome settle(struct graph_replies *replies, const struct outcome *outcome,
	const struct now *now)
{
	struct outcome result = *outcome;
	int64_t pause_ms = outcome->class == OUTCOME_BACK_OFF ? outcome->back_off_ms
							      : OOF_TROUBLE_MS;
	if (outcome->class == OUTCOME_DENIED) {
		schedule_return(&replies->poller.schedule, &replies->poller.batch);
		return result;
	}
	for (size_t i = 0; i < replies->poller.batch.n; i++)
		fail(replies, replies->poller.batch.mailboxes[i], outcome->fault,
			pause_ms, now);
	replies->poller.pause_ms = now->mono_ms + pause_ms;
	result.scope = SCOPE_NONE;
	return result;
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct graph_replies *replies = self;
	struct reply_settings settings = {0};
	(void)slot;
	replies->poller.is_out = false;
	if (reply->outcome)
		return settle(replies, reply->outcome, now);
	if (reply->body)
		reply_settings_read(reply->body, reply->n, replies->poller.batch.n,
			now_utc_s(now), &settings);
	struct outcome outcome = graph_outcome_of(
		reply->transfer, &settings.error, replies->poller.batch.n)
					 .outcome;
	if (outcome.class != OUTCOME_USE)
		return settle(replies, &outcome, now);
	use(replies, &settings, now);
	return outcome;
}

/* ------------------------------------------------------------------ whom to ask */

void graph_replies_init(struct graph_replies *replies, const struct gateway_host *host,
	const char *base, const struct gateway_configure *settings)
{
	*replies = (struct graph_replies){
		.source = {.due = due, .next = next, .done = done, .self = replies},
		.host = *host,
	};
	(void)snprintf(replies->url, sizeof replies->url, "%s/$batch", base);
	oof_poller_init(&replies->poller, settings, REPLY_SETTINGS_MOST);
}

void graph_replies_finish(struct graph_replies *replies)
{
	oof_poller_finish(&replies->poller);
}

void graph_replies_watch(struct graph_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now)
{
	oof_poller_watch(&replies->poller, mailbox, watch, now);
}

void graph_replies_unwatch(struct graph_replies *replies, struct mailbox *mailbox)
{
	oof_poller_unwatch(&replies->poller, mailbox);
}
