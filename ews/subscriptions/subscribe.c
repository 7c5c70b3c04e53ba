/* Subscribe and Unsubscribe, as requests. */
#include "ews/operations/ews_outcome.h"

#include "ews/subscriptions/group.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------ what is to be ended */

/* group: whose affinity it has; NULL: none's. */
static void add_unsubscribe(struct subscriptions *subscriptions,
	const struct subscription_group *group, const char *address, const char *id)
{
	size_t address_size = strlen(address) + 1;
	size_t id_size = strlen(id) + 1;
	if (subscriptions->n_unsubscribes >= SUBSCRIPTIONS_UNSUBSCRIBES_MAX)
		return;
	struct pending_unsubscribe *unsubscribe =
		malloc(sizeof *unsubscribe + address_size + id_size);
	if (!unsubscribe)
		return;
	*unsubscribe = (struct pending_unsubscribe){.group = group,
		.generation = group ? group->generation : 0,
		.id = unsubscribe->address + address_size};
	memcpy(unsubscribe->address, address, address_size);
	memcpy(unsubscribe->address + address_size, id, id_size);
	STAILQ_INSERT_TAIL(&subscriptions->unsubscribes, unsubscribe, next);
	subscriptions->n_unsubscribes++;
}

void subscriptions_unsubscribe(struct subscription *subscription)
{
	if (subscription->state != SUBSCRIPTION_SUBSCRIBED)
		return;
	subscription->group->left = true;
	add_unsubscribe(subscription->subscriptions, subscription->group,
		subscription->mailbox->address, subscription->server_id);
}

static struct pending_unsubscribe *take_unsubscribe(struct subscriptions *subscriptions)
{
	struct pending_unsubscribe *unsubscribe =
		STAILQ_FIRST(&subscriptions->unsubscribes);
	if (!unsubscribe)
		return NULL;
	STAILQ_REMOVE_HEAD(&subscriptions->unsubscribes, next);
	subscriptions->n_unsubscribes--;
	return unsubscribe;
}

void subscriptions_forget_unsubscribes(struct subscriptions *subscriptions)
{
	struct pending_unsubscribe *unsubscribe;
	while ((unsubscribe = take_unsubscribe(subscriptions)))
		free(unsubscribe);
}

/* ------------------------------------------------ what is next */

/* Alone goes who is to be the anchor, since others need the cookie of the answer, and who
 * is to show whether a stream gets through. */
static bool may_ask(
	const struct subscriptions *subscriptions, const struct subscription_group *group)
{
	if (!group || group->state == GROUP_BARRED ||
		group->count[SUBSCRIPTION_READY] == 0)
		return false;
	bool alone = !group->anchored || !subscriptions->streamed;
	return !alone ||
	       group->count[SUBSCRIPTION_ASKED] + group->count[SUBSCRIPTION_SUBSCRIBED] ==
		       0;
}

/* The group that may ask first, and when. */
static struct subscription_group *group_to_ask(
	const struct subscriptions *subscriptions, int64_t *out_ms)
{
	struct subscription_group *first = NULL;
	*out_ms = INT64_MAX;
	for (unsigned i = 0; i < subscriptions->n_groups; i++) {
		struct subscription_group *group = subscriptions->groups[i];
		if (!may_ask(subscriptions, group) || group->subscribe_ms >= *out_ms)
			continue;
		first = group;
		*out_ms = group->subscribe_ms;
	}
	return first;
}

static int64_t due(void *self, const struct now *now)
{
	const struct subscriptions *subscriptions = self;
	int64_t at_ms;
	if (subscriptions->n_unsubscribes > 0)
		return now->mono_ms;
	(void)group_to_ask(subscriptions, &at_ms);
	return at_ms;
}

static void fill_slot(struct subscription_slot *slot, enum subscription_request request,
	struct subscription *subscription, const char *address)
{
	slot->request = request;
	slot->subscription = subscription;
	(void)snprintf(slot->address, sizeof slot->address, "%s", address);
}

static bool write_unsubscribe(struct subscriptions *subscriptions,
	struct subscription_slot *slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body)
{
	static const char action[] = SOAP_ACTION("Unsubscribe");
	struct pending_unsubscribe *unsubscribe = take_unsubscribe(subscriptions);
	if (!unsubscribe)
		return false;
	fill_slot(slot, REQUEST_UNSUBSCRIBE, NULL, unsubscribe->address);
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = slot->address};
	notify_write_unsubscribe(body, &envelope, unsubscribe->id);
	*out_request = (struct request){.header = action, .anchor = slot->address};
	if (unsubscribe->group &&
		unsubscribe->group->generation == unsubscribe->generation)
		*out_request = group_request(unsubscribe->group, action);
	out_request->charged_to = slot->address;
	free(unsubscribe);
	return true;
}

