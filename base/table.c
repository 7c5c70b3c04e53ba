#include "base/table.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAP 16

void table_finish(struct table *table)
{
	assert(table->n == 0);
	free(table->slots);
	*table = (struct table){0};
}

/* Where an entry would be if it was alone. Spread, since hashes may be numbers in a row.
 */
static size_t home(const struct table *table, uint32_t hash)
{
	return (hash * UINT32_C(2654435769)) & (table->cap - 1);
}

static size_t after(const struct table *table, size_t slot)
{
	return (slot + 1) & (table->cap - 1);
}

static void place(struct table *table, uint32_t *entry)
{
	size_t slot = home(table, *entry);

	while (table->slots[slot])
		slot = after(table, slot);
	table->slots[slot] = entry;
}

static bool grow(struct table *table)
{
	struct table grown = {
		.cap = table->cap > 0 ? 2 * table->cap : FIRST_CAP, .n = table->n};

	grown.slots = calloc(grown.cap, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < table->cap; i++)
		if (table->slots[i])
			place(&grown, table->slots[i]);
	free(table->slots);
	*table = grown;
	return true;
}

bool table_add(struct table *table, void *entry)
{
	if (table->n >= table->cap / 4 * 3 && !grow(table))
		return false;
	place(table, entry);
	table->n++;
	return true;
}

/* Closes the gap: each one behind it, up to the next free slot, moves into it unless that
 * would be before its home. */
void table_remove(struct table *table, void *entry)
{
	size_t mask = table->cap - 1;
	const uint32_t *removed = entry;
	size_t gap = home(table, *removed);

	while (table->slots[gap] != removed)
		gap = after(table, gap);
	for (size_t slot = after(table, gap); table->slots[slot];
		slot = after(table, slot)) {
		size_t from_home = (slot - home(table, *table->slots[slot])) & mask;

		if (from_home < ((slot - gap) & mask))
			continue;
		table->slots[gap] = table->slots[slot];
		gap = slot;
	}
	table->slots[gap] = NULL;
	table->n--;
}

void *table_next(const struct table *table, uint32_t hash, size_t *tries)
{
	size_t mask = table->cap - 1;

	while (table->cap > 0) {
		uint32_t *entry = table->slots[(home(table, hash) + (*tries)++) & mask];

		if (!entry || *entry == hash)
			return entry;
	}
	return NULL;
}
