#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/table.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Interned text, for JIDs: one copy each, counted, compared by pointer. A contact list of
 * 100,000 people names the same people over and over.
 */
struct name {
	uint32_t hash; // first, for struct table
	uint32_t refs;
	void *person; // borrowed; whose bare JID it is, for people/; NULL: nobody's
	uint32_t len;
	uint32_t undecided; // of his requests, for publish/watchers.c
	char text[];
};

struct names {
	struct table table;
};

void names_init(struct names *names);
/* Frees the table; every name must have been put back (asserted). */
void names_finish(struct names *names);

/* The name of this text, with one more reference for the caller; NULL when out of memory.
 */
struct name *names_get(struct names *names, const char *text);
/* One more reference to the same name. */
struct name *name_ref(struct name *name);
/* The name if it is known, else NULL; no reference is taken. */
struct name *names_find(const struct names *names, const char *text);
/* Gives a reference back. Accepts NULL. */
void names_put(struct names *names, struct name *name);

/* Where a name stands, or would, among n entries of `size` bytes that each begin with the
 * pointer to a name and are sorted by it. */
size_t names_place(const void *entries, size_t n, size_t size, const struct name *name);

#endif
