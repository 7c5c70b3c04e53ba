/* One mailbox on its way to a subscription. */
#include "ews/notifying/notifier_group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void fire(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	struct notified *mailbox = (struct notified *)timer; // its first member
	struct notifier *notifier = mailbox->notifier;
	if (mailbox->state == NOTIFIED_RESTING)
		notified_wait(mailbox);
	else
		notifier->sink.refresh(notifier->sink.context, mailbox->id);
}

struct notified *notified_create(
	struct notifier *notifier, uint32_t id, const char *address)
{
	size_t size = strlen(address) + 1;
	struct notified *mailbox = malloc(sizeof *mailbox + size);
	if (!mailbox)
		return NULL;
	*mailbox = (struct notified){.timer = {.fire = fire},
		.notifier = notifier,
		.id = id,
		.state = NOTIFIED_WAITING};
	memcpy(mailbox->address, address, size);
	TAILQ_INSERT_TAIL(&notifier->waiting, mailbox, queue);
	return mailbox;
}

void notified_destroy(struct notified *mailbox)
{
	assert(!mailbox->group && !timer_is_set(&mailbox->timer));
	free(mailbox->subscription);
	free(mailbox);
}

void notified_tell(struct notified *mailbox, bool notified)
{
	struct notifier *notifier = mailbox->notifier;
	if (mailbox->notified == notified)
		return;
	mailbox->notified = notified;
	notifier->n_notified += notified ? 1 : (uint32_t)-1;
	notifier->sink.notified(notifier->sink.context, mailbox->id, notified);
}

static void forget_request(struct notified *mailbox)
{
	struct notifier *notifier = mailbox->notifier;
	if (mailbox->state != NOTIFIED_ASKED)
		return;
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++)
		if (notifier->slots[i].mailbox == mailbox)
			notifier->slots[i].mailbox = NULL;
}

/* Without its subscription. A change that was told and not read yet is read now. */
static void forget_subscription(struct notified *mailbox)
{
	struct notifier *notifier = mailbox->notifier;
	if (mailbox->state != NOTIFIED_SUBSCRIBED)
		return;
	if (timer_is_set(&mailbox->timer)) {
		timers_cancel(&notifier->timers, &mailbox->timer);
		notifier->sink.refresh(notifier->sink.context, mailbox->id);
	}
	free(mailbox->subscription);
	mailbox->subscription = NULL;
	mailbox->covered = mailbox->stale = false;
	notified_tell(mailbox, false);
}

static void leave_group(struct notified *mailbox)
{
	struct notify_group *group = mailbox->group;
	if (!group)
		return;
	struct notified *last = group->members[--group->n];
	group->members[mailbox->place] = last;
	last->place = mailbox->place;
	group->count[mailbox->state]--;
	mailbox->group = NULL;
}

void notified_leave(struct notified *mailbox)
{
	struct notifier *notifier = mailbox->notifier;
	forget_request(mailbox);
	forget_subscription(mailbox);
	leave_group(mailbox);
	if (mailbox->state == NOTIFIED_WAITING)
		TAILQ_REMOVE(&notifier->waiting, mailbox, queue);
	timers_cancel(&notifier->timers, &mailbox->timer);
	/* In no queue and no group, as one that rests and is not told when to wake. */
	mailbox->state = NOTIFIED_RESTING;
}

void notified_wait(struct notified *mailbox)
{
	notified_leave(mailbox);
	mailbox->state = NOTIFIED_WAITING;
	TAILQ_INSERT_TAIL(&mailbox->notifier->waiting, mailbox, queue);
}

void notified_rest(struct notified *mailbox, int64_t until_ms)
{
	notified_leave(mailbox);
	timers_set(&mailbox->notifier->timers, &mailbox->timer, until_ms);
}

void notified_join(struct notified *mailbox, struct notify_group *group)
{
	assert(group->n < NOTIFY_IDS_MAX);
	notified_leave(mailbox);
	mailbox->state = NOTIFIED_READY;
	mailbox->group = group;
	mailbox->place = (uint8_t)group->n;
	group->members[group->n++] = mailbox;
	group->count[NOTIFIED_READY]++;
}

void notified_change(struct notified *mailbox, enum notified_state state)
{
	assert(mailbox->group && state != NOTIFIED_SUBSCRIBED);
	forget_request(mailbox);
	forget_subscription(mailbox);
	mailbox->group->count[mailbox->state]--;
	mailbox->state = (uint8_t)state;
	mailbox->group->count[state]++;
}

bool notified_subscribe(struct notified *mailbox, const char *id, int64_t now_ms)
{
	assert(mailbox->state == NOTIFIED_ASKED);
	mailbox->subscription = strdup(id);
	if (!mailbox->subscription)
		return false;
	mailbox->group->count[mailbox->state]--;
	mailbox->state = NOTIFIED_SUBSCRIBED;
	mailbox->group->count[mailbox->state]++;
	mailbox->since_ms = now_ms;
	mailbox->stale = true;
	mailbox->told = false;
	return true;
}

void notified_touch(struct notified *mailbox, int64_t now_ms)
{
	if (!timer_is_set(&mailbox->timer))
		timers_set(&mailbox->notifier->timers, &mailbox->timer,
			now_ms + NOTIFIER_DEBOUNCE_MS);
}

void notified_lose(struct notified *mailbox, int64_t now_ms)
{
	assert(mailbox->state == NOTIFIED_SUBSCRIBED);
	bool short_lived = now_ms - mailbox->since_ms < NOTIFIER_SETTLED_MS;
	if (!short_lived)
		mailbox->failures = 0;
	else if (mailbox->failures < UINT8_MAX)
		mailbox->failures++;
	if (mailbox->failures > 1)
		notified_rest(mailbox,
			now_ms + notifier_pause(mailbox->notifier, mailbox->failures - 1u,
					 NOTIFIER_REST_MIN_MS, NOTIFIER_REST_MAX_MS));
	else
		notified_change(mailbox, NOTIFIED_READY);
}
