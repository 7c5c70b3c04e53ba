#include "component/settings/strings.h"

#include <stdlib.h>
#include <string.h>

int config_strings_compare(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

size_t config_strings_sort(const char **texts, size_t n)
{
	size_t unique = 0;

	if (n > 0)
		qsort(texts, n, sizeof(*texts), config_strings_compare);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || strcmp(texts[unique - 1], texts[i]) != 0)
			texts[unique++] = texts[i];
	return unique;
}

bool config_strings_have(const char *const *texts, size_t n, const char *text)
{
	return n > 0 &&
	       bsearch(&text, texts, n, sizeof(text), config_strings_compare) != NULL;
}
