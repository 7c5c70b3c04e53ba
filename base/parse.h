#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal integer with an optional sign that fills all n bytes: no white space, no
 * overflow, min <= value <= max. */
bool parse_int64(
	const char *text, size_t n, int64_t min, int64_t max, int64_t *out_value);

/* Whether XML 1.0 section 2.2 allows the character. */
bool parse_is_xml_char(uint32_t c);

/* Whether the bytes are UTF-8 (RFC 3629: shortest form, no surrogates) of characters that
 * XML 1.0 section 2.2 allows. */
bool parse_is_xml_text(const char *text, size_t n);

/* The length in bytes of the UTF-8 character that starts at text, 1 to 4, and the
 * character; 0 if there is none. n > 0. */
size_t parse_utf8(const char *text, size_t n, uint32_t *out_char);

/* Whether the n bytes are this word. */
bool parse_is(const char *text, size_t n, const char *word);
/* Whether the text has this in it, letters of ASCII in either case. */
bool parse_contains(const char *text, const char *wanted);

/* The first line of the n bytes, without its newline, and its length; both move behind
 * it.
 */
const char *parse_line(const char **text, size_t *n, size_t *out_length);

/* Trims XML white space (space, tab, CR, LF) from both ends, in place of pointers. */
void parse_trim(const char **text, size_t *n);

/* Whether an e-mail address may be handed to Exchange: one unquoted local part and a
 * domain, 3 to 320 bytes, no control character, no white space (RFC 5321 4.1.2 as
 * Exchange takes it, UTF-8 allowed by RFC 6531). */
bool parse_is_mail_address(const char *text);

#endif
