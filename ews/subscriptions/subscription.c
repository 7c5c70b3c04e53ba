/* One mailbox on its way to a subscription. */
#include "ews/subscriptions/group.h"

#include "ews/operations/ews_outcome.h"
#include "ews/soap/code.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where what is to be done is not what the class of the code says. */
static const struct {
	const char *code;
	enum subscription_error error;
} exceptions[] = {
	{"ErrorExceededConnectionCount", SUBSCRIPTION_ERROR_CROWDED},
	{"ErrorExceededSubscriptionCount", SUBSCRIPTION_ERROR_FULL},
	{"ErrorInvalidExchangeImpersonationHeaderData", SUBSCRIPTION_ERROR_REFUSED},
	/* Somebody else, or a connection of ours that we gave up, has the stream. */
	{"ErrorNewEventStreamConnectionOpened", SUBSCRIPTION_ERROR_LATER},
	{"ErrorProxiedSubscriptionCallFailure", SUBSCRIPTION_ERROR_MOVED},
	{"ErrorProxyRequestNotAllowed", SUBSCRIPTION_ERROR_MOVED},
	{EWS_FORBIDDEN, SUBSCRIPTION_ERROR_REFUSED},
};

enum subscription_error subscription_error_of(const char *code)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (strcmp(code, exceptions[i].code) == 0)
			return exceptions[i].error;
	switch (ews_code_class(code)) {
	case EWS_CODE_RESUBSCRIBE:
		return SUBSCRIPTION_ERROR_LOST;
	case EWS_CODE_THROTTLE:
		return SUBSCRIPTION_ERROR_BUSY;
	case EWS_CODE_AUTHZ:
		return SUBSCRIPTION_ERROR_REFUSED;
	case EWS_CODE_MAILBOX:
		return SUBSCRIPTION_ERROR_ABSENT;
	case EWS_CODE_OK:
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_REDISCOVER:
	case EWS_CODE_SHRINK:
	case EWS_CODE_REQUEST:
	case EWS_CODE_ITEM:
	case EWS_CODE_OTHER:
		break;
	}
	return SUBSCRIPTION_ERROR_LATER;
}

bool subscription_error_is_spared(const struct outcome *outcome)
{
	return outcome->scope == SCOPE_MAILBOX || outcome->scope == SCOPE_BATCH;
}

struct outcome subscription_error_spare(const struct outcome *outcome)
{
	struct outcome result = *outcome;
	bool is_busy = outcome->class == OUTCOME_BACK_OFF && outcome->code[0] != '\0' &&
		       subscription_error_of(outcome->code) == SUBSCRIPTION_ERROR_BUSY;
	if (subscription_error_is_spared(outcome) && !is_busy)
		result.scope = SCOPE_NONE;
	return result;
}

static void fire(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	struct subscription *subscription =
		(struct subscription *)timer; // its first member
	struct subscriptions *subscriptions = subscription->subscriptions;
	if (subscription->state == SUBSCRIPTION_RESTING)
		subscription_wait(subscription);
	else
		subscriptions->sink.refresh(
			subscriptions->sink.context, subscription->mailbox);
}

void subscription_create(struct subscriptions *subscriptions, struct mailbox *mailbox)
{
	struct subscription *subscription = malloc(sizeof(*subscription));
	if (!subscription)
		return;
	*subscription = (struct subscription){.timer = {.fire = fire},
		.subscriptions = subscriptions,
		.mailbox = mailbox,
		.state = SUBSCRIPTION_WAITING};
	TAILQ_INSERT_TAIL(&subscriptions->waiting, subscription, queue);
	mailbox->subscription = subscription;
}

void subscription_destroy(struct subscription *subscription)
{
	subscription_leave(subscription);
	subscription->mailbox->subscription = NULL;
	free(subscription);
}

void subscription_tell(struct subscription *subscription, bool notified)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	if (subscription->notified == notified)
		return;
	subscription->notified = notified;
	subscriptions->n_notified += notified ? 1 : (uint32_t)-1;
	subscriptions->sink.notified(
		subscriptions->sink.context, subscription->mailbox, notified);
}

static void forget_request(struct subscription *subscription)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	if (subscription->state != SUBSCRIPTION_ASKED)
		return;
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++)
		if (subscriptions->slots[i].subscription == subscription)
			subscriptions->slots[i].subscription = NULL;
}

