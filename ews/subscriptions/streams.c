#include "ews/subscriptions/streams.h"

void streams_init(struct streams *streams, struct subscriptions *subscriptions,
	struct dispatcher *dispatcher)
{
	*streams = (struct streams){
		.subscriptions = subscriptions, .dispatcher = dispatcher};
}

int64_t streams_due(const struct streams *streams, const struct now *now)
{
	unsigned stream;
	int64_t due_ms = subscriptions_due(streams->subscriptions);
	if (!streams->dispatcher->client ||
		!subscriptions_wants(streams->subscriptions, &stream))
		return due_ms;
	int64_t ready_ms = account_ready(streams->dispatcher->account, now->mono_ms);
	return ready_ms < due_ms ? ready_ms : due_ms;
}

static void hear(struct streams *streams, const struct http_client_part *part,
	const struct now *now)
{
	subscriptions_take(
		streams->subscriptions, part->stream, part->bytes, part->n, now);
	if (part->over)
		subscriptions_ended(streams->subscriptions, part->stream,
			&(struct request_reply){.outcome = part->outcome,
				.transfer = &part->transfer,
				.cookie = ""},
			now);
}

static void learn(struct streams *streams, const struct now *now)
{
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		const struct outcome *outcome =
			subscriptions_outcome(streams->subscriptions, i);
		if (!streams->handles[i].pending || !outcome)
			continue;
		streams->handles[i].pending = false;
		dispatcher_learn(
			streams->dispatcher, &streams->handles[i].slot, outcome, now);
	}
}

static void open_stream(
	struct streams *streams, unsigned stream, struct buf *body, const struct now *now)
{
	const struct outcome out_of_memory =
		outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "out of memory");
	struct dispatcher *dispatcher = streams->dispatcher;
	struct request_terms terms = dispatcher_terms(dispatcher, now);
	struct request request;
	subscriptions_open(streams->subscriptions, stream, &terms, &request, body, now);
	dispatcher_route(dispatcher, &request);
	streams->handles[stream].pending = true;
	dispatcher_start(dispatcher, &streams->handles[stream].slot, &request, now);
	if (http_client_stream_open(
		    dispatcher->client, stream, &request, SUBSCRIPTIONS_STREAM_S, now))
		subscriptions_ended(streams->subscriptions, stream,
			&(struct request_reply){.outcome = &out_of_memory, .cookie = ""},
			now);
}

static void obey(struct streams *streams, const struct now *now)
{
	struct dispatcher *dispatcher = streams->dispatcher;
	unsigned stream;
	while (subscriptions_closes(streams->subscriptions, &stream))
		http_client_stream_close(dispatcher->client, stream);
	while (subscriptions_wants(streams->subscriptions, &stream) &&
		account_ready(dispatcher->account, now->mono_ms) <= now->mono_ms) {
		struct buf *body = http_client_stream_request(dispatcher->client, stream);
		if (!body)
			return;
		open_stream(streams, stream, body, now);
	}
}

void streams_turn(struct streams *streams, const struct now *now)
{
	struct http_client_part part;
	while (streams->dispatcher->client &&
		http_client_stream_take(streams->dispatcher->client, now, &part))
		hear(streams, &part, now);
	bool troubled = account_is_troubled(streams->dispatcher->account);
	if (streams->troubled && !troubled)
		subscriptions_recovered(streams->subscriptions);
	streams->troubled = troubled;
	subscriptions_turn(streams->subscriptions, now);
	learn(streams, now);
	if (streams->dispatcher->client)
		obey(streams, now);
	learn(streams, now);
	unsigned stream;
	streams->dispatcher->others_wait =
		subscriptions_wants(streams->subscriptions, &stream);
}
