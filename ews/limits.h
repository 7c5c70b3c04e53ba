#ifndef EWS_LIMITS_H
#define EWS_LIMITS_H

#include <stdint.h>

/* The most that is believed of Exchange, or of whoever stands in its place. */

#define EWS_BODY_MAX (32 * 1024 * 1024) // bytes of one answer, decompressed
#define EWS_XML_DEPTH_MAX 64            // elements in each other; Exchange needs 13
#define EWS_XML_TEXT_MAX 20480          // bytes of one value: 62 days of digits fit

#define AVAILABILITY_MAILBOXES_MAX 100 // a request; Exchange refuses more
#define AVAILABILITY_EVENTS_MAX 1000   // a mailbox; Exchange refuses more

#define EWS_MAILBOXES_MAX 200000  // a gateway
#define EWS_CONCURRENCY_MAX 64    // requests at once
#define EWS_STREAMS_MAX 64        // open beside them
#define EWS_INTERVAL_MAX_S 604800 // between two readings of a mailbox
#define EWS_WINDOW_MAX_S 2678400  // 31 days ahead; Exchange refuses 63
#define EWS_TIMEOUT_MAX_S 600     // a request

/* The value, or the bound that it is beyond. */
static inline uint32_t ews_within(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least ? least : value > most ? most : value;
}

#endif
