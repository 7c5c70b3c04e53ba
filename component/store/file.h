#ifndef COMPONENT_STORE_FILE_H
#define COMPONENT_STORE_FILE_H

#include "component/store/store.h"

/* Takes the lock on PATH.lock, which stays behind when it is given back: removing it
 * would let two processes lock two files. The descriptor, to be closed to give the lock
 * back; -1 with out_error filled. */
int file_lock(const char *path, struct store_error *out_error);

/* Makes sure that the file exists and is ours to write; a new one has mode 0600, which
 * SQLite then gives to its -wal and -shm. */
bool file_prepare(const char *path, struct store_error *out_error);

/* Renames the file with its -wal, -shm and -journal to PATH.corrupt-<seconds> with the
 * same endings; the seconds are now, or the next that are free. */
bool file_move_aside(const char *path, int64_t now, char **out_new_path,
	struct store_error *out_error);

#endif
