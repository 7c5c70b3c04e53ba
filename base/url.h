#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* http: and https: URLs, as far as one has to look before something is sent to them
 * (RFC 3986). Nothing is decoded: a host with an escape in it is none. */
#define URL_HOST_SIZE 256

struct url {
	bool tls;
	char host[URL_HOST_SIZE]; // in lower case; of an IPv6 literal without brackets
	const char *path;         // into the text: "/...", "?..." or ""
};

/* NULL, or what is wrong with the text, as "holds ...". */
const char *url_parse(const char *text, struct url *out_url);

/* Whether a host is this machine by its name alone: an address literal, or localhost. */
bool url_is_loopback(const char *host);
/* Whether a host is `domain` or beneath it; case does not count. */
bool url_is_within(const char *host, const char *domain);

#endif
