#include "component/xmpp/tree.h"

#include <stdalign.h>

void tree_reset(struct tree *tree)
{
	struct arena memory = tree->memory;

	arena_reset(&memory);
	*tree = (struct tree){.memory = memory};
}

static void *take(struct tree *tree, size_t n, size_t alignment)
{
	void *piece = arena_take(&tree->memory, n, alignment);

	tree->failed |= !piece;
	return piece;
}

static char *copy(struct tree *tree, const char *text, size_t n)
{
	char *copied = arena_copy(&tree->memory, text, n);

	tree->failed |= !copied;
	return copied;
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

void tree_text(struct tree *tree, const char *text, size_t n)
{
	struct element *element;

	if (tree->failed || n == 0)
		return;
	/* Text comes in pieces, split at each reference at the latest. */
	element = tree->at->last;
	if (element && element->text &&
		arena_append(&tree->memory, element->text, element->text_len, text, n)) {
		element->text_len += n;
		return;
	}
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
