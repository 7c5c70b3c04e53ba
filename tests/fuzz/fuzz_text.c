#include "base/buf.h"
#include "base/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Each byte becomes six at most: &quot; and \u0000. */
#define GROWTH 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes become well-formed character data, and writing loses no room. */
static void check_xml(const char *bytes, size_t size)
{
	struct buf buf;

	buf_init(&buf, size * GROWTH);
	buf_put_xml_bytes(&buf, bytes, size);
	if (buf.failed || !parse_is_xml_text(buf_text(&buf), buf.len) ||
		strpbrk(buf_text(&buf), "<>\"'") != NULL)
		abort();
	buf_finish(&buf);
}

static bool is_json_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);

		if (size == 0 || c < 0x20)
			return false;
		i += size;
	}
	return true;
}

/* Any text becomes UTF-8 without control characters. */
static void check_json(const char *bytes, size_t size)
{
	char *text = malloc(size + 1);
	struct buf buf;

	if (text == NULL)
		return;
	if (size > 0)
		memcpy(text, bytes, size);
	text[size] = '\0';
	buf_init(&buf, size * GROWTH);
	buf_put_json(&buf, text);
	if (buf.failed || !is_json_text(buf_text(&buf), buf.len))
		abort();
	buf_finish(&buf);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_xml((const char *)data, size);
	check_json((const char *)data, size);
	return 0;
}
