#ifndef GATEWAY_AUTH_KERBEROS_H
#define GATEWAY_AUTH_KERBEROS_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>

#define KERBEROS_ERROR_SIZE 256

/* Makes this process one that has its keys from the gateway's keytab and its tickets in
 * its own memory: what libcurl does afterwards rests on it. False when out of memory. */
bool kerberos_prepare(const struct gateway_configure *configure)
	__attribute__((warn_unused_result));

/* Gets the tickets for the server of a URL, for principal ("": the first in the keytab).
 * Waits for the KDC, half a minute where that is silent. False with Kerberos' words.
 * When half of their life is over, the library fetches new ones by itself, or here. */
bool kerberos_authenticate(const struct gateway_configure *configure, const char *url,
	uint32_t *out_life_s, char out_error[KERBEROS_ERROR_SIZE])
	__attribute__((warn_unused_result));

#endif
