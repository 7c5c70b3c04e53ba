#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stddef.h>

/* Copies text of whatever origin as one line: trimmed, white space and control characters
 * as single spaces, cut to size at a character. */
void line_copy(char *out, size_t size, const char *text, size_t n);

#endif
