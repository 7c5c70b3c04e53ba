#ifndef COMPONENT_STORE_STORE_H
#define COMPONENT_STORE_STORE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has to survive a restart, in one SQLite file (WAL, synchronous=NORMAL). All writes
 * of one turn of the loop are one transaction, begun by the first write and ended by
 * store_commit(), which has to come before the stanzas that rest on them leave. JIDs are
 * the canonical text, times UTC seconds.
 */
struct store;

struct store_error {
	char text[512]; // for the log
};

/* Opens or creates the file, takes the lock that makes a second process refuse, brings an
 * older schema forward, checks the integrity after an unclean stop. A corrupt file is
 * moved aside with its -wal and -shm (PATH.corrupt-<seconds>), out_error tells, and a new
 * one is begun: then *out_moved is true. NULL with out_error filled on failure.
 * ":memory:" works. */
struct store *store_open(
	const char *path, int64_t now, bool *out_moved, struct store_error *out_error);
/* Commits and closes; the next open knows that the stop was clean. Accepts NULL. */
void store_close(struct store *store);

/* Ends the open transaction, if any. false: what was written since the last commit may be
 * lost; out_error says why (may be NULL). The store goes on. */
bool store_commit(struct store *store, struct store_error *out_error);

/* Every store_put_/store_del_ is void: an error is kept and told by the next commit.
 * store_each_ calls back once a row, in the order of the keys, and is false when reading
 * failed, which the next commit tells too. What is handed out is borrowed for the call;
 * the function called may write, but not read the same table. */

/* Watchers' subscriptions in component mode (RFC 6121 section 3). */
enum store_subscription {
	STORE_SUBSCRIPTION_PENDING = 1,
	STORE_SUBSCRIPTION_APPROVED = 2,
	STORE_SUBSCRIPTION_GUEST = 3,         // sees her without a subscription
	STORE_SUBSCRIPTION_LEAVING = 4,       // is to be told that there is nothing more
	STORE_SUBSCRIPTION_LEAVING_ASKED = 5, // likewise, and asks again
	STORE_SUBSCRIPTION_LEFT = 6,          // likewise, for he unsubscribed
};
void store_put_subscription(struct store *store, const char *person, const char *watcher,
	enum store_subscription state, int64_t now);
void store_del_subscription(struct store *store, const char *person, const char *watcher);
/* since: when the row was put. */
typedef void store_subscription_fn(void *context, const char *person, const char *watcher,
	enum store_subscription state, int64_t since);
bool store_each_subscription(
	struct store *store, store_subscription_fn *each, void *context);

/* Our own subscription to a person's presence, where it is the source. */
enum store_source {
	STORE_SOURCE_ASKED = 1,
	STORE_SOURCE_APPROVED = 2,
	STORE_SOURCE_REFUSED = 3,
};
void store_put_source(
	struct store *store, const char *person, enum store_source state, int64_t now);
typedef void store_source_fn(
	void *context, const char *person, enum store_source state, int64_t since);
bool store_each_source(struct store *store, store_source_fn *each, void *context);

/* A person's own presence as last received, an opaque blob a resource. */
void store_put_presence(struct store *store, const char *person, const char *resource,
	const void *blob, size_t n, int64_t now);
void store_del_presence(struct store *store, const char *person, const char *resource);
typedef void store_presence_fn(void *context, const char *person, const char *resource,
	const void *blob, size_t n);
bool store_each_presence(struct store *store, store_presence_fn *each, void *context);

/* A person's last calendar reading, an opaque blob. */
void store_put_calendar(struct store *store, const char *person, const char *mailbox,
	int64_t read_at, const void *blob, size_t n);
typedef void store_calendar_fn(void *context, const char *person, const char *mailbox,
	int64_t read_at, const void *blob, size_t n);
bool store_each_calendar(struct store *store, store_calendar_fn *each, void *context);

/* What was heard last of a mailbox's automatic replies: on in [from, to). */
struct store_replies {
	int64_t at; // when Exchange said so
	int64_t from;
	int64_t to;
};
void store_put_replies(struct store *store, const char *person, const char *mailbox,
	const struct store_replies *replies);
typedef void store_replies_fn(void *context, const char *person, const char *mailbox,
	const struct store_replies *replies);
bool store_each_replies(struct store *store, store_replies_fn *each, void *context);
/* Deletes what Exchange said before that. */
void store_forget_replies_before(struct store *store, int64_t before);

/* The gateway, by its name, at which a mailbox was found that the configuration has
 * elsewhere. */
void store_put_home(struct store *store, const char *person, const char *mailbox,
	const char *gateway, int64_t now);
void store_del_home(struct store *store, const char *person);
typedef void store_home_fn(
	void *context, const char *person, const char *mailbox, const char *gateway);
bool store_each_home(struct store *store, store_home_fn *each, void *context);

/* How the log-ons of an account with its secret ended last, and what stands for it: no
 * secret can be had from it at less than what component/workers/breakers.c makes it cost.
 * Neither refusals nor a bad one: the row goes. */
#define STORE_SALT_SIZE 16
struct store_breaker {
	unsigned char id[16];
	int64_t refusals;   // in a row
	int64_t bad_before; // the one before the last; 0: none
	int64_t bad_last;
};
void store_put_breaker(
	struct store *store, const struct store_breaker *breaker, int64_t now);
typedef void store_breaker_fn(void *context, const struct store_breaker *breaker);
bool store_each_breaker(struct store *store, store_breaker_fn *each, void *context);
/* Random bytes that the store was made with; left as they are where they cannot be read.
 */
void store_salt(struct store *store, unsigned char salt[STORE_SALT_SIZE]);

/* Deletes what is past: calendars read before calendars_before; before people_before,
 * watchers who are anything but approved and were not put again since, and sources,
 * presences and homes of people who left no trace since, and accounts. */
void store_forget_before(
	struct store *store, int64_t calendars_before, int64_t people_before);
/* Deletes all that is kept of a person, be it as a watcher of others; whether there was
 * anything. */
bool store_forget_person(struct store *store, const char *person);

#endif
