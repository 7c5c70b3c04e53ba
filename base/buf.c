#include "base/buf.h"

#include "base/secret.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_CAP 64

void buf_init(struct buf *buf, size_t max)
{
	assert(max < SIZE_MAX);
	*buf = (struct buf){.max = max};
}

void buf_finish(struct buf *buf)
{
	if (buf == NULL)
		return;
	bool wipes = buf->wipes;

	if (wipes)
		secret_free(buf->data);
	else
		free(buf->data);
	buf_init(buf, buf->max);
	buf->wipes = wipes;
}

void buf_reset(struct buf *buf)
{
	buf_cut(buf, 0);
}

void buf_cut(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (buf->wipes && buf->data != NULL)
		secret_wipe(buf->data + len, buf->len - len);
	buf->len = len;
	buf->failed = false;
	if (buf->data != NULL)
		buf->data[len] = '\0';
}

void buf_consume(struct buf *buf, size_t n)
{
	assert(n <= buf->len);
	if (n == 0)
		return;
	buf->len -= n;
	memmove(buf->data, buf->data + n, buf->len + 1);
}

/* Makes room for n more bytes and the NUL. */
static bool reserve(struct buf *buf, size_t n)
{
	size_t cap = buf->cap;
	char *data;

	if (buf->failed)
		return false;
	if (n > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	if (buf->len + n < cap)
		return true;
	cap = cap > buf->max / 2 ? buf->max + 1 : cap * 2;
	if (cap < buf->len + n + 1)
		cap = buf->len + n + 1;
	if (cap < BUF_FIRST_CAP)
		cap = BUF_FIRST_CAP;
	data = buf->wipes ? secret_realloc(buf->data, cap) : realloc(buf->data, cap);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (!reserve(buf, n))
		return;
	if (n > 0)
		memcpy(buf->data + buf->len, bytes, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(n >= 0);
	if (!reserve(buf, (size_t)n))
		return;
	va_start(args, format);
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, format, args);
	va_end(args);
	buf->len += (size_t)n;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

static void put_little_endian(struct buf *buf, uint64_t value, size_t size)
{
	uint8_t bytes[sizeof(value)];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	buf_add(buf, bytes, size);
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
	put_little_endian(buf, value, 1);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
	put_little_endian(buf, value, 4);
}

void buf_put_i64(struct buf *buf, int64_t value)
{
	put_little_endian(buf, (uint64_t)value, 8);
}

void buf_put_string(struct buf *buf, const char *text, size_t n)
{
	if (n > UINT32_MAX) {
		buf->failed = true;
		return;
	}
	buf_put_u32(buf, (uint32_t)n);
	buf_add(buf, text, n);
}

static const char *take(struct buf_reader *reader, size_t n)
{
	const char *start;

	if (reader->failed || n > reader->len - reader->pos) {
		reader->failed = true;
		return NULL;
	}
	start = reader->data + reader->pos;
	reader->pos += n;
	return start;
}

static uint64_t get_little_endian(struct buf_reader *reader, size_t size)
{
	const char *bytes = take(reader, size);
	uint64_t value = 0;

	if (bytes == NULL)
		return 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)(uint8_t)bytes[i] << (8 * i);
	return value;
}

uint8_t buf_get_u8(struct buf_reader *reader)
{
	return (uint8_t)get_little_endian(reader, 1);
}

uint32_t buf_get_u32(struct buf_reader *reader)
{
	return (uint32_t)get_little_endian(reader, 4);
}

int64_t buf_get_i64(struct buf_reader *reader)
{
	return (int64_t)get_little_endian(reader, 8);
}

const char *buf_get_string(struct buf_reader *reader, size_t *out_len)
{
	size_t n = buf_get_u32(reader);
	const char *text = take(reader, n);

	*out_len = text != NULL ? n : 0;
	return text;
}
