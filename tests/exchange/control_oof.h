#ifndef EXCHANGE_CONTROL_OOF_H
#define EXCHANGE_CONTROL_OOF_H

#include "exchange/visit.h"

/* The command that sets up automatic replies: fills the answer and returns the status. */
unsigned control_oof(struct visit *visit, struct buf *out);

#endif
