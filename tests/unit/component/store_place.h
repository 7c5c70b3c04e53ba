#ifndef TESTS_UNIT_COMPONENT_STORE_PLACE_H
#define TESTS_UNIT_COMPONENT_STORE_PLACE_H

#include "component/store/store.h"

#include <sys/types.h>

#define NOW 1700000000

/* A folder of its own for every test. */
struct place {
	char folder[64];
	char path[128];
};

int make_place(void **state);
int remove_place(void **state);

/* Opens a store that has nothing wrong. */
struct store *open_at(const char *path);
void assert_refused(const char *path, const char *why);
/* How many sources a store has. */
size_t sources(struct store *store);
/* Puts n sources and commits, puts one more and dies without a close. */
void crash_with(const char *path, int n);

/* Of the file PATHENDING. */
bool exists(const char *path, const char *ending);
off_t size_of(const char *path, const char *ending);
void overwrite(const char *path, off_t at, const char *text);

#endif
