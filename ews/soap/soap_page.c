#include "ews/soap/soap_page.h"

#include "base/line.h"
#include "ews/soap/soap.h"

#include <string.h>
#include <strings.h>

#define HEAD_MAX 4096 // bytes in which a page has to show itself and its title

static bool starts_with(const char *bytes, size_t n, const char *wanted)
{
	size_t length = strlen(wanted);
	return n >= length && strncasecmp(bytes, wanted, length) == 0;
}

/* How many bytes there are up to the end of the first `wanted`; 0 if it is not there. */
static size_t length_through(const char *bytes, size_t n, const char *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (starts_with(bytes + i, n - i, wanted))
			return i + strlen(wanted);
	}
	return 0;
}

/* The length of what may stand before a page: a byte order mark, white space, an XML
 * declaration, comments. */
static size_t prologue(const char *bytes, size_t n)
{
	size_t i = 0;
	size_t step = 1;
	for (; i < n && step > 0; i += step) {
		unsigned char c = (unsigned char)bytes[i];
		if (starts_with(bytes + i, n - i, "<!--"))
			step = length_through(bytes + i, n - i, "-->");
		else if (starts_with(bytes + i, n - i, "<?"))
			step = length_through(bytes + i, n - i, ">");
		else
			step = c <= ' ' || c >= 0x80;
	}
	return i;
}

bool soap_page(const char *bytes, size_t n, char *out_title, size_t size)
{
	n = n < HEAD_MAX ? n : HEAD_MAX;
	size_t start = prologue(bytes, n);
	bytes += start;
	n -= start;
	if (!starts_with(bytes, n, "<!doctype html") && !starts_with(bytes, n, "<html"))
		return false;
	size_t title = length_through(bytes, n, "<title>");
	const char *end = memchr(bytes + title, '<', n - title);
	if (title > 0)
		line_copy(out_title, size, bytes + title,
			end ? (size_t)(end - bytes) - title : n - title);
	return true;
}
