/* A table that cannot grow leaves the new element out instead of ending the program. */
#define HASH_NONFATAL_OOM 1
#include "ews/notifying/notifier.h"

#include "base/jitter.h"
#include "ews/notifying/notifier_group.h"
#include "ews/places/sites.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------ pauses */

int64_t notifier_jitter(struct notifier *notifier, int64_t ms)
{
	return ms + jitter_upto(&notifier->random, ms / 4);
}

int64_t notifier_pause(
	struct notifier *notifier, unsigned failures, int64_t min_ms, int64_t max_ms)
{
	int64_t ms = min_ms;
	for (unsigned i = 1; i < failures && ms < max_ms; i++)
		ms *= 2;
	return notifier_jitter(notifier, ms < max_ms ? ms : max_ms);
}

/* ------------------------------------------------ life */

void notifier_init(
	struct notifier *notifier, const struct notifier_sink *sink, uint64_t seed)
{
	*notifier = (struct notifier){.sink = *sink, .random = seed | 1};
	timers_init(&notifier->timers);
	TAILQ_INIT(&notifier->waiting);
	STAILQ_INIT(&notifier->leavers);
}

static void drop(struct notifier *notifier, struct notified *mailbox)
{
	/* A mailbox is in the table, whose head then has one. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(notifier->table, mailbox);
	notified_leave(mailbox);
	notified_destroy(mailbox);
}

void notifier_finish(struct notifier *notifier)
{
	if (!notifier)
		return;
	while (notifier->table)
		drop(notifier, notifier->table);
	notifier_forget_leavers(notifier);
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++) {
		group_destroy(notifier->groups[i]);
		notifier->groups[i] = NULL;
	}
	timers_finish(&notifier->timers);
}

void notifier_forget_requests(void *self)
{
	struct notifier *notifier = self;
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++)
		notifier->slots[i] = (struct notify_slot){.errand = NOTIFY_NO_ERRAND};
}

static unsigned groups_of(const struct gateway_configure *configure)
{
	unsigned n = configure->notification_connections;
	if (!configure->notifications || n == 0)
		return 0;
	return n < EWS_STREAMS_MAX ? n : EWS_STREAMS_MAX;
}

void notifier_configure(struct notifier *notifier,
	const struct gateway_configure *configure, const struct moment *now)
{
	(void)now;
	notifier_forget_requests(notifier);
	notifier_forget_leavers(notifier);
	struct notified *mailbox;
	struct notified *next;
	HASH_ITER (hh, notifier->table, mailbox, next) {
		mailbox->failures = 0;
		mailbox->told = false;
		notified_wait(mailbox);
	}
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++) {
		group_destroy(notifier->groups[i]);
		notifier->groups[i] = NULL;
	}
	notifier->n_groups = groups_of(configure);
	notifier->refusals = 0;
	notifier->streamed = notifier->told_buffered = notifier->told_refused = false;
	notifier->told_full = notifier->told_crowded = notifier->told_old = false;
	while (notifier->n_groups == 0 && notifier->table)
		drop(notifier, notifier->table);
	notifier_fill(notifier);
}

/* ------------------------------------------------ who is watched */

void notifier_watch(struct notifier *notifier, const struct gateway_watch *watch,
	const struct moment *now)
{
	notifier_unwatch(notifier, watch->mailbox, now);
	if (notifier->n_groups == 0 || notifier->stopping)
		return;
	/* Without memory it is polled like those for whom there is no place. */
	struct notified *mailbox =
		notified_create(notifier, watch->mailbox, watch->address);
	if (!mailbox)
		return;
	HASH_ADD(hh, notifier->table, id, sizeof mailbox->id, mailbox);
	if (!mailbox->hh.tbl) {
		notified_leave(mailbox);
		notified_destroy(mailbox);
		return;
	}
	notifier_fill(notifier);
}

void notifier_unwatch(
	struct notifier *notifier, uint32_t mailbox, const struct moment *now)
{
	(void)now;
	struct notified *found;
	HASH_FIND(hh, notifier->table, &mailbox, sizeof mailbox, found);
	if (!found)
		return;
	notifier_unsubscribe(found);
	drop(notifier, found);
	notifier_fill(notifier);
}

static uint16_t site_of(const struct notified *mailbox)
{
	const struct notifier_sink *sink = &mailbox->notifier->sink;
	return sink->site(sink->context, mailbox->id);
}

static bool has_room(const struct notify_group *group)
{
	return group && group->state != GROUP_BARRED && group->n < NOTIFY_IDS_MAX;
}

/* A group of the first `most` that can take one more of this site, NULL: none. */
static struct notify_group *find_room(
	struct notifier *notifier, unsigned most, uint16_t site)
{
	struct notify_group *empty = NULL;
	for (unsigned i = 0; i < most; i++) {
		if (!notifier->groups[i])
			notifier->groups[i] = group_create(notifier, i);
		struct notify_group *group = notifier->groups[i];
		if (!has_room(group))
			continue;
		if (group->n > 0 && group->site == site)
			return group;
		if (group->n == 0 && !empty)
			empty = group;
	}
	return empty;
}

static bool has_any_room(const struct notifier *notifier, unsigned most)
{
	for (unsigned i = 0; i < most; i++)
		if (!notifier->groups[i] || has_room(notifier->groups[i]))
			return true;
	return false;
}

void notifier_fill(struct notifier *notifier)
{
	/* One group until a stream was seen to get through. */
	unsigned most =
		notifier->streamed || notifier->n_groups == 0 ? notifier->n_groups : 1;
	struct notified *mailbox = TAILQ_FIRST(&notifier->waiting);
	for (unsigned i = 0; mailbox && i < NOTIFIER_SEARCH_MAX; i++) {
		if (notifier->stopping || !has_any_room(notifier, most))
			return;
		struct notified *following = TAILQ_NEXT(mailbox, queue);
		uint16_t site = site_of(mailbox);
		struct notify_group *group =
			site != SITES_NONE ? find_room(notifier, most, site) : NULL;
		if (group) {
			group->site = site;
			notified_join(mailbox, group);
		}
		mailbox = following;
	}
}

/* One that is somewhere else now, or nobody knows where. */
static void leave_site(struct notified *mailbox, int64_t now_ms)
{
	struct notify_group *group = mailbox->group;
	bool is_anchor = strcmp(mailbox->address, group->anchor) == 0;
	notifier_unsubscribe(mailbox);
	notified_wait(mailbox);
	if (is_anchor)
		group_rebuild(group, now_ms);
}

void notifier_moved(struct notifier *notifier, const struct moment *now)
{
	struct notified *mailbox;
	struct notified *next;
	HASH_ITER (hh, notifier->table, mailbox, next)
		if (mailbox->group && site_of(mailbox) != mailbox->group->site)
			leave_site(mailbox, now->mono_ms);
	notifier_fill(notifier);
}

void notifier_bar(struct notifier *notifier, int64_t now_ms)
{
	int64_t until_ms = now_ms + notifier_jitter(notifier, NOTIFIER_BARRED_MS);
	notifier->streamed = false;
	notifier->refusals = 0;
	for (unsigned i = 0; i < notifier->n_groups; i++)
		if (notifier->groups[i])
			group_bar(notifier->groups[i], until_ms);
}

void notifier_stop(struct notifier *notifier, const struct moment *now)
{
	(void)now;
	notifier->stopping = true;
	struct notified *mailbox;
	struct notified *next;
	HASH_ITER (hh, notifier->table, mailbox, next) {
		notifier_unsubscribe(mailbox);
		drop(notifier, mailbox);
	}
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++)
		if (notifier->groups[i])
			group_close(notifier->groups[i], NULL);
}

bool notifier_has_stopped(const struct notifier *notifier)
{
	bool busy = notifier->n_leavers > 0;
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++)
		busy |= notifier->slots[i].errand != NOTIFY_NO_ERRAND;
	return notifier->stopping && !busy;
}

/* ------------------------------------------------ time */

int64_t notifier_due(const struct notifier *notifier)
{
	return timers_next(&notifier->timers);
}

void notifier_turn(struct notifier *notifier, const struct moment *now)
{
	(void)timers_fire(&notifier->timers, now->mono_ms, SIZE_MAX);
	notifier_fill(notifier);
}
