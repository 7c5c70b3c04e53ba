#ifndef GATEWAY_POLLING_BATCH_SIZE_H
#define GATEWAY_POLLING_BATCH_SIZE_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many mailboxes a request carries at a gateway. What Exchange, or a proxy before it,
 * refuses for its size is halved for all requests; each minute of success gives some of
 * it back.
 */
#define BATCH_SIZE_GROW_MS 60000
#define BATCH_SIZE_GROW 5 // mailboxes; from one to all in 20 minutes

struct batch_size {
	size_t most; // 1 to max
	size_t max;
	int64_t grown_ms;
};

/* max: 1 to GATEWAY_BATCH_MAX. */
void batch_size_init(struct batch_size *size, size_t max);
/* n mailboxes were too many for a request. */
void batch_size_refused(struct batch_size *size, size_t n, int64_t now_ms);
/* A request was answered. */
void batch_size_good(struct batch_size *size, int64_t now_ms);

#endif
