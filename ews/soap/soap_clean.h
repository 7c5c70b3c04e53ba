#ifndef EWS_SOAP_SOAP_CLEAN_H
#define EWS_SOAP_SOAP_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

/* Copies n bytes of a document to out, which has room for n, without what XML 1.0
 * section 2.2 does not allow: control characters, references to such characters, bytes
 * that are no UTF-8, and all that stands before the first `<` as white space or byte
 * order mark. Exchange lets them through from the subjects of appointments. Returns how
 * many bytes are left. out_declared says that the declared encoding is one of eight bits,
 * whose bytes were left alone; otherwise the result is UTF-8, whatever it declares. */
size_t soap_clean(const char *bytes, size_t n, char *out, bool *out_declared);

#endif
