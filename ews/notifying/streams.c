#include "ews/notifying/streams.h"

void streams_init(struct streams *streams, struct notifier *notifier, struct desk *desk)
{
	*streams = (struct streams){.notifier = notifier, .desk = desk};
}

void streams_forget(struct streams *streams)
{
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++)
		streams->lanes[i].pending = false;
}

int64_t streams_due(const struct streams *streams, const struct moment *now)
{
	unsigned stream;
	int64_t due_ms = notifier_due(streams->notifier);
	if (!streams->desk->courier || !notifier_wants(streams->notifier, &stream))
		return due_ms;
	int64_t ready_ms = identity_ready(streams->desk->identity, now->mono_ms);
	return ready_ms < due_ms ? ready_ms : due_ms;
}

static void hear(struct streams *streams, const struct courier_news *news,
	const struct moment *now)
{
	notifier_take(streams->notifier, news->stream, news->bytes, news->n, now);
	if (news->over)
		notifier_ended(streams->notifier, news->stream,
			&(struct errand_reply){.verdict = news->verdict,
				.transfer = &news->transfer,
				.cookie = ""},
			now);
}

static void learn(struct streams *streams, const struct moment *now)
{
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++) {
		const struct verdict *verdict = notifier_verdict(streams->notifier, i);
		if (!streams->lanes[i].pending || !verdict)
			continue;
		streams->lanes[i].pending = false;
		desk_learn(streams->desk, streams->lanes[i].serial, verdict, now);
	}
}

static void open_stream(struct streams *streams, unsigned stream, struct buf *body,
	const struct moment *now)
{
	static const struct verdict out_of_memory = {.action = VERDICT_RETRY,
		.fault = GATEWAY_FAULT_TRANSIENT,
		.text = "out of memory"};
	struct desk *desk = streams->desk;
	struct errand_terms terms = desk_terms(desk, now);
	struct errand errand;
	notifier_open(streams->notifier, stream, &terms, &errand, body, now);
	desk_route(desk, &errand);
	streams->lanes[stream].pending = true;
	streams->lanes[stream].serial = identity_start(desk->identity, now->mono_ms);
	if (courier_stream_open(desk->courier, stream, &errand, NOTIFIER_STREAM_S, now))
		notifier_ended(streams->notifier, stream,
			&(struct errand_reply){.verdict = &out_of_memory, .cookie = ""},
			now);
}

static void obey(struct streams *streams, const struct moment *now)
{
	struct desk *desk = streams->desk;
	unsigned stream;
	while (notifier_closes(streams->notifier, &stream))
		courier_stream_close(desk->courier, stream);
	while (notifier_wants(streams->notifier, &stream) &&
		identity_ready(desk->identity, now->mono_ms) <= now->mono_ms) {
		struct buf *body = courier_stream_request(desk->courier, stream);
		if (!body)
			return;
		open_stream(streams, stream, body, now);
	}
}

void streams_turn(struct streams *streams, const struct moment *now)
{
	struct courier_news news;
	while (streams->desk->courier &&
		courier_stream_take(streams->desk->courier, now, &news))
		hear(streams, &news, now);
	notifier_turn(streams->notifier, now);
	learn(streams, now);
	if (streams->desk->courier)
		obey(streams, now);
	learn(streams, now);
}
