#include "ews/subscriptions/subscriptions.h"

#include "base/jitter.h"
#include "ews/subscriptions/group.h"
#include "gateway/polling/mailbox_sites.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------ pauses */

int64_t subscriptions_jitter(struct subscriptions *subscriptions, int64_t ms)
{
	return ms + jitter_upto(&subscriptions->random, ms / 4);
}

int64_t subscriptions_pause(struct subscriptions *subscriptions, unsigned failures,
	int64_t min_ms, int64_t max_ms)
{
	int64_t ms = min_ms;
	for (unsigned i = 1; i < failures && ms < max_ms; i++)
		ms *= 2;
	return subscriptions_jitter(subscriptions, ms < max_ms ? ms : max_ms);
}

/* ------------------------------------------------ life */

static unsigned groups_of(const struct gateway_configure *settings)
{
	unsigned n = settings->notification_connections;
	if (!settings->notifications || n == 0)
		return 0;
	return n < GATEWAY_STREAMS_MAX ? n : GATEWAY_STREAMS_MAX;
}

void subscriptions_init(struct subscriptions *subscriptions,
	const struct subscriptions_sink *sink, const struct gateway_configure *settings,
	uint64_t seed)
{
	*subscriptions = (struct subscriptions){
		.sink = *sink, .n_groups = groups_of(settings), .random = seed | 1};
	timers_init(&subscriptions->timers);
	TAILQ_INIT(&subscriptions->waiting);
	STAILQ_INIT(&subscriptions->unsubscribes);
}

/* All of them, in no order, of which one may be destroyed: the one after that of this
 * mailbox. */
static struct subscription *following(
	const struct subscriptions *subscriptions, const struct mailbox **mailbox)
{
	do
		*mailbox = mailboxes_after(subscriptions->sink.mailboxes, *mailbox);
	while (*mailbox && !(*mailbox)->subscription);
	return *mailbox ? (*mailbox)->subscription : NULL;
}

void subscriptions_finish(struct subscriptions *subscriptions)
{
	const struct mailbox *mailbox = NULL;
	struct subscription *subscription;
	while ((subscription = following(subscriptions, &mailbox)))
		subscription_destroy(subscription);
	subscriptions_forget_unsubscribes(subscriptions);
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		group_destroy(subscriptions->groups[i]);
		subscriptions->groups[i] = NULL;
	}
	timers_finish(&subscriptions->timers);
}

/* ------------------------------------------------ who is watched */

void subscriptions_watch(struct subscriptions *subscriptions, struct mailbox *mailbox)
{
	if (subscriptions->n_groups == 0 || subscriptions->stopping)
		return;
	subscription_create(subscriptions, mailbox);
	subscriptions_fill(subscriptions);
}

void subscriptions_unwatch(struct subscriptions *subscriptions, struct mailbox *mailbox)
{
	if (!mailbox->subscription)
		return;
	subscriptions_unsubscribe(mailbox->subscription);
	subscription_destroy(mailbox->subscription);
	subscriptions_fill(subscriptions);
}

static bool has_room(const struct subscription_group *group)
{
	unsigned most = group && group->subscriptions->own_streams ? 1 : NOTIFY_IDS_MAX;
	return group && group->state != GROUP_BARRED && group->n < most;
}

/* A group of the first `most` that can take one more of this site, NULL: none. */
static struct subscription_group *find_room(
	struct subscriptions *subscriptions, unsigned most, uint16_t site)
{
	struct subscription_group *empty = NULL;
	for (unsigned i = 0; i < most; i++) {
		if (!subscriptions->groups[i])
			subscriptions->groups[i] = group_create(subscriptions, i);
		struct subscription_group *group = subscriptions->groups[i];
		if (!has_room(group))
			continue;
		if (group->n > 0 && group->site == site)
			return group;
		if (group->n == 0 && !empty)
			empty = group;
	}
	return empty;
}

static bool has_any_room(const struct subscriptions *subscriptions, unsigned most)
{
	for (unsigned i = 0; i < most; i++)
		if (!subscriptions->groups[i] || has_room(subscriptions->groups[i]))
			return true;
	return false;
}

