#include "component/store/internal.h"

void store_put_overlay(struct store *store, const char *person, const char *resource,
	const char *watcher, int64_t until)
{
	const struct store_value row[] = {store_text(person), store_text(resource),
		store_text(watcher), store_number(until)};

	store_write(store, STORE_PUT_OVERLAY, row, 4);
}

void store_del_overlay(struct store *store, const char *person, const char *resource,
	const char *watcher)
{
	const struct store_value key[] = {
		store_text(person), store_text(resource), store_text(watcher)};

	store_write(store, STORE_DEL_OVERLAY, key, 3);
}

struct overlay_reader {
	store_overlay_fn *each;
	void *context;
};

static void read_overlay(sqlite3_stmt *row, void *context)
{
	const struct overlay_reader *reader = context;

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), store_column_text(row, 2),
		sqlite3_column_int64(row, 3));
}

bool store_each_overlay(struct store *store, store_overlay_fn *each, void *context)
{
	struct overlay_reader reader = {each, context};

	return store_read(store, STORE_EACH_OVERLAY, read_overlay, &reader);
}

void store_put_presence(struct store *store, const char *person, const char *resource,
	const void *blob, size_t n, int64_t now)
{
	const struct store_value row[] = {store_text(person), store_text(resource),
		store_number(now), store_blob(blob, n)};

	store_write(store, STORE_PUT_PRESENCE, row, 4);
	store_touch_person(store, person, now);
}

void store_del_presence(struct store *store, const char *person, const char *resource)
{
	const struct store_value key[] = {store_text(person), store_text(resource)};

	store_write(store, STORE_DEL_PRESENCE, key, 2);
}

struct presence_reader {
	store_presence_fn *each;
	void *context;
};

static void read_presence(sqlite3_stmt *row, void *context)
{
	const struct presence_reader *reader = context;
	size_t n;
	const void *blob = store_column_blob(row, 2, &n);

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), blob, n);
}

bool store_each_presence(struct store *store, store_presence_fn *each, void *context)
{
	struct presence_reader reader = {each, context};

	return store_read(store, STORE_EACH_PRESENCE, read_presence, &reader);
}

void store_put_calendar(struct store *store, const char *person, const char *mailbox,
	int64_t read_at, const void *blob, size_t n)
{
	const struct store_value row[] = {store_text(person), store_text(mailbox),
		store_number(read_at), store_blob(blob, n)};

	store_write(store, STORE_PUT_CALENDAR, row, 4);
	store_touch_person(store, person, read_at);
}

struct calendar_reader {
	store_calendar_fn *each;
	void *context;
};

static void read_calendar(sqlite3_stmt *row, void *context)
{
	const struct calendar_reader *reader = context;
	size_t n;
	const void *blob = store_column_blob(row, 3, &n);

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), sqlite3_column_int64(row, 2), blob, n);
}

bool store_each_calendar(struct store *store, store_calendar_fn *each, void *context)
{
	struct calendar_reader reader = {each, context};

	return store_read(store, STORE_EACH_CALENDAR, read_calendar, &reader);
}
