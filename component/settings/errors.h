#ifndef COMPONENT_SETTINGS_ERRORS_H
#define COMPONENT_SETTINGS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a configuration: "FILE:LINE: text" each, "FILE: text" where no line can
 * be named, sorted by line within a file once the loader is done. */
struct config_error {
	unsigned line; // 0: of the file as a whole
	char *text;    // owned; the whole of it, with file and line
};

struct config_errors {
	size_t n; // how many there are; at most CONFIG_ERRORS_MAX of them are in `list`
	struct config_error *list; // owned
};

/* Notes an error; out of memory is noted by counting alone. */
void config_errors_add(struct config_errors *errors, const char *file, unsigned line,
        const char *format, ...) __attribute__((format(printf, 4, 5)));
/* How many of them can be read in `list`. */
size_t config_errors_kept(const struct config_errors *errors);
/* Empties the list. Accepts a zeroed one. */
void config_errors_finish(struct config_errors *errors);

#endif
