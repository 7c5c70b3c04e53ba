#include "exchange/roll.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool roll_add(struct roll *roll, const char *address)
{
	size_t capacity = roll->capacity > 0 ? roll->capacity * 2 : 8;
	struct roll_entry *grown;
	char *copy;

	if (roll->count == ROLL_MAX)
		return false;
	if (roll->count == roll->capacity) {
		grown = realloc(roll->entries, capacity * sizeof *grown);
		if (grown == NULL)
			return false;
		roll->entries = grown;
		roll->capacity = capacity;
	}
	copy = strdup(address);
	if (copy == NULL)
		return false;
	roll->entries[roll->count++] = (struct roll_entry){.address = copy};
	return true;
}

void roll_resolve(struct roll *roll, const struct calendar *calendar)
{
	for (size_t i = 0; i < roll->count; i++)
		roll->entries[i].mailbox =
			calendar_find(calendar, roll->entries[i].address);
}

bool roll_has(const struct roll *roll, const char *address)
{
	for (size_t i = 0; i < roll->count; i++) {
		if (strcasecmp(roll->entries[i].address, address) == 0)
			return true;
	}
	return false;
}

void roll_finish(struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++)
		free(roll->entries[i].address);
	free(roll->entries);
}
