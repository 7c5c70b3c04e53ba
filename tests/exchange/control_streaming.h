#ifndef EXCHANGE_CONTROL_STREAMING_H
#define EXCHANGE_CONTROL_STREAMING_H

#include "exchange/visit.h"

/* The commands about notifications: each fills the answer and returns the status. */
unsigned control_streaming(struct visit *visit, struct buf *out);
unsigned control_subscription(struct visit *visit, struct buf *out);
unsigned control_replay(struct visit *visit, struct buf *out);
unsigned control_cut(struct visit *visit, struct buf *out);
unsigned control_restart(struct visit *visit, struct buf *out);

#endif
