#include "exchange/arguments.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>

const char *argument(const struct visit *visit, const char *name)
{
	return MHD_lookup_connection_value(
		visit->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool argument_number(const char *text, int64_t min, int64_t *out_value)
{
	return text != NULL && parse_int64(text, strlen(text), min, INT64_MAX, out_value);
}

bool argument_optional(
	const struct visit *visit, const char *name, int64_t min, int64_t *out_value)
{
	const char *text = argument(visit, name);

	return text == NULL || argument_number(text, min, out_value);
}

bool argument_copy(
	const struct visit *visit, const char *name, char *out_text, size_t size)
{
	const char *text = argument(visit, name);
	int n;

	if (text == NULL)
		return true;
	n = snprintf(out_text, size, "%s", text);
	return n >= 0 && (size_t)n < size;
}

void argument_flag(const struct visit *visit, const char *name, bool *out_flag)
{
	const char *text = argument(visit, name);

	if (text != NULL)
		*out_flag = strcmp(text, "1") == 0;
}

unsigned argument_wrong(struct buf *out, const char *why)
{
	buf_printf(out, "%s\n", why);
	return 400;
}
