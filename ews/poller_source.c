#include "ews/poller_source.h"

#include "ews/poller_sites.h"
#include "ews/version.h"

#include <string.h>

static int64_t due(void *self, const struct moment *now)
{
	return poller_due(((struct poller_source *)self)->poller, now);
}

static bool next(void *self, unsigned slot, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body, const struct moment *now)
{
	struct poller_source *source = self;
	struct poller_request *request = poller_next(source->poller, now);
	if (!request)
		return false;
	source->requests[slot] = request;
	request->version = version_lower(terms->version, request->version);
	request->own_version = strcmp(request->version, terms->version) != 0;
	/* Free/busy takes no impersonation where the account speaks for itself. */
	const char *anchor = !terms->impersonates ? NULL
			     : terms->anchor      ? terms->anchor
						  : request->addresses[0];
	availability_write(
		body, &(struct availability_query){.addresses = request->addresses,
			      .n = request->n,
			      .from = request->from,
			      .to = request->to,
			      .merged_only = request->merged,
			      .envelope = {.version = request->version,
				      .impersonate = anchor}});
	*out_errand = (struct errand){.action = ERRAND_ACTION("GetUserAvailability"),
		.anchor = anchor,
		.url = poller_url(source->poller, request)};
	return true;
}

static struct verdict done(void *self, unsigned slot, const struct errand_reply *reply,
	const struct moment *now)
{
	struct poller_source *source = self;
	struct poller_request *request = source->requests[slot];
	struct availability read = {0};
	const struct availability *said = NULL;
	if (reply->body && availability_read(reply->body, reply->n, request->from,
				   request->to, &read) == 0)
		said = &read;
	struct verdict verdict = reply->verdict ? *reply->verdict
						: verdict_of_availability(reply->transfer,
							  said, request->n);
	/* In a version that the gateway takes, it is one of these that does not. */
	if (verdict.action == VERDICT_AGAIN && request->own_version)
		verdict.action = VERDICT_HALVE;
	poller_judge(source->poller, request, &verdict, now);
	poller_done(source->poller, request, &verdict, said, now);
	if (said)
		availability_finish(&read);
	return verdict;
}

/* The poller forgets by itself when it is configured. */
static void forget(void *self)
{
	(void)self;
}

void poller_source_init(struct poller_source *source, struct poller *poller)
{
	*source = (struct poller_source){
		.source = {.due = due,
			.next = next,
			.done = done,
			.forget = forget,
			.self = source},
		.poller = poller,
	};
}
