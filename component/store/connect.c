#include "component/store/internal.h"
#include "component/store/schema.h"

#include <string.h>

/* An administrator may look into the file with sqlite3 meanwhile; the loop waits no
 * longer than this for him. */
#define BUSY_MS 200

static int open_file(struct store *store)
{
	int code = sqlite3_open_v2(store->path, &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(store->db, BUSY_MS);
	/* Until all is known to be well, closing must leave the -wal: it may be evidence.
	 */
	if (code == SQLITE_OK)
		code = sqlite3_db_config(
			store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	return code;
}

/* Whether the file is one of ours, of a version that we know, or empty. */
static int check_owner(
	struct store *store, sqlite3_int64 *out_version, struct store_error *out_error)
{
	sqlite3_int64 id = 0;
	sqlite3_int64 version = 0;
	sqlite3_int64 objects = 0;
	int code = schema_number(store->db, "PRAGMA application_id", &id);

	if (code == SQLITE_OK)
		code = schema_number(store->db, "PRAGMA user_version", &version);
	if (code == SQLITE_OK)
		code = schema_number(
			store->db, "SELECT count(*) FROM sqlite_schema", &objects);
	if (code != SQLITE_OK)
		return code;
	if (id != SCHEMA_APPLICATION_ID && (id != 0 || version != 0 || objects != 0)) {
		store_error_set(out_error, "\"%s\" is a database of another program",
			store->path);
		return SQLITE_MISMATCH;
	}
	if (version < 0 || (size_t)version > schema_version) {
		store_error_set(out_error,
			"\"%s\" is of version %lld, this calpresence knows versions up "
			"to %zu: a "
			"newer one wrote it",
			store->path, (long long)version, schema_version);
		return SQLITE_MISMATCH;
	}
	*out_version = version;
	return SQLITE_OK;
}

/* No table has an index apart from its key, so quick_check sees all that integrity_check
 * would. */
static int check_pages(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	const unsigned char *verdict;
	int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		verdict = sqlite3_column_text(statement, 0);
		code = verdict != NULL && strcmp((const char *)verdict, "ok") == 0
			       ? SQLITE_OK
			       : SQLITE_CORRUPT;
	}
	(void)sqlite3_finalize(statement);
	return code;
}

static int check_after_crash(struct store *store, sqlite3_int64 version)
{
	sqlite3_int64 clean = 0;
	int code;

	if (version == 0)
		return SQLITE_OK;
	code = schema_number(store->db, "SELECT clean FROM stop", &clean);
	if (code == SQLITE_OK && clean == 0)
		code = check_pages(store->db);
	return code;
}

static int prepare(struct store *store)
{
	int code = SQLITE_OK;

	for (int i = 0; code == SQLITE_OK && i < STORE_STATEMENTS; i++)
		code = sqlite3_prepare_v3(store->db,
			store_statement_sql((enum store_statement)i), -1,
			SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
	return code;
}

static int make_ready(struct store *store, struct store_error *out_error)
{
	sqlite3_int64 version = 0;
	int code = check_owner(store, &version, out_error);

	if (code == SQLITE_OK)
		code = sqlite3_exec(store->db,
			"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
			"PRAGMA secure_delete = ON",
			NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = check_after_crash(store, version);
	if (code == SQLITE_OK)
		code = schema_migrate(store->db, schema_scripts, schema_version);
	if (code == SQLITE_OK)
		code = sqlite3_exec(
			store->db, "UPDATE stop SET clean = 0", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = prepare(store);
	return code;
}

int store_connect(struct store *store, struct store_error *out_error)
{
	int code = open_file(store);

	out_error->text[0] = '\0';
	if (code == SQLITE_OK)
		code = make_ready(store, out_error);
	if (code != SQLITE_OK) {
		/* quick_check finds damage without an error of SQLite's own. */
		if (out_error->text[0] == '\0')
			store_error_set(out_error, "\"%s\": %s", store->path,
				store_code_is_damage(code) ? sqlite3_errstr(code)
							   : sqlite3_errmsg(store->db));
		store_disconnect(store, false);
	}
	return code;
}

void store_disconnect(struct store *store, bool clean)
{
	for (int i = 0; i < STORE_STATEMENTS; i++) {
		(void)sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
	if (clean && sqlite3_exec(store->db, "UPDATE stop SET clean = 1", NULL, NULL,
			     NULL) == SQLITE_OK)
		(void)sqlite3_db_config(
			store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
	(void)sqlite3_close(store->db);
	store->db = NULL;
}
