#ifndef EXCHANGE_WALK_H
#define EXCHANGE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libxml/tree.h>

/* The children of an element in their order: a schema's xs:sequence is read by taking. */
struct walk {
	xmlNode *next; // the next element, or NULL
};

bool walk_is(const xmlNode *node, const char *namespace, const char *name);
struct walk walk_into(const xmlNode *parent);
/* The next element, if it is this one; NULL otherwise. */
xmlNode *walk_take(struct walk *walk, const char *namespace, const char *name);

/* The trimmed text of an element that has no elements inside. */
bool walk_text(const xmlNode *node, char *out_text, size_t size);
/* Takes an element and its text, or an xs:int. */
bool walk_take_text(struct walk *walk, const char *name, char *out_text, size_t size);
bool walk_take_int(struct walk *walk, const char *name, int64_t *out_value);

#endif
