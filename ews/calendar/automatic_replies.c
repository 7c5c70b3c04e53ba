#include "ews/calendar/automatic_replies.h"

#include "ews/operations/ews_outcome.h"
#include "ews/operations/mailtips.h"
#include "ews/operations/oof_settings.h"
#include "ews/soap/code.h"

#include <stdio.h>
#include <string.h>

/* Without an end of its own a reply counts until it should have been heard of twice. */
static int64_t open_end(const struct automatic_replies *replies, const struct now *now)
{
	return now_utc_s(now) + replies->poller.schedule.interval_ms / 1000 * 9 / 4;
}

/* ------------------------------------------------------------------ what to ask */

static int64_t due(void *self, const struct now *now)
{
	return oof_poller_due(&((const struct automatic_replies *)self)->poller, now);
}

static void ask_settings(const struct automatic_replies *replies,
	const struct request_terms *terms, struct request *out_request, struct buf *body)
{
	const char *address = replies->poller.batch.mailboxes[0]->address;
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = address};
	oof_settings_write(body, &envelope, address);
	*out_request = (struct request){.header = SOAP_ACTION("GetUserOofSettings"),
		.anchor = address,
		.charged_to = address};
}

static void ask_tips(const struct automatic_replies *replies,
	const struct request_terms *terms, struct request *out_request, struct buf *body)
{
	const char *addresses[MAILTIPS_MAILBOXES_MAX];
	for (size_t i = 0; i < replies->poller.batch.n; i++)
		addresses[i] = replies->poller.batch.mailboxes[i]->address;
	mailtips_write(
		body, &(struct mailtips_query){
			      .envelope = {.version = terms->version},
			      .addresses = addresses,
			      .n = replies->poller.batch.n,
			      .sender = terms->anchor ? terms->anchor : addresses[0],
		      });
	/* Nobody is impersonated: it only leads to a server that is near. */
	*out_request = (struct request){
		.header = SOAP_ACTION("GetMailTips"), .anchor = addresses[0]};
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct automatic_replies *replies = self;
	(void)slot;
	if (!oof_poller_draw(&replies->poller, now))
		return false;
	if (replies->impersonates)
		ask_settings(replies, terms, out_request, body);
	else
		ask_tips(replies, terms, out_request, body);
	return true;
}

/* ------------------------------------------------------------------ what came of it */

static void deliver(struct automatic_replies *replies, struct mailbox *mailbox,
	int64_t from, int64_t to, const struct now *now)
{
	struct gateway_oof said;
	if (oof_poller_read(&replies->poller, mailbox, from, to, now, &said))
		replies->sink.oof(replies->sink.context, &said);
	replies->poller.pause_ms = INT64_MIN;
}

static void fail(struct automatic_replies *replies, struct mailbox *mailbox,
	enum gateway_fault fault, int64_t wait_ms, const struct now *now)
{
	(void)schedule_failed(&replies->poller.schedule, mailbox,
		fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_ANSWER : fault, wait_ms,
		now->mono_ms);
}

static void fail_all(struct automatic_replies *replies, enum gateway_fault fault,
	int64_t wait_ms, const struct now *now)
{
	for (size_t i = 0; i < replies->poller.batch.n; i++)
		fail(replies, replies->poller.batch.mailboxes[i], fault, wait_ms, now);
}

/* We are not to know of these mailboxes. One after the other it is not theirs but ours:
 * then we ask seldom, and say it. */
static void refuse(
	struct automatic_replies *replies, const char *code, const struct now *now)
{
	fail_all(replies, GATEWAY_FAULT_MAILBOX, 0, now);
	if (!oof_poller_refused(&replies->poller, replies->poller.batch.n, now))
		return;
	state_hint(replies->sink.state, &replies->refusal_told,
		replies->impersonates
			? "Exchange tells nothing of automatic replies (%s): they take "
			  "the right to impersonate each mailbox; without it, take "
			  "impersonate away, so that mail tips are asked for, or set "
			  "calendar.automatic_replies to false"
			: "Exchange tells no mail tips (%s), which say who replies "
			  "automatically: enable them (Set-OrganizationConfig "
			  "-MailTipsAllTipsEnabled), or set "
			  "calendar.automatic_replies to false",
		code);
}

