#include "ews/subscriptions/group.h"

#include <stdlib.h>
#include <string.h>

static bool is_streaming(const struct subscription_group *group)
{
	return group->state == GROUP_OPENING || group->state == GROUP_OPEN;
}

/* ------------------------------------------------ what the timers say */

static void say_buffered(struct subscriptions *subscriptions)
{
	if (subscriptions->told_buffered)
		return;
	subscriptions->told_buffered = true;
	state_hint(subscriptions->sink.state,
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
	group_doubt(group);
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
	group_doubt(group);
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

void group_doubt(struct subscription_group *group)
{
	for (unsigned i = 0; i < group->n; i++)
		group->members[i]->stale |=
			group->members[i]->state == SUBSCRIPTION_SUBSCRIBED;
}
