#include "component/xmpp/tree.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (32 * 1024)

struct tree_chunk {
	struct tree_chunk *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char bytes[];
};

static void free_chunks(struct tree_chunk *chunk)
{
	while (chunk) {
		struct tree_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

/* Keeps one chunk of the usual size, which serves nearly every stanza. */
void tree_reset(struct tree *tree)
{
	struct tree_chunk *chunk = tree->chunks;

	if (chunk && chunk->size == CHUNK_SIZE) {
		free_chunks(chunk->next);
		chunk->next = NULL;
		chunk->used = 0;
	} else {
		free_chunks(chunk);
		chunk = NULL;
	}
	*tree = (struct tree){.chunks = chunk};
}

void tree_finish(struct tree *tree)
{
	free_chunks(tree->chunks);
	*tree = (struct tree){0};
}

static bool add_chunk(struct tree *tree, size_t n)
{
	size_t size = n > CHUNK_SIZE ? n : CHUNK_SIZE;
	struct tree_chunk *chunk = malloc(sizeof(*chunk) + size);

	if (!chunk) {
		tree->failed = true;
		return false;
	}
	chunk->next = tree->chunks;
	chunk->size = size;
	chunk->used = 0;
	tree->chunks = chunk;
	return true;
}

static void *take(struct tree *tree, size_t n, size_t align)
{
	struct tree_chunk *chunk = tree->chunks;
	size_t start = chunk ? (chunk->used + align - 1) / align * align : 0;

	if (!chunk || start > chunk->size || n > chunk->size - start) {
		if (!add_chunk(tree, n))
			return NULL;
		chunk = tree->chunks;
		start = 0;
	}
	chunk->used = start + n;
	return chunk->bytes + start;
}

static char *copy(struct tree *tree, const char *text, size_t n)
{
	char *bytes = take(tree, n + 1, 1);

	if (!bytes)
		return NULL;
	if (n > 0)
		memcpy(bytes, text, n);
	bytes[n] = '\0';
	return bytes;
}

static struct element *add(struct tree *tree)
{
	struct element *element = take(tree, sizeof(*element), alignof(struct element));
	struct element *parent = tree->at;

	if (!element)
		return NULL;
	*element = (struct element){.name = "", .ns = "", .parent = parent};
	if (!parent)
		tree->root = element;
	else if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	if (parent)
		parent->last = element;
	return element;
}

void tree_start(struct tree *tree, const char *ns, const char *name, size_t n_attributes)
{
	struct element *element = tree->failed ? NULL : add(tree);

	if (!element)
		return;
	element->ns = ns;
	element->name = name;
	tree->at = element;
	if (n_attributes == 0)
		return;
	element->attributes = take(tree, n_attributes * sizeof(*element->attributes),
		alignof(struct attribute));
	if (element->attributes)
		element->n_attributes = n_attributes;
}

void tree_attribute(struct tree *tree, size_t i, const char *ns, const char *name,
	const char *value, size_t n)
{
	char *copied = tree->failed ? NULL : copy(tree, value, n);

	if (copied)
		tree->at->attributes[i] =
			(struct attribute){.ns = ns, .name = name, .value = copied};
}

/* Text comes in pieces, split at each reference at the latest: a piece goes on where the
 * one before it ended, if nothing has been taken since and there is room. */
static bool goes_on(
	struct tree *tree, struct element *element, const char *text, size_t n)
{
	struct tree_chunk *chunk = tree->chunks;
	char *end = chunk->bytes + chunk->used;

	if (!element || !element->text || element->text + element->text_len + 1 != end ||
		n > chunk->size - chunk->used)
		return false;
	memcpy(end - 1, text, n);
	end[n - 1] = '\0';
	chunk->used += n;
	element->text_len += n;
	return true;
}

void tree_text(struct tree *tree, const char *text, size_t n)
{
	struct element *element;

	if (tree->failed || n == 0 || goes_on(tree, tree->at->last, text, n))
		return;
	element = add(tree);
	if (!element)
		return;
	element->text = copy(tree, text, n);
	element->text_len = element->text ? n : 0;
}

void tree_end(struct tree *tree)
{
	if (!tree->failed)
		tree->at = tree->at->parent;
}
