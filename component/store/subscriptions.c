#include "component/store/internal.h"

void store_put_subscription(struct store *store, const char *person, const char *watcher,
	enum store_subscription state, int64_t now)
{
	const struct store_value row[] = {store_text(person), store_text(watcher),
		store_number(state), store_number(now)};

	store_write(store, STORE_PUT_SUBSCRIPTION, row, 4);
	store_touch_person(store, person, now);
}

void store_del_subscription(struct store *store, const char *person, const char *watcher)
{
	const struct store_value key[] = {store_text(person), store_text(watcher)};

	store_write(store, STORE_DEL_SUBSCRIPTION, key, 2);
}

struct subscription_reader {
	store_subscription_fn *each;
	void *context;
};

static void read_subscription(sqlite3_stmt *row, void *context)
{
	const struct subscription_reader *reader = context;

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1),
		(enum store_subscription)sqlite3_column_int(row, 2));
}

bool store_each_subscription(
	struct store *store, store_subscription_fn *each, void *context)
{
	struct subscription_reader reader = {each, context};

	return store_read(store, STORE_EACH_SUBSCRIPTION, read_subscription, &reader);
}

void store_put_source(
	struct store *store, const char *person, enum store_source state, int64_t now)
{
	const struct store_value row[] = {
		store_text(person), store_number(state), store_number(now)};

	store_write(store, STORE_PUT_SOURCE, row, 3);
	store_touch_person(store, person, now);
}

struct source_reader {
	store_source_fn *each;
	void *context;
};

static void read_source(sqlite3_stmt *row, void *context)
{
	const struct source_reader *reader = context;

	reader->each(reader->context, store_column_text(row, 0),
		(enum store_source)sqlite3_column_int(row, 1),
		sqlite3_column_int64(row, 2));
}

bool store_each_source(struct store *store, store_source_fn *each, void *context)
{
	struct source_reader reader = {each, context};

	return store_read(store, STORE_EACH_SOURCE, read_source, &reader);
}