static bool write_subscribe(struct subscriptions *subscriptions,
	struct subscription_slot *slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	int64_t at_ms;
	struct subscription_group *group = group_to_ask(subscriptions, &at_ms);
	if (!group || at_ms > now->mono_ms)
		return false;
	unsigned i = 0;
	while (group->members[i]->state != SUBSCRIPTION_READY)
		i++;
	struct subscription *subscription = group->members[i];
	subscription_change(subscription, SUBSCRIPTION_ASKED);
	fill_slot(slot, REQUEST_SUBSCRIBE, subscription, subscription->mailbox->address);
	if (!group->anchored)
		(void)snprintf(group->anchor, sizeof group->anchor, "%s",
			subscription->mailbox->address);
	struct soap_envelope envelope = {
		.version = terms->version, .impersonate = subscription->mailbox->address};
	notify_write_subscribe(body, &envelope);
	*out_request = group_request(group, SOAP_ACTION("Subscribe"));
	out_request->charged_to = subscription->mailbox->address;
	return true;
}

/* Streams came with Exchange 2010 SP1. */
static bool is_too_old(struct subscriptions *subscriptions,
	const struct request_terms *terms, const struct now *now)
{
	if (strncmp(terms->version, "Exchange2007", 12) != 0)
		return false;
	state_hint(subscriptions->sink.state, &subscriptions->told_old,
		"this Exchange is older than 2010 SP1 and has no streaming "
		"notifications: set notifications = false; calendars are polled");
	subscriptions_bar(subscriptions, now->mono_ms);
	return true;
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct subscriptions *subscriptions = self;
	struct subscription_slot *taken = &subscriptions->slots[slot];
	return write_unsubscribe(subscriptions, taken, terms, out_request, body) ||
	       (!is_too_old(subscriptions, terms, now) &&
		       write_subscribe(
			       subscriptions, taken, terms, out_request, body, now));
}

/* ------------------------------------------------ what came of it */

static void rest(struct subscription *subscription, int64_t at_least_ms, int64_t now_ms)
{
	if (subscription->failures < UINT8_MAX)
		subscription->failures++;
	int64_t pause_ms =
		subscriptions_pause(subscription->subscriptions, subscription->failures,
			SUBSCRIPTIONS_REST_MIN_MS, SUBSCRIPTIONS_REST_MAX_MS);
	subscription_rest(
		subscription, now_ms + (pause_ms > at_least_ms ? pause_ms : at_least_ms));
}

/* Whether nobody is subscribed, and nobody left to try it with or enough have tried. */
static bool is_hopeless(const struct subscriptions *subscriptions)
{
	unsigned subscribed = 0;
	unsigned trying = TAILQ_EMPTY(&subscriptions->waiting) ? 0 : 1;
	for (unsigned i = 0; i < subscriptions->n_groups; i++) {
		const struct subscription_group *group = subscriptions->groups[i];
		if (!group)
			continue;
		subscribed += group->count[SUBSCRIPTION_SUBSCRIBED];
		trying += group->count[SUBSCRIPTION_READY] +
			  group->count[SUBSCRIPTION_ASKED];
	}
	return subscribed == 0 &&
	       (trying == 0 || subscriptions->refusals >= SUBSCRIPTIONS_REFUSALS_MAX);
}

static void say_refused(
	struct subscription *subscription, const char *code, bool hopeless)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	if (hopeless)
		state_hint(subscriptions->sink.state, &subscriptions->told_refused,
			"Exchange lets the account subscribe to nobody's calendar (%s): "
			"give it the role ApplicationImpersonation (in Exchange Online "
			"Application EWS.AccessAsApp), or set notifications = false. "
			"Calendars are polled; tried again each hour",
			code);
	else
		state_hint(subscriptions->sink.state, &subscription->told,
			"Exchange does not let the account subscribe to the calendar of "
			"%.200s (%s): the scope of its right to impersonate has to "
			"include this mailbox, which is polled meanwhile",
			subscription->mailbox->address, code);
}

void subscriptions_refused(
	struct subscription *subscription, const char *code, int64_t now_ms)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	subscriptions->refusals++;
	subscription_rest(subscription,
		now_ms + subscriptions_jitter(subscriptions, SUBSCRIPTIONS_REFUSED_MS));
	bool hopeless = is_hopeless(subscriptions);
	say_refused(subscription, code, hopeless);
	subscription->told = true;
	if (!hopeless)
		return;
	subscription_rest(subscription,
		now_ms + subscriptions_jitter(subscriptions, SUBSCRIPTIONS_BARRED_MS));
	subscriptions_bar(subscriptions, now_ms);
}

