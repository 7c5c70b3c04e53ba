#ifndef TESTS_UNIT_EWS_CORPUS_H
#define TESTS_UNIT_EWS_CORPUS_H

#include <stddef.h>

/* The shared samples of Exchange's messages, which are not part of this repository. */

/* A path in the shared folder into out, from CALPRESENCE_SHARED or the build's default.
 */
void corpus_path(char *out, size_t size, const char *relative);
/* All of a file, unpacked if it is .gz, with a NUL behind it; the caller's to free. NULL
 * if it cannot be read. */
char *corpus_load(const char *path, size_t *out_len);

#endif
