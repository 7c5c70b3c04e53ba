#ifndef COMPONENT_STORE_INTERNAL_H
#define COMPONENT_STORE_INTERNAL_H

#include "component/store/statements.h"
#include "component/store/store.h"

#include <sqlite3.h>

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

/* Notes that a person left a trace. */
void store_touch_person(struct store *store, const char *person, int64_t now);

#endif
