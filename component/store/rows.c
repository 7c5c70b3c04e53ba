#include "component/store/internal.h"

#include <string.h>

/* What is put into each table, what is deleted and how it is handed out again. */

#define WRITE(store, id, ...)                                             \
	store_write(store, id, (const struct store_value[]){__VA_ARGS__}, \
		sizeof((struct store_value[]){__VA_ARGS__}) /             \
			sizeof(struct store_value))

/* Whom store_read() calls. */
struct reader {
	union {
		store_subscription_fn *subscription;
		store_source_fn *source;
		store_presence_fn *presence;
		store_calendar_fn *calendar;
		store_replies_fn *replies;
		store_home_fn *home;
		store_breaker_fn *breaker;
		void *salt;
	} each;
	void *context;
};

/* Notes that a person left a trace. */
static void touch(struct store *store, const char *person, int64_t now)
{
	WRITE(store, STORE_TOUCH_PERSON, store_text(person), store_number(now));
}

/* ------------------------------------------------------------------ subscriptions */

void store_put_subscription(struct store *store, const char *person, const char *watcher,
	enum store_subscription state, int64_t now)
{
	WRITE(store, STORE_PUT_SUBSCRIPTION, store_text(person), store_text(watcher),
		store_number(state), store_number(now));
	touch(store, person, now);
}

void store_del_subscription(struct store *store, const char *person, const char *watcher)
{
	WRITE(store, STORE_DEL_SUBSCRIPTION, store_text(person), store_text(watcher));
}

static void read_subscription(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;

	reader->each.subscription(reader->context, store_column_text(row, 0),
		store_column_text(row, 1),
		(enum store_subscription)sqlite3_column_int(row, 2),
		sqlite3_column_int64(row, 3));
}

bool store_each_subscription(
	struct store *store, store_subscription_fn *each, void *context)
{
	return store_read(store, STORE_EACH_SUBSCRIPTION, read_subscription,
		&(struct reader){{.subscription = each}, context});
}

void store_put_source(
	struct store *store, const char *person, enum store_source state, int64_t now)
{
	WRITE(store, STORE_PUT_SOURCE, store_text(person), store_number(state),
		store_number(now));
	touch(store, person, now);
}

static void read_source(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;

	reader->each.source(reader->context, store_column_text(row, 0),
		(enum store_source)sqlite3_column_int(row, 1),
		sqlite3_column_int64(row, 2));
}

bool store_each_source(struct store *store, store_source_fn *each, void *context)
{
	return store_read(store, STORE_EACH_SOURCE, read_source,
		&(struct reader){{.source = each}, context});
}

/* ------------------------------------------------------------------ blobs */

void store_put_presence(struct store *store, const char *person, const char *resource,
	const void *blob, size_t n, int64_t now)
{
	WRITE(store, STORE_PUT_PRESENCE, store_text(person), store_text(resource),
		store_blob(blob, n));
	touch(store, person, now);
}

void store_del_presence(struct store *store, const char *person, const char *resource)
{
	WRITE(store, STORE_DEL_PRESENCE, store_text(person), store_text(resource));
}

static void read_presence(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;
	size_t n;
	const void *blob = store_column_blob(row, 2, &n);

	reader->each.presence(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), blob, n);
}

bool store_each_presence(struct store *store, store_presence_fn *each, void *context)
{
	return store_read(store, STORE_EACH_PRESENCE, read_presence,
		&(struct reader){{.presence = each}, context});
}

void store_put_calendar(struct store *store, const char *person, const char *mailbox,
	int64_t read_at, const void *blob, size_t n)
{
	WRITE(store, STORE_PUT_CALENDAR, store_text(person), store_text(mailbox),
		store_number(read_at), store_blob(blob, n));
	touch(store, person, read_at);
}

static void read_calendar(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;
	size_t n;
	const void *blob = store_column_blob(row, 3, &n);

	reader->each.calendar(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), sqlite3_column_int64(row, 2), blob, n);
}

bool store_each_calendar(struct store *store, store_calendar_fn *each, void *context)
{
	return store_read(store, STORE_EACH_CALENDAR, read_calendar,
		&(struct reader){{.calendar = each}, context});
}

/* ------------------------------------------------------------------ mailboxes */

