#include "component/complaints.h"

#include <stdio.h>

void complaints_each(
	const struct config_errors *errors, complaints_say_fn *say, void *context)
{
	size_t n = errors->n + errors->n_warnings;
	char more[64];

	for (size_t i = 0; i < errors->kept; i++)
		say(context, errors->list[i].text, errors->list[i].is_warning);
	if (n <= errors->kept)
		return;
	(void)snprintf(more, sizeof(more), "and %zu more %s", n - errors->kept,
		errors->n > 0 ? "errors" : "warnings");
	say(context, more, errors->n == 0);
}

void complaints_print(void *context, const char *line, bool is_warning)
{
	(void)context;
	(void)is_warning;
	(void)fprintf(stderr, "%s\n", line);
}
