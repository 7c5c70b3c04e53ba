#include "component/settings/texts.h"

#include <stdlib.h>
#include <string.h>

int config_texts_compare(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

size_t config_texts_sort(const char **texts, size_t n)
{
	size_t unique = 0;

	if (n > 0)
		qsort(texts, n, sizeof(*texts), config_texts_compare);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || strcmp(texts[unique - 1], texts[i]) != 0)
			texts[unique++] = texts[i];
	return unique;
}

bool config_texts_have(const char *const *texts, size_t n, const char *text)
{
	return n > 0 &&
	       bsearch(&text, texts, n, sizeof(text), config_texts_compare) != NULL;
}
