#ifndef GRAPH_CALENDAR_SCHEDULE_SOURCE_H
#define GRAPH_CALENDAR_SCHEDULE_SOURCE_H

#include "gateway/polling/poller.h"
#include "gateway/request/request.h"
#include "graph/calendar/callers.h"

/* The poller's requests: getSchedule, written and read. */

#define GRAPH_URL_MAX 5120 // an address with every character escaped, and a host

/* A request that is out. */
struct schedule_request {
	struct poller_request *request; // of the poller
	struct caller *caller;          // of the callers
	uint32_t mailboxes[GATEWAY_BATCH_MAX];
};

struct schedule_source {
	struct request_source source;
	struct poller *poller; // borrowed
	struct callers callers;
	const char *base; // borrowed: URL of Graph, with its version
	char url[GRAPH_URL_MAX];
	struct schedule_request requests[GATEWAY_CONCURRENCY_MAX]; // by slot
};

/* -1 when out of memory; to be finished in any case. */
int schedule_source_init(struct schedule_source *source, struct poller *poller,
	const char *base, const struct gateway_configure *settings)
	__attribute__((warn_unused_result));
void schedule_source_finish(struct schedule_source *source);

#endif
