#ifndef EWS_SUBSCRIPTIONS_GROUP_H
#define EWS_SUBSCRIPTIONS_GROUP_H

#include "ews/operations/notify.h"
#include "ews/operations/stream_split.h"
#include "ews/subscriptions/subscriptions.h"

/*
 * What the parts of the subscriptions share: mailboxes on their way to a subscription,
 * and groups with their streams.
 */
enum subscription_state {
	SUBSCRIPTION_WAITING, // for a place in a group
	SUBSCRIPTION_RESTING, // after a failure, out of all groups
	SUBSCRIPTION_READY,   // to be subscribed
	SUBSCRIPTION_ASKED,   // Subscribe is out
	SUBSCRIPTION_SUBSCRIBED,
	SUBSCRIPTION_STATES,
};

struct subscription {
	struct timer timer; // RESTING: until; SUBSCRIBED: when to read what changed
	TAILQ_ENTRY(subscription) queue;     // WAITING: subscriptions::waiting
	struct subscriptions *subscriptions; // borrowed
	struct mailbox *mailbox;             // borrowed; whose
	struct subscription_group *group;    // borrowed; NULL: WAITING, RESTING
	char *server_id;                     // owned, SUBSCRIBED
	int64_t since_ms;                    // SUBSCRIBED
	uint8_t place;                       // in group->members
	uint8_t state;                       // enum subscription_state
	uint8_t failures;                    // in a row
	bool covered;                        // the stream was asked for it
	bool opened;                         // a stream with it has said a word
	bool stale;                          // a change may have been missed
	bool notified;                       // as the sink knows it
	bool told;                           // that it is refused
};

enum group_state {
	GROUP_BARRED,  // until the timer fires
	GROUP_IDLE,    // until the timer fires, or somebody subscribed
	GROUP_WANTED,  // to be opened
	GROUP_OPENING, // without a word
	GROUP_OPEN,
};

struct subscription_group {
	struct timer timer;                  // what the state of the stream waits for
	struct timer gather;                 // when to open it anew for new subscriptions
	struct subscriptions *subscriptions; // borrowed
	unsigned number;                     // of the stream
	uint16_t site;                       // of all members
	unsigned generation; // subscriptions of an earlier one do not count
	enum group_state state;
	bool closing;             // the stream is to be closed first
	bool judged;              // outcome is of this stream
	bool left;                // one of its subscriptions was ended by us
	struct outcome outcome;   // for the account
	struct soap_answer fault; // what the stream said instead of news
	int64_t opened_ms;        // the stream was asked for
	int64_t word_ms;          // it said the first word; INT64_MAX: it did not
	int64_t silence_ms;
	int64_t subscribe_ms; // nobody subscribes before
	unsigned failures;    // in a row
	unsigned crowded;     // likewise, for there being too many streams
	unsigned own;         // likewise, since only the anchor may be in them
	bool outage;          // it waits because nobody answered
	bool rescued;         // opened at its end, without a word since
	bool streamed;        // it has been open
	struct stream_split split;
	/* affinity: whoever subscribed first stands for all */
	bool anchored;
	char anchor[GATEWAY_ADDRESS_MAX + 1];
	char cookie[REQUEST_COOKIE_SIZE];
	/* members, in no order */
	unsigned n;
	unsigned count[SUBSCRIPTION_STATES];
	struct subscription *members[NOTIFY_IDS_MAX]; // borrowed
};

/* What a response code means for subscriptions and their streams. */
enum subscription_error {
	SUBSCRIPTION_ERROR_LOST,  // subscriptions are gone, or missed events: new ones,
				  // and a reading
	SUBSCRIPTION_ERROR_MOVED, // the server that they were on is not the one any more
	SUBSCRIPTION_ERROR_FULL,  // subscriptions of an earlier run count until they
				  // expire
	SUBSCRIPTION_ERROR_CROWDED, // too many streams
	SUBSCRIPTION_ERROR_BUSY,    // Exchange asks to wait
	SUBSCRIPTION_ERROR_REFUSED, // the account may not
	SUBSCRIPTION_ERROR_ABSENT,  // there is no such mailbox
	SUBSCRIPTION_ERROR_LATER,   // something that passes
};

/* Of a code that is neither NoError nor empty. */
enum subscription_error subscription_error_of(const char *code);

