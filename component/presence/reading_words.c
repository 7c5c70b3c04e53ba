#include "component/presence/reading_words.h"

#include "base/parse.h"

#include <string.h>
#include <strings.h>

#define FLAGS (CAL_EVENT_WORD(0) - 1)

/* The bit of the word in a list; 0: it is not in it. */
static uint64_t bit_of(const char *list, size_t left, const char *word, size_t n)
{
	for (unsigned i = 0; left > 0 && i < CAL_EVENT_WORDS_MAX; i++) {
		size_t length;
		const char *line = parse_line(&list, &left, &length);

		if (length == n && strncasecmp(line, word, n) == 0)
			return CAL_EVENT_WORD(i);
	}
	return 0;
}

struct reading_words reading_words_match(const char *old, size_t n, const char *present)
{
	struct reading_words words = {0};
	size_t left = strlen(present);

	for (unsigned i = 0; left > 0 && i < CAL_EVENT_WORDS_MAX; i++) {
		size_t length;
		const char *word = parse_line(&present, &left, &length);

		words.was[i] = bit_of(old, n, word, length);
		words.has_new |= words.was[i] == 0;
	}
	return words;
}

uint64_t reading_words_translate(const struct reading_words *words, uint64_t flags)
{
	uint64_t translated = flags & FLAGS;

	for (unsigned i = 0; i < CAL_EVENT_WORDS_MAX; i++)
		if ((flags & words->was[i]) != 0)
			translated |= CAL_EVENT_WORD(i);
	return translated;
}
