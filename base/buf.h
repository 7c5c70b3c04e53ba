#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A growing run of bytes that is born with its maximum. A failed append (out of memory or
 * over the maximum) sets `failed` and makes all later appends do nothing, so that a
 * writer checks once, at the end. The bytes are always followed by a NUL that does not
 * count.
 */
struct buf {
	char *data; // owned; never NULL after the first successful append
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
	bool wipes; // nothing is left of the bytes where they were; the owner's
};

/* Empties a new buffer. max is the largest len it may ever reach. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
/* Frees the bytes; the buffer may be used again. Accepts a zeroed buffer and NULL. */
void buf_finish(struct buf *buf);
/* Forgets the bytes and the failure, keeps the memory. */
void buf_reset(struct buf *buf);
/* Keeps the first len bytes and takes back a failure behind them. */
void buf_cut(struct buf *buf, size_t len);
/* Removes n bytes (n <= len) from the front. */
void buf_consume(struct buf *buf, size_t n);

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends text as XML character data or attribute value (XML 1.0 section 2.4): the five
 * special characters become references, and what XML 1.0 section 2.2 does not allow
 * (control characters, surrogates, U+FFFE, U+FFFF, bytes that are no UTF-8) is left out.
 */
void buf_put_xml(struct buf *buf, const char *text);
void buf_put_xml_bytes(struct buf *buf, const char *text, size_t n);
/* Appends the format as it is, with a text like that for each %s; it knows nothing else.
 */
void buf_printf_xml(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends text as the inside of a JSON string (RFC 8259 section 7), without the quotes.
 * Bytes that are no UTF-8 become U+FFFD. */
void buf_put_json(struct buf *buf, const char *text);

/* Binary fields of messages between processes, little endian. */
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_i64(struct buf *buf, int64_t value);
/* A u32 length and the bytes. */
void buf_put_string(struct buf *buf, const char *text, size_t n);

/* The text so far, "" where nothing was appended; valid until the next append. */
const char *buf_text(const struct buf *buf);

/*
 * Reads the same fields back. A read beyond the end sets `failed` and yields zeros.
 */
struct buf_reader {
	const char *data; // borrowed
	size_t len;
	size_t pos;
	bool failed;
};

uint8_t buf_get_u8(struct buf_reader *reader);
uint32_t buf_get_u32(struct buf_reader *reader);
int64_t buf_get_i64(struct buf_reader *reader);
/* Points into the reader's data (not NUL-terminated); NULL and 0 on failure. */
const char *buf_get_string(struct buf_reader *reader, size_t *out_len);

#endif
