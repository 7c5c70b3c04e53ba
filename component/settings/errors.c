#include "component/settings/errors.h"

#include "component/settings/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 2048

/* The text of an error, to be freed; NULL when out of memory. */
__attribute__((format(printf, 3, 0))) static char *error_text(
	const char *file, unsigned line, const char *format, va_list args)
{
	char text[TEXT_SIZE];
	size_t size = strlen(file) + sizeof(text) + 16;
	char *whole = malloc(size);

	if (!whole)
		return NULL;
	(void)vsnprintf(text, sizeof(text), format, args);
	if (line > 0)
		(void)snprintf(whole, size, "%s:%u: %s", file, line, text);
	else
		(void)snprintf(whole, size, "%s: %s", file, text);
	return whole;
}

static bool is_later(const struct config_error *a, const struct config_error *b)
{
	return a->file_len == b->file_len && a->line > b->line &&
	       memcmp(a->text, b->text, a->file_len) == 0;
}

void config_errors_add(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...)
{
	va_list args;

	errors->n++;
	if (errors->kept == CONFIG_ERRORS_MAX)
		return;
	if (!errors->list)
		errors->list = calloc(CONFIG_ERRORS_MAX, sizeof(*errors->list));
	if (!errors->list)
		return;
	struct config_error error = {.line = line, .file_len = strlen(file)};
	va_start(args, format);
	error.text = error_text(file, line, format, args);
	va_end(args);
	if (!error.text)
		return;
	size_t at = errors->kept++;
	for (; at > 0 && is_later(&errors->list[at - 1], &error); at--)
		errors->list[at] = errors->list[at - 1];
	errors->list[at] = error;
}

void config_errors_finish(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->kept; i++)
		free(errors->list[i].text);
	free(errors->list);
	*errors = (struct config_errors){0};
}
