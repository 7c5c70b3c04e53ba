#ifndef EWS_READING_POLLER_SOURCE_H
#define EWS_READING_POLLER_SOURCE_H

#include "ews/errand/errand.h"
#include "ews/reading/poller.h"

/* The poller's requests as errands: GetUserAvailability, or FindItem,
 * written and read. */
struct poller_source {
	struct errand_source source;
	struct poller *poller; // borrowed
	char *words;           // owned; to look for in entries (ews/messages/words.h)
	struct poller_request *requests[EWS_CONCURRENCY_MAX]; // of the poller, by slot
};

void poller_source_init(struct poller_source *source, struct poller *poller);
void poller_source_finish(struct poller_source *source);
/* New settings. -1 when out of memory. */
int poller_source_configure(struct poller_source *source,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));

#endif
