#ifndef GATEWAY_AUTH_CURL_FEATURES_H
#define GATEWAY_AUTH_CURL_FEATURES_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>

/* What a gateway's settings ask for and the libraries of this machine cannot do, as the
 * end of a sentence that begins with the gateway; NULL: nothing. */
const char *curl_features_missing(const struct gateway_configure *configure);

/* libcurl's NTLM takes each byte of a name or password for a character of its own, so
 * that what it is given as ISO 8859-1 arrives as meant, and nothing beyond that can. */

/* Whether a text in UTF-8 can be written so. */
bool latin1_can_hold(const char *utf8);
/* Writes it over the text. */
void latin1_put(char *text);

#endif
