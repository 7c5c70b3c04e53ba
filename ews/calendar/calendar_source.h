#ifndef EWS_CALENDAR_CALENDAR_SOURCE_H
#define EWS_CALENDAR_CALENDAR_SOURCE_H

#include "gateway/polling/poller.h"
#include "gateway/request/request.h"

/* The poller's requests: GetUserAvailability, or FindItem,
 * written and read. */
struct calendar_source {
	struct request_source source;
	struct poller *poller;      // borrowed
	const char *keyword_filter; // borrowed (ews/operations/find_item.h)
	struct poller_request
		*requests[GATEWAY_CONCURRENCY_MAX]; // of the poller, by slot
};

/* The settings outlive it. */
void calendar_source_init(struct calendar_source *source, struct poller *poller,
	const struct gateway_configure *settings);

#endif
