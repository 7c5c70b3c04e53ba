#include "ews/messages/words.h"

#include "ews/gateway/gateway.h"

#include <string.h>
#include <strings.h>

/* One line: its first letter is the kind. */
struct word {
	const char *text;
	size_t n;
};

/* Moves *words behind the line that it returns. */
static struct word next_line(const char **words)
{
	struct word line = {*words, strcspn(*words, "\n")};
	*words += line.n;
	*words += **words == '\n';
	return line;
}

bool words_have(const char *words, enum words_kind kind)
{
	while (words && *words) {
		struct word line = next_line(&words);
		if (line.n > 0 && line.text[0] == (char)kind)
			return true;
	}
	return false;
}

uint64_t words_find(const char *words, enum words_kind kind, const char *text, size_t n)
{
	uint64_t found = 0;
	for (unsigned i = 0; words && *words && i < GATEWAY_WORDS_MAX; i++) {
		struct word line = next_line(&words);
		if (line.n == n + 1 && line.text[0] == (char)kind &&
			strncasecmp(line.text + 1, text, n) == 0)
			found |= GATEWAY_EVENT_WORD(i);
	}
	return found;
}
