#ifndef EXCHANGE_BEARER_H
#define EXCHANGE_BEARER_H

#include "exchange/visit.h"

/* Whether the request brings a token (RFC 6750), and whether it is the right one. */
bool bearer_is_there(const struct visit *visit);
bool bearer_is_right(const struct visit *visit);

#endif
