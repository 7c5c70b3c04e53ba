#ifndef COMPONENT_SETTINGS_ERRORS_H
#define COMPONENT_SETTINGS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a configuration: "FILE:LINE: text", or "FILE: text" where no line
 * can be named; within a file in the order of the lines. */
struct config_error {
	unsigned line;   // 0: of the file as a whole
	size_t file_len; // bytes of `text` that are the name of the file
	char *text;      // owned; the whole of it, with file and line
};

struct config_errors {
	size_t n;    // how many there are
	size_t kept; // how many of them are in `list`, at most CONFIG_ERRORS_MAX
	struct config_error *list; // owned
};

/* Notes an error; when out of memory, by counting alone. */
void config_errors_add(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Empties the list. Accepts a zeroed one. */
void config_errors_finish(struct config_errors *errors);

#endif
