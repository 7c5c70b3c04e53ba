#include "ews/reading/replies.h"

#include "ews/messages/mailtips.h"
#include "ews/messages/oof_settings.h"
#include "ews/soap/code.h"

#include <stdio.h>
#include <string.h>

/* Without an end of its own a reply counts until it should have been heard of twice. */
static int64_t open_end(const struct replies *replies, const struct moment *now)
{
	return now->utc_s + replies->schedule.interval_ms / 1000 * 9 / 4;
}

/* ------------------------------------------------------------------ what to ask */

static bool pick(const struct replies *replies, int64_t now_ms,
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

static int64_t due(void *self, const struct moment *now)
{
	const struct replies *replies = self;
	enum schedule_queue queue;
	int64_t due_ms;
	if (!replies->on || replies->is_out)
		return INT64_MAX;
	(void)pick(replies, now->mono_ms, &queue, &due_ms);
	return due_ms > replies->pause_ms ? due_ms : replies->pause_ms;
}

static void ask_settings(const struct replies *replies, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body)
{
	const char *address = replies->batch.mailboxes[0]->address;
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = address};
	oof_settings_write(body, &envelope, address);
	*out_errand = (struct errand){
		.action = ERRAND_ACTION("GetUserOofSettings"), .anchor = address};
}

static void ask_tips(const struct replies *replies, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body)
{
	const char *addresses[MAILTIPS_MAILBOXES_MAX];
	for (size_t i = 0; i < replies->batch.n; i++)
		addresses[i] = replies->batch.mailboxes[i]->address;
	mailtips_write(
		body, &(struct mailtips_query){
			      .envelope = {.version = terms->version},
			      .addresses = addresses,
			      .n = replies->batch.n,
			      .sender = terms->anchor ? terms->anchor : addresses[0],
		      });
	/* Nobody is impersonated: it only leads to a server that is near. */
	*out_errand = (struct errand){
		.action = ERRAND_ACTION("GetMailTips"), .anchor = addresses[0]};
}

static bool next(void *self, unsigned slot, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body, const struct moment *now)
{
	struct replies *replies = self;
	enum schedule_queue queue;
	int64_t due_ms;
	(void)slot;
	while (due(self, now) <= now->mono_ms &&
		pick(replies, now->mono_ms, &queue, &due_ms)) {
		schedule_draw(&replies->schedule, queue, now->mono_ms, &replies->batch);
		replies->is_out = replies->batch.n > 0;
	}
	if (!replies->is_out)
		return false;
	if (replies->impersonates)
		ask_settings(replies, terms, out_errand, body);
	else
		ask_tips(replies, terms, out_errand, body);
	return true;
}

/* ------------------------------------------------------------------ what came of it */

static void deliver(struct replies *replies, struct mailbox *mailbox, int64_t from,
	int64_t to, const struct moment *now)
{
	struct gateway_replies said = {
		.mailbox = mailbox->id, .at = now->utc_s, .from = from, .to = to};
	if (!mailbox->dropped)
		replies->sink.replies(replies->sink.context, &said);
	schedule_read(&replies->schedule, mailbox, now->mono_ms);
	replies->refusals = 0;
	replies->pause_ms = INT64_MIN;
}

static void fail(struct replies *replies, struct mailbox *mailbox,
	enum gateway_fault fault, const struct moment *now)
{
	(void)schedule_failed(&replies->schedule, mailbox,
		fault == GATEWAY_FAULT_NONE ? GATEWAY_FAULT_ANSWER : fault, now->mono_ms);
}

static void fail_all(
	struct replies *replies, enum gateway_fault fault, const struct moment *now)
{
	for (size_t i = 0; i < replies->batch.n; i++)
		fail(replies, replies->batch.mailboxes[i], fault, now);
}

