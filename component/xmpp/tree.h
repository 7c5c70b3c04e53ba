#ifndef COMPONENT_XMPP_TREE_H
#define COMPONENT_XMPP_TREE_H

#include "base/arena.h"
#include "component/xmpp/element.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What an element is, and how one with all inside it is built: from start to end, in
 * memory that is given back as a whole.
 */
struct attribute {
	const char *ns; // "" for none; borrowed, as is the name
	const char *name;
	const char *value;
};

struct element {
	const char *name; // borrowed; "" for character data
	const char *ns;   // borrowed; "" for none
	const char *text; // of character data, else NULL
	size_t text_len;
	struct attribute *attributes;
	size_t n_attributes;
	struct element *parent;
	struct element *first;
	struct element *last;
	struct element *next;
};

struct tree {
	struct arena memory; // owned; of all elements
	struct element *root;
	struct element *at; // the innermost element that has not ended
	bool failed;        // out of memory
};

/* Forgets the elements; a zeroed tree is empty. Its memory is the caller's to finish. */
void tree_reset(struct tree *tree);

/* Begins an element inside the one that is open, or the root. Name, namespace and those
 * of the attributes must outlive it. */
void tree_start(struct tree *tree, const char *ns, const char *name, size_t n_attributes);
/* Fills in one of the attributes of the element that is open, all of them in order. */
void tree_attribute(struct tree *tree, size_t i, const char *ns, const char *name,
	const char *value, size_t n);
void tree_text(struct tree *tree, const char *text, size_t n);
void tree_end(struct tree *tree);

#endif
