#ifndef GATEWAY_KIND_H
#define GATEWAY_KIND_H

#include "gateway/dispatch/dispatcher.h"
#include "gateway/polling/poller.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A kind of gateway: what it says and reads. Who is asked when, by whose account and over
 * which connection is the same for all kinds (gateway/worker.c).
 */

/* What a worker offers. All are borrowed and outlive what the kind creates. */
struct gateway_host {
	struct dispatcher *dispatcher; // takes the kind's sources of requests
	struct poller *poller;         // whose calendars are to be read
	struct mailboxes *mailboxes;   // whatever is watched
	struct state *state;           // takes hints, and what the server is
	void (*oof)(void *context, const struct gateway_oof *oof);
	void *context;
	uint64_t seed; // differs from process to process
};

struct gateway_kind {
	const char *name; // as in the configuration
	/* What it needs for a gateway with these settings, its sources with the
	 * dispatcher; they outlive it. NULL when out of memory. */
	void *(*create)(const struct gateway_host *host,
		const struct gateway_configure *settings);
	void (*destroy)(void *self); // accepts NULL
	/* A mailbox that the poller knows already, or is about to be removed. */
	void (*watch)(void *self, struct mailbox *mailbox,
		const struct gateway_watch *watch, const struct now *now);
	void (*unwatch)(void *self, struct mailbox *mailbox, const struct now *now);
	/* The end is near: what is left at the server is taken back, as far as there is
	 * time, and nothing else is asked. */
	void (*stop)(void *self, const struct now *now);
	bool (*has_stopped)(void *self);
	/* When turn() has something to do without an event, monotonic. */
	int64_t (*due)(void *self, const struct now *now);
	void (*turn)(void *self, const struct now *now);
	/* Whether it is not known yet where to ask. */
	bool (*is_lost)(void *self);
	/* As in struct dispatcher_events. */
	const char *(*route)(void *self, const char *anchor, const struct now *now);
	const char *(*version)(void *self, const struct now *now);
	bool (*version_refused)(void *self, const char *version, const struct now *now);
	/* Fills in what the kind knows: endpoint, notified, request_version. Texts live
	 * until the next call. */
	void (*report)(void *self, struct gateway_state *state);
};

#endif
