#include "ews/operations/keyword_filter.h"

#include "base/parse.h"
#include "gateway/protocol/messages.h"

#include <string.h>
#include <strings.h>

bool keyword_filter_has(const char *filter, enum keyword_kind kind)
{
	size_t left = filter ? strlen(filter) : 0;
	while (left > 0) {
		size_t length;
		const char *line = parse_line(&filter, &left, &length);
		if (length > 0 && line[0] == (char)kind)
			return true;
	}
	return false;
}

uint64_t keyword_filter_find(
	const char *filter, enum keyword_kind kind, const char *text, size_t n)
{
	uint64_t found = 0;
	size_t left = filter ? strlen(filter) : 0;
	for (unsigned i = 0; left > 0 && i < GATEWAY_KEYWORDS_MAX; i++) {
		size_t length;
		const char *line = parse_line(&filter, &left, &length);
		if (length == n + 1 && line[0] == (char)kind &&
			strncasecmp(line + 1, text, n) == 0)
			found |= GATEWAY_EVENT_KEYWORD(i);
	}
	return found;
}
