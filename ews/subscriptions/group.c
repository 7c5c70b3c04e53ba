/* What is heard of streams. */
#include "ews/subscriptions/group.h"

#include "ews/operations/ews_outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_streaming(const struct subscription_group *group)
{
	return group && (group->state == GROUP_OPENING || group->state == GROUP_OPEN);
}

/* All may have missed a change. */
static void doubt(struct subscription_group *group)
{
	for (unsigned i = 0; i < group->n; i++)
		group->members[i]->stale |=
			group->members[i]->state == SUBSCRIPTION_SUBSCRIBED;
}

/* ------------------------------------------------ what the timers say */

static void say_buffered(struct subscriptions *subscriptions)
{
	state_hint(subscriptions->sink.state, &subscriptions->told_buffered,
		"notifications of Exchange do not come through: a stream had not said a "
		"word after 60 s. A proxy or firewall in between holds it back: let it "
		"pass on at once what comes, or put the gateway into no_proxy. Calendars "
		"are polled; tried again each hour");
}

/* No word of a stream that is being opened. One may be lost; but if none ever came, or
 * none comes any more, something in between waits for an end that is half an hour away.
 */
static void miss_word(struct subscription_group *group, int64_t now_ms)
{
	group_close(group, NULL);
	group_fail(group, 0, now_ms);
	if (group->subscriptions->streamed && group->failures < 3)
		return;
	say_buffered(group->subscriptions);
	subscriptions_bar(group->subscriptions, now_ms);
}

/* Nothing heard: the connection may be dead, or this Exchange sends no heartbeats, which
 * some are said to do. Then it is asked less and less often. */
static void miss_heartbeat(struct subscription_group *group)
{
	group->silence_ms *= 2;
	if (group->silence_ms > NOTIFY_CONNECTION_MIN * INT64_C(60000))
		group->silence_ms = NOTIFY_CONNECTION_MIN * INT64_C(60000);
	group_close(group, NULL);
	doubt(group);
	group_reopen(group);
}

static void fire(struct timer *timer, int64_t now_ms)
{
	struct subscription_group *group =
		(struct subscription_group *)timer; // its first member
	switch (group->state) {
	case GROUP_BARRED:
		group->state = GROUP_IDLE;
		subscriptions_fill(group->subscriptions);
		break;
	case GROUP_IDLE:
		group_reopen(group);
		break;
	case GROUP_WANTED:
		break;
	case GROUP_OPENING:
		miss_word(group, now_ms);
		break;
	case GROUP_OPEN:
		miss_heartbeat(group);
		break;
	}
}

static void fire_gather(struct timer *timer, int64_t now_ms)
{
	struct subscription_group *group =
		(struct subscription_group *)((char *)timer -
					      offsetof(
						      struct subscription_group, gather));
	if (group->state == GROUP_OPENING) {
		timers_set(&group->subscriptions->timers, timer,
			now_ms + SUBSCRIPTIONS_GATHER_MS);
	} else if (group->state == GROUP_OPEN) {
		/* What happened meanwhile Exchange keeps for the next stream. */
		group_close(group, NULL);
		group_reopen(group);
	} else if (group->state == GROUP_IDLE && !timer_is_set(&group->timer)) {
		group_reopen(group);
	}
}

/* ------------------------------------------------ life */

struct subscription_group *group_create(
	struct subscriptions *subscriptions, unsigned number)
{
	struct subscription_group *group = calloc(1, sizeof *group);
	if (!group)
		return NULL;
	group->timer.fire = fire;
	group->gather.fire = fire_gather;
	group->subscriptions = subscriptions;
	group->number = number;
	group->state = GROUP_IDLE;
	group->word_ms = INT64_MAX;
	group->subscribe_ms = INT64_MIN;
	group->silence_ms = SUBSCRIPTIONS_SILENCE_MS;
	stream_split_init(&group->split);
	return group;
}

void group_destroy(struct subscription_group *group)
{
	if (!group)
		return;
	timers_cancel(&group->subscriptions->timers, &group->timer);
	timers_cancel(&group->subscriptions->timers, &group->gather);
	stream_split_finish(&group->split);
	free(group);
}

struct subscription *group_find(const struct subscription_group *group, const char *id)
{
	for (unsigned i = 0; i < group->n; i++) {
		struct subscription *subscription = group->members[i];
		if (subscription->state == SUBSCRIPTION_SUBSCRIBED &&
			strcmp(subscription->server_id, id) == 0)
			return subscription;
	}
	return NULL;
}

