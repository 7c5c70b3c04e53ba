#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

#define FILE_MAX (64 * 1024 * 1024)

void corpus_path(char *out, size_t size, const char *relative)
{
	const char *shared = getenv("CALPRESENCE_SHARED");
	(void)snprintf(out, size, "%s/%s", shared ? shared : SHARED_DEFAULT, relative);
}

char *corpus_load(const char *path, size_t *out_len)
{
	gzFile file = gzopen(path, "rb"); // reads what is not packed as it is
	if (!file)
		return NULL;
	size_t cap = 1 << 16;
	size_t len = 0;
	char *bytes = malloc(cap);
	int got = 1;
	while (bytes && got > 0 && len < FILE_MAX) {
		if (cap - len < 2) {
			char *grown = realloc(bytes, 2 * cap);
			if (!grown)
				break;
			bytes = grown;
			cap *= 2;
		}
		got = gzread(file, bytes + len, (unsigned)(cap - len - 1));
		len += got > 0 ? (size_t)got : 0;
	}
	(void)gzclose(file);
	if (!bytes || got != 0) {
		free(bytes);
		return NULL;
	}
	bytes[len] = '\0';
	*out_len = len;
	return bytes;
}
