#include "graph/calendar/graph_replies.h"

#include "graph/operations/graph_outcome.h"
#include "graph/operations/reply_settings.h"

#include <stdio.h>

/* ------------------------------------------------------------------ what to ask */

static bool pick(const struct graph_replies *replies, int64_t now_ms,
	enum schedule_queue *out_queue, int64_t *out_due_ms)
{
	static const enum schedule_queue queues[] = {
		SCHEDULE_URGENT, SCHEDULE_REGULAR, SCHEDULE_FAILING};
	*out_due_ms = INT64_MAX;
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
		int64_t due_ms = schedule_due(&replies->schedule, queues[i]);
		if (due_ms <= now_ms) {
			*out_queue = queues[i];
			*out_due_ms = due_ms;
			return true;
		}
		*out_due_ms = due_ms < *out_due_ms ? due_ms : *out_due_ms;
	}
	return false;
}

static int64_t due(void *self, const struct now *now)
{
	const struct graph_replies *replies = self;
	enum schedule_queue queue;
	int64_t due_ms;
	if (!replies->on || replies->is_out)
		return INT64_MAX;
	(void)pick(replies, now->mono_ms, &queue, &due_ms);
	return due_ms > replies->pause_ms ? due_ms : replies->pause_ms;
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct graph_replies *replies = self;
	const char *addresses[REPLY_SETTINGS_MOST];
	enum schedule_queue queue;
	int64_t due_ms;
	(void)slot;
	(void)terms;
	while (due(self, now) <= now->mono_ms &&
		pick(replies, now->mono_ms, &queue, &due_ms)) {
		schedule_draw(&replies->schedule, queue, now->mono_ms, &replies->batch);
		replies->is_out = replies->batch.n > 0;
	}
	if (!replies->is_out)
		return false;
	for (size_t i = 0; i < replies->batch.n; i++)
		addresses[i] = replies->batch.mailboxes[i]->address;
	reply_settings_write(body, addresses, replies->batch.n);
	*out_request = (struct request){.url = replies->url,
		.media_type = "application/json",
		.accept = "application/json"};
	return true;
}

/* ------------------------------------------------------------------ what came of it */

static void deliver(struct graph_replies *replies, struct mailbox *mailbox,
	const struct reply_part *part, const struct now *now)
{
	const struct gateway_oof said = {.mailbox = mailbox->id,
		.at = now_utc_s(now),
		.from = part->from,
		.to = part->to};
	if (!mailbox->dropped)
		replies->host.oof(replies->host.context, &said);
	schedule_read(&replies->schedule, mailbox, now->mono_ms);
	replies->refusals = 0;
}

static void fail(struct graph_replies *replies, struct mailbox *mailbox,
	enum gateway_fault fault, int64_t wait_ms, const struct now *now)
{
	(void)schedule_failed(&replies->schedule, mailbox,
		fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_TRANSIENT : fault, wait_ms,
		now->mono_ms);
}

/* We are not to know of this mailbox. One after the other it is not theirs but ours: then
 * we ask seldom, and say it. */
static void note_refusal(
	struct graph_replies *replies, const char *code, const struct now *now)
{
	size_t most = replies->schedule.n;
	most = most < GRAPH_REPLIES_REFUSALS_MAX ? most : GRAPH_REPLIES_REFUSALS_MAX;
	if (++replies->refusals < most)
		return;
	replies->pause_ms = now->mono_ms + GRAPH_REPLIES_PAUSE_MS;
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
	struct schedule_batch *batch = &replies->batch;
	int64_t longest_ms = 0;
	for (size_t i = 0; i < batch->n; i++)
		if (settings->parts[i].retry_after_ms > longest_ms)
			longest_ms = settings->parts[i].retry_after_ms;
	replies->pause_ms = INT64_MIN;
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
							      : GRAPH_REPLIES_TROUBLE_MS;
	if (outcome->class == OUTCOME_DENIED) {
		schedule_return(&replies->schedule, &replies->batch);
		return result;
	}
	for (size_t i = 0; i < replies->batch.n; i++)
		fail(replies, replies->batch.mailboxes[i], outcome->fault, pause_ms, now);
	replies->pause_ms = now->mono_ms + pause_ms;
	result.scope = SCOPE_NONE;
	return result;
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct graph_replies *replies = self;
	struct reply_settings settings = {0};
	(void)slot;
	replies->is_out = false;
	if (reply->outcome)
		return settle(replies, reply->outcome, now);
	if (reply->body)
		reply_settings_read(reply->body, reply->n, replies->batch.n,
			now_utc_s(now), &settings);
	struct outcome outcome =
		graph_outcome_of(reply->transfer, &settings.error, replies->batch.n)
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
	uint32_t interval_s =
		gateway_within(settings->oof_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	*replies = (struct graph_replies){
		.source = {.due = due, .next = next, .done = done, .self = replies},
		.host = *host,
		.on = settings->automatic_replies,
		.pause_ms = INT64_MIN,
	};
	(void)snprintf(replies->url, sizeof replies->url, "%s/$batch", base);
	schedule_init(&replies->schedule, MAILBOX_OOF, interval_s * INT64_C(1000));
	replies->schedule.most = REPLY_SETTINGS_MOST;
}

void graph_replies_finish(struct graph_replies *replies)
{
	if (replies->is_out)
		schedule_return(&replies->schedule, &replies->batch);
	replies->is_out = false;
	schedule_finish(&replies->schedule);
}

void graph_replies_watch(struct graph_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now)
{
	if (replies->on)
		schedule_watch(&replies->schedule, mailbox, watch->oof_read, 0, now);
}

void graph_replies_unwatch(struct graph_replies *replies, struct mailbox *mailbox)
{
	if (replies->on) // else the mailbox has no place for it
		schedule_unwatch(&replies->schedule, mailbox);
}
