#ifndef EWS_READING_POLLER_SOURCE_H
#define EWS_READING_POLLER_SOURCE_H

#include "ews/errand/errand.h"
#include "ews/reading/poller.h"

/* The poller's requests as errands: GetUserAvailability, or FindItem,
 * written and read. */
struct poller_source {
	struct errand_source source;
	struct poller *poller;                                // borrowed
	struct poller_request *requests[EWS_CONCURRENCY_MAX]; // of the poller, by slot
};

void poller_source_init(struct poller_source *source, struct poller *poller);

#endif
