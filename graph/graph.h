#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "gateway/kind.h"

/* Microsoft Graph: mailboxes in Exchange Online. */
extern const struct gateway_kind graph_kind;

#endif