/* All of a group go to the server that its anchor's mailbox is on. */
struct request group_request(const struct subscription_group *group, const char *action)
{
	return (struct request){
		.header = action,
		.anchor = group->anchor,
		.prefer_affinity = true,
		.cookie = group->cookie[0] ? group->cookie : NULL,
	};
}

/* ------------------------------------------------ the stream */

void group_gather(struct subscription_group *group, int64_t now_ms)
{
	bool uncovered = false;
	for (unsigned i = 0; i < group->n; i++)
		uncovered |= group->members[i]->state == SUBSCRIPTION_SUBSCRIBED &&
			     !group->members[i]->covered;
	if (!uncovered)
		return;
	/* The first one goes alone, to see whether streams get through at all. */
	bool more =
		group->subscriptions->streamed &&
		group->count[SUBSCRIPTION_READY] + group->count[SUBSCRIPTION_ASKED] > 0;
	int64_t at_ms = more ? now_ms + SUBSCRIPTIONS_GATHER_MAX_MS : now_ms;
	if (is_streaming(group) && at_ms < group->opened_ms + SUBSCRIPTIONS_GATHER_MS)
		at_ms = group->opened_ms + SUBSCRIPTIONS_GATHER_MS;
	if (!timer_is_set(&group->gather) || at_ms < group->gather.at)
		timers_set(&group->subscriptions->timers, &group->gather, at_ms);
}

void group_close(struct subscription_group *group, const struct outcome *outcome)
{
	static const struct outcome nothing = {.class = OUTCOME_USE, .scope = SCOPE_NONE};
	group->closing |= is_streaming(group);
	if (is_streaming(group) && !group->judged) {
		group->outcome = outcome ? *outcome : nothing;
		group->judged = true;
	}
	timers_cancel(&group->subscriptions->timers, &group->timer);
	if (group->state != GROUP_BARRED)
		group->state = GROUP_IDLE;
}

void group_reopen(struct subscription_group *group)
{
	timers_cancel(&group->subscriptions->timers, &group->timer);
	group->state =
		group->count[SUBSCRIPTION_SUBSCRIBED] > 0 ? GROUP_WANTED : GROUP_IDLE;
}

void group_follow(struct subscription_group *group, int64_t now_ms)
{
	int64_t at_ms = group->opened_ms + SUBSCRIPTIONS_GATHER_MS;
	timers_set(&group->subscriptions->timers, &group->timer,
		at_ms > now_ms ? at_ms : now_ms);
}

static void count_failure(struct subscription_group *group, int64_t now_ms)
{
	bool settled = group->word_ms != INT64_MAX &&
		       now_ms - group->word_ms >= SUBSCRIPTIONS_SETTLED_MS;
	group->failures = settled ? 1 : group->failures + 1;
}

static int64_t pause_of(struct subscription_group *group)
{
	return subscriptions_pause(group->subscriptions, group->failures,
		SUBSCRIPTIONS_PAUSE_MIN_MS, SUBSCRIPTIONS_PAUSE_MAX_MS);
}

void group_fail(struct subscription_group *group, int64_t at_least_ms, int64_t now_ms)
{
	count_failure(group, now_ms);
	doubt(group);
	for (unsigned i = 0; i < group->n; i++)
		subscription_tell(group->members[i], false);
	int64_t pause_ms = pause_of(group);
	group->state = GROUP_IDLE;
	timers_set(&group->subscriptions->timers, &group->timer,
		now_ms + (pause_ms > at_least_ms ? pause_ms : at_least_ms));
}

void group_recover(struct subscription_group *group, int64_t now_ms)
{
	count_failure(group, now_ms);
	if (group->failures == 1)
		group_reopen(group);
	else
		timers_set(&group->subscriptions->timers, &group->timer,
			now_ms + pause_of(group));
}

void group_rebuild(struct subscription_group *group, int64_t now_ms)
{
	group_close(group, NULL);
	count_failure(group, now_ms);
	group->subscribe_ms = now_ms + pause_of(group);
	group->generation++;
	group->anchored = false;
	group->cookie[0] = '\0';
	for (unsigned i = 0; i < group->n; i++) {
		group->members[i]->failures = 0; // the pause is the group's
		subscription_change(group->members[i], SUBSCRIPTION_READY);
	}
}

void group_bar(struct subscription_group *group, int64_t until_ms)
{
	group_close(group, NULL);
	group->state = GROUP_BARRED;
	group->generation++;
	group->anchored = false;
	group->cookie[0] = '\0';
	group->failures = group->crowded = 0;
	group->silence_ms = SUBSCRIPTIONS_SILENCE_MS;
	timers_cancel(&group->subscriptions->timers, &group->gather);
	timers_set(&group->subscriptions->timers, &group->timer, until_ms);
	while (group->n > 0)
		subscription_wait(group->members[group->n - 1]);
}

