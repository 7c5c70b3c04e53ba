#include "base/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

void names_init(struct names *names)
{
	*names = (struct names){0};
}

void names_finish(struct names *names)
{
	if (names != NULL)
		table_finish(&names->table);
}

static struct name *find(
	const struct names *names, const char *text, size_t n, uint32_t hash)
{
	size_t tries = 0;
	struct name *name;

	do {
		name = table_next(&names->table, hash, &tries);
	} while (name != NULL && (name->len != n || memcmp(name->text, text, n) != 0));
	return name;
}

static uint32_t hash_of(const char *text, size_t n)
{
	uint32_t hash;

	HASH_VALUE(text, n, hash);
	return hash;
}

struct name *names_find(const struct names *names, const char *text)
{
	size_t n = strlen(text);

	return find(names, text, n, hash_of(text, n));
}

struct name *names_get(struct names *names, const char *text)
{
	size_t n = strlen(text);
	uint32_t hash = hash_of(text, n);
	struct name *name = find(names, text, n, hash);

	if (name != NULL)
		return name_ref(name);
	if (n < UINT32_MAX)
		name = malloc(offsetof(struct name, text) + n + 1);
	if (name == NULL)
		return NULL;
	/* Not as a whole: the text may end before the struct's padding does. */
	name->hash = hash;
	name->refs = 1;
	name->person = NULL;
	name->undecided = 0;
	name->len = (uint32_t)n;
	memcpy(name->text, text, n + 1);
	if (!table_add(&names->table, name)) {
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
	table_remove(&names->table, name);
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