static void use_settings(struct automatic_replies *replies,
	const struct oof_settings *settings, const struct now *now)
{
	enum ews_code_class class = ews_code_class(settings->code);
	if (settings->code[0] && class == EWS_CODE_AUTHZ)
		refuse(replies, settings->code, now);
	else if (settings->code[0])
		fail_all(replies, ews_code_mailbox_fault(class), 0, now);
	else if (!settings->known)
		fail_all(replies, GATEWAY_FAULT_ANSWER, 0, now);
	else
		deliver(replies, replies->poller.batch.mailboxes[0], settings->from,
			settings->to, now);
}

static void use_tip(struct automatic_replies *replies, struct mailbox *mailbox,
	const struct mailtips_mailbox *tip, const struct now *now)
{
	int64_t end = tip->to > now_utc_s(now) && tip->to < GATEWAY_TIME_MAX
			      ? tip->to
			      : open_end(replies, now);
	if (tip->reply == MAILTIPS_UNKNOWN)
		fail(replies, mailbox,
			tip->code[0] ? ews_code_mailbox_fault(ews_code_class(tip->code))
				     : GATEWAY_FAULT_TRANSIENT,
			0, now);
	else
		deliver(replies, mailbox, now_utc_s(now),
			tip->reply == MAILTIPS_ON ? end : now_utc_s(now), now);
}

static void use_tips(struct automatic_replies *replies, const struct mailtips *tips,
	const struct now *now)
{
	struct schedule_batch *batch = &replies->poller.batch;
	if (tips->n == batch->n) {
		for (size_t i = 0; i < batch->n; i++)
			use_tip(replies, batch->mailboxes[i], &tips->mailboxes[i], now);
	} else if (tips->n == 0 && tips->code[0] && strcmp(tips->code, "NoError") != 0) {
		refuse(replies, tips->code, now);
	} else if (batch->n > 1) {
		schedule_bisect(&replies->poller.schedule, batch);
	} else {
		fail_all(replies, GATEWAY_FAULT_ANSWER, 0, now);
	}
}

/* A fault that says no, whatever it is that is missing: to ask is not our right, or not
 * possible here. */
static bool is_refusal(const struct outcome *outcome, const struct soap_answer *answer)
{
	return outcome->fault == GATEWAY_FAULT_AUTHZ ||
	       outcome->fault == GATEWAY_FAULT_REQUEST ||
	       (answer->code[0] && ews_code_class(answer->code) == EWS_CODE_OTHER);
}

/* A SOAP fault that asks for no patience. What the account has to know of it is that
 * Exchange answered. */
static struct outcome settle_fault(struct automatic_replies *replies,
	const struct outcome *outcome, const struct soap_answer *answer,
	const struct now *now)
{
	struct outcome answered =
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	memcpy(answered.code, answer->code, sizeof answered.code);
	if (replies->poller.batch.n > 1 && outcome->class == OUTCOME_BISECT)
		schedule_bisect(&replies->poller.schedule, &replies->poller.batch);
	else if (is_refusal(outcome, answer))
		refuse(replies,
			oof_settings_is_refusal(answer) ? "AccessDenied" : answer->code,
			now);
	else
		fail_all(replies, outcome->fault, 0, now);
	return answered;
}

/* No answer, or none that makes sense. Whether it is the gateway's trouble or that of one
 * server among several, calendars find out. */
static struct outcome settle_trouble(struct automatic_replies *replies,
	const struct outcome *outcome, const struct now *now)
{
	struct outcome result = *outcome;
	fail_all(replies, outcome->fault, 0, now);
	replies->poller.pause_ms = now->mono_ms + OOF_TROUBLE_MS;
	result.scope = SCOPE_NONE;
	return result;
}

