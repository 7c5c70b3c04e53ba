/* Subscribe and Unsubscribe, as errands. */
#include "ews/notifying/notifier_group.h"
#include "ews/notifying/notify_fate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------ what is to be ended */

/* group: whose affinity it has; NULL: none's. */
static void add_leaver(struct notifier *notifier, const struct notify_group *group,
	const char *address, const char *id)
{
	size_t address_size = strlen(address) + 1;
	size_t id_size = strlen(id) + 1;
	if (notifier->n_leavers >= NOTIFIER_LEAVING_MAX)
		return;
	struct notify_leaver *leaver = malloc(sizeof *leaver + address_size + id_size);
	if (!leaver)
		return;
	*leaver = (struct notify_leaver){.group = group,
		.generation = group ? group->generation : 0,
		.id = leaver->address + address_size};
	memcpy(leaver->address, address, address_size);
	memcpy(leaver->address + address_size, id, id_size);
	STAILQ_INSERT_TAIL(&notifier->leavers, leaver, next);
	notifier->n_leavers++;
}

void notifier_unsubscribe(struct notified *mailbox)
{
	if (mailbox->state != NOTIFIED_SUBSCRIBED)
		return;
	mailbox->group->left = true;
	add_leaver(mailbox->notifier, mailbox->group, mailbox->address,
		mailbox->subscription);
}

static struct notify_leaver *take_leaver(struct notifier *notifier)
{
	struct notify_leaver *leaver = STAILQ_FIRST(&notifier->leavers);
	if (!leaver)
		return NULL;
	STAILQ_REMOVE_HEAD(&notifier->leavers, next);
	notifier->n_leavers--;
	return leaver;
}

void notifier_forget_leavers(struct notifier *notifier)
{
	struct notify_leaver *leaver;
	while ((leaver = take_leaver(notifier)))
		free(leaver);
}

/* ------------------------------------------------ what is next */

/* Alone goes who is to be the anchor, since others need the cookie of the answer, and who
 * is to show whether a stream gets through. */
static bool may_ask(const struct notifier *notifier, const struct notify_group *group)
{
	if (!group || group->state == GROUP_BARRED || group->count[NOTIFIED_READY] == 0)
		return false;
	bool alone = !group->anchored || !notifier->streamed;
	return !alone ||
	       group->count[NOTIFIED_ASKED] + group->count[NOTIFIED_SUBSCRIBED] == 0;
}

/* The group that may ask first, and when. */
static struct notify_group *group_to_ask(const struct notifier *notifier, int64_t *out_ms)
{
	struct notify_group *first = NULL;
	*out_ms = INT64_MAX;
	for (unsigned i = 0; i < notifier->n_groups; i++) {
		struct notify_group *group = notifier->groups[i];
		if (!may_ask(notifier, group) || group->subscribe_ms >= *out_ms)
			continue;
		first = group;
		*out_ms = group->subscribe_ms;
	}
	return first;
}

static int64_t due(void *self, const struct moment *now)
{
	const struct notifier *notifier = self;
	int64_t at_ms;
	if (notifier->n_leavers > 0)
		return now->mono_ms;
	(void)group_to_ask(notifier, &at_ms);
	return at_ms;
}

static void fill_slot(struct notify_slot *slot, enum notify_errand errand,
	struct notified *mailbox, const char *address)
{
	slot->errand = errand;
	slot->mailbox = mailbox;
	(void)snprintf(slot->address, sizeof slot->address, "%s", address);
}

static bool write_unsubscribe(struct notifier *notifier, struct notify_slot *slot,
	const struct errand_terms *terms, struct errand *out_errand, struct buf *body)
{
	static const char action[] = ERRAND_ACTION("Unsubscribe");
	struct notify_leaver *leaver = take_leaver(notifier);
	if (!leaver)
		return false;
	fill_slot(slot, NOTIFY_UNSUBSCRIBE, NULL, leaver->address);
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = slot->address};
	notify_write_unsubscribe(body, &envelope, leaver->id);
	*out_errand = (struct errand){.action = action, .anchor = slot->address};
	if (leaver->group && leaver->group->generation == leaver->generation)
		*out_errand = group_errand(leaver->group, action);
	free(leaver);
	return true;
}

