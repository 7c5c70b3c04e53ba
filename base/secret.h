#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* A password or shared secret. It has no printf form, is compared in constant time and is
 * zeroed when freed. */
struct secret {
	char *bytes; // owned, NUL-terminated; NULL: none
	size_t len;
};

/* Copies the bytes over an earlier value; false when out of memory. */
bool secret_set(struct secret *secret, const char *bytes, size_t n);
void secret_finish(struct secret *secret);
bool secret_equal(const struct secret *a, const struct secret *b);
/* Zeroes memory in a way that the compiler keeps. */
void secret_wipe(void *bytes, size_t n);

/* As free() and realloc(), and nothing is left of what was there. */
void secret_free(void *memory);
void *secret_realloc(void *memory, size_t size);

#endif
