#include "component/settings/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 32768

struct config_text {
	struct config_text *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

static void *take(struct config_text **blocks, size_t size, size_t alignment)
{
	struct config_text *block = *blocks;
	size_t at = block ? (block->used + alignment - 1) / alignment * alignment : 0;

	if (!block || at > block->size || size > block->size - at) {
		size_t block_size = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		if (block_size > SIZE_MAX - sizeof(*block))
			return NULL;
		block = calloc(1, sizeof(*block) + block_size);
		if (!block)
			return NULL;
		block->next = *blocks;
		block->size = block_size;
		*blocks = block;
		at = 0;
	}
	block->used = at + size;
	return block->bytes + at;
}

void *config_memory_take(struct config_text **blocks, size_t n, size_t size)
{
	if (n > SIZE_MAX / size)
		return NULL;
	return take(blocks, n * size, _Alignof(max_align_t));
}

const char *config_memory_copy(struct config_text **blocks, const char *text, size_t n)
{
	char *copy = take(blocks, n + 1, 1);

	if (copy)
		memcpy(copy, text, n); // the NUL is there: blocks are zeroed
	return copy;
}

void config_memory_free(struct config_text *blocks)
{
	while (blocks) {
		struct config_text *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}