static void say_refusal(const struct replies *replies, const char *code)
{
	char text[GATEWAY_TEXT_MAX];
	(void)snprintf(text, sizeof text,
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
	replies->sink.hint(replies->sink.context, text);
}

/* We are not to know of these mailboxes. One after the other it is not theirs but ours:
 * then we ask seldom, and say it. */
static void refuse(struct replies *replies, const char *code, const struct moment *now)
{
	size_t most = replies->schedule.mailboxes.n;
	most = most < REPLIES_REFUSALS_MAX ? most : REPLIES_REFUSALS_MAX;
	fail_all(replies, GATEWAY_FAULT_MAILBOX, now);
	replies->refusals += replies->batch.n;
	if (replies->refusals < most)
		return;
	replies->pause_ms = now->mono_ms + REPLIES_PAUSE_MS;
	if (!replies->refusal_told)
		say_refusal(replies, code);
	replies->refusal_told = true;
}

static void use_settings(struct replies *replies, const struct oof_settings *settings,
	const struct moment *now)
{
	enum ews_code_class class = ews_code_class(settings->code);
	if (settings->code[0] && class == EWS_CODE_AUTHZ)
		refuse(replies, settings->code, now);
	else if (settings->code[0])
		fail_all(replies, ews_code_mailbox_fault(class), now);
	else if (!settings->known)
		fail_all(replies, GATEWAY_FAULT_ANSWER, now);
	else
		deliver(replies, replies->batch.mailboxes[0], settings->from,
			settings->to, now);
}

static void use_tip(struct replies *replies, struct mailbox *mailbox,
	const struct mailtips_mailbox *tip, const struct moment *now)
{
	int64_t end = tip->to > now->utc_s && tip->to < GATEWAY_TIME_MAX
			      ? tip->to
			      : open_end(replies, now);
	if (tip->reply == MAILTIPS_UNKNOWN)
		fail(replies, mailbox,
			tip->code[0] ? ews_code_mailbox_fault(ews_code_class(tip->code))
				     : GATEWAY_FAULT_TRANSIENT,
			now);
	else
		deliver(replies, mailbox, now->utc_s,
			tip->reply == MAILTIPS_ON ? end : now->utc_s, now);
}

static void use_tips(
	struct replies *replies, const struct mailtips *tips, const struct moment *now)
{
	struct schedule_batch *batch = &replies->batch;
	if (tips->n == batch->n) {
		for (size_t i = 0; i < batch->n; i++)
			use_tip(replies, batch->mailboxes[i], &tips->mailboxes[i], now);
	} else if (tips->n == 0 && tips->code[0] && strcmp(tips->code, "NoError") != 0) {
		refuse(replies, tips->code, now);
	} else if (batch->n > 1) {
		schedule_halve(&replies->schedule, batch);
	} else {
		fail_all(replies, GATEWAY_FAULT_ANSWER, now);
	}
}

/* A fault that says no, whatever it is that is missing: to ask is not our right, or not
 * possible here. */
static bool is_refusal(const struct verdict *verdict, const struct soap_answer *answer)
{
	return verdict->fault == GATEWAY_FAULT_AUTHZ ||
	       verdict->fault == GATEWAY_FAULT_REQUEST ||
	       (answer->code[0] && ews_code_class(answer->code) == EWS_CODE_OTHER);
}

/* A SOAP fault that asks for no patience. What the identity has to know of it is that
 * Exchange answered. */
static struct verdict settle_fault(struct replies *replies, const struct verdict *verdict,
	const struct soap_answer *answer, const struct moment *now)
{
	struct verdict answered = {.action = VERDICT_USE};
	memcpy(answered.code, answer->code, sizeof answered.code);
	if (replies->batch.n > 1 && verdict->action == VERDICT_HALVE)
		schedule_halve(&replies->schedule, &replies->batch);
	else if (is_refusal(verdict, answer))
		refuse(replies,
			oof_settings_is_refusal(answer) ? "AccessDenied" : answer->code,
			now);
	else
		fail_all(replies, verdict->fault, now);
	return answered;
}

/* No answer, or none that makes sense. Whether it is the gateway's trouble or that of one
 * server among several, calendars find out. */
static struct verdict settle_trouble(
	struct replies *replies, const struct verdict *verdict, const struct moment *now)
{
	struct verdict result = *verdict;
	fail_all(replies, verdict->fault, now);
	replies->pause_ms = now->mono_ms + REPLIES_TROUBLE_MS;
	result.aside = true;
	return result;
}

static struct verdict settle(struct replies *replies, const struct verdict *verdict,
	const struct soap_answer *answer, const struct moment *now)
{
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	switch (verdict->action) {
	case VERDICT_USE:
		break;
	case VERDICT_AGAIN:
	case VERDICT_BACK_OFF:
	case VERDICT_DENIED:
		schedule_return(&replies->schedule, &replies->batch);
		break;
	case VERDICT_RETRY:
	case VERDICT_HALVE:
	case VERDICT_STOP:
		return faulted ? settle_fault(replies, verdict, answer, now)
			       : settle_trouble(replies, verdict, now);
	}
	return *verdict;
}

static struct verdict settings_done(struct replies *replies,
	const struct errand_reply *reply, const struct moment *now)
{
	struct oof_settings settings = {0};
	const struct soap_answer *answer = NULL;
	if (reply->body && oof_settings_read(reply->body, reply->n, &settings) == 0)
		answer = &settings.soap;
	struct verdict verdict = verdict_of(reply->transfer, answer);
	if (verdict.action == VERDICT_USE)
		use_settings(replies, &settings, now);
	return settle(replies, &verdict, answer, now);
}

static struct verdict tips_done(struct replies *replies, const struct errand_reply *reply,
	const struct moment *now)
{
	struct mailtips tips = {0};
	const struct soap_answer *answer = NULL;
	if (reply->body && mailtips_read(reply->body, reply->n, &tips) == 0)
		answer = &tips.soap;
	struct verdict verdict = verdict_of(reply->transfer, answer);
	if (verdict.action == VERDICT_USE)
		use_tips(replies, &tips, now);
	return settle(replies, &verdict, answer, now);
}

static struct verdict done(void *self, unsigned slot, const struct errand_reply *reply,
	const struct moment *now)
{
	struct replies *replies = self;
	(void)slot;
	replies->is_out = false;
	if (reply->verdict)
		return settle(replies, reply->verdict, NULL, now);
	return replies->impersonates ? settings_done(replies, reply, now)
				     : tips_done(replies, reply, now);
}

static void forget(void *self)
{
	struct replies *replies = self;
	if (replies->is_out)
		schedule_return(&replies->schedule, &replies->batch);
	replies->is_out = false;
}

/* ------------------------------------------------------------------ whom to ask */

void replies_init(struct replies *replies, const struct replies_sink *sink)
{
	*replies = (struct replies){
		.source = {.due = due,
			.next = next,
			.done = done,
			.forget = forget,
			.self = replies},
		.sink = *sink,
		.pause_ms = INT64_MIN,
	};
	schedule_init(&replies->schedule, EWS_INTERVAL_MAX_S * INT64_C(1000));
}

void replies_finish(struct replies *replies)
{
	forget(replies);
	schedule_finish(&replies->schedule);
}

void replies_configure(struct replies *replies, const struct gateway_configure *configure,
	const struct moment *now)
{
	uint32_t interval_s =
		ews_within(configure->replies_interval_s, 1, EWS_INTERVAL_MAX_S);
	forget(replies);
	replies->on = configure->automatic_replies;
	replies->impersonates = configure->impersonate;
	replies->schedule.most = configure->impersonate ? 1 : MAILTIPS_MAILBOXES_MAX;
	replies->refusal_told = false;
	replies->refusals = 0;
	replies->pause_ms = INT64_MIN;
	schedule_configure(&replies->schedule, interval_s * INT64_C(1000), now);
}

void replies_watch(struct replies *replies, const struct gateway_watch *watch,
	const struct moment *now)
{
	struct gateway_watch order = *watch;
	order.last_read = watch->replies_read;
	order.not_before = 0;
	if (replies->on)
		(void)!schedule_watch(&replies->schedule, &order, now);
}

void replies_unwatch(struct replies *replies, uint32_t mailbox)
{
	schedule_unwatch(&replies->schedule, mailbox);
}
