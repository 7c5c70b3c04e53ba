#ifndef COMPONENT_COMPLAINTS_H
#define COMPONENT_COMPLAINTS_H

#include "component/settings/config.h"

/* What is wrong with a configuration, line by line, for whoever has to say it. */

/* Calls once an error, then once to say how many more there are than were kept. */
void complaints_each(const struct config_errors *errors,
	void (*say)(void *context, const char *line), void *context);
/* A `say` for the terminal: to standard error. */
void complaints_print(void *context, const char *line);

#endif
