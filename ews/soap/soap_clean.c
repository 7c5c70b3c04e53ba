#include "ews/soap/soap_clean.h"

#include "base/parse.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define DECLARATION_MAX 128 // bytes in which an XML declaration has to name its encoding
#define CHAR_MAX_UNICODE 0x10ffffu

static const char bom[] = "\xef\xbb\xbf";

static bool starts_with(const char *bytes, size_t n, const char *prefix)
{
	size_t length = strlen(prefix);
	return n >= length && strncasecmp(bytes, prefix, length) == 0;
}

/* XML 1.0 section 2.2, production Char. */
static bool is_xml_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) ||
	       (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= CHAR_MAX_UNICODE);
}

static size_t leading_noise(const char *bytes, size_t n)
{
	size_t i = 0;
	while (i < n) {
		if (starts_with(bytes + i, n - i, bom))
			i += strlen(bom);
		else if ((unsigned char)bytes[i] <= ' ')
			i++;
		else
			break;
	}
	return i;
}

static bool declares_eight_bits(const char *bytes, size_t n)
{
	static const char key[] = "encoding=";
	if (!starts_with(bytes, n, "<?xml"))
		return false;
	for (size_t i = 0; i < n && i < DECLARATION_MAX && bytes[i] != '>'; i++) {
		if (!starts_with(bytes + i, n - i, key))
			continue;
		i += strlen(key) + 1; // and the quote
		return i < n && (starts_with(bytes + i, n - i, "iso-8859-") ||
					starts_with(bytes + i, n - i, "windows-125"));
	}
	return false;
}

static int digit_value(char c, unsigned base)
{
	int value = c >= '0' && c <= '9'   ? c - '0'
		    : c >= 'a' && c <= 'f' ? c - 'a' + 10
		    : c >= 'A' && c <= 'F' ? c - 'A' + 10
					   : -1;
	return value < (int)base ? value : -1;
}

/* The length of a character reference to what XML does not allow; 0 if there is none. */
static size_t illegal_reference(const char *bytes, size_t n)
{
	if (n < 4 || bytes[0] != '&' || bytes[1] != '#')
		return 0;
	unsigned base = bytes[2] == 'x' ? 16 : 10;
	size_t first = base == 16 ? 3 : 2;
	size_t i = first;
	uint32_t c = 0;
	for (; i < n && digit_value(bytes[i], base) >= 0; i++) {
		if (c <= CHAR_MAX_UNICODE)
			c = c * base + (uint32_t)digit_value(bytes[i], base);
	}
	if (i == first || i == n || bytes[i] != ';' || is_xml_char(c))
		return 0;
	return i + 1;
}

/* The length of the allowed character at the front, 0 if there is none. */
static size_t allowed_char(const char *bytes, size_t n, bool eight_bits)
{
	unsigned char c = (unsigned char)bytes[0];
	if (c < 0x80 || eight_bits)
		return is_xml_char(c) ? 1 : 0;
	uint32_t character;
	size_t size = parse_utf8(bytes, n, &character);
	return size > 0 && is_xml_char(character) ? size : 0;
}

size_t soap_clean(const char *bytes, size_t n, char *out, bool *out_declared)
{
	size_t used = 0;
	size_t i = leading_noise(bytes, n);
	bool eight_bits = declares_eight_bits(bytes + i, n - i);
	while (i < n) {
		size_t reference = illegal_reference(bytes + i, n - i);
		size_t size = allowed_char(bytes + i, n - i, eight_bits);
		if (reference > 0 || size == 0) {
			i += reference > 0 ? reference : 1;
			continue;
		}
		memcpy(out + used, bytes + i, size);
		used += size;
		i += size;
	}
	*out_declared = eight_bits;
	return used;
}
