#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash table that takes eight bytes and a bit for an entry, where there are very many
 * of them: an array of pointers to entries, each of which begins with its hash, a
 * uint32_t. Entries are borrowed. A zeroed table is empty.
 */
struct table {
	uint32_t **slots; // owned array; NULL: free
	size_t cap;       // a power of two, or 0
	size_t n;
};

/* All entries must have been removed (asserted). */
void table_finish(struct table *table);

/* false: no memory. */
bool table_add(struct table *table, void *entry) __attribute__((warn_unused_result));
/* The entry is in it. */
void table_remove(struct table *table, void *entry);
/* The next entry that has this hash, NULL: no more of them. tries: 0 for the first, and
 * left alone between. */
void *table_next(const struct table *table, uint32_t hash, size_t *tries);

#endif
