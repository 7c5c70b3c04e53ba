#include "component/store/internal.h"

void store_put_replies(struct store *store, const char *person, const char *mailbox,
	const struct store_replies *replies)
{
	const struct store_value row[] = {store_text(person), store_text(mailbox),
		store_number(replies->at), store_number(replies->from),
		store_number(replies->to)};

	store_write(store, STORE_PUT_REPLIES, row, 5);
	store_touch_person(store, person, replies->at);
}

struct replies_reader {
	store_replies_fn *each;
	void *context;
};

static void read_replies(sqlite3_stmt *row, void *context)
{
	const struct replies_reader *reader = context;
	const struct store_replies replies = {
		.at = sqlite3_column_int64(row, 2),
		.from = sqlite3_column_int64(row, 3),
		.to = sqlite3_column_int64(row, 4),
	};

	reader->each(reader->context, store_column_text(row, 0),
		store_column_text(row, 1), &replies);
}

bool store_each_replies(struct store *store, store_replies_fn *each, void *context)
{
	struct replies_reader reader = {each, context};

	return store_read(store, STORE_EACH_REPLIES, read_replies, &reader);
}

void store_forget_replies_before(struct store *store, int64_t before)
{
	const struct store_value limit = store_number(before);

	store_write(store, STORE_PAST_REPLIES, &limit, 1);
}
