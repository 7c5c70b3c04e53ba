#include "ews/calendar/calendar_source.h"

#include "ews/operations/ews_outcome.h"
#include "ews/operations/find_item.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"
#include "gateway/polling/poller_sites.h"

#include <stdlib.h>
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
		.words = source->keywords,
		.envelope = {.version = request->version,
			.impersonate = request->addresses[0]}};
}

static void write_items(struct buf *body, const struct calendar_source *source,
	const struct poller_request *request, struct request *out_request)
{
	const struct find_item_query query = items_query(source, request);
	find_item_write(body, &query);
	*out_request = (struct request){
		.header = SOAP_ACTION("FindItem"), .anchor = request->addresses[0]};
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
	*out_request = (struct request){
		.header = SOAP_ACTION("GetUserAvailability"), .anchor = anchor};
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
	request->anchored = out_request->anchor != NULL;
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

/* A refusal to impersonate, or to show entries, is no word about the gateway: the mailbox
 * is read otherwise. */
static struct outcome judge(const struct poller_request *request,
	const struct request_reply *reply, struct availability *said)
{
	struct outcome outcome =
		ews_outcome_of_availability(reply->transfer, said, request->n);
	bool refuses =
		request->items && said && said->soap.kind == SOAP_FAULTED &&
		(outcome.class == OUTCOME_BISECT || outcome.class == OUTCOME_STOP) &&
		find_item_is_refusal(outcome.fault);
	if (!refuses || !find_item_fail(said, outcome.fault))
		return outcome;
	struct outcome answered = {.class = OUTCOME_USE};
	memcpy(answered.code, said->soap.code, sizeof answered.code);
	return answered;
}

/* What Exchange says of the mailbox in whose name all are asked for need not hold of the
 * account: halving, and another name, find out. */
static bool is_of_mailbox(const char *code)
{
	enum ews_code_class class = ews_code_class(code);
	return code[0] && (class == EWS_CODE_AUTHZ || class == EWS_CODE_REDISCOVER);
}

static void note_answer(struct poller *poller, const struct poller_request *request,
	struct availability *said)
{
	poller_note_server(poller, said->soap.server_version);
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
	/* In a version that the gateway takes, it is one of these that does not. */
	if (outcome.class == OUTCOME_AGAIN && request->own_version)
		outcome.class = OUTCOME_BISECT;
	if (outcome.class == OUTCOME_STOP && request->anchored &&
		is_of_mailbox(outcome.code))
		outcome.class = OUTCOME_BISECT;
	poller_judge(source->poller, request, &outcome, now);
	if (said)
		note_answer(source->poller, request, said);
	poller_done(source->poller, request, &outcome, said ? &said->reading : NULL, now);
	if (said)
		availability_finish(&read);
	return outcome;
}

void calendar_source_finish(struct calendar_source *source)
{
	free(source->keywords);
	source->keywords = NULL;
}

int calendar_source_init(struct calendar_source *source, struct poller *poller,
	const struct gateway_configure *settings)
{
	*source = (struct calendar_source){
		.source = {.due = due, .next = next, .done = done, .self = source},
		.poller = poller,
		.keywords = strdup(settings->words ? settings->words : ""),
	};
	return source->keywords ? 0 : -1;
}
