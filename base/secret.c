#define _DEFAULT_SOURCE /* explicit_bzero */
#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

bool secret_set(struct secret *secret, const char *bytes, size_t n)
{
	char *copy = malloc(n + 1);

	if (copy == NULL)
		return false;
	if (n > 0)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	secret_finish(secret);
	secret->bytes = copy;
	secret->len = n;
	return true;
}

void secret_finish(struct secret *secret)
{
	if (secret == NULL || secret->bytes == NULL)
		return;
	secret_wipe(secret->bytes, secret->len);
	free(secret->bytes);
	*secret = (struct secret){0};
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned difference = 0;

	if (a->bytes == NULL || b->bytes == NULL)
		return a->bytes == b->bytes;
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		difference |=
			(unsigned char)a->bytes[i] ^ (unsigned)(unsigned char)b->bytes[i];
	return difference == 0;
}

void secret_wipe(void *bytes, size_t n)
{
	explicit_bzero(bytes, n);
}

void secret_free(void *memory)
{
	if (memory != NULL)
		secret_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

void *secret_realloc(void *memory, size_t size)
{
	size_t had = malloc_usable_size(memory); // of NULL: 0

	if (memory != NULL && size > 0 && size <= had)
		return memory;
	void *moved = malloc(size);
	if (moved == NULL)
		return NULL;
	if (had > 0)
		memcpy(moved, memory, had < size ? had : size);
	secret_free(memory);
	return moved;
}
