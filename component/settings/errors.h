#ifndef COMPONENT_SETTINGS_ERRORS_H
#define COMPONENT_SETTINGS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a configuration: "FILE:LINE: text", or "FILE: text" where no line
 * can be named; within a file in the order of the lines. A warning ("FILE:LINE: warning:
 * text") is for what is allowed and can hardly be meant. */
struct config_error {
	bool is_warning;
	unsigned line;   // 0: of the file as a whole
	size_t file_len; // bytes of `text` that are the name of the file
	char *text;      // owned; the whole of it, with file and line
};

struct config_errors {
	size_t n;          // how many errors there are
	size_t n_warnings; // how many warnings there are beside them
	size_t kept;       // how many of both are in `list`, at most CONFIG_ERRORS_MAX
	struct config_error *list; // owned
};

/* Notes an error; when out of memory, by counting alone. */
void config_errors_add(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Likewise a warning. */
void config_errors_warn(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Calls say() once an error or warning, then once to say how many more there are than
 * were kept. */
typedef void config_errors_say_fn(void *context, const char *line, bool is_warning);
void config_errors_each(
	const struct config_errors *errors, config_errors_say_fn *say, void *context);
/* Empties the list. Accepts a zeroed one. */
void config_errors_finish(struct config_errors *errors);

#endif
