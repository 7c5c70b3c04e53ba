#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Memory of which pieces are taken one by one, and given back all at once. A zeroed arena
 * is empty. */
struct arena {
	struct arena_block *blocks; // owned, the newest first
};

/* n bytes, as they are; NULL when out of memory. */
void *arena_take(struct arena *arena, size_t n, size_t alignment);
/* A copy of n bytes and a NUL; NULL when out of memory. */
char *arena_copy(struct arena *arena, const char *text, size_t n);
/* Appends to a copy of n bytes, where nothing was taken behind it and there is room. */
bool arena_append(
	struct arena *arena, const char *copy, size_t n, const char *more, size_t n_more);
/* Gives all back, but for a block to begin again with. */
void arena_reset(struct arena *arena);
void arena_finish(struct arena *arena);

#endif
