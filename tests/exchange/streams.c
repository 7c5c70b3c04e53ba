#include "exchange/streams.h"

#include "exchange/changes.h"
#include "exchange/stream.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <utlist.h>

enum {
	BLOCK = 64 * 1024,
	MAX_WAITING = 4 * 1024 * 1024,
};

/* ------------------------------------------------------------------ the body */

static void leave_subscriptions(struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++) {
		if (stream->subscriptions[i]->stream != stream)
			continue;
		stream->subscriptions[i]->stream = NULL;
		stream->subscriptions[i]->idle_ms = clock_mono_ms();
	}
	stream->count = 0;
}

/* What is due by the clock. */
static void keep_time(struct stream *stream, int64_t now_ms)
{
	const struct streaming_rules *rules = stream_rules(stream);

	if (stream->is_ending || stream->is_cut || rules->is_silent)
		return;
	if (now_ms >= stream->close_ms) {
		stream_say_status(stream, "Closed");
		stream->is_ending = true;
		leave_subscriptions(stream);
	} else if (rules->heartbeat_ms > 0 && now_ms >= stream->status_ms) {
		stream_say_heartbeat(stream);
		stream->status_ms = now_ms + rules->heartbeat_ms;
	}
}

/* How many bytes may go now. */
static size_t ready_bytes(const struct stream *stream)
{
	const struct streaming_rules *rules = stream_rules(stream);

	if (rules->is_silent || (rules->is_buffering && !stream->is_ending) ||
		(!stream->is_ending && stream->documents < rules->together))
		return 0;
	return stream->out.len - stream->sent;
}

static bool is_ready(struct visit *visit)
{
	struct stream *stream = visit->stream;

	keep_time(stream, clock_mono_ms());
	return stream->is_cut || ready_bytes(stream) > 0 ||
	       (stream->is_ending && !stream_rules(stream)->is_silent);
}

static void hold(struct stream *stream, int64_t now_ms)
{
	int64_t wake_ms = stream->close_ms;

	if (stream_rules(stream)->heartbeat_ms > 0 && stream->status_ms < wake_ms)
		wake_ms = stream->status_ms;
	if (stream_rules(stream)->is_silent || wake_ms < now_ms)
		wake_ms = now_ms + VISIT_FOREVER_MS;
	visit_hold(stream->visit, wake_ms - now_ms, is_ready);
}

/* The signature is MHD's. */
static ssize_t read_more(void *user, uint64_t at, char *out_bytes, size_t max)
{
	struct stream *stream = user;
	int64_t now_ms = clock_mono_ms();
	size_t odd = (size_t)stream_rules(stream)->chunk;
	size_t n;

	(void)at;
	if (stream->is_cut || stream->visit == NULL || stream->visit->peer_left ||
		stream->out.failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	keep_time(stream, now_ms);
	n = ready_bytes(stream);
	if (n == 0 && stream->is_ending && !stream_rules(stream)->is_silent)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		hold(stream, now_ms);
		return 0;
	}
	n = n < max ? n : max;
	if (odd > 0 && n > 1 + stream->turn % odd)
		n = 1 + stream->turn++ % odd;
	memcpy(out_bytes, stream->out.data + stream->sent, n);
	stream->sent += n;
	if (stream->sent == stream->out.len) {
		buf_reset(&stream->out);
		stream->sent = 0;
		stream->documents = 0;
	}
	return (ssize_t)n;
}

void streams_detach(struct stream *stream)
{
	if (stream == NULL || stream->visit == NULL)
		return;
	leave_subscriptions(stream);
	DL_DELETE(stream->sim->streaming.streams, stream);
	stream->visit = NULL;
	stream->sim->stats.streams--;
	stream->sim->stats.streams_ended++;
}

static void destroy(void *user)
{
	struct stream *stream = user;

	if (stream->visit != NULL) {
		stream->visit->stream = NULL;
		streams_detach(stream);
	}
	buf_finish(&stream->out);
	free(stream);
}

/* A subscription has one stream: the one before is told so. */
static void take_subscription(struct stream *stream, struct subscription *subscription)
{
	struct stream *before = subscription->stream;

	if (before != NULL && before != stream) {
		const char *ids[STREAMING_MAX_IDS];

		for (size_t i = 0; i < before->count; i++)
			ids[i] = before->subscriptions[i]->id;
		stream_say_error(before, "ErrorNewEventStreamConnectionOpened", ids,
			before->count);
		leave_subscriptions(before);
	}
	subscription->stream = stream;
	stream->subscriptions[stream->count++] = subscription;
}

