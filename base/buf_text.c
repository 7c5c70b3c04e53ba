#include "base/buf.h"

#include "base/parse.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static const char *xml_reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

/* Most of all text: characters of one byte that stand for themselves. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && xml_reference(c) == NULL;
}

void buf_put_xml_bytes(struct buf *buf, const char *text, size_t n)
{
	size_t done = 0;
	size_t i = 0;

	for (;;) {
		while (i < n && is_plain(text[i]))
			i++;
		if (i >= n)
			break;
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);
		bool allowed = size > 0 && parse_is_xml_char(c);
		const char *reference = xml_reference(text[i]);

		if (!allowed || reference != NULL) {
			buf_add(buf, text + done, i - done);
			if (reference != NULL)
				buf_puts(buf, reference);
			done = i + (size > 0 ? size : 1);
		}
		i += size > 0 ? size : 1;
	}
	buf_add(buf, text + done, n - done);
}

void buf_put_xml(struct buf *buf, const char *text)
{
	buf_put_xml_bytes(buf, text, strlen(text));
}

void buf_printf_xml(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	while (*format != '\0') {
		size_t n = strcspn(format, "%");

		buf_add(buf, format, n);
		format += n;
		if (*format == '\0')
			break;
		assert(format[1] == 's');
		buf_put_xml(buf, va_arg(args, const char *));
		format += 2;
	}
	va_end(args);
}

static void put_json_char(struct buf *buf, char c)
{
	switch (c) {
	case '"':
		buf_puts(buf, "\\\"");
		return;
	case '\\':
		buf_puts(buf, "\\\\");
		return;
	case '\n':
		buf_puts(buf, "\\n");
		return;
	case '\r':
		buf_puts(buf, "\\r");
		return;
	case '\t':
		buf_puts(buf, "\\t");
		return;
	default:
		buf_printf(buf, "\\u%04x", (unsigned char)c);
	}
}

void buf_put_json(struct buf *buf, const char *text)
{
	size_t n = strlen(text);
	size_t done = 0;
	size_t i = 0;

	while (i < n) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);
		bool plain = size > 0 && c >= 0x20 && c != 0x7f && c != '"' && c != '\\';

		if (!plain) {
			buf_add(buf, text + done, i - done);
			if (size > 0)
				put_json_char(buf, text[i]);
			else
				buf_puts(buf, "\xef\xbf\xbd");
			done = i + (size > 0 ? size : 1);
		}
		i += size > 0 ? size : 1;
	}
	buf_add(buf, text + done, n - done);
}
