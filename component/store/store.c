#include "component/store/store.h"

#include "component/store/file.h"
#include "component/store/internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void store_error_set(struct store_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
}

bool store_code_is_damage(int code)
{
	int primary = code & 0xff; // an extended code has more above

	return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

/* Keeps the damaged file under another name and begins a new one. */
static bool start_over(struct store *store, int64_t now, struct store_error *out_error)
{
	struct store_error damage = *out_error;
	char *kept = NULL;
	bool ok = file_move_aside(store->path, now, &kept, out_error) &&
		  file_prepare(store->path, out_error) &&
		  store_connect(store, out_error) == SQLITE_OK;

	if (ok)
		store_error_set(out_error,
			"%s: the file is kept as \"%s\", a new one was begun",
			damage.text, kept);
	free(kept);
	return ok;
}

static bool open_file(
	struct store *store, int64_t now, bool *out_moved, struct store_error *out_error)
{
	bool in_memory = strcmp(store->path, ":memory:") == 0;
	bool damaged;
	int code;

	if (!in_memory) {
		store->lock = file_lock(store->path, out_error);
		if (store->lock < 0 || !file_prepare(store->path, out_error))
			return false;
	}
	code = store_connect(store, out_error);
	damaged = store_code_is_damage(code);
	if (code != SQLITE_OK && !(damaged && start_over(store, now, out_error)))
		return false;
	*out_moved = damaged;
	return true;
}

static void destroy(struct store *store)
{
	if (store->lock >= 0)
		(void)close(store->lock);
	free(store->path);
	free(store);
}

struct store *store_open(
	const char *path, int64_t now, bool *out_moved, struct store_error *out_error)
{
	struct store *store = calloc(1, sizeof(*store));

	out_error->text[0] = '\0';
	if (store != NULL) {
		store->lock = -1;
		store->path = strdup(path);
	}
	if (store == NULL || store->path == NULL) {
		store_error_set(out_error, "out of memory");
		free(store);
		return NULL;
	}
	if (!open_file(store, now, out_moved, out_error)) {
		destroy(store);
		return NULL;
	}
	return store;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	(void)store_commit(store, NULL);
	store_disconnect(store, !store->damaged);
	destroy(store);
}

static void note_failure(struct store *store, int code)
{
	store->damaged = store->damaged || store_code_is_damage(code);
	if (store->failed)
		return;
	store->failed = true;
	store_error_set(
		&store->error, "\"%s\": %s", store->path, sqlite3_errmsg(store->db));
}

/* Runs a statement that yields no rows and leaves it ready for the next time. */
static bool step_once(struct store *store, enum store_statement id)
{
	int code = sqlite3_step(store->statements[id]);

	if (code != SQLITE_DONE)
		note_failure(store, code);
	(void)sqlite3_reset(store->statements[id]);
	return code == SQLITE_DONE;
}

bool store_commit(struct store *store, struct store_error *out_error)
{
	bool ok;

	/* SQLite may have rolled back by itself, as it does when the disk is full. */
	if (!sqlite3_get_autocommit(store->db) && !step_once(store, STORE_COMMIT) &&
		!sqlite3_get_autocommit(store->db))
		(void)step_once(store, STORE_ROLLBACK);
	ok = !store->failed;
	if (!ok && out_error != NULL)
		*out_error = store->error;
	store->failed = false;
	return ok;
}

struct store_value store_text(const char *text)
{
	return (struct store_value){.text = text};
}

struct store_value store_blob(const void *blob, size_t n)
{
	return (struct store_value){.blob = n > 0 ? blob : "", .n = n};
}

struct store_value store_number(int64_t number)
{
	return (struct store_value){.number = number};
}

static int bind(sqlite3_stmt *statement, int i, const struct store_value *value)
{
	if (value->text != NULL)
		return sqlite3_bind_text(statement, i, value->text, -1, SQLITE_STATIC);
	if (value->blob != NULL)
		return sqlite3_bind_blob64(
			statement, i, value->blob, value->n, SQLITE_STATIC);
	return sqlite3_bind_int64(statement, i, value->number);
}

void store_write(struct store *store, enum store_statement id,
	const struct store_value *values, size_t n)
{
	sqlite3_stmt *statement = store->statements[id];
	int code = SQLITE_OK;

	/* A transaction that could not begin is not waited for by each write of it. */
	if (sqlite3_get_autocommit(store->db) &&
		(store->failed || !step_once(store, STORE_BEGIN)))
		return;
	for (size_t i = 0; code == SQLITE_OK && i < n; i++)
		code = bind(statement, (int)i + 1, &values[i]);
	if (code == SQLITE_OK)
		(void)step_once(store, id);
	else
		note_failure(store, code);
	/* The values are the caller's and soon gone. */
	(void)sqlite3_clear_bindings(statement);
}

bool store_read(struct store *store, enum store_statement id,
	void (*row)(sqlite3_stmt *statement, void *context), void *context)
{
	sqlite3_stmt *statement = store->statements[id];
	int code;

	assert(!sqlite3_stmt_busy(statement));
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		row(statement, context);
	if (code != SQLITE_DONE)
		note_failure(store, code);
	(void)sqlite3_reset(statement);
	return code == SQLITE_DONE;
}

const char *store_column_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text != NULL ? (const char *)text : "";
}

const void *store_column_blob(sqlite3_stmt *statement, int column, size_t *out_n)
{
	const void *blob = sqlite3_column_blob(statement, column);

	*out_n = blob != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0;
	return blob != NULL ? blob : "";
}
