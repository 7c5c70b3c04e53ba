#ifndef EXCHANGE_IMPERSONATION_H
#define EXCHANGE_IMPERSONATION_H

#include "exchange/visit.h"

/* Whether the request may speak for whom it names: that is somebody who is
 * there, the account has the role, and a token that has to speak for somebody
 * does. */
bool impersonation_check(const struct visit *visit, struct soap_fault *out_fault);

#endif
