#ifndef COMPONENT_COMPLAINTS_H
#define COMPONENT_COMPLAINTS_H

#include "component/settings/config.h"

#include <stdbool.h>

/* What is wrong with a configuration, line by line, for whoever has to say it. */
typedef void complaints_say_fn(void *context, const char *line, bool is_warning);

/* Calls once an error or warning, then once to say how many more there are than were
 * kept. */
void complaints_each(
	const struct config_errors *errors, complaints_say_fn *say, void *context);
/* A `say` for the terminal: to standard error. */
complaints_say_fn complaints_print;

#endif