void store_put_replies(struct store *store, const char *person, const char *mailbox,
	const struct store_replies *replies)
{
	WRITE(store, STORE_PUT_REPLIES, store_text(person), store_text(mailbox),
		store_number(replies->at), store_number(replies->from),
		store_number(replies->to));
	touch(store, person, replies->at);
}

static void read_replies(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;
	const struct store_replies replies = {
		.at = sqlite3_column_int64(row, 2),
		.from = sqlite3_column_int64(row, 3),
		.to = sqlite3_column_int64(row, 4),
	};

	reader->each.replies(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), &replies);
}

bool store_each_replies(struct store *store, store_replies_fn *each, void *context)
{
	return store_read(store, STORE_EACH_REPLIES, read_replies,
		&(struct reader){{.replies = each}, context});
}

void store_put_home(struct store *store, const char *person, const char *mailbox,
	const char *gateway, int64_t now)
{
	WRITE(store, STORE_PUT_HOME, store_text(person), store_text(mailbox),
		store_text(gateway));
	touch(store, person, now);
}

void store_del_home(struct store *store, const char *person)
{
	WRITE(store, STORE_DEL_HOME, store_text(person));
}

static void read_home(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;

	reader->each.home(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), store_column_text(row, 2));
}

bool store_each_home(struct store *store, store_home_fn *each, void *context)
{
	return store_read(store, STORE_EACH_HOME, read_home,
		&(struct reader){{.home = each}, context});
}

/* ------------------------------------------------------------------ accounts */

void store_put_breaker(
	struct store *store, const struct store_breaker *breaker, int64_t now)
{
	if (breaker->refusals == 0 && breaker->bad_last == 0)
		WRITE(store, STORE_DEL_BREAKER,
			store_blob(breaker->id, sizeof(breaker->id)));
	else
		WRITE(store, STORE_PUT_BREAKER,
			store_blob(breaker->id, sizeof(breaker->id)), store_number(now),
			store_number(breaker->refusals),
			store_number(breaker->bad_before),
			store_number(breaker->bad_last));
}

static void read_breaker(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;
	struct store_breaker breaker = {
		.refusals = sqlite3_column_int64(row, 1),
		.bad_before = sqlite3_column_int64(row, 2),
		.bad_last = sqlite3_column_int64(row, 3),
	};
	size_t n;
	const void *id = store_column_blob(row, 0, &n);

	if (n != sizeof(breaker.id))
		return;
	memcpy(breaker.id, id, n);
	reader->each.breaker(reader->context, &breaker);
}

bool store_each_breaker(struct store *store, store_breaker_fn *each, void *context)
{
	return store_read(store, STORE_EACH_BREAKER, read_breaker,
		&(struct reader){{.breaker = each}, context});
}

static void read_salt(sqlite3_stmt *row, void *context)
{
	const struct reader *reader = context;
	size_t n;
	const void *bytes = store_column_blob(row, 0, &n);

	if (n == STORE_SALT_SIZE)
		memcpy(reader->each.salt, bytes, n);
}

void store_salt(struct store *store, unsigned char salt[STORE_SALT_SIZE])
{
	(void)store_read(store, STORE_EACH_SALT, read_salt,
		&(struct reader){{.salt = salt}, NULL});
}

/* ------------------------------------------------------------------ what is past */

void store_forget_replies_before(struct store *store, int64_t before)
{
	WRITE(store, STORE_PAST_REPLIES, store_number(before));
}

void store_forget_before(
	struct store *store, int64_t calendars_before, int64_t people_before)
{
	WRITE(store, STORE_PAST_CALENDARS, store_number(calendars_before));
	for (int id = STORE_PAST_SUBSCRIPTIONS; id <= STORE_PAST_PEOPLE; id++)
		WRITE(store, (enum store_statement)id, store_number(people_before));
}

bool store_forget_person(struct store *store, const char *person)
{
	int before = sqlite3_total_changes(store->db);

	for (int id = STORE_FORGET_SUBSCRIPTIONS; id <= STORE_FORGET_PERSON; id++)
		WRITE(store, (enum store_statement)id, store_text(person));
	store_del_home(store, person);
	return sqlite3_total_changes(store->db) != before;
}