static bool write_subscribe(struct notifier *notifier, struct notify_slot *slot,
	const struct errand_terms *terms, struct errand *out_errand, struct buf *body,
	const struct moment *now)
{
	int64_t at_ms;
	struct notify_group *group = group_to_ask(notifier, &at_ms);
	if (!group || at_ms > now->mono_ms)
		return false;
	unsigned i = 0;
	while (group->members[i]->state != NOTIFIED_READY)
		i++;
	struct notified *mailbox = group->members[i];
	notified_change(mailbox, NOTIFIED_ASKED);
	fill_slot(slot, NOTIFY_SUBSCRIBE, mailbox, mailbox->address);
	if (!group->anchored)
		(void)snprintf(
			group->anchor, sizeof group->anchor, "%s", mailbox->address);
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = mailbox->address};
	notify_write_subscribe(body, &envelope);
	*out_errand = group_errand(group, ERRAND_ACTION("Subscribe"));
	return true;
}

/* Streams came with Exchange 2010 SP1. */
static bool is_too_old(struct notifier *notifier, const struct errand_terms *terms,
	const struct moment *now)
{
	if (strncmp(terms->version, "Exchange2007", 12) != 0)
		return false;
	if (!notifier->told_old)
		notifier->sink.hint(notifier->sink.context,
			"this Exchange is older than 2010 SP1 and has no streaming "
			"notifications: set notifications = false; calendars are polled");
	notifier->told_old = true;
	notifier_bar(notifier, now->mono_ms);
	return true;
}

static bool next(void *self, unsigned slot, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body, const struct moment *now)
{
	struct notifier *notifier = self;
	struct notify_slot *taken = &notifier->slots[slot];
	return write_unsubscribe(notifier, taken, terms, out_errand, body) ||
	       (!is_too_old(notifier, terms, now) &&
		       write_subscribe(notifier, taken, terms, out_errand, body, now));
}

/* ------------------------------------------------ what came of it */

static void rest(struct notified *mailbox, int64_t now_ms)
{
	if (mailbox->failures < UINT8_MAX)
		mailbox->failures++;
	notified_rest(
		mailbox, now_ms + notifier_pause(mailbox->notifier, mailbox->failures,
					  NOTIFIER_REST_MIN_MS, NOTIFIER_REST_MAX_MS));
}

/* Whether nobody is subscribed, and nobody left to try it with or enough have tried. */
static bool is_hopeless(const struct notifier *notifier)
{
	unsigned subscribed = 0;
	unsigned trying = TAILQ_EMPTY(&notifier->waiting) ? 0 : 1;
	for (unsigned i = 0; i < notifier->n_groups; i++) {
		const struct notify_group *group = notifier->groups[i];
		if (!group)
			continue;
		subscribed += group->count[NOTIFIED_SUBSCRIBED];
		trying += group->count[NOTIFIED_READY] + group->count[NOTIFIED_ASKED];
	}
	return subscribed == 0 &&
	       (trying == 0 || notifier->refusals >= NOTIFIER_REFUSALS_MAX);
}

static void say_refused(struct notified *mailbox, const char *code, bool hopeless)
{
	struct notifier *notifier = mailbox->notifier;
	char text[GATEWAY_TEXT_MAX];
	if (hopeless ? notifier->told_refused : mailbox->told)
		return;
	if (hopeless)
		(void)snprintf(text, sizeof text,
			"Exchange lets the account subscribe to nobody's calendar (%s): "
			"give it the role ApplicationImpersonation (in Exchange Online "
			"Application EWS.AccessAsApp), or set notifications = false. "
			"Calendars are polled; tried again each hour",
			code);
	else
		(void)snprintf(text, sizeof text,
			"Exchange does not let the account subscribe to the calendar of "
			"%.200s (%s): the scope of its right to impersonate has to "
			"include this mailbox, which is polled meanwhile",
			mailbox->address, code);
	notifier->told_refused |= hopeless;
	notifier->sink.hint(notifier->sink.context, text);
}

void notifier_refused(struct notified *mailbox, const char *code, int64_t now_ms)
{
	struct notifier *notifier = mailbox->notifier;
	notifier->refusals++;
	notified_rest(mailbox, now_ms + notifier_jitter(notifier, NOTIFIER_REFUSED_MS));
	bool hopeless = is_hopeless(notifier);
	say_refused(mailbox, code, hopeless);
	mailbox->told = true;
	if (!hopeless)
		return;
	notified_rest(mailbox, now_ms + notifier_jitter(notifier, NOTIFIER_BARRED_MS));
	notifier_bar(notifier, now_ms);
}

static void say_full(struct notifier *notifier, const char *code)
{
	char text[GATEWAY_TEXT_MAX];
	(void)snprintf(text, sizeof text,
		"Exchange takes no more subscriptions to some calendars (%s): those of "
		"an earlier run expire in half an hour; if this stays, raise "
		"EWSMaxSubscriptions in the throttling policy. They are polled meanwhile",
		code);
	if (!notifier->told_full)
		notifier->sink.hint(notifier->sink.context, text);
	notifier->told_full = true;
}

