#include "component/settings/errors.h"

#include "component/settings/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 2048

/* The text of an entry, to be freed; NULL when out of memory. */
__attribute__((format(printf, 4, 0))) static char *entry_text(const char *file,
	unsigned line, const char *kind, const char *format, va_list args)
{
	char text[TEXT_SIZE];
	size_t size = strlen(file) + sizeof(text) + 32;
	char *whole = malloc(size);

	if (!whole)
		return NULL;
	(void)vsnprintf(text, sizeof(text), format, args);
	if (line > 0)
		(void)snprintf(whole, size, "%s:%u: %s%s", file, line, kind, text);
	else
		(void)snprintf(whole, size, "%s: %s%s", file, kind, text);
	return whole;
}

static bool is_later(const struct config_error *a, const struct config_error *b)
{
	return a->file_len == b->file_len && a->line > b->line &&
	       memcmp(a->text, b->text, a->file_len) == 0;
}

__attribute__((format(printf, 5, 0))) static void add(struct config_errors *errors,
	bool is_warning, const char *file, unsigned line, const char *format,
	va_list args)
{
	if (is_warning)
		errors->n_warnings++;
	else
		errors->n++;
	if (errors->kept == CONFIG_ERRORS_MAX)
		return;
	if (!errors->list)
		errors->list = calloc(CONFIG_ERRORS_MAX, sizeof(*errors->list));
	if (!errors->list)
		return;
	struct config_error error = {
		.is_warning = is_warning,
		.line = line,
		.file_len = strlen(file),
		.text = entry_text(
			file, line, is_warning ? "warning: " : "", format, args),
	};
	if (!error.text)
		return;
	size_t at = errors->kept++;
	for (; at > 0 && is_later(&errors->list[at - 1], &error); at--)
		errors->list[at] = errors->list[at - 1];
	errors->list[at] = error;
}

void config_errors_add(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(errors, false, file, line, format, args);
	va_end(args);
}

void config_errors_warn(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(errors, true, file, line, format, args);
	va_end(args);
}

void config_errors_each(
	const struct config_errors *errors, config_errors_say_fn *say, void *context)
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

void config_errors_finish(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->kept; i++)
		free(errors->list[i].text);
	free(errors->list);
	*errors = (struct config_errors){0};
}
