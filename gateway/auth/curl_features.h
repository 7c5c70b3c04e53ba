#ifndef GATEWAY_AUTH_CURL_FEATURES_H
#define GATEWAY_AUTH_CURL_FEATURES_H

#include "gateway/protocol/messages.h"

/* What a gateway's settings ask for and the libraries of this machine cannot do, as the
 * end of a sentence that begins with the gateway; NULL: nothing. */
const char *curl_features_missing(const struct gateway_configure *configure);

#endif