/* ------------------------------------------------ orders */

bool subscriptions_closes(struct subscriptions *subscriptions, unsigned *out_stream)
{
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		struct subscription_group *group = subscriptions->groups[i];
		if (!group || !group->closing)
			continue;
		group->closing = false;
		*out_stream = i;
		return true;
	}
	return false;
}

/* One at a time, so that a log-on that is refused by now is refused once. */
bool subscriptions_wants(const struct subscriptions *subscriptions, unsigned *out_stream)
{
	bool found = false;
	for (unsigned i = subscriptions->n_groups; i-- > 0;) {
		const struct subscription_group *group = subscriptions->groups[i];
		if (group && group->state == GROUP_OPENING)
			return false;
		if (!group || group->state != GROUP_WANTED || group->closing ||
			group->count[SUBSCRIPTION_SUBSCRIBED] == 0)
			continue;
		*out_stream = i;
		found = true;
	}
	return found;
}

void subscriptions_open(struct subscriptions *subscriptions, unsigned stream,
	const struct request_terms *terms, struct request *out_request, struct buf *body,
	const struct now *now)
{
	struct subscription_group *group = subscriptions->groups[stream];
	const char *ids[NOTIFY_IDS_MAX];
	size_t n = 0;
	for (unsigned i = 0; i < group->n; i++) {
		struct subscription *subscription = group->members[i];
		subscription->covered = subscription->state == SUBSCRIPTION_SUBSCRIBED;
		if (subscription->covered)
			ids[n++] = subscription->server_id;
	}
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = group->anchor};
	notify_write_stream(body, &envelope, ids, n);
	*out_request = group_request(group, SOAP_ACTION("GetStreamingEvents"));
	out_request->charged_to = group->anchor;
	stream_split_reset(&group->split);
	group->state = GROUP_OPENING;
	group->judged = group->left = false;
	group->fault = (struct soap_answer){.kind = SOAP_BROKEN,
		.back_off_ms = -1,
		.text = "the stream ended before its first word"};
	group->opened_ms = now->mono_ms;
	group->word_ms = INT64_MAX;
	timers_cancel(&subscriptions->timers, &group->gather);
	timers_set(&subscriptions->timers, &group->timer,
		now->mono_ms + SUBSCRIPTIONS_OPENING_MS);
}

const struct outcome *subscriptions_outcome(
	const struct subscriptions *subscriptions, unsigned stream)
{
	const struct subscription_group *group = subscriptions->groups[stream];
	return group && group->judged ? &group->outcome : NULL;
}

/* ------------------------------------------------ good news */

static void hear_word(struct subscription_group *group, int64_t now_ms)
{
	struct subscriptions *subscriptions = group->subscriptions;
	group->state = GROUP_OPEN;
	group->word_ms = now_ms;
	group->crowded = 0;
	group->streamed = true;
	group->rescued = false;
	group->outcome = (struct outcome){.class = OUTCOME_USE};
	group->judged = true;
	subscriptions->streamed = true;
	subscriptions->told_buffered = false;
	for (unsigned i = 0; i < group->n; i++) {
		struct subscription *subscription = group->members[i];
		if (!subscription->covered)
			continue;
		if (strcmp(subscription->mailbox->address, group->anchor) != 0)
			group->own = 0; // it has others than its anchor
		subscription->opened = true;
		if (subscription->stale)
			subscriptions->sink.refresh(
				subscriptions->sink.context, subscription->mailbox);
		subscription->stale = false;
		subscription_tell(subscription, true);
	}
	group_gather(group, now_ms);
}

static void hear_changes(struct subscription_group *group,
	const struct notify_ids *changed, int64_t now_ms)
{
	for (const char *id = NULL; (id = notify_ids_after(changed, id));) {
		struct subscription *subscription = group_find(group, id);
		if (subscription)
			subscription_touch(subscription, now_ms);
	}
}

/* After half an hour, or when the server is taken out of service. */
static void hear_end(struct subscription_group *group, int64_t now_ms)
{
	bool short_lived = now_ms - group->word_ms < SUBSCRIPTIONS_SETTLED_MS;
	group_close(group, NULL);
	if (short_lived) {
		group_recover(group, now_ms);
		return;
	}
	group->failures = 0;
	group_reopen(group);
}

/* ------------------------------------------------ bad news */

