#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* Copies text of whatever origin as one line: trimmed, white space and control characters
 * as single spaces, cut to size at a character. */
void line_copy(char *out, size_t size, const char *text, size_t n);

/* Makes question marks of what could forge a line or steer a terminal: controls (C0 and
 * C1) and bytes that are no UTF-8, such as the rest of a character that was cut. `lines`:
 * line feeds stay. */
void line_make_printable(char *text, size_t n, bool lines);

#endif