void subscriptions_fill(struct subscriptions *subscriptions)
{
	/* One group until a stream was seen to get through. */
	unsigned most = subscriptions->streamed || subscriptions->n_groups == 0
				? subscriptions->n_groups
				: 1;
	struct subscription *subscription = TAILQ_FIRST(&subscriptions->waiting);
	for (unsigned i = 0; subscription && i < SUBSCRIPTIONS_SEARCH_MAX; i++) {
		if (subscriptions->stopping || !has_any_room(subscriptions, most))
			return;
		struct subscription *next = TAILQ_NEXT(subscription, queue);
		uint16_t site = subscription->mailbox->site;
		struct subscription_group *group =
			site != SITES_NONE ? find_room(subscriptions, most, site) : NULL;
		if (group) {
			group->site = site;
			subscription_join(subscription, group);
		}
		subscription = next;
	}
}

/* One that is somewhere else now, or nobody knows where. */
static void leave_site(struct subscription *subscription, int64_t now_ms)
{
	struct subscription_group *group = subscription->group;
	bool is_anchor = strcmp(subscription->mailbox->address, group->anchor) == 0;
	subscriptions_unsubscribe(subscription);
	subscription_wait(subscription);
	if (is_anchor)
		group_rebuild(group, now_ms);
}

void subscriptions_moved(struct subscriptions *subscriptions, const struct now *now)
{
	const struct mailbox *mailbox = NULL;
	struct subscription *subscription;
	while ((subscription = following(subscriptions, &mailbox)))
		if (subscription->group && mailbox->site != subscription->group->site)
			leave_site(subscription, now->mono_ms);
	subscriptions_fill(subscriptions);
}

void subscriptions_try_again(struct subscriptions *subscriptions)
{
	const struct mailbox *mailbox = NULL;
	struct subscription *subscription;
	while ((subscription = following(subscriptions, &mailbox)))
		if (subscription->state == SUBSCRIPTION_RESTING && subscription->told)
			subscription_wait(subscription);
}

void subscriptions_bar(struct subscriptions *subscriptions, int64_t now_ms)
{
	int64_t until_ms =
		now_ms + subscriptions_jitter(subscriptions, SUBSCRIPTIONS_BARRED_MS);
	subscriptions->streamed = false;
	subscriptions->refusals = 0;
	for (unsigned i = 0; i < subscriptions->n_groups; i++)
		if (subscriptions->groups[i])
			group_bar(subscriptions->groups[i], until_ms);
}

void subscriptions_recovered(struct subscriptions *subscriptions)
{
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		struct subscription_group *group = subscriptions->groups[i];
		if (!group || !group->outage || group->state != GROUP_IDLE)
			continue;
		group->outage = false;
		group->rescued = true;
		group->failures = 0;
		group_reopen(group);
	}
}

void subscriptions_stop(struct subscriptions *subscriptions)
{
	subscriptions->stopping = true;
	const struct mailbox *mailbox = NULL;
	struct subscription *subscription;
	while ((subscription = following(subscriptions, &mailbox))) {
		subscriptions_unsubscribe(subscription);
		subscription_destroy(subscription);
	}
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++)
		if (subscriptions->groups[i])
			group_close(subscriptions->groups[i], NULL);
}

bool subscriptions_has_stopped(const struct subscriptions *subscriptions)
{
	bool busy = subscriptions->n_unsubscribes > 0;
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++)
		busy |= subscriptions->slots[i].request != REQUEST_NONE;
	return subscriptions->stopping && !busy;
}

/* ------------------------------------------------ time */

int64_t subscriptions_due(const struct subscriptions *subscriptions)
{
	return timers_next(&subscriptions->timers);
}

void subscriptions_turn(struct subscriptions *subscriptions, const struct now *now)
{
	(void)timers_fire(&subscriptions->timers, now->mono_ms, SIZE_MAX);
	subscriptions_fill(subscriptions);
}
