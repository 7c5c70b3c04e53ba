#ifndef EWS_LOG_ON_ABILITY_H
#define EWS_LOG_ON_ABILITY_H

#include "ews/gateway/gateway.h"

/* What a gateway's settings ask for and the libraries of this machine cannot do, as the
 * end of a sentence that begins with the gateway; NULL: nothing. */
const char *ability_missing(const struct gateway_configure *configure);

#endif
