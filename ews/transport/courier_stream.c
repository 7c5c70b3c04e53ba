#include "ews/transport/courier_parcel.h"

#include <assert.h>

static unsigned slot_of(unsigned stream)
{
	assert(stream < EWS_STREAMS_MAX);
	return TRANSPORT_STREAM + stream;
}

/* What was handed out last has been dealt with. */
static void take_back(struct courier *courier)
{
	if (!courier->lends)
		return;
	courier->lends = false;
	if (courier->ended[courier->lent]) {
		courier->ended[courier->lent] = false;
		transport_release(courier->transport, slot_of(courier->lent));
	} else {
		transport_drop(courier->transport, slot_of(courier->lent));
	}
}

static void lend(struct courier *courier, unsigned stream)
{
	courier->lends = true;
	courier->lent = stream;
}

struct buf *courier_stream_request(struct courier *courier, unsigned stream)
{
	take_back(courier);
	return transport_request(courier->transport, slot_of(stream));
}

int courier_stream_open(struct courier *courier, unsigned stream,
	const struct errand *errand, int64_t timeout_s, const struct moment *now)
{
	unsigned slot = slot_of(stream);
	struct parcel *parcel = &courier->parcels[slot];
	take_back(courier);
	if (!courier_remember(parcel, errand))
		return -1;
	parcel->errand.timeout_s = timeout_s;
	parcel->endpoint = courier->endpoints.current;
	return courier_send(courier, slot, now);
}

void courier_stream_close(struct courier *courier, unsigned stream)
{
	struct parcel *parcel = &courier->parcels[slot_of(stream)];
	take_back(courier);
	parcel->waits = false;
	parcel->failed = false;
	courier->ended[stream] = false;
	transport_close(courier->transport, slot_of(stream));
}

void courier_end_stream(struct courier *courier, const struct transport_answer *answer)
{
	unsigned stream = answer->slot - TRANSPORT_STREAM;
	courier->ended[stream] = true;
	courier->ends[stream] = *answer;
}

/* False: nothing is new. */
static bool hear(struct courier *courier, unsigned stream, struct courier_news *out_news)
{
	struct parcel *parcel = &courier->parcels[slot_of(stream)];
	const struct transport_answer *end = &courier->ends[stream];
	if (parcel->failed) {
		parcel->failed = false;
		*out_news = (struct courier_news){
			.stream = stream, .over = true, .verdict = &courier->verdict};
		return true;
	}
	*out_news = (struct courier_news){.stream = stream};
	if (courier->ended[stream]) {
		out_news->bytes = end->body;
		out_news->n = end->n;
		out_news->over = true;
		out_news->transfer = end->transfer;
		out_news->date = end->date;
	} else if (!transport_read(courier->transport, slot_of(stream), &out_news->bytes,
			   &out_news->n)) {
		return false;
	}
	lend(courier, stream);
	return true;
}

bool courier_stream_take(
	struct courier *courier, const struct moment *now, struct courier_news *out_news)
{
	take_back(courier);
	(void)courier_collect(courier, now);
	for (unsigned i = 0; i < EWS_STREAMS_MAX; i++) {
		unsigned stream = (courier->turn + i) % EWS_STREAMS_MAX;
		if (!hear(courier, stream, out_news))
			continue;
		courier->turn = (stream + 1) % EWS_STREAMS_MAX;
		return true;
	}
	return false;
}
