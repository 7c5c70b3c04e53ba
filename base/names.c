/* A table that cannot grow leaves the new element out instead of ending the program. */
#define HASH_NONFATAL_OOM 1
#include "base/names.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void names_init(struct names *names)
{
	names->table = NULL;
}

void names_finish(struct names *names)
{
	assert(names == NULL || names->table == NULL);
	(void)names;
}

struct name *names_find(const struct names *names, const char *text)
{
	struct name *name;

	HASH_FIND(hh, names->table, text, strlen(text), name);
	return name;
}

struct name *names_get(struct names *names, const char *text)
{
	struct name *name = names_find(names, text);
	size_t n = strlen(text);

	if (name != NULL)
		return name_ref(name);
	name = calloc(1, sizeof(*name) + n + 1);
	if (name == NULL)
		return NULL;
	name->refs = 1;
	name->len = n;
	memcpy(name->text, text, n + 1);
	HASH_ADD_KEYPTR(hh, names->table, name->text, n, name);
	if (name->hh.tbl == NULL) {
		free(name);
		return NULL;
	}
	return name;
}

struct name *name_ref(struct name *name)
{
	name->refs++;
	return name;
}

void names_put(struct names *names, struct name *name)
{
	if (name == NULL)
		return;
	assert(name->refs > 0);
	if (--name->refs > 0)
		return;
	HASH_DEL(names->table, name);
	free(name);
}

size_t names_place(const void *entries, size_t n, size_t size, const struct name *name)
{
	size_t low = 0;
	size_t high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct name *const *entry =
			(const void *)((const char *)entries + middle * size);

		if ((uintptr_t)*entry < (uintptr_t)name)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
