#include "component/complaints.h"

#include <stdio.h>

void complaints_each(const struct config_errors *errors,
	void (*say)(void *context, const char *line), void *context)
{
	char more[64];

	for (size_t i = 0; i < errors->kept; i++)
		say(context, errors->list[i].text);
	if (errors->n <= errors->kept)
		return;
	(void)snprintf(
		more, sizeof(more), "and %zu more errors", errors->n - errors->kept);
	say(context, more);
}

void complaints_print(void *context, const char *line)
{
	(void)context;
	(void)fprintf(stderr, "%s\n", line);
}