static void say_full(struct subscriptions *subscriptions, const char *code)
{
	state_hint(subscriptions->sink.state, &subscriptions->told_full,
		"Exchange takes no more subscriptions to some calendars (%s): those of "
		"an earlier run expire in half an hour; if this stays, raise "
		"EWSMaxSubscriptions in the throttling policy. They are polled meanwhile",
		code);
}

static void refuse(
	struct subscription *subscription, const struct outcome *outcome, int64_t now_ms)
{
	const char *code = outcome->code;
	struct subscriptions *subscriptions = subscription->subscriptions;
	struct subscription_group *group = subscription->group;
	switch (subscription_error_of(code)) {
	case SUBSCRIPTION_ERROR_FULL:
		say_full(subscriptions, code);
		subscription_rest(
			subscription, now_ms + subscriptions_jitter(subscriptions,
						       SUBSCRIPTIONS_FULL_MS));
		break;
	case SUBSCRIPTION_ERROR_REFUSED:
		subscriptions_refused(subscription, code, now_ms);
		break;
	case SUBSCRIPTION_ERROR_LOST:
	case SUBSCRIPTION_ERROR_MOVED:
		/* The server that the cookie names is gone. */
		if (group->anchored)
			group_rebuild(group, now_ms);
		else
			rest(subscription, outcome->back_off_ms, now_ms);
		break;
	case SUBSCRIPTION_ERROR_CROWDED:
	case SUBSCRIPTION_ERROR_BUSY:
	case SUBSCRIPTION_ERROR_ABSENT:
	case SUBSCRIPTION_ERROR_LATER:
		rest(subscription, outcome->back_off_ms, now_ms);
		break;
	}
}

/* The account was allowed after all: those who were refused may be so, too. */
static void try_all_again(struct subscriptions *subscriptions)
{
	subscriptions->refusals = 0;
	if (!subscriptions->told_refused)
		return;
	subscriptions->told_refused = false;
	subscriptions_try_again(subscriptions);
}

static void accept(struct subscription *subscription, const struct notify_answer *answer,
	const char *cookie, int64_t now_ms)
{
	struct subscription_group *group = subscription->group;
	if (!subscription_subscribe(subscription, answer->id, now_ms)) {
		rest(subscription, 0, now_ms);
		return;
	}
	if (!group->anchored) {
		group->anchored = true;
		(void)snprintf(group->cookie, sizeof group->cookie, "%s", cookie);
	}
	try_all_again(subscription->subscriptions);
}

static void settle(struct subscription *subscription, const struct outcome *outcome,
	const struct notify_answer *answer, const char *cookie, int64_t now_ms)
{
	struct subscription_group *group = subscription->group;
	bool answered = outcome->class == OUTCOME_USE;
	if (answered && answer->id[0] != '\0')
		accept(subscription, answer, cookie, now_ms);
	else if (!answered && !subscription_error_is_spared(outcome))
		subscription_change(
			subscription, SUBSCRIPTION_READY); // the account waits
	else if (!answered && outcome->code[0] != '\0')
		refuse(subscription, outcome, now_ms);
	else
		rest(subscription, 0, now_ms); // no id, or no word why
	group_gather(group, now_ms);
}

static struct outcome judge(enum subscription_request request,
	const struct request_reply *reply, struct notify_answer *out_answer)
{
	*out_answer = (struct notify_answer){.soap = {.kind = SOAP_BROKEN}};
	if (reply->outcome)
		return *reply->outcome;
	bool read =
		reply->body && (request == REQUEST_SUBSCRIBE ? notify_read_subscribe
							     : notify_read_unsubscribe)(
				       reply->body, reply->n, out_answer) == 0;
	struct outcome outcome =
		ews_outcome_of(reply->transfer, read ? &out_answer->soap : NULL, true);
	if (outcome.class == OUTCOME_USE && out_answer->message.class == SOAP_ERROR)
		return ews_outcome_of_message(&out_answer->message, true);
	return outcome;
}

static struct outcome done(
	void *self, unsigned i, const struct request_reply *reply, const struct now *now)
{
	struct subscriptions *subscriptions = self;
	struct subscription_slot *slot = &subscriptions->slots[i];
	enum subscription_request request = slot->request;
	struct subscription *subscription = slot->subscription;
	struct notify_answer answer;
	slot->request = REQUEST_NONE;
	slot->subscription = NULL;
	struct outcome outcome = judge(request, reply, &answer);
	state_note_server(subscriptions->sink.state, answer.soap.server_version);
	if (subscription)
		settle(subscription, &outcome, &answer, reply->cookie, now->mono_ms);
	else if (answer.id[0] != '\0')
		add_unsubscribe(subscriptions, NULL, slot->address, answer.id);
	subscriptions_fill(subscriptions);
	return subscription_error_spare(&outcome);
}

struct request_source subscriptions_source(struct subscriptions *subscriptions)
{
	return (struct request_source){
		.due = due, .next = next, .done = done, .self = subscriptions};
}
