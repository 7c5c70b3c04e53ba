#ifndef EWS_NOTIFYING_NOTIFIER_GROUP_H
#define EWS_NOTIFYING_NOTIFIER_GROUP_H

#include "ews/messages/notify.h"
#include "ews/messages/stream_split.h"
#include "ews/notifying/notifier.h"

#include <uthash.h>

/*
 * What the parts of the notifier share: mailboxes on their way to a subscription, and
 * groups with their streams.
 */
enum notified_state {
	NOTIFIED_WAITING, // for a place in a group
	NOTIFIED_RESTING, // after a failure, out of all groups
	NOTIFIED_READY,   // to be subscribed
	NOTIFIED_ASKED,   // Subscribe is out
	NOTIFIED_SUBSCRIBED,
	NOTIFIED_STATES,
};

struct notified {
	struct timer timer; // RESTING: until; SUBSCRIBED: when to read what changed
	UT_hash_handle hh;  // notifier::table
	TAILQ_ENTRY(notified) queue; // WAITING: notifier::waiting
	struct notifier *notifier;   // borrowed
	struct notify_group *group;  // borrowed; NULL: WAITING, RESTING
	char *subscription;          // owned, SUBSCRIBED
	int64_t since_ms;            // SUBSCRIBED
	uint32_t id;
	uint8_t place;    // in group->members
	uint8_t state;    // enum notified_state
	uint8_t failures; // in a row
	bool covered;     // the stream was asked for it
	bool stale;       // a change may have been missed
	bool notified;    // as the sink knows it
	bool told;        // that it is refused
	char address[];
};

enum group_state {
	GROUP_BARRED,  // until the timer fires
	GROUP_IDLE,    // until the timer fires, or somebody subscribed
	GROUP_WANTED,  // to be opened
	GROUP_OPENING, // without a word
	GROUP_OPEN,
};

struct notify_group {
	struct timer timer;        // what the state of the stream waits for
	struct timer gather;       // when to open it anew for new subscriptions
	struct notifier *notifier; // borrowed
	unsigned number;           // of the stream
	uint16_t site;             // of all members
	unsigned generation;       // subscriptions of an earlier one do not count
	enum group_state state;
	bool closing;             // the stream is to be closed first
	bool judged;              // verdict is of this stream
	bool left;                // one of its subscriptions was ended by us
	struct verdict verdict;   // for the identity
	struct soap_answer fault; // what the stream said instead of news
	int64_t opened_ms;        // the stream was asked for
	int64_t word_ms;          // it said the first word; INT64_MAX: it did not
	int64_t silence_ms;
	int64_t subscribe_ms; // nobody subscribes before
	unsigned failures;    // in a row
	struct stream_split split;
	/* affinity: whoever subscribed first stands for all */
	bool anchored;
	char anchor[GATEWAY_ADDRESS_MAX + 1];
	char cookie[ERRAND_COOKIE_SIZE];
	/* members, in no order */
	unsigned n;
	unsigned count[NOTIFIED_STATES];
	struct notified *members[NOTIFY_IDS_MAX]; // borrowed
};

/* ------------------------------------------------ notifier.c */

/* ms and up to a quarter on top. */
int64_t notifier_jitter(struct notifier *notifier, int64_t ms);
/* min_ms, doubled for each failure but the first, up to max_ms; with jitter. */
int64_t notifier_pause(
	struct notifier *notifier, unsigned failures, int64_t min_ms, int64_t max_ms);
/* What is out will not be done; self is the notifier. */
void notifier_forget_requests(void *self);
/* Puts those who wait into groups with room. */
void notifier_fill(struct notifier *notifier);
/* Notifications are not to be had for now: all wait. */
void notifier_bar(struct notifier *notifier, int64_t now_ms);

/* ------------------------------------------------ notified.c: one mailbox */

/* NULL when out of memory. */
struct notified *notified_create(
	struct notifier *notifier, uint32_t id, const char *address);
/* It is in no group. */
void notified_destroy(struct notified *mailbox);
void notified_join(struct notified *mailbox, struct notify_group *group);
/* Wherever it is: out of its group, to the end of those who wait. */
void notified_wait(struct notified *mailbox);
void notified_rest(struct notified *mailbox, int64_t until_ms);
/* Takes it out of wherever it is, without its subscription. */
void notified_leave(struct notified *mailbox);
/* A member: to another state but SUBSCRIBED. */
void notified_change(struct notified *mailbox, enum notified_state state);
/* False when out of memory. */
bool notified_subscribe(struct notified *mailbox, const char *id, int64_t now_ms);
/* Something happened to it. */
void notified_touch(struct notified *mailbox, int64_t now_ms);
void notified_tell(struct notified *mailbox, bool notified);
/* Its subscription is gone: a new one at once, unless this one was too short. */
void notified_lose(struct notified *mailbox, int64_t now_ms);

/* ------------------------------------------------ notifier_group.c */

/* NULL when out of memory. */
struct notify_group *group_create(struct notifier *notifier, unsigned number);
void group_destroy(struct notify_group *group); // without members; accepts NULL
struct notified *group_find(const struct notify_group *group, const char *subscription);
/* A request with the affinity of the group. */
struct errand group_errand(const struct notify_group *group, const char *action);
/* Somebody subscribed, or failed to: opens the stream when it is worth it. */
void group_gather(struct notify_group *group, int64_t now_ms);
/* The stream is not what it should be any more: it is to be closed, and its request ended
 * with this verdict unless it has one; NULL: of which nothing is to be learnt. */
void group_close(struct notify_group *group, const struct verdict *verdict);
/* Closed, it is opened again at once. */
void group_reopen(struct notify_group *group);
/* Closed because of a subscription that we ended ourselves: opened again soon. */
void group_follow(struct notify_group *group, int64_t now_ms);
/* Closed after something that Exchange does now and then: opened again at once, unless it
 * is often. */
void group_recover(struct notify_group *group, int64_t now_ms);
/* Closed, it is opened again after a pause that grows, at_least_ms long. Changes may have
 * been missed. */
void group_fail(struct notify_group *group, int64_t at_least_ms, int64_t now_ms);
/* All that it has is forgotten: another anchor, new subscriptions, after a pause. */
void group_rebuild(struct notify_group *group, int64_t now_ms);
/* Its members wait for a place elsewhere. */
void group_bar(struct notify_group *group, int64_t until_ms);
/* All may have missed a change. */
void group_doubt(struct notify_group *group);

/* ------------------------------------------------ notifier_subscribe.c */

/* Has its subscription ended by and by. */
void notifier_unsubscribe(struct notified *mailbox);
void notifier_forget_leavers(struct notifier *notifier);
/* Exchange refuses this mailbox to the account. */
void notifier_refused(struct notified *mailbox, const char *code, int64_t now_ms);

#endif
