#include "ews/calendar/calendar_source.h"

#include "ews/operations/ews_outcome.h"
#include "ews/operations/find_item.h"
#include "ews/soap/version.h"

#include <string.h>

static int64_t due(void *self, const struct now *now)
{
	return poller_due(((struct calendar_source *)self)->poller, now);
}

static struct find_item_query items_query(
	const struct calendar_source *source, const struct poller_request *request)
{
	return (struct find_item_query){.from = request->from,
		.to = request->to,
		.keyword_filter = source->keyword_filter,
		.envelope = {.version = request->version,
			.impersonate = request->addresses[0]}};
}

static void write_items(struct buf *body, const struct calendar_source *source,
	const struct poller_request *request, struct request *out_request)
{
	const struct find_item_query query = items_query(source, request);
	find_item_write(body, &query);
	*out_request = (struct request){.header = SOAP_ACTION("FindItem"),
		.anchor = request->addresses[0],
		.charged_to = request->addresses[0]};
}

static void write_availability(struct buf *body, const struct poller_request *request,
	const struct request_terms *terms, struct request *out_request)
{
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
	*out_request = (struct request){.header = SOAP_ACTION("GetUserAvailability"),
		.anchor = anchor,
		.charged_to = terms->anchor_is_set ? NULL : anchor};
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct calendar_source *source = self;
	struct poller_request *request = poller_next(source->poller, now);
	if (!request)
		return false;
	source->requests[slot] = request;
	request->version = version_lower(terms->version, request->version);
	request->own_version = strcmp(request->version, terms->version) != 0;
	if (request->items)
		write_items(body, source, request, out_request);
	else
		write_availability(body, request, terms, out_request);
	const char *charged_to = out_request->charged_to;
	request->anchored = out_request->anchor != NULL;
	request->charged = charged_to != NULL;
	request->charged_to_itself = request->n == 1 && charged_to &&
				     strcmp(charged_to, request->addresses[0]) == 0;
	out_request->url = poller_url(source->poller, request);
	return true;
}

static int read_answer(const struct calendar_source *source,
	const struct poller_request *request, const struct request_reply *reply,
	struct availability *out_answer)
{
	const struct find_item_query query = items_query(source, request);
	return request->items ? find_item_read(reply->body, reply->n, &query, out_answer)
			      : availability_read(reply->body, reply->n, request->from,
					request->to, out_answer);
}

static struct outcome judge(const struct poller_request *request,
	const struct request_reply *reply, struct availability *said)
{
	const struct ews_batch batch = {.n = request->n,
		.of_mailbox = request->charged,
		.anchored = request->anchored,
		.own_version = request->own_version,
		.failing = request->failing};
	return request->items
		       ? ews_outcome_of_items(reply->transfer, said, request->own_version)
		       : ews_outcome_of_availability(reply->transfer, said, &batch);
}

static void note_answer(struct poller *poller, const struct poller_request *request,
	struct availability *said)
{
	state_note_server(poller->host.state, said->soap.server_version);
	for (size_t i = 0; i < said->reading.n; i++)
		ews_judge_mailbox(
			&said->reading.mailboxes[i], request->version, request->items);
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct calendar_source *source = self;
	struct poller_request *request = source->requests[slot];
	struct availability read = {0};
	struct availability *said = NULL;
	if (reply->body && read_answer(source, request, reply, &read) == 0)
		said = &read;
	struct outcome outcome =
		reply->outcome ? *reply->outcome : judge(request, reply, said);
	poller_judge(source->poller, request, &outcome, now);
	bool expected = poller_expected(source->poller, request, &outcome);
	if (said)
		note_answer(source->poller, request, said);
	poller_done(source->poller, request, &outcome, said ? &said->reading : NULL, now);
	if (said)
		availability_finish(&read);
	if (expected && outcome.class != OUTCOME_BACK_OFF)
		outcome.scope = SCOPE_NONE;
	return outcome;
}

void calendar_source_init(struct calendar_source *source, struct poller *poller,
	const struct gateway_configure *settings)
{
	*source = (struct calendar_source){
		.source = {.due = due, .next = next, .done = done, .self = source},
		.poller = poller,
		.keyword_filter = settings->keyword_filter,
	};
}
