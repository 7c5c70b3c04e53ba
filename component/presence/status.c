#include "component/presence/status.h"

#include <stdlib.h>
#include <string.h>

/* The array and behind it all the texts, so that one free() ends them. */
bool status_copy(const struct status *from, struct status *out_copy)
{
	size_t size = from->n * sizeof(*from->texts);
	struct status_text *texts;
	char *at;

	if (from->n == 0) {
		*out_copy = (struct status){0};
		return true;
	}
	for (size_t i = 0; i < from->n; i++)
		size += strlen(from->texts[i].lang) + strlen(from->texts[i].text) + 2;
	texts = malloc(size);
	if (texts == NULL)
		return false;
	at = (char *)(texts + from->n);
	for (size_t i = 0; i < from->n; i++) {
		texts[i].lang = at;
		at = stpcpy(at, from->texts[i].lang) + 1;
		texts[i].text = at;
		at = stpcpy(at, from->texts[i].text) + 1;
	}
	*out_copy = (struct status){.n = from->n, .texts = texts};
	return true;
}

void status_free(struct status *copy)
{
	union {
		const struct status_text *borrowed;
		struct status_text *owned;
	} texts = {.borrowed = copy->texts};

	free(texts.owned);
	*copy = (struct status){0};
}
