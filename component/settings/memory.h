#ifndef COMPONENT_SETTINGS_MEMORY_H
#define COMPONENT_SETTINGS_MEMORY_H

#include <stddef.h>

/* The memory of a snapshot: blocks from which pieces are cut, all freed at once. */
struct config_text;

/* n zeroed pieces of `size` bytes, aligned for anything; NULL when out of memory. */
void *config_memory_take(struct config_text **blocks, size_t n, size_t size);
/* A copy of n bytes and a NUL; NULL when out of memory. */
const char *config_memory_copy(struct config_text **blocks, const char *text, size_t n);
void config_memory_free(struct config_text *blocks);

#endif
