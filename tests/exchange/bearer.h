#ifndef EXCHANGE_BEARER_H
#define EXCHANGE_BEARER_H

#include "exchange/visit.h"

/* Whether the request brings a token (RFC 6750), and whether it is the right one. */
bool bearer_is_there(const struct visit *visit);
bool bearer_is_right(const struct visit *visit);

/* Refuses, in the visit, a request that speaks for nobody where it has to, or for someone
 * who is not there or whose error is about impersonation. */
void bearer_check_name(struct visit *visit);

#endif
