#ifndef EXCHANGE_SCHEMA_H
#define EXCHANGE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

/* Microsoft's schema of the messages, compiled once. */
struct schema;

/* From exchange2016/ews-body.xsd below the folder; NULL if that cannot be compiled. */
struct schema *schema_create(const char *folder);
void schema_destroy(struct schema *schema);

/* Whether an element that is a child of the SOAP body is valid. The first thing that is
 * wrong is described in out_why. */
bool schema_check(struct schema *schema, xmlNode *element, char *out_why, size_t size);

/* The same of a whole SOAP message; a SOAP fault needs to be well-formed only. */
bool schema_check_message(
	struct schema *schema, const char *text, size_t n, char *out_why, size_t size);

#endif
