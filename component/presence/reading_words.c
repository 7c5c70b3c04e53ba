#include "component/presence/reading_words.h"

#include <string.h>
#include <strings.h>

#define FLAGS (CAL_EVENT_WORD(0) - 1)

struct line {
	const char *text;
	size_t n;
};

/* The line at *at, which moves behind it. */
static struct line next_line(const char *text, size_t n, size_t *at)
{
	const char *end = memchr(text + *at, '\n', n - *at);
	struct line line = {text + *at, end ? (size_t)(end - text) - *at : n - *at};

	*at += line.n + (end ? 1 : 0);
	return line;
}

static uint64_t bit_of(const char *text, size_t n, const struct line *word)
{
	size_t at = 0;

	for (unsigned i = 0; at < n && i < CAL_EVENT_WORDS_MAX; i++) {
		struct line line = next_line(text, n, &at);

		if (line.n == word->n && strncasecmp(line.text, word->text, line.n) == 0)
			return CAL_EVENT_WORD(i);
	}
	return 0;
}

struct reading_words reading_words_match(const char *old, size_t n, const char *present)
{
	struct reading_words words = {0};
	size_t length = strlen(present);
	size_t at = 0;

	for (unsigned i = 0; at < length && i < CAL_EVENT_WORDS_MAX; i++) {
		struct line line = next_line(present, length, &at);

		words.was[i] = bit_of(old, n, &line);
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
