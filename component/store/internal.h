#ifndef COMPONENT_STORE_INTERNAL_H
#define COMPONENT_STORE_INTERNAL_H

#include "component/store/store.h"

#include <sqlite3.h>

/* The statements that a store keeps prepared. */
enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_TOUCH_PERSON,
	STORE_PUT_SUBSCRIPTION,
	STORE_DEL_SUBSCRIPTION,
	STORE_EACH_SUBSCRIPTION,
	STORE_PUT_SOURCE,
	STORE_EACH_SOURCE,
	STORE_PUT_PRESENCE,
	STORE_DEL_PRESENCE,
	STORE_EACH_PRESENCE,
	STORE_PUT_CALENDAR,
	STORE_EACH_CALENDAR,
	STORE_PUT_REPLIES,
	STORE_EACH_REPLIES,
	STORE_PUT_HOME,
	STORE_DEL_HOME,
	STORE_EACH_HOME,
	STORE_PUT_BREAKER,
	STORE_DEL_BREAKER,
	STORE_EACH_BREAKER,
	STORE_EACH_SALT,
	STORE_PAST_CALENDARS,
	STORE_PAST_REPLIES,
	/* From here to the last of them those of people who left no trace. */
	STORE_PAST_SUBSCRIPTIONS,
	STORE_PAST_SOURCES,
	STORE_PAST_PRESENCES,
	STORE_PAST_HOMES,
	STORE_PAST_BREAKERS,
	STORE_PAST_PEOPLE,
	/* From here on all that is kept of a person, but for her home. */
	STORE_FORGET_SUBSCRIPTIONS,
	STORE_FORGET_SOURCE,
	STORE_FORGET_PRESENCES,
	STORE_FORGET_CALENDAR,
	STORE_FORGET_REPLIES,
	STORE_FORGET_PERSON,
};

#define STORE_STATEMENTS (STORE_FORGET_PERSON + 1)

/* Parameters are in the order of the columns, keys first. */
const char *store_statement_sql(enum store_statement id);

/* What the files of the store share. */
struct store {
	char *path; // owned
	int lock;   // -1: none, as for ":memory:"
	sqlite3 *db;
	sqlite3_stmt *statements[STORE_STATEMENTS]; // owned
	bool failed;                                // since the last commit
	bool damaged;             // SQLite met corruption: the next start has to look
	struct store_error error; // the first one since the last commit
};

void store_error_set(struct store_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Whether a result says that the file itself is broken. */
bool store_code_is_damage(int code);

/* Opens store->path and makes it ready. SQLITE_OK, or an SQLite code with out_error
 * filled and store->db as it was before the call, NULL. */
int store_connect(struct store *store, struct store_error *out_error);
/* Ends the connection: clean marks the file, else its -wal stays as it is. */
void store_disconnect(struct store *store, bool clean);

/* A value of a row; borrowed. */
struct store_value {
	const char *text; // NULL: a blob or a number
	const void *blob; // NULL: a number
	size_t n;
	int64_t number;
};

struct store_value store_text(const char *text);
struct store_value store_blob(const void *blob, size_t n);
struct store_value store_number(int64_t number);

/* Runs a statement that changes rows, with n parameters; begins the turn's transaction.
 * An error is kept for store_commit(). */
void store_write(struct store *store, enum store_statement id,
	const struct store_value *values, size_t n);
/* Calls row for every row of a statement without parameters, which row may not read
 * itself. */
bool store_read(struct store *store, enum store_statement id,
	void (*row)(sqlite3_stmt *statement, void *context), void *context);

/* A column's bytes: never NULL, and valid until the statement moves on. */
const char *store_column_text(sqlite3_stmt *statement, int column);
const void *store_column_blob(sqlite3_stmt *statement, int column, size_t *out_n);

#endif
