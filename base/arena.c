#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)32 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t n)
{
	size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
	struct arena_block *block = NULL;

	if (size <= SIZE_MAX - sizeof(*block))
		block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->next = arena->blocks;
	block->size = size;
	block->used = 0;
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t n, size_t alignment)
{
	struct arena_block *block = arena->blocks;
	size_t at = block ? (block->used + alignment - 1) / alignment * alignment : 0;

	if (!block || at > block->size || n > block->size - at) {
		block = add_block(arena, n);
		at = 0;
	}
	if (!block)
		return NULL;
	block->used = at + n;
	return block->bytes + at;
}

char *arena_copy(struct arena *arena, const char *text, size_t n)
{
	char *copy = arena_take(arena, n + 1, 1);

	if (!copy)
		return NULL;
	if (n > 0)
		memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

bool arena_append(
	struct arena *arena, const char *copy, size_t n, const char *more, size_t n_more)
{
	struct arena_block *block = arena->blocks;
	char *end = block->bytes + block->used;

	if (copy + n + 1 != end || n_more > block->size - block->used)
		return false;
	memcpy(end - 1, more, n_more);
	end[n_more - 1] = '\0';
	block->used += n_more;
	return true;
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_block *block = arena->blocks;

	if (!block || block->size != BLOCK_SIZE) {
		arena_finish(arena);
		return;
	}
	free_blocks(block->next);
	block->next = NULL;
	block->used = 0;
}

void arena_finish(struct arena *arena)
{
	free_blocks(arena->blocks);
	arena->blocks = NULL;
}