static void say_crowded(struct subscriptions *subscriptions, const char *code)
{
	state_hint(subscriptions->sink.state, &subscriptions->told_crowded,
		"Exchange allows fewer streams than notification_connections (%u; %s): "
		"lower it, or raise HangingConnectionLimit in the web.config of EWS. Who "
		"is in none of them is polled",
		subscriptions->n_groups, code);
}

/* Streams that have ended count until Exchange notices, which it does when it has
 * something to say: one that was open before is not one too many for that. */
static void crowd(struct subscription_group *group, const char *code, int64_t now_ms)
{
	struct subscriptions *subscriptions = group->subscriptions;
	group->crowded++;
	if (!group->streamed || group->crowded >= SUBSCRIPTIONS_CROWDED_MAX)
		say_crowded(subscriptions, code);
	if (group->crowded < SUBSCRIPTIONS_CROWDED_MAX)
		group_fail(group, SUBSCRIPTIONS_CROWDED_MS, now_ms);
	else
		group_bar(group, now_ms + subscriptions_jitter(subscriptions,
						  SUBSCRIPTIONS_BARRED_MS));
}

/* The anchor is in whose name the stream is asked for, maybe a member no more. */
static void change_anchor(
	struct subscription_group *group, const char *code, int64_t now_ms)
{
	for (unsigned i = 0; i < group->n; i++) {
		struct subscription *subscription = group->members[i];
		if (strcmp(subscription->mailbox->address, group->anchor) != 0)
			continue;
		if (subscription_error_of(code) == SUBSCRIPTION_ERROR_REFUSED)
			subscriptions_refused(subscription, code, now_ms);
		else
			subscription_rest(
				subscription, now_ms + SUBSCRIPTIONS_REST_MAX_MS);
		break;
	}
	if (group->state != GROUP_BARRED)
		group_rebuild(group, now_ms);
}

static void lose_all(struct subscription_group *group, int64_t now_ms)
{
	for (unsigned i = group->n; i-- > 0;)
		if (group->members[i]->state == SUBSCRIPTION_SUBSCRIBED)
			subscription_lose(group->members[i], now_ms);
}

/* An error of the stream as a whole. */
static void recover(
	struct subscription_group *group, const struct outcome *outcome, int64_t now_ms)
{
	switch (subscription_error_of(outcome->code)) {
	case SUBSCRIPTION_ERROR_LOST:
		lose_all(group, now_ms);
		group_recover(group, now_ms);
		break;
	case SUBSCRIPTION_ERROR_MOVED:
		group_rebuild(group, now_ms);
		break;
	case SUBSCRIPTION_ERROR_CROWDED:
		crowd(group, outcome->code, now_ms);
		break;
	case SUBSCRIPTION_ERROR_REFUSED:
	case SUBSCRIPTION_ERROR_ABSENT:
		change_anchor(group, outcome->code, now_ms);
		break;
	case SUBSCRIPTION_ERROR_FULL:
		group_fail(group, SUBSCRIPTIONS_FULL_MS, now_ms);
		break;
	case SUBSCRIPTION_ERROR_BUSY:
		group_fail(group, outcome->back_off_ms, now_ms);
		break;
	case SUBSCRIPTION_ERROR_LATER:
		group_fail(group, 0, now_ms);
		break;
	}
}

/* While one subscription is bad, no other is told anything: the others go on at once.
 * Returns how many there were. */
static unsigned lose_bad(struct subscription_group *group, const struct notify_ids *bad,
	const char *code, int64_t now_ms)
{
	unsigned n = 0;
	for (const char *id = NULL; (id = notify_ids_after(bad, id));) {
		struct subscription *subscription = group_find(group, id);
		if (!subscription)
			continue;
		n++;
		if (subscription_error_of(code) == SUBSCRIPTION_ERROR_REFUSED)
			subscriptions_refused(subscription, code, now_ms);
		else
			subscription_lose(subscription, now_ms);
	}
	return n;
}

/* Whether the first word of a stream is that all who are bad are so for not being the
 * anchor's: to Exchange subscriptions are the account's, to others those of whom it
 * speaks for. */
static bool are_own(struct subscription_group *group, const struct notify_ids *bad)
{
	unsigned foreign = 0;
	for (const char *id = NULL; (id = notify_ids_after(bad, id));) {
		const struct subscription *subscription = group_find(group, id);
		if (!subscription ||
			strcmp(subscription->mailbox->address, group->anchor) == 0 ||
			subscription->opened)
			return false;
		foreign++;
	}
	if (group->word_ms != INT64_MAX || foreign == 0 ||
		foreign + 1 != group->count[SUBSCRIPTION_SUBSCRIBED])
		return false;
	group->own++;
	return group->own > 1 || foreign >= SUBSCRIPTIONS_OWN_MAX;
}

