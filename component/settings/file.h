#ifndef COMPONENT_SETTINGS_FILE_H
#define COMPONENT_SETTINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The whole of a regular file. */
struct config_file {
	char *bytes; // owned, NUL-terminated
	size_t n;
	unsigned mode; // permission bits
};

/* Reads a file of at most `max` bytes. NULL, or what is wrong, as words that go after the
 * name; out_file is then untouched. */
const char *config_file_read(const char *path, size_t max, struct config_file *out_file)
	__attribute__((warn_unused_result));
/* The length of the byte order mark with which some editors and spreadsheets begin UTF-8;
 * 0 without one. */
size_t config_file_mark(const struct config_file *file);
/* Zeroes and frees: it may have been a secret. */
void config_file_finish(struct config_file *file);

#endif
