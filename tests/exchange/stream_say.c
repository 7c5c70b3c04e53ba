#include "exchange/stream.h"

#include "exchange/response.h"

#define OPERATION "GetStreamingEvents"

enum {
	MAX_DOCUMENT = 4 * 1024 * 1024,
};

const struct streaming_rules *stream_rules(const struct stream *stream)
{
	return &stream->sim->streaming.rules;
}

/* Of m:Notification and m:SubscriptionId, which are in the namespace t by the schema. */
static char prefix_of(const struct stream *stream)
{
	return stream_rules(stream)->by_schema ? 't' : 'm';
}

static void open_notification(const struct stream *stream, struct buf *out,
	const struct subscription *subscription)
{
	buf_printf(out, "<%c:Notification><t:SubscriptionId>%s</t:SubscriptionId>",
		prefix_of(stream), subscription->id);
}

static void close_notification(const struct stream *stream, struct buf *out)
{
	buf_printf(out, "</%c:Notification>", prefix_of(stream));
}

static void open_document(const struct stream *stream, struct buf *out, const char *code)
{
	const struct twist none = {0};

	if (stream->sim->is_unfriendly)
		soap_open_gromox(out);
	else if (stream_rules(stream)->is_2010)
		soap_open_2010(out);
	else
		soap_open(out, NULL);
	response_open(out, OPERATION, code, &none);
}

static void close_document(struct stream *stream, struct buf *out)
{
	response_close(out, OPERATION);
	if (stream->sim->is_unfriendly)
		soap_close_gromox(out);
	else if (stream_rules(stream)->is_2010)
		soap_close_2010(out);
	else
		soap_close(out);
	if (stream_rules(stream)->by_schema && !stream->sim->is_unfriendly)
		visit_check(stream->sim, out);
	buf_add(&stream->out, out->data, out->len);
	buf_finish(out);
	stream->documents++;
}

void stream_say_status(struct stream *stream, const char *status)
{
	struct buf out;

	buf_init(&out, MAX_DOCUMENT);
	open_document(stream, &out, "NoError");
	buf_printf(&out, "<m:ConnectionStatus>%s</m:ConnectionStatus>", status);
	close_document(stream, &out);
}

void stream_say_error(
	struct stream *stream, const char *code, const char *const *bad, size_t count)
{
	const char *prefix = stream->sim->is_unfriendly        ? ""
			     : stream_rules(stream)->by_schema ? "t:"
							       : "m:";
	struct buf out;

	buf_init(&out, MAX_DOCUMENT);
	open_document(stream, &out, code);
	if (stream->sim->is_unfriendly)
		buf_puts(&out, "<m:Notifications/>");
	if (count > 0)
		buf_puts(&out, "<m:ErrorSubscriptionIds>");
	for (size_t i = 0; i < count; i++) {
		buf_printf(&out, "<%sSubscriptionId>", prefix);
		buf_put_xml(&out, bad[i]);
		buf_printf(&out, "</%sSubscriptionId>", prefix);
	}
	if (count > 0)
		buf_puts(&out, "</m:ErrorSubscriptionIds>");
	buf_puts(&out, "<m:ConnectionStatus>Closed</m:ConnectionStatus>");
	close_document(stream, &out);
	stream->is_ending = true;
}

void stream_say_heartbeat(struct stream *stream)
{
	struct buf out;

	buf_init(&out, MAX_DOCUMENT);
	open_document(stream, &out, "NoError");
	buf_puts(&out, "<m:Notifications>");
	open_notification(stream, &out, stream->subscriptions[0]);
	buf_puts(&out, "<t:StatusEvent/>");
	close_notification(stream, &out);
	buf_puts(&out, "</m:Notifications>");
	close_document(stream, &out);
	stream->sim->stats.heartbeats++;
}

static bool has_pending(const struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++) {
		if (stream->subscriptions[i]->pending.len > 0)
			return true;
	}
	return false;
}

void stream_say_pending(struct stream *stream)
{
	struct buf out;

	if (stream->is_ending || !has_pending(stream))
		return;
	buf_init(&out, MAX_DOCUMENT);
	open_document(stream, &out, "NoError");
	buf_puts(&out, "<m:Notifications>");
	for (size_t i = 0; i < stream->count; i++) {
		struct subscription *each = stream->subscriptions[i];

		if (each->pending.len == 0)
			continue;
		open_notification(stream, &out, each);
		buf_add(&out, each->pending.data, each->pending.len);
		close_notification(stream, &out);
		buf_reset(&each->pending);
		stream->sim->stats.notifications++;
	}
	buf_puts(&out, "</m:Notifications>");
	close_document(stream, &out);
}
