#ifndef EWS_SOAP_SOAP_PAGE_H
#define EWS_SOAP_SOAP_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are a web page, which servers label as anything: it is known by its
 * first tag. Its title, as one line, tells an administrator which one it is. */
bool soap_page(const char *bytes, size_t n, char *out_title, size_t size);

#endif
