#ifndef GATEWAY_HTTP_LOCATION_H
#define GATEWAY_HTTP_LOCATION_H

#include <stdbool.h>
#include <stddef.h>

/* The URL that the Location header in the answer to a request at `url` leads to (RFC 9110
 * section 10.2.2, RFC 3986 section 5), without its fragment, cut to the size. False where
 * that is no http: or https: URL, or names a user, which is an error in a URL from
 * somebody else (RFC 9110 section 4.2.4). What `url` says of a user is left out. */
bool location_resolve(const char *url, const char *location, size_t size, char *out_url)
	__attribute__((warn_unused_result));

#endif
