#ifndef COMPONENT_STORE_SCHEMA_H
#define COMPONENT_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stddef.h>

/* PRAGMA application_id of our files ("calp"), so that another program's is left alone.
 */
#define SCHEMA_APPLICATION_ID 0x63616c70

/* The store's history: schema_scripts[i] takes a file from version i to version i + 1. A
 * script that was released never changes. */
extern const char *const schema_scripts[];
extern const size_t schema_version;

/* Brings db from the version in PRAGMA user_version to version n, each script in a
 * transaction of its own with its number. An SQLite code; db has the message. */
int schema_migrate(sqlite3 *db, const char *const *scripts, size_t n);

/* A PRAGMA's or query's single number. An SQLite code; SQLITE_ERROR if there is no row.
 */
int schema_number(sqlite3 *db, const char *sql, sqlite3_int64 *out_number);

#endif
