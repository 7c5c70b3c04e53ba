#include "exchange/response.h"
#include "exchange/streaming.h"
#include "exchange/streams.h"
#include "exchange/walk.h"

#include "base/clock.h"
#include "base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct asked {
	char ids[STREAMING_MAX_IDS][STREAMING_ID];
	size_t count;
	int64_t timeout_min;
};

static bool read_ids(
	const xmlNode *element, struct asked *asked, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(element);
	const xmlNode *id;

	while ((id = walk_take(&walk, SOAP_TYPES, "SubscriptionId")) != NULL) {
		if (asked->count == STREAMING_MAX_IDS)
			return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
				"There are more than %d subscriptions.",
				STREAMING_MAX_IDS);
		if (!walk_text(id, asked->ids[asked->count++], STREAMING_ID))
			return soap_invalid(out_fault, "the id is no text.");
	}
	return (walk.next == NULL && asked->count > 0) ||
	       soap_misplaced(out_fault, element, walk.next);
}

static bool read_streaming(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct asked *asked = calloc(1, sizeof *asked);
	struct walk walk = walk_into(element);
	const xmlNode *ids = walk_take(&walk, SOAP_MESSAGES, "SubscriptionIds");
	const xmlNode *timeout = walk_take(&walk, SOAP_MESSAGES, "ConnectionTimeout");
	char text[16];

	visit->asked = asked;
	if (asked == NULL)
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	if (ids == NULL || timeout == NULL || walk.next != NULL)
		return soap_misplaced(out_fault, element, walk.next);
	if (!walk_text(timeout, text, sizeof text) ||
		!parse_int64(text, strlen(text), 1, 30, &asked->timeout_min))
		return soap_invalid(out_fault, "the timeout is not 1 to 30 minutes.");
	return read_ids(ids, asked, out_fault);
}

static bool is_owner(const struct visit *visit, const struct subscription *subscription)
{
	const char *name = visit->envelope.has_name ? visit->envelope.name : "";

	return strcasecmp(name, subscription->owner) == 0;
}

/* "NoError", or why the stream cannot have this subscription. */
static const char *code_of(
	const struct visit *visit, const struct subscription *subscription)
{
	if (subscription == NULL)
		return "ErrorSubscriptionNotFound";
	if (subscription->error != NULL)
		return subscription->error;
	if (strcmp(subscription->account, visit->account) != 0)
		return "ErrorSubscriptionAccessDenied";
	if (visit->sim->streaming.rules.is_own && !is_owner(visit, subscription))
		return "ErrorInvalidSubscription";
	if (visit->affinity[0] != '\0' &&
		strcmp(visit->affinity, subscription->server) != 0)
		return "ErrorProxiedSubscriptionCallFailure";
	return "NoError";
}

static enum MHD_Result reply_streaming(struct visit *visit)
{
	struct streaming *streaming = &visit->sim->streaming;
	const struct asked *asked = visit->asked;
	struct subscription *good[STREAMING_MAX_IDS];
	const char *bad[STREAMING_MAX_IDS];
	struct streams_order order = {.subscriptions = good,
		.bad = bad,
		.code = "NoError",
		.lasts_ms = streaming->rules.connection_ms > 0
				    ? streaming->rules.connection_ms
				    : asked->timeout_min * 60000};

	visit->sim->stats.subscriptions -= streaming_expire(streaming, clock_mono_ms());
	(void)snprintf(order.charged, sizeof order.charged, "%.*s",
		(int)sizeof order.charged - 1,
		visit->envelope.has_name ? visit->envelope.name : visit->account);
	if (streams_count(visit->sim, order.charged) >= streaming->rules.connections)
		order.code = "ErrorExceededConnectionCount";
	for (size_t i = 0; i < asked->count; i++) {
		struct subscription *each = streaming_find(streaming, asked->ids[i]);
		const char *code = code_of(visit, each);

		if (strcmp(code, "NoError") == 0) {
			good[order.count++] = each;
			continue;
		}
		bad[order.bad_count++] = asked->ids[i];
		order.code = code;
	}
	return streams_reply(visit, &order);
}

/* What a twist or a fault makes of it: a stream that ended as soon as it was there. */
static void put_streaming(struct visit *visit, const struct twist *twist, struct buf *out)
{
	(void)visit;
	response_open(out, "GetStreamingEvents", "NoError", twist);
	buf_puts(out, "<m:ConnectionStatus>Closed</m:ConnectionStatus>");
	response_close(out, "GetStreamingEvents");
}

const struct operation op_streaming = {
	.name = "GetStreamingEvents",
	.element = "GetStreamingEvents",
	.read = read_streaming,
	.put = put_streaming,
	.reply = reply_streaming,
};
