#include "exchange/operation.h"

#include "exchange/walk.h"

#include <string.h>

static const struct operation *const operations[] = {
	&op_availability,
	&op_find_item,
	&op_mailtips,
	&op_oof_settings,
	&op_streaming,
	&op_subscribe,
	&op_unsubscribe,
};

enum {
	COUNT = sizeof operations / sizeof *operations,
};

_Static_assert((int)COUNT <= (int)STATS_OPERATIONS, "every operation has its counter");

const struct operation *operation_of(const xmlNode *element)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (walk_is(element, SOAP_MESSAGES, operations[i]->element))
			return operations[i];
	}
	return NULL;
}

size_t operation_number(const struct operation *operation)
{
	size_t i = 0;

	while (operations[i] != operation)
		i++;
	return i;
}

bool operation_find(const char *name, size_t *out_number)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(name, operations[i]->name) == 0) {
			*out_number = i;
			return true;
		}
	}
	return false;
}

const char *operation_name(size_t number)
{
	return number < COUNT ? operations[number]->name : NULL;
}