/* Without its subscription. A change that was told and not read yet is read now. */
static void forget_subscription(struct subscription *subscription)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	if (subscription->state != SUBSCRIPTION_SUBSCRIBED)
		return;
	if (timer_is_set(&subscription->timer)) {
		timers_cancel(&subscriptions->timers, &subscription->timer);
		subscriptions->sink.refresh(
			subscriptions->sink.context, subscription->mailbox);
	}
	free(subscription->server_id);
	subscription->server_id = NULL;
	subscription->covered = subscription->opened = false;
	subscription->stale = false;
	subscription_tell(subscription, false);
}

static void leave_group(struct subscription *subscription)
{
	struct subscription_group *group = subscription->group;
	if (!group)
		return;
	struct subscription *last = group->members[--group->n];
	group->members[subscription->place] = last;
	last->place = subscription->place;
	group->count[subscription->state]--;
	subscription->group = NULL;
}

void subscription_leave(struct subscription *subscription)
{
	struct subscriptions *subscriptions = subscription->subscriptions;
	forget_request(subscription);
	forget_subscription(subscription);
	leave_group(subscription);
	if (subscription->state == SUBSCRIPTION_WAITING)
		TAILQ_REMOVE(&subscriptions->waiting, subscription, queue);
	timers_cancel(&subscriptions->timers, &subscription->timer);
	/* In no queue and no group, as one that rests and is not told when to wake. */
	subscription->state = SUBSCRIPTION_RESTING;
}

void subscription_wait(struct subscription *subscription)
{
	subscription_leave(subscription);
	subscription->state = SUBSCRIPTION_WAITING;
	TAILQ_INSERT_TAIL(&subscription->subscriptions->waiting, subscription, queue);
}

void subscription_rest(struct subscription *subscription, int64_t until_ms)
{
	subscription_leave(subscription);
	timers_set(&subscription->subscriptions->timers, &subscription->timer, until_ms);
}

void subscription_join(
	struct subscription *subscription, struct subscription_group *group)
{
	assert(group->n < NOTIFY_IDS_MAX);
	subscription_leave(subscription);
	subscription->state = SUBSCRIPTION_READY;
	subscription->group = group;
	subscription->place = (uint8_t)group->n;
	group->members[group->n++] = subscription;
	group->count[SUBSCRIPTION_READY]++;
}

void subscription_change(struct subscription *subscription, enum subscription_state state)
{
	assert(subscription->group && state != SUBSCRIPTION_SUBSCRIBED);
	forget_request(subscription);
	forget_subscription(subscription);
	subscription->group->count[subscription->state]--;
	subscription->state = (uint8_t)state;
	subscription->group->count[state]++;
}

bool subscription_subscribe(
	struct subscription *subscription, const char *id, int64_t now_ms)
{
	assert(subscription->state == SUBSCRIPTION_ASKED);
	subscription->server_id = strdup(id);
	if (!subscription->server_id)
		return false;
	subscription->group->count[subscription->state]--;
	subscription->state = SUBSCRIPTION_SUBSCRIBED;
	subscription->group->count[subscription->state]++;
	subscription->since_ms = now_ms;
	subscription->stale = true;
	subscription->told = false;
	return true;
}

void subscription_touch(struct subscription *subscription, int64_t now_ms)
{
	if (!timer_is_set(&subscription->timer))
		timers_set(&subscription->subscriptions->timers, &subscription->timer,
			now_ms + SUBSCRIPTIONS_DEBOUNCE_MS);
}

void subscription_lose(struct subscription *subscription, int64_t now_ms)
{
	assert(subscription->state == SUBSCRIPTION_SUBSCRIBED);
	bool short_lived = now_ms - subscription->since_ms < SUBSCRIPTIONS_SETTLED_MS;
	if (!short_lived)
		subscription->failures = 0;
	else if (subscription->failures < UINT8_MAX)
		subscription->failures++;
	if (subscription->failures > 1)
		subscription_rest(subscription,
			now_ms + subscriptions_pause(subscription->subscriptions,
					 subscription->failures - 1u,
					 SUBSCRIPTIONS_REST_MIN_MS,
					 SUBSCRIPTIONS_REST_MAX_MS));
	else
		subscription_change(subscription, SUBSCRIPTION_READY);
}
