/* What is heard of streams. */
#include "ews/notifying/notifier_group.h"
#include "ews/notifying/notify_fate.h"

#include <stdio.h>
#include <string.h>

static bool is_streaming(const struct notify_group *group)
{
	return group && (group->state == GROUP_OPENING || group->state == GROUP_OPEN);
}

/* ------------------------------------------------ orders */

bool notifier_closes(struct notifier *notifier, unsigned *out_stream)
{
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++) {
		struct notify_group *group = notifier->groups[i];
		if (!group || !group->closing)
			continue;
		group->closing = false;
		*out_stream = i;
		return true;
	}
	return false;
}

/* One at a time, so that a log-on that is refused by now is refused once. */
bool notifier_wants(const struct notifier *notifier, unsigned *out_stream)
{
	bool found = false;
	for (unsigned i = notifier->n_groups; i-- > 0;) {
		const struct notify_group *group = notifier->groups[i];
		if (group && group->state == GROUP_OPENING)
			return false;
		if (!group || group->state != GROUP_WANTED || group->closing ||
			group->count[NOTIFIED_SUBSCRIBED] == 0)
			continue;
		*out_stream = i;
		found = true;
	}
	return found;
}

void notifier_open(struct notifier *notifier, unsigned stream,
	const struct errand_terms *terms, struct errand *out_errand, struct buf *body,
	const struct moment *now)
{
	struct notify_group *group = notifier->groups[stream];
	const char *ids[NOTIFY_IDS_MAX];
	size_t n = 0;
	for (unsigned i = 0; i < group->n; i++) {
		struct notified *mailbox = group->members[i];
		mailbox->covered = mailbox->state == NOTIFIED_SUBSCRIBED;
		if (mailbox->covered)
			ids[n++] = mailbox->subscription;
	}
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = group->anchor};
	notify_write_stream(body, &envelope, ids, n);
	*out_errand = group_errand(group, ERRAND_ACTION("GetStreamingEvents"));
	stream_split_reset(&group->split);
	group->state = GROUP_OPENING;
	group->judged = group->left = false;
	group->fault = (struct soap_answer){.kind = SOAP_BROKEN,
		.back_off_ms = -1,
		.text = "the stream ended before its first word"};
	group->opened_ms = now->mono_ms;
	group->word_ms = INT64_MAX;
	timers_cancel(&notifier->timers, &group->gather);
	timers_set(&notifier->timers, &group->timer, now->mono_ms + NOTIFIER_OPENING_MS);
}

const struct verdict *notifier_verdict(const struct notifier *notifier, unsigned stream)
{
	const struct notify_group *group = notifier->groups[stream];
	return group && group->judged ? &group->verdict : NULL;
}

/* ------------------------------------------------ good news */

static void hear_word(struct notify_group *group, int64_t now_ms)
{
	struct notifier *notifier = group->notifier;
	group->state = GROUP_OPEN;
	group->word_ms = now_ms;
	group->verdict = (struct verdict){.action = VERDICT_USE};
	group->judged = true;
	notifier->streamed = true;
	notifier->told_buffered = false;
	for (unsigned i = 0; i < group->n; i++) {
		struct notified *mailbox = group->members[i];
		if (!mailbox->covered)
			continue;
		if (mailbox->stale)
			notifier->sink.refresh(notifier->sink.context, mailbox->id);
		mailbox->stale = false;
		notified_tell(mailbox, true);
	}
	group_gather(group, now_ms);
}

static void hear_changes(
	struct notify_group *group, const struct notify_ids *changed, int64_t now_ms)
{
	for (const char *id = NULL; (id = notify_ids_after(changed, id));) {
		struct notified *mailbox = group_find(group, id);
		if (mailbox)
			notified_touch(mailbox, now_ms);
	}
}

/* After half an hour, or when the server is taken out of service. */
static void hear_end(struct notify_group *group, int64_t now_ms)
{
	bool short_lived = now_ms - group->word_ms < NOTIFIER_SETTLED_MS;
	group_close(group, NULL);
	if (short_lived) {
		group_recover(group, now_ms);
		return;
	}
	group->failures = 0;
	group_reopen(group);
}

/* ------------------------------------------------ bad news */

static void say_crowded(struct notifier *notifier, const char *code)
{
	char text[GATEWAY_TEXT_MAX];
	if (notifier->told_crowded)
		return;
	notifier->told_crowded = true;
	(void)snprintf(text, sizeof text,
		"Exchange allows fewer streams than notification_connections (%u; %s): "
		"lower it, or raise HangingConnectionLimit in the web.config of EWS. Who "
		"is in none of them is polled",
		notifier->n_groups, code);
	notifier->sink.hint(notifier->sink.context, text);
}

/* The anchor is in whose name the stream is asked for, maybe a member no more. */
static void change_anchor(struct notify_group *group, const char *code, int64_t now_ms)
{
	for (unsigned i = 0; i < group->n; i++) {
		struct notified *mailbox = group->members[i];
		if (strcmp(mailbox->address, group->anchor) != 0)
			continue;
		if (notify_fate_of(code) == NOTIFY_REFUSED)
			notifier_refused(mailbox, code, now_ms);
		else
			notified_rest(mailbox, now_ms + NOTIFIER_REST_MAX_MS);
		break;
	}
	if (group->state != GROUP_BARRED)
		group_rebuild(group, now_ms);
}

