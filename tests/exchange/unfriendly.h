#ifndef EXCHANGE_UNFRIENDLY_H
#define EXCHANGE_UNFRIENDLY_H

#include "exchange/visit.h"

/* The command: whether answers are Exchange's, or at their most unlike it. */
unsigned unfriendly_command(struct visit *visit, struct buf *out);

#endif
