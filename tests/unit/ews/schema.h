#ifndef TESTS_UNIT_EWS_SCHEMA_H
#define TESTS_UNIT_EWS_SCHEMA_H

#include "base/buf.h"

#include <stdbool.h>

/* Exchange's schema of the shared folder. */
struct schema;

/* NULL, and a word to those who look, where the folder is not. */
struct schema *schema_load(void);
void schema_free(struct schema *schema); // accepts NULL
/* Whether what is in the Body of a request is valid; why not goes to stderr. */
bool schema_takes(struct schema *schema, const struct buf *request);

#endif
