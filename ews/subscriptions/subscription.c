/* One mailbox on its way to a subscription. */
#include "ews/subscriptions/group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void fire(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	struct subscription *mailbox = (struct subscription *)timer; // its first member
	struct subscriptions *subscriptions = mailbox->subscriptions;
	if (mailbox->state == SUBSCRIPTION_RESTING)
		subscription_wait(mailbox);
	else
		subscriptions->sink.refresh(subscriptions->sink.context, mailbox->id);
}

struct subscription *subscription_create(
	struct subscriptions *subscriptions, uint32_t id, const char *address)
{
	size_t size = strlen(address) + 1;
	struct subscription *mailbox = malloc(sizeof *mailbox + size);
	if (!mailbox)
		return NULL;
	*mailbox = (struct subscription){.timer = {.fire = fire},
		.subscriptions = subscriptions,
		.id = id,
		.state = SUBSCRIPTION_WAITING};
	memcpy(mailbox->address, address, size);
	TAILQ_INSERT_TAIL(&subscriptions->waiting, mailbox, queue);
	return mailbox;
}

void subscription_destroy(struct subscription *mailbox)
{
	assert(!mailbox->group && !timer_is_set(&mailbox->timer));
	free(mailbox->server_id);
	free(mailbox);
}

void subscription_tell(struct subscription *mailbox, bool notified)
{
	struct subscriptions *subscriptions = mailbox->subscriptions;
	if (mailbox->notified == notified)
		return;
	mailbox->notified = notified;
	subscriptions->n_notified += notified ? 1 : (uint32_t)-1;
	subscriptions->sink.notified(subscriptions->sink.context, mailbox->id, notified);
}

static void forget_request(struct subscription *mailbox)
{
	struct subscriptions *subscriptions = mailbox->subscriptions;
	if (mailbox->state != SUBSCRIPTION_ASKED)
		return;
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++)
		if (subscriptions->slots[i].mailbox == mailbox)
			subscriptions->slots[i].mailbox = NULL;
}

/* Without its subscription. A change that was told and not read yet is read now. */
static void forget_subscription(struct subscription *mailbox)
{
	struct subscriptions *subscriptions = mailbox->subscriptions;
	if (mailbox->state != SUBSCRIPTION_SUBSCRIBED)
		return;
	if (timer_is_set(&mailbox->timer)) {
		timers_cancel(&subscriptions->timers, &mailbox->timer);
		subscriptions->sink.refresh(subscriptions->sink.context, mailbox->id);
	}
	free(mailbox->server_id);
	mailbox->server_id = NULL;
	mailbox->covered = mailbox->stale = false;
	subscription_tell(mailbox, false);
}

static void leave_group(struct subscription *mailbox)
{
	struct subscription_group *group = mailbox->group;
	if (!group)
		return;
	struct subscription *last = group->members[--group->n];
	group->members[mailbox->place] = last;
	last->place = mailbox->place;
	group->count[mailbox->state]--;
	mailbox->group = NULL;
}

void subscription_leave(struct subscription *mailbox)
{
	struct subscriptions *subscriptions = mailbox->subscriptions;
	forget_request(mailbox);
	forget_subscription(mailbox);
	leave_group(mailbox);
	if (mailbox->state == SUBSCRIPTION_WAITING)
		TAILQ_REMOVE(&subscriptions->waiting, mailbox, queue);
	timers_cancel(&subscriptions->timers, &mailbox->timer);
	/* In no queue and no group, as one that rests and is not told when to wake. */
	mailbox->state = SUBSCRIPTION_RESTING;
}

void subscription_wait(struct subscription *mailbox)
{
	subscription_leave(mailbox);
	mailbox->state = SUBSCRIPTION_WAITING;
	TAILQ_INSERT_TAIL(&mailbox->subscriptions->waiting, mailbox, queue);
}

void subscription_rest(struct subscription *mailbox, int64_t until_ms)
{
	subscription_leave(mailbox);
	timers_set(&mailbox->subscriptions->timers, &mailbox->timer, until_ms);
}

void subscription_join(struct subscription *mailbox, struct subscription_group *group)
{
	assert(group->n < NOTIFY_IDS_MAX);
	subscription_leave(mailbox);
	mailbox->state = SUBSCRIPTION_READY;
	mailbox->group = group;
	mailbox->place = (uint8_t)group->n;
	group->members[group->n++] = mailbox;
	group->count[SUBSCRIPTION_READY]++;
}

void subscription_change(struct subscription *mailbox, enum subscription_state state)
{
	assert(mailbox->group && state != SUBSCRIPTION_SUBSCRIBED);
	forget_request(mailbox);
	forget_subscription(mailbox);
	mailbox->group->count[mailbox->state]--;
	mailbox->state = (uint8_t)state;
	mailbox->group->count[state]++;
}

bool subscription_subscribe(struct subscription *mailbox, const char *id, int64_t now_ms)
{
	assert(mailbox->state == SUBSCRIPTION_ASKED);
	mailbox->server_id = strdup(id);
	if (!mailbox->server_id)
		return false;
	mailbox->group->count[mailbox->state]--;
	mailbox->state = SUBSCRIPTION_SUBSCRIBED;
	mailbox->group->count[mailbox->state]++;
	mailbox->since_ms = now_ms;
	mailbox->stale = true;
	mailbox->told = false;
	return true;
}

void subscription_touch(struct subscription *mailbox, int64_t now_ms)
{
	if (!timer_is_set(&mailbox->timer))
		timers_set(&mailbox->subscriptions->timers, &mailbox->timer,
			now_ms + SUBSCRIPTIONS_DEBOUNCE_MS);
}

void subscription_lose(struct subscription *mailbox, int64_t now_ms)
{
	assert(mailbox->state == SUBSCRIPTION_SUBSCRIBED);
	bool short_lived = now_ms - mailbox->since_ms < SUBSCRIPTIONS_SETTLED_MS;
	if (!short_lived)
		mailbox->failures = 0;
	else if (mailbox->failures < UINT8_MAX)
		mailbox->failures++;
	if (mailbox->failures > 1)
		subscription_rest(
			mailbox, now_ms + subscriptions_pause(mailbox->subscriptions,
						  mailbox->failures - 1u,
						  SUBSCRIPTIONS_REST_MIN_MS,
						  SUBSCRIPTIONS_REST_MAX_MS));
	else
		subscription_change(mailbox, SUBSCRIPTION_READY);
}
