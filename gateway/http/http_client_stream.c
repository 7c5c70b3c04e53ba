#include "gateway/http/pending_request.h"

#include <assert.h>

static unsigned slot_of(unsigned stream)
{
	assert(stream < GATEWAY_STREAMS_MAX);
	return TRANSPORT_STREAM + stream;
}

/* What was handed out last has been dealt with. */
static void take_back(struct http_client *client)
{
	if (!client->lends)
		return;
	client->lends = false;
	if (client->ended[client->lent]) {
		client->ended[client->lent] = false;
		transport_release(client->transport, slot_of(client->lent));
	} else {
		transport_drop(client->transport, slot_of(client->lent));
	}
}

static void lend(struct http_client *client, unsigned stream)
{
	client->lends = true;
	client->lent = stream;
}

struct buf *http_client_stream_request(struct http_client *client, unsigned stream)
{
	take_back(client);
	return transport_request(client->transport, slot_of(stream));
}

int http_client_stream_open(struct http_client *client, unsigned stream,
	const struct request *request, int64_t timeout_s, const struct now *now)
{
	unsigned slot = slot_of(stream);
	struct pending_request *pending = &client->pending[slot];
	take_back(client);
	if (!http_client_remember(pending, request))
		return -1;
	pending->request.timeout_s = timeout_s;
	pending->endpoint = client->endpoints.current;
	return http_client_send(client, slot, now);
}

void http_client_stream_close(struct http_client *client, unsigned stream)
{
	struct pending_request *pending = &client->pending[slot_of(stream)];
	take_back(client);
	pending->waits = false;
	pending->failed = false;
	client->ended[stream] = false;
	transport_close(client->transport, slot_of(stream));
}

void http_client_end_stream(
	struct http_client *client, const struct transport_answer *answer)
{
	unsigned stream = answer->slot - TRANSPORT_STREAM;
	client->ended[stream] = true;
	client->ends[stream] = *answer;
}

/* False: nothing is new. */
static bool hear(
	struct http_client *client, unsigned stream, struct http_client_part *out_part)
{
	struct pending_request *pending = &client->pending[slot_of(stream)];
	const struct transport_answer *end = &client->ends[stream];
	if (pending->failed) {
		pending->failed = false;
		*out_part = (struct http_client_part){
			.stream = stream, .over = true, .outcome = &client->outcome};
		return true;
	}
	*out_part = (struct http_client_part){.stream = stream};
	if (client->ended[stream]) {
		out_part->bytes = end->body;
		out_part->n = end->n;
		out_part->over = true;
		out_part->transfer = end->transfer;
		out_part->date = end->date;
	} else if (!transport_read(client->transport, slot_of(stream), &out_part->bytes,
			   &out_part->n)) {
		return false;
	}
	lend(client, stream);
	return true;
}

bool http_client_stream_take(struct http_client *client, const struct now *now,
	struct http_client_part *out_part)
{
	take_back(client);
	(void)http_client_collect(client, now);
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		unsigned stream = (client->turn + i) % GATEWAY_STREAMS_MAX;
		if (!hear(client, stream, out_part))
			continue;
		client->turn = (stream + 1) % GATEWAY_STREAMS_MAX;
		return true;
	}
	return false;
}
