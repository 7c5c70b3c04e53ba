#include "component/store/schema.h"

#include <stdio.h>

const char *const schema_scripts[] = {
	"PRAGMA application_id = 0x63616c70;"
	/* One row: 1 after a clean stop, 0 while a daemon runs. */
	"CREATE TABLE stop (clean INTEGER NOT NULL CHECK (clean IN (0, 1))) STRICT;"
	"INSERT INTO stop VALUES (0);"
	"CREATE TABLE person ("
	"  jid TEXT NOT NULL PRIMARY KEY,"
	"  seen INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE subscription ("
	"  person TEXT NOT NULL,"
	"  watcher TEXT NOT NULL,"
	"  state INTEGER NOT NULL CHECK (state IN (1, 2)),"
	"  since INTEGER NOT NULL,"
	"  PRIMARY KEY (person, watcher)"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE source ("
	"  person TEXT NOT NULL PRIMARY KEY,"
	"  state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),"
	"  since INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE overlay ("
	"  person TEXT NOT NULL,"
	"  resource TEXT NOT NULL,"
	"  watcher TEXT NOT NULL,"
	"  until INTEGER NOT NULL,"
	"  PRIMARY KEY (person, resource, watcher)"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE presence ("
	"  person TEXT NOT NULL,"
	"  resource TEXT NOT NULL,"
	"  changed INTEGER NOT NULL,"
	"  own BLOB NOT NULL,"
	"  PRIMARY KEY (person, resource)"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE calendar ("
	"  person TEXT NOT NULL PRIMARY KEY,"
	"  mailbox TEXT NOT NULL,"
	"  read_at INTEGER NOT NULL,"
	"  events BLOB NOT NULL"
	") WITHOUT ROWID, STRICT;",
	"CREATE TABLE replies ("
	"  person TEXT NOT NULL PRIMARY KEY,"
	"  mailbox TEXT NOT NULL,"
	"  at INTEGER NOT NULL,"
	"  starts INTEGER NOT NULL,"
	"  ends INTEGER NOT NULL CHECK (ends >= starts)"
	") WITHOUT ROWID, STRICT;",
	"CREATE TABLE home ("
	"  person TEXT NOT NULL PRIMARY KEY,"
	"  mailbox TEXT NOT NULL,"
	"  gateway TEXT NOT NULL"
	") WITHOUT ROWID, STRICT;",
	/* What is kept of a reading has more in it: they are read again. */
	"DELETE FROM calendar;",
	/* The server itself lays overlays on; 3: a guest, 4: one who is to be told that
	 * there is nothing more. When a presence came is of no use. */
	"DROP TABLE overlay;"
	"ALTER TABLE presence DROP COLUMN changed;"
	"ALTER TABLE subscription RENAME TO old;"
	"CREATE TABLE subscription ("
	"  person TEXT NOT NULL,"
	"  watcher TEXT NOT NULL,"
	"  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),"
	"  since INTEGER NOT NULL,"
	"  PRIMARY KEY (person, watcher)"
	") WITHOUT ROWID, STRICT;"
	"INSERT INTO subscription SELECT * FROM old;"
	"DROP TABLE old;"
	/* SQLite looks a list of more than two up in a table that it fills at each write.
	 */
	"ALTER TABLE source RENAME TO old;"
	"CREATE TABLE source ("
	"  person TEXT NOT NULL PRIMARY KEY,"
	"  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
	"  since INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"INSERT INTO source SELECT * FROM old;"
	"DROP TABLE old;",
	/* 6: one who unsubscribed. */
	"ALTER TABLE subscription RENAME TO old;"
	"CREATE TABLE subscription ("
	"  person TEXT NOT NULL,"
	"  watcher TEXT NOT NULL,"
	"  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),"
	"  since INTEGER NOT NULL,"
	"  PRIMARY KEY (person, watcher)"
	") WITHOUT ROWID, STRICT;"
	"INSERT INTO subscription SELECT * FROM old;"
	"DROP TABLE old;",
	/* How log-ons of accounts ended: 0 for a bad one that never was. The salt is what
	 * makes their ids this store's own. */
	"CREATE TABLE breaker ("
	"  id BLOB NOT NULL PRIMARY KEY,"
	"  changed INTEGER NOT NULL,"
	"  refusals INTEGER NOT NULL,"
	"  bad_before INTEGER NOT NULL,"
	"  bad_last INTEGER NOT NULL"
	") WITHOUT ROWID, STRICT;"
	"CREATE TABLE salt (bytes BLOB NOT NULL) STRICT;"
	"INSERT INTO salt VALUES (randomblob(16));",
};

const size_t schema_version = sizeof(schema_scripts) / sizeof(schema_scripts[0]);

int schema_number(sqlite3 *db, const char *sql, sqlite3_int64 *out_number)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW) {
			*out_number = sqlite3_column_int64(statement, 0);
			code = SQLITE_OK;
		} else if (code == SQLITE_DONE) {
			code = SQLITE_ERROR;
		}
	}
	(void)sqlite3_finalize(statement);
	return code;
}

static int migrate_one(sqlite3 *db, const char *script, size_t version)
{
	char number[64];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_exec(db, script, NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		(void)snprintf(number, sizeof(number),
			"PRAGMA user_version = %zu; COMMIT", version);
		code = sqlite3_exec(db, number, NULL, NULL, NULL);
	}
	return code;
}

int schema_migrate(sqlite3 *db, const char *const *scripts, size_t n)
{
	sqlite3_int64 version = 0;
	int code = schema_number(db, "PRAGMA user_version", &version);

	/* On an error the caller closes db, which rolls back, and needs its message
	 * first. */
	for (size_t i = (size_t)version; code == SQLITE_OK && i < n; i++)
		code = migrate_one(db, scripts[i], i + 1);
	return code;
}
