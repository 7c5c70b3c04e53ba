#include "exchange/operation.h"

#include "exchange/op_availability.h"
#include "exchange/walk.h"

#include <string.h>

static const struct operation operations[] = {
	{
		.name = "GetUserAvailability",
		.element = "GetUserAvailabilityRequest",
		.read = op_availability_read,
		.put = op_availability_put,
		.done = op_availability_done,
	},
};

enum {
	COUNT = sizeof operations / sizeof *operations,
};

_Static_assert((int)COUNT <= (int)STATS_OPERATIONS, "every operation has its counter");

const struct operation *operation_of(const xmlNode *element)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (walk_is(element, SOAP_MESSAGES, operations[i].element))
			return operations + i;
	}
	return NULL;
}

size_t operation_number(const struct operation *operation)
{
	return (size_t)(operation - operations);
}

bool operation_find(const char *name, size_t *out_number)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(name, operations[i].name) == 0) {
			*out_number = i;
			return true;
		}
	}
	return false;
}

const char *operation_name(size_t number)
{
	return number < COUNT ? operations[number].name : NULL;
}
