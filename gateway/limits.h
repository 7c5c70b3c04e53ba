#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include <stdint.h>

/* The most that is asked of a gateway, and believed of it. */

#define GATEWAY_BODY_MAX (32 * 1024 * 1024) // bytes of one answer, decompressed
#define GATEWAY_MAILBOXES_MAX 200000        // a gateway
#define GATEWAY_BATCH_MAX 100               // mailboxes a request; Exchange refuses more
#define GATEWAY_ENTRIES_MAX 1000            // of a mailbox; Exchange tells no more
#define GATEWAY_CONCURRENCY_MAX 64          // requests at once
#define GATEWAY_STREAMS_MAX 64              // open beside them
#define GATEWAY_INTERVAL_MAX_S 604800       // between two readings of a mailbox
#define GATEWAY_WINDOW_MAX_S 2678400        // 31 days ahead; Exchange refuses 63
#define GATEWAY_TIMEOUT_MAX_S 600           // a request

/* The value, or the bound that it is beyond. */
static inline uint32_t gateway_within(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least ? least : value > most ? most : value;
}

#endif
