#include "ews/reading/poller_source.h"

#include "ews/messages/find_item.h"
#include "ews/reading/poller_sites.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"

#include <stdlib.h>
#include <string.h>

static int64_t due(void *self, const struct moment *now)
{
	return poller_due(((struct poller_source *)self)->poller, now);
}

static struct find_item_query items_query(
	const struct poller_source *source, const struct poller_request *request)
{
	return (struct find_item_query){.from = request->from,
		.to = request->to,
		.words = source->words,
		.envelope = {.version = request->version,
			.impersonate = request->addresses[0]}};
}

static void write_items(struct buf *body, const struct poller_source *source,
	const struct poller_request *request, struct errand *out_errand)
{
	const struct find_item_query query = items_query(source, request);
	find_item_write(body, &query);
	*out_errand = (struct errand){
		.action = ERRAND_ACTION("FindItem"), .anchor = request->addresses[0]};
}

static void write_availability(struct buf *body, const struct poller_request *request,
	const struct errand_terms *terms, struct errand *out_errand)
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
	*out_errand = (struct errand){
		.action = ERRAND_ACTION("GetUserAvailability"), .anchor = anchor};
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
	if (request->items)
		write_items(body, source, request, out_errand);
	else
		write_availability(body, request, terms, out_errand);
	request->anchored = out_errand->anchor != NULL;
	out_errand->url = poller_url(source->poller, request);
	return true;
}

static int read_answer(const struct poller_source *source,
	const struct poller_request *request, const struct errand_reply *reply,
	struct availability *out_answer)
{
	const struct find_item_query query = items_query(source, request);
	return request->items ? find_item_read(reply->body, reply->n, &query, out_answer)
			      : availability_read(reply->body, reply->n, request->from,
					request->to, out_answer);
}

/* A refusal to impersonate, or to show entries, is no word about the gateway: the mailbox
 * is read otherwise. */
static struct verdict judge(const struct poller_request *request,
	const struct errand_reply *reply, struct availability *said)
{
	struct verdict verdict =
		verdict_of_availability(reply->transfer, said, request->n);
	bool refuses =
		request->items && said && said->soap.kind == SOAP_FAULTED &&
		(verdict.action == VERDICT_HALVE || verdict.action == VERDICT_STOP) &&
		find_item_is_refusal(verdict.fault);
	if (!refuses || !find_item_fail(said, verdict.fault))
		return verdict;
	struct verdict answered = {.action = VERDICT_USE};
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

static struct verdict done(void *self, unsigned slot, const struct errand_reply *reply,
	const struct moment *now)
{
	struct poller_source *source = self;
	struct poller_request *request = source->requests[slot];
	struct availability read = {0};
	struct availability *said = NULL;
	if (reply->body && read_answer(source, request, reply, &read) == 0)
		said = &read;
	struct verdict verdict =
		reply->verdict ? *reply->verdict : judge(request, reply, said);
	/* In a version that the gateway takes, it is one of these that does not. */
	if (verdict.action == VERDICT_AGAIN && request->own_version)
		verdict.action = VERDICT_HALVE;
	if (verdict.action == VERDICT_STOP && request->anchored &&
		is_of_mailbox(verdict.code))
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

int poller_source_configure(
	struct poller_source *source, const struct gateway_configure *configure)
{
	char *words = strdup(configure->words ? configure->words : "");
	if (!words)
		return -1;
	free(source->words);
	source->words = words;
	return 0;
}

void poller_source_finish(struct poller_source *source)
{
	free(source->words);
	source->words = NULL;
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
