#include "base/line.h"

#include "base/parse.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void line_copy(char *out, size_t size, const char *text, size_t n)
{
	size_t used = 0;
	bool gap = false;
	for (size_t i = 0, step; i < n; i += step) {
		uint32_t c;
		step = parse_utf8(text + i, n - i, &c);
		if (step == 0 || c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 ||
			c == 0x2029) {
			step = step ? step : 1;
			gap = used > 0;
			continue;
		}
		if (used + gap + step >= size)
			break;
		if (gap)
			out[used++] = ' ';
		gap = false;
		memcpy(out + used, text + i, step);
		used += step;
	}
	out[used] = '\0';
}

void line_make_printable(char *text, size_t n, bool lines)
{
	for (size_t i = 0, step; i < n; i += step) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);
		bool keep = lines && text[i] == '\n';
		step = size > 0 ? size : 1;
		if (!keep && (size == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0)))
			memset(text + i, '?', step);
	}
}
