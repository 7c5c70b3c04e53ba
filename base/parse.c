#include "base/parse.h"

#include <string.h>
#include <strings.h>

#define MAIL_ADDRESS_MIN 3
#define MAIL_ADDRESS_MAX 320

bool parse_int64(const char *text, size_t n, int64_t min, int64_t max, int64_t *out_value)
{
	bool negative = n > 0 && text[0] == '-';
	size_t i = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	int64_t value = 0;

	if (i == n)
		return false;
	/* Counting downwards reaches INT64_MIN, which has no positive twin. */
	for (; i < n; i++) {
		int digit = text[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (value < (INT64_MIN + digit) / 10)
			return false;
		value = value * 10 - digit;
	}
	if (!negative) {
		if (value == INT64_MIN)
			return false;
		value = -value;
	}
	if (value < min || value > max)
		return false;
	*out_value = value;
	return true;
}

bool parse_is_xml_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c < 0xd800 || (c > 0xdfff && c < 0xfffe) || (c > 0xffff && c <= 0x10ffff);
}

bool parse_is_xml_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);

		if (size == 0 || !parse_is_xml_char(c))
			return false;
		i += size;
	}
	return true;
}

size_t parse_utf8(const char *text, size_t n, uint32_t *out_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = (uint8_t)text[0];
	uint32_t c;
	size_t size;

	if (first < 0x80) {
		*out_char = first;
		return 1;
	}
	if (first < 0xc2 || first > 0xf4)
		return 0;
	size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (size > n)
		return 0;
	c = first & (0x7fU >> size);
	for (size_t i = 1; i < size; i++) {
		uint8_t byte = (uint8_t)text[i];

		if ((byte & 0xc0U) != 0x80)
			return 0;
		c = (c << 6) | (byte & 0x3fU);
	}
	if (c < smallest[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out_char = c;
	return size;
}

static bool is_xml_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool parse_is(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(text, word, n) == 0;
}

bool parse_contains(const char *text, const char *wanted)
{
	size_t n = strlen(wanted);

	for (; *text != '\0'; text++) {
		if (strncasecmp(text, wanted, n) == 0)
			return true;
	}
	return false;
}

const char *parse_line(const char **text, size_t *n, size_t *out_length)
{
	const char *line = *text;
	const char *end = memchr(line, '\n', *n);
	size_t passed = end ? (size_t)(end - line) + 1 : *n;

	*out_length = end ? passed - 1 : passed;
	*text += passed;
	*n -= passed;
	return line;
}

void parse_trim(const char **text, size_t *n)
{
	while (*n > 0 && is_xml_space((*text)[0])) {
		(*text)++;
		(*n)--;
	}
	while (*n > 0 && is_xml_space((*text)[*n - 1]))
		(*n)--;
}

/* The characters beyond ASCII that are invisible: C1 controls and the spaces of Unicode.
 */
static bool is_blank_beyond_ascii(uint32_t c)
{
	return (c >= 0x80 && c <= 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202f) || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* Whether the text is characters that take accepts, in runs parted by single dots. */
static bool is_dotted(const char *text, size_t n, bool (*take)(uint32_t c))
{
	bool after_dot = true;

	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);

		if (size == 0 || !parse_is_xml_char(c))
			return false;
		if (c == '.' ? after_dot : !take(c))
			return false;
		after_dot = c == '.';
		i += size;
	}
	return !after_dot;
}

static bool is_mail_local(uint32_t c)
{
	if (c > 0x7f)
		return !is_blank_beyond_ascii(c);
	return c > 0x20 && c < 0x7f && strchr("\"(),:;<>@[\\]", (int)c) == NULL;
}

static bool is_mail_domain(uint32_t c)
{
	if (c > 0x7f)
		return !is_blank_beyond_ascii(c);
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool parse_is_mail_address(const char *text)
{
	size_t n = strnlen(text, MAIL_ADDRESS_MAX + 1);
	const char *at = memchr(text, '@', n);
	size_t local;

	if (at == NULL || n < MAIL_ADDRESS_MIN || n > MAIL_ADDRESS_MAX)
		return false;
	local = (size_t)(at - text);
	return is_dotted(text, local, is_mail_local) &&
	       is_dotted(at + 1, n - local - 1, is_mail_domain);
}