/* The ids of a sample, HABj1 and HABj2, become those of the stream. */
static void replay(struct stream *stream, struct buf *text)
{
	static const char sample[] = "HABj";
	const char *at = buf_text(text);
	const char *found;

	while ((found = strstr(at, sample)) != NULL) {
		size_t i = (size_t)(found[strlen(sample)] - '1');

		buf_add(&stream->out, at, (size_t)(found - at));
		at = found;
		if (i < stream->count)
			buf_puts(&stream->out, stream->subscriptions[i]->id);
		else
			buf_add(&stream->out, at, strlen(sample) + 1);
		at += strlen(sample) + 1;
	}
	buf_puts(&stream->out, at);
	buf_reset(text);
	stream->is_ending = true;
	leave_subscriptions(stream);
}

static void begin(struct stream *stream, const struct streams_order *order)
{
	const struct streaming_rules *rules = stream_rules(stream);
	int64_t now_ms = clock_mono_ms();

	stream->status_ms = now_ms + rules->heartbeat_ms;
	stream->close_ms = now_ms + order->lasts_ms;
	if (strcmp(order->code, "NoError") != 0) {
		stream_say_error(stream, order->code, order->bad, order->bad_count);
		return;
	}
	for (size_t i = 0; i < order->count; i++)
		take_subscription(stream, order->subscriptions[i]);
	if (stream->sim->streaming.replay.len > 0) {
		replay(stream, &stream->sim->streaming.replay);
		return;
	}
	stream_say_status(stream, "OK");
	stream_say_pending(stream);
}

enum MHD_Result streams_reply(struct visit *visit, const struct streams_order *order)
{
	const struct visit_reply reply = {
		.status = 200, .type = "text/xml; charset=utf-8"};
	struct stream *stream = calloc(1, sizeof *stream);
	struct MHD_Response *response;

	if (stream == NULL)
		return MHD_NO;
	response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_more, stream, destroy);
	if (response == NULL) {
		free(stream);
		return MHD_NO;
	}
	stream->sim = visit->sim;
	stream->visit = visit;
	visit->stream = stream;
	buf_init(&stream->out, MAX_WAITING);
	(void)memcpy(stream->charged, order->charged, sizeof stream->charged);
	DL_APPEND(visit->sim->streaming.streams, stream);
	visit->sim->stats.streams++;
	visit->is_stream = true;
	visit->sim->stats.in_flight--;
	begin(stream, order);
	return visit_reply_with(visit, &reply, response);
}

/* ------------------------------------------------------------------ what happens */

int64_t streams_count(const struct sim *sim, const char *charged)
{
	const struct stream *stream;
	int64_t n = 0;

	DL_FOREACH (sim->streaming.streams, stream)
		n += !stream->is_ending && strcasecmp(stream->charged, charged) == 0;
	return n;
}

void streams_tell(struct sim *sim, const struct calendar_mailbox *mailbox,
	enum calendar_change change, int64_t event)
{
	struct subscription *each;
	struct subscription *next;

	HASH_ITER (hh, sim->streaming.subscriptions, each, next) {
		if (each->mailbox != mailbox || each->error != NULL)
			continue;
		(void)changes_put(&each->pending, change, event, each->events,
			clock_wall_ms() / 1000);
		if (each->pending.failed)
			streams_fail(sim, each, "ErrorMissedNotificationEvents");
		else if (each->stream != NULL)
			stream_say_pending(each->stream);
	}
}

void streams_fail(struct sim *sim, struct subscription *subscription, const char *code)
{
	struct stream *stream = subscription->stream;
	const char *id = subscription->id;

	sim->stats.subscriptions -= subscription->error == NULL;
	free(subscription->error);
	subscription->error = strdup(code);
	if (stream == NULL || stream->is_ending)
		return;
	stream_say_error(stream, code, &id, 1);
	leave_subscriptions(stream);
}

void streams_cut(struct sim *sim)
{
	struct stream *stream;

	DL_FOREACH (sim->streaming.streams, stream) {
		leave_subscriptions(stream);
		stream->is_cut = true;
	}
}

void streams_restart(struct sim *sim)
{
	streams_cut(sim);
	streaming_forget_all(&sim->streaming);
	sim->stats.subscriptions = 0;
	sim->streaming.generation++;
}
