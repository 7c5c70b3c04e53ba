#include "component/store/internal.h"

void store_put_home(struct store *store, const char *person, const char *mailbox,
	const char *gateway, int64_t now)
{
	const struct store_value row[] = {
		store_text(person), store_text(mailbox), store_text(gateway)};

	store_write(store, STORE_PUT_HOME, row, 3);
	store_touch_person(store, person, now);
}

void store_del_home(struct store *store, const char *person)
{
	const struct store_value key = store_text(person);

	store_write(store, STORE_DEL_HOME, &key, 1);
}

struct home_reader {
	store_home_fn *each;
	void *context;
};

static void read_home(sqlite3_stmt *row, void *context)
{
	const struct home_reader *reader = context;

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), store_column_text(row, 2));
}

bool store_each_home(struct store *store, store_home_fn *each, void *context)
{
	struct home_reader reader = {each, context};

	return store_read(store, STORE_EACH_HOME, read_home, &reader);
}