static void refuse(struct notified *mailbox, const char *code, int64_t now_ms)
{
	struct notifier *notifier = mailbox->notifier;
	struct notify_group *group = mailbox->group;
	switch (notify_fate_of(code)) {
	case NOTIFY_FULL:
		say_full(notifier, code);
		notified_rest(
			mailbox, now_ms + notifier_jitter(notifier, NOTIFIER_FULL_MS));
		break;
	case NOTIFY_REFUSED:
		notifier_refused(mailbox, code, now_ms);
		break;
	case NOTIFY_LOST:
	case NOTIFY_MOVED:
		/* The server that the cookie names is gone. */
		if (group->anchored)
			group_rebuild(group, now_ms);
		else
			rest(mailbox, now_ms);
		break;
	case NOTIFY_CROWDED:
	case NOTIFY_BUSY:
	case NOTIFY_ABSENT:
	case NOTIFY_LATER:
		rest(mailbox, now_ms);
		break;
	}
}

/* The account was allowed after all: those who were refused may be so, too. */
static void try_all_again(struct notifier *notifier)
{
	struct notified *mailbox;
	struct notified *following;
	notifier->refusals = 0;
	if (!notifier->told_refused)
		return;
	notifier->told_refused = false;
	HASH_ITER (hh, notifier->table, mailbox, following)
		if (mailbox->state == NOTIFIED_RESTING && mailbox->told)
			notified_wait(mailbox);
}

static void accept(struct notified *mailbox, const struct notify_answer *answer,
	const char *cookie, int64_t now_ms)
{
	struct notify_group *group = mailbox->group;
	if (!notified_subscribe(mailbox, answer->id, now_ms)) {
		rest(mailbox, now_ms);
		return;
	}
	if (!group->anchored) {
		group->anchored = true;
		(void)snprintf(group->cookie, sizeof group->cookie, "%s", cookie);
	}
	try_all_again(mailbox->notifier);
}

static void settle(struct notified *mailbox, const struct verdict *verdict,
	const struct notify_answer *answer, const char *cookie, int64_t now_ms)
{
	struct notify_group *group = mailbox->group;
	bool answered = verdict->action == VERDICT_USE;
	if (answered && answer->id[0] != '\0')
		accept(mailbox, answer, cookie, now_ms);
	else if (!answered && !notify_is_spared(verdict))
		notified_change(mailbox, NOTIFIED_READY); // the identity waits
	else if (!answered && verdict->code[0] != '\0')
		refuse(mailbox, verdict->code, now_ms);
	else
		rest(mailbox, now_ms); // no id, or no word why
	group_gather(group, now_ms);
}

static struct verdict judge(enum notify_errand errand, const struct errand_reply *reply,
	struct notify_answer *out_answer)
{
	*out_answer = (struct notify_answer){.soap = {.kind = SOAP_BROKEN}};
	if (reply->verdict)
		return *reply->verdict;
	bool read = reply->body && (errand == NOTIFY_SUBSCRIBE ? notify_read_subscribe
							       : notify_read_unsubscribe)(
					   reply->body, reply->n, out_answer) == 0;
	struct verdict verdict =
		verdict_of(reply->transfer, read ? &out_answer->soap : NULL);
	if (verdict.action == VERDICT_USE && out_answer->message.class == SOAP_ERROR)
		return verdict_of_message(&out_answer->message);
	return verdict;
}

static struct verdict done(void *self, unsigned i, const struct errand_reply *reply,
	const struct moment *now)
{
	struct notifier *notifier = self;
	struct notify_slot *slot = &notifier->slots[i];
	enum notify_errand errand = slot->errand;
	struct notified *mailbox = slot->mailbox;
	struct notify_answer answer;
	slot->errand = NOTIFY_NO_ERRAND;
	slot->mailbox = NULL;
	struct verdict verdict = judge(errand, reply, &answer);
	if (mailbox)
		settle(mailbox, &verdict, &answer, reply->cookie, now->mono_ms);
	else if (answer.id[0] != '\0')
		add_leaver(notifier, NULL, slot->address, answer.id);
	notifier_fill(notifier);
	return notify_spare(&verdict);
}

struct errand_source notifier_source(struct notifier *notifier)
{
	return (struct errand_source){.due = due,
		.next = next,
		.done = done,
		.forget = notifier_forget_requests,
		.self = notifier};
}
