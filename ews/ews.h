#ifndef EWS_EWS_H
#define EWS_EWS_H

#include "gateway/kind.h"

/* Exchange Web Services: SOAP over HTTPS (docs: Exchange Web Services Reference). */
extern const struct gateway_kind ews_kind;

#endif