static void lose_all(struct notify_group *group, int64_t now_ms)
{
	for (unsigned i = group->n; i-- > 0;)
		if (group->members[i]->state == NOTIFIED_SUBSCRIBED)
			notified_lose(group->members[i], now_ms);
}

/* An error of the stream as a whole. */
static void recover(
	struct notify_group *group, const struct verdict *verdict, int64_t now_ms)
{
	struct notifier *notifier = group->notifier;
	switch (notify_fate_of(verdict->code)) {
	case NOTIFY_LOST:
		lose_all(group, now_ms);
		group_recover(group, now_ms);
		break;
	case NOTIFY_MOVED:
		group_rebuild(group, now_ms);
		break;
	case NOTIFY_CROWDED:
		say_crowded(notifier, verdict->code);
		group_bar(group, now_ms + notifier_jitter(notifier, NOTIFIER_BARRED_MS));
		break;
	case NOTIFY_REFUSED:
	case NOTIFY_ABSENT:
		change_anchor(group, verdict->code, now_ms);
		break;
	case NOTIFY_FULL:
		group_fail(group, NOTIFIER_FULL_MS, now_ms);
		break;
	case NOTIFY_BUSY:
		group_fail(group, verdict->back_off_ms, now_ms);
		break;
	case NOTIFY_LATER:
		group_fail(group, 0, now_ms);
		break;
	}
}

/* While one subscription is bad, no other is told anything: the others go on at once.
 * Returns how many there were. */
static unsigned lose_bad(struct notify_group *group, const struct notify_ids *bad,
	const char *code, int64_t now_ms)
{
	unsigned n = 0;
	for (const char *id = NULL; (id = notify_ids_after(bad, id));) {
		struct notified *mailbox = group_find(group, id);
		if (!mailbox)
			continue;
		n++;
		if (notify_fate_of(code) == NOTIFY_REFUSED)
			notifier_refused(mailbox, code, now_ms);
		else
			notified_lose(mailbox, now_ms);
	}
	return n;
}

static void hear_error(
	struct notify_group *group, const struct notify_news *news, int64_t now_ms)
{
	struct verdict verdict = verdict_of_message(&news->message);
	struct verdict heard = notify_spare(&verdict);
	group_close(group, &heard);
	unsigned lost = lose_bad(group, &news->bad, verdict.code, now_ms);
	bool expected = group->left && notify_ids_after(&news->bad, NULL);
	if (lost == 0 && expected)
		group_follow(group, now_ms);
	else if (lost == 0)
		recover(group, &verdict, now_ms);
	else if (group->state != GROUP_BARRED)
		group_recover(group, now_ms);
}

/* ------------------------------------------------ bytes */

static void hear_news(
	struct notify_group *group, const struct notify_news *news, int64_t now_ms)
{
	if (news->opened && group->state == GROUP_OPENING)
		hear_word(group, now_ms);
	if (news->told)
		group->silence_ms = NOTIFIER_SILENCE_MS;
	if (group->state == GROUP_OPEN)
		timers_set(&group->notifier->timers, &group->timer,
			now_ms + group->silence_ms);
	hear_changes(group, &news->changed, now_ms);
	if (news->message.class == SOAP_ERROR)
		hear_error(group, news, now_ms);
	else if (news->closed)
		hear_end(group, now_ms);
}

/* The stream is nothing that could be read on. */
static void give_up(struct notify_group *group, int64_t now_ms)
{
	group_close(group, NULL);
	group_fail(group, 0, now_ms);
}

static void hear_document(struct notify_group *group, int64_t now_ms)
{
	const struct buf *document = &group->split.document;
	struct notify_news news;
	if (notify_read_news(document->data, document->len, &news))
		give_up(group, now_ms);
	else if (news.soap.kind == SOAP_ANSWER)
		hear_news(group, &news, now_ms);
	else
		group->fault = news.soap; // judged when the stream is over
	notify_news_finish(&news);
}

void notifier_take(struct notifier *notifier, unsigned stream, const char *bytes,
	size_t n, const struct moment *now)
{
	struct notify_group *group = notifier->groups[stream];
	enum stream_piece piece = STREAM_DOCUMENT;
	while (is_streaming(group) && piece == STREAM_DOCUMENT) {
		piece = stream_split_take(&group->split, &bytes, &n);
		if (piece == STREAM_DOCUMENT)
			hear_document(group, now->mono_ms);
	}
	/* Before the first word it may be a page, or what a proxy has to say. */
	if (piece == STREAM_BROKEN && group->state == GROUP_OPEN)
		give_up(group, now->mono_ms);
	notifier_fill(notifier);
}

void notifier_ended(struct notifier *notifier, unsigned stream,
	const struct errand_reply *reply, const struct moment *now)
{
	struct notify_group *group = notifier->groups[stream];
	if (!is_streaming(group))
		return;
	struct verdict verdict = reply->verdict
					 ? *reply->verdict
					 : verdict_of(reply->transfer, &group->fault);
	struct verdict heard = notify_spare(&verdict);
	group_close(group, &heard);
	if (verdict.code[0] != '\0')
		recover(group, &verdict, now->mono_ms);
	else
		group_fail(group, verdict.back_off_ms, now->mono_ms);
	notifier_fill(notifier);
}