/* EWS is off, for this mailbox or for all: that, too, calendars find out. */
static struct outcome settle_forbidden(struct automatic_replies *replies,
	const struct outcome *outcome, const struct now *now)
{
	struct outcome result = *outcome;
	refuse(replies, outcome->code, now);
	result.scope = SCOPE_NONE;
	return result;
}

static struct outcome settle(struct automatic_replies *replies,
	const struct outcome *outcome, const struct soap_answer *answer,
	const struct now *now)
{
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	switch (outcome->class) {
	case OUTCOME_USE:
		break;
	case OUTCOME_BACK_OFF:
		if (outcome->scope == SCOPE_MAILBOX)
			fail_all(replies, outcome->fault, outcome->back_off_ms, now);
		else
			schedule_return_last(&replies->poller.schedule,
				&replies->poller.batch, now->mono_ms);
		break;
	case OUTCOME_AGAIN:
	case OUTCOME_DENIED:
		schedule_return(&replies->poller.schedule, &replies->poller.batch);
		break;
	case OUTCOME_RETRY:
	case OUTCOME_BISECT:
	case OUTCOME_STOP:
		if (strcmp(outcome->code, EWS_FORBIDDEN) == 0)
			return settle_forbidden(replies, outcome, now);
		return faulted ? settle_fault(replies, outcome, answer, now)
			       : settle_trouble(replies, outcome, now);
	}
	return *outcome;
}

static struct outcome settings_done(struct automatic_replies *replies,
	const struct request_reply *reply, const struct now *now)
{
	struct oof_settings settings = {0};
	const struct soap_answer *answer = NULL;
	if (reply->body && oof_settings_read(reply->body, reply->n, &settings) == 0)
		answer = &settings.soap;
	state_note_server(replies->sink.state, settings.soap.server_version);
	struct outcome outcome =
		ews_outcome_of(reply->transfer, answer, replies->impersonates);
	if (outcome.class == OUTCOME_USE)
		use_settings(replies, &settings, now);
	return settle(replies, &outcome, answer, now);
}

static struct outcome tips_done(struct automatic_replies *replies,
	const struct request_reply *reply, const struct now *now)
{
	struct mailtips tips = {0};
	const struct soap_answer *answer = NULL;
	if (reply->body && mailtips_read(reply->body, reply->n, &tips) == 0)
		answer = &tips.soap;
	state_note_server(replies->sink.state, tips.soap.server_version);
	struct outcome outcome =
		ews_outcome_of(reply->transfer, answer, replies->impersonates);
	if (outcome.class == OUTCOME_USE)
		use_tips(replies, &tips, now);
	return settle(replies, &outcome, answer, now);
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct automatic_replies *replies = self;
	(void)slot;
	replies->poller.is_out = false;
	if (reply->outcome)
		return settle(replies, reply->outcome, NULL, now);
	return replies->impersonates ? settings_done(replies, reply, now)
				     : tips_done(replies, reply, now);
}

/* ------------------------------------------------------------------ whom to ask */

void automatic_replies_init(struct automatic_replies *replies,
	const struct automatic_replies_sink *sink,
	const struct gateway_configure *settings)
{
	*replies = (struct automatic_replies){
		.source = {.due = due, .next = next, .done = done, .self = replies},
		.sink = *sink,
		.impersonates = settings->impersonate,
	};
	oof_poller_init(&replies->poller, settings,
		settings->impersonate ? 1 : MAILTIPS_MAILBOXES_MAX);
}

void automatic_replies_finish(struct automatic_replies *replies)
{
	oof_poller_finish(&replies->poller);
}

void automatic_replies_watch(struct automatic_replies *replies, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now)
{
	oof_poller_watch(&replies->poller, mailbox, watch, now);
}

void automatic_replies_unwatch(struct automatic_replies *replies, struct mailbox *mailbox)
{
	oof_poller_unwatch(&replies->poller, mailbox);
}
