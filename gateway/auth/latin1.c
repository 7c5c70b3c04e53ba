#include "gateway/auth/latin1.h"

#include "base/parse.h"

#include <assert.h>
#include <string.h>

bool latin1_can_hold(const char *utf8)
{
	uint32_t character;
	for (size_t n = strlen(utf8), size; n > 0; n -= size, utf8 += size) {
		size = parse_utf8(utf8, n, &character);
		if (size == 0 || character > 0xff)
			return false;
	}
	return true;
}

void latin1_put(char *text)
{
	uint32_t character = 0;
	char *out = text;
	assert(latin1_can_hold(text));
	for (size_t n = strlen(text), size; n > 0; n -= size, text += size) {
		size = parse_utf8(text, n, &character);
		*out++ = (char)(unsigned char)character;
	}
	*out = '\0';
}