/* A stream a mailbox, then, for as many as there may be. */
static void part(struct subscriptions *subscriptions)
{
	state_hint(subscriptions->sink.state, &subscriptions->own_streams,
		"a stream of this server, which is not Exchange, tells of "
		"one mailbox alone: %u are notified (notification_connections), the "
		"others polled",
		subscriptions->n_groups);
	for (unsigned i = 0; i < subscriptions->n_groups; i++) {
		struct subscription_group *group = subscriptions->groups[i];
		for (unsigned k = group ? group->n : 0; k-- > 0;)
			if (strcmp(group->members[k]->mailbox->address, group->anchor) !=
				0)
				subscription_wait(group->members[k]);
	}
}

static void hear_error(struct subscription_group *group,
	const struct stream_message *news, int64_t now_ms)
{
	struct outcome outcome = ews_outcome_of_message(&news->message, true);
	struct outcome heard = subscription_error_spare(&outcome);
	group_close(group, &heard);
	if (are_own(group, &news->bad)) {
		part(group->subscriptions);
		group_reopen(group);
		return;
	}
	unsigned lost = lose_bad(group, &news->bad, outcome.code, now_ms);
	bool expected = group->left && notify_ids_after(&news->bad, NULL);
	if (lost == 0 && expected)
		group_follow(group, now_ms);
	else if (lost == 0)
		recover(group, &outcome, now_ms);
	else if (group->state != GROUP_BARRED)
		group_recover(group, now_ms);
}

/* ------------------------------------------------ bytes */

static void hear_news(struct subscription_group *group, const struct stream_message *news,
	int64_t now_ms)
{
	if (news->opened && group->state == GROUP_OPENING)
		hear_word(group, now_ms);
	if (news->told)
		group->silence_ms = SUBSCRIPTIONS_SILENCE_MS;
	if (group->state == GROUP_OPEN)
		timers_set(&group->subscriptions->timers, &group->timer,
			now_ms + group->silence_ms);
	hear_changes(group, &news->changed, now_ms);
	if (news->message.class == SOAP_ERROR)
		hear_error(group, news, now_ms);
	else if (news->closed)
		hear_end(group, now_ms);
}

/* The stream is nothing that could be read on. */
static void give_up(struct subscription_group *group, int64_t now_ms)
{
	group_close(group, NULL);
	group_fail(group, 0, now_ms);
}

static void hear_document(struct subscription_group *group, int64_t now_ms)
{
	const struct buf *document = &group->split.document;
	struct stream_message news;
	if (notify_read_stream_message(document->data, document->len, &news))
		give_up(group, now_ms);
	else if (news.soap.kind == SOAP_ANSWER)
		hear_news(group, &news, now_ms);
	else
		group->fault = news.soap; // judged when the stream is over
	stream_message_finish(&news);
}

void subscriptions_take(struct subscriptions *subscriptions, unsigned stream,
	const char *bytes, size_t n, const struct now *now)
{
	struct subscription_group *group = subscriptions->groups[stream];
	enum stream_piece piece = STREAM_DOCUMENT;
	while (is_streaming(group) && piece == STREAM_DOCUMENT) {
		piece = stream_split_take(&group->split, &bytes, &n);
		if (piece == STREAM_DOCUMENT)
			hear_document(group, now->mono_ms);
	}
	/* Before the first word it may be a page, or what a proxy has to say. */
	if (piece == STREAM_BROKEN && group->state == GROUP_OPEN)
		give_up(group, now->mono_ms);
	subscriptions_fill(subscriptions);
}

void subscriptions_ended(struct subscriptions *subscriptions, unsigned stream,
	const struct request_reply *reply, const struct now *now)
{
	struct subscription_group *group = subscriptions->groups[stream];
	if (!is_streaming(group))
		return;
	struct outcome outcome =
		reply->outcome ? *reply->outcome
			       : ews_outcome_of(reply->transfer, &group->fault, true);
	struct outcome heard = subscription_error_spare(&outcome);
	group_close(group, &heard);
	if (outcome.code[0] != '\0')
		recover(group, &outcome, now->mono_ms);
	else
		group_fail(group, outcome.back_off_ms, now->mono_ms);
	group->outage =
		!group->rescued && group->state == GROUP_IDLE &&
		(outcome.scope == SCOPE_GATEWAY || outcome.scope == SCOPE_ACCOUNT);
	subscriptions_fill(subscriptions);
}
