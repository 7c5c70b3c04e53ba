#ifndef EXCHANGE_STREAMS_H
#define EXCHANGE_STREAMS_H

#include "exchange/visit.h"

/* The open answers to GetStreamingEvents: one chunked body each, in which complete SOAP
 * messages follow each other until its time is over. */

/* What a stream is to be. */
struct streams_order {
	struct subscription **subscriptions; // not owned
	size_t count;
	int64_t lasts_ms;
	const char *code;       // "NoError"; any other is all that is said
	const char *const *bad; // the ids that the code is about
	size_t bad_count;
	char charged[STREAMING_NAME]; // against whose connections it counts
};

enum MHD_Result streams_reply(struct visit *visit, const struct streams_order *order);
/* The request is over. */
void streams_detach(struct stream *stream); // accepts NULL

int64_t streams_count(const struct sim *sim, const char *charged);
/* A calendar has changed. */
void streams_tell(struct sim *sim, const struct calendar_mailbox *mailbox,
	enum calendar_change change, int64_t event);
/* The subscription answers an error from now on, and a stream that serves it ends. */
void streams_fail(struct sim *sim, struct subscription *subscription, const char *code);
/* The connections break. */
void streams_cut(struct sim *sim);
/* The servers start anew: streams break, subscriptions and cookies are forgotten. */
void streams_restart(struct sim *sim);

#endif