/* Whether an outcome says something of one subscription or stream and nothing of the
 * gateway, which polls on undisturbed. */
bool subscription_error_is_spared(const struct outcome *outcome);
/* What the account is to learn: nothing where it is spared, unless Exchange asks to wait.
 */
struct outcome subscription_error_spare(const struct outcome *outcome);

/* ------------------------------------------------ subscriptions.c */

/* ms and up to a quarter on top. */
int64_t subscriptions_jitter(struct subscriptions *subscriptions, int64_t ms);
/* min_ms, doubled for each failure but the first, up to max_ms; with jitter. */
int64_t subscriptions_pause(struct subscriptions *subscriptions, unsigned failures,
	int64_t min_ms, int64_t max_ms);
/* Puts those who wait into groups with room. */
void subscriptions_fill(struct subscriptions *subscriptions);
/* Those who were refused do not rest on. */
void subscriptions_try_again(struct subscriptions *subscriptions);
/* Notifications are not to be had for now: all wait. */
void subscriptions_bar(struct subscriptions *subscriptions, int64_t now_ms);

/* ------------------------------------------------ subscription.c */

/* Gives the mailbox one, which waits; without memory it has none. */
void subscription_create(struct subscriptions *subscriptions, struct mailbox *mailbox);
/* Wherever it is: the mailbox has none any more. */
void subscription_destroy(struct subscription *subscription);
void subscription_join(
	struct subscription *subscription, struct subscription_group *group);
/* Wherever it is: out of its group, to the end of those who wait. */
void subscription_wait(struct subscription *subscription);
void subscription_rest(struct subscription *subscription, int64_t until_ms);
/* Takes it out of wherever it is, without its subscription. */
void subscription_leave(struct subscription *subscription);
/* A member: to another state but SUBSCRIBED. */
void subscription_change(
	struct subscription *subscription, enum subscription_state state);
/* False when out of memory. */
bool subscription_subscribe(
	struct subscription *subscription, const char *id, int64_t now_ms);
/* Something happened to it. */
void subscription_touch(struct subscription *subscription, int64_t now_ms);
void subscription_tell(struct subscription *subscription, bool notified);
/* Its subscription is gone: a new one at once, unless this one was too short. */
void subscription_lose(struct subscription *subscription, int64_t now_ms);

/* ------------------------------------------------ group.c */

/* NULL when out of memory. */
struct subscription_group *group_create(
	struct subscriptions *subscriptions, unsigned number);
void group_destroy(struct subscription_group *group); // without members; accepts NULL
struct subscription *group_find(const struct subscription_group *group, const char *id);
/* A request with the affinity of the group. */
struct request group_request(const struct subscription_group *group, const char *action);
/* Somebody subscribed, or failed to: opens the stream when it is worth it. */
void group_gather(struct subscription_group *group, int64_t now_ms);
/* The stream is not what it should be any more: it is to be closed, and its request ended
 * with this outcome unless it has one; NULL: of which nothing is to be learnt. */
void group_close(struct subscription_group *group, const struct outcome *outcome);
/* Closed, it is opened again at once. */
void group_reopen(struct subscription_group *group);
/* Closed because of a subscription that we ended ourselves: opened again soon. */
void group_follow(struct subscription_group *group, int64_t now_ms);
/* Closed after something that Exchange does now and then: opened again at once, unless it
 * is often. */
void group_recover(struct subscription_group *group, int64_t now_ms);
/* Closed, it is opened again after a pause that grows, at_least_ms long. Changes may have
 * been missed. */
void group_fail(struct subscription_group *group, int64_t at_least_ms, int64_t now_ms);
/* All that it has is forgotten: another anchor, new subscriptions, after a pause. */
void group_rebuild(struct subscription_group *group, int64_t now_ms);
/* Its members wait for a place elsewhere. */
void group_bar(struct subscription_group *group, int64_t until_ms);

/* ------------------------------------------------ subscribe.c */

/* Has its subscription ended by and by. */
void subscriptions_unsubscribe(struct subscription *subscription);
void subscriptions_forget_unsubscribes(struct subscriptions *subscriptions);
/* Exchange refuses this mailbox to the account. */
void subscriptions_refused(
	struct subscription *subscription, const char *code, int64_t now_ms);

#endif
