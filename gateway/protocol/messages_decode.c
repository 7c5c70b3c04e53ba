#include "gateway/protocol/messages.h"

#include "base/parse.h"
#include "base/secret.h"
#include "gateway/protocol/settings.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 4u // the length
#define EVENT_SIZE (8u + 8u + 1u + 8u)
#define FIELDS_MAX (GATEWAY_TEXTS + 2) // texts in one message, each with a NUL of its own

/* One message while it is taken apart. Texts are copied behind each other into the
 * scratch, which has room for all that the message can hold. */
struct decoding {
	struct gateway_decoder *decoder; // borrowed
	struct buf_reader reader;
	size_t text_used;
};

/* The old contents may be a password: they are wiped, never left behind by realloc. */
static bool reserve_text(struct gateway_decoder *decoder, size_t cap)
{
	if (cap <= decoder->text_cap)
		return true;
	char *text = malloc(cap);
	if (!text)
		return false;
	gateway_decoder_finish(&(struct gateway_decoder){
		.text = decoder->text, .text_cap = decoder->text_cap});
	decoder->text = text;
	decoder->text_cap = cap;
	return true;
}

static bool reserve_events(struct gateway_decoder *decoder, size_t n)
{
	if (n <= decoder->events_cap)
		return true;
	struct gateway_event *events = realloc(decoder->events, n * sizeof *events);
	if (!events)
		return false;
	decoder->events = events;
	decoder->events_cap = n;
	return true;
}

void gateway_decoder_finish(struct gateway_decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->text)
		secret_wipe(decoder->text, decoder->text_cap);
	free(decoder->text);
	free(decoder->events);
	*decoder = (struct gateway_decoder){0};
}

static const char *get_bytes(struct decoding *decoding, size_t max, size_t *out_len)
{
	*out_len = 0;
	size_t len;
	const char *bytes = buf_get_string(&decoding->reader, &len);
	if (decoding->reader.failed || len > max) {
		decoding->reader.failed = true;
		return "";
	}
	char *copy = decoding->decoder->text + decoding->text_used;
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	decoding->text_used += len + 1;
	*out_len = len;
	return copy;
}

static const char *get_field(struct decoding *decoding, size_t max)
{
	size_t len;
	const char *text = get_bytes(decoding, max, &len);
	if (strlen(text) != len)
		decoding->reader.failed = true;
	return text;
}

static const char *get_text(struct decoding *decoding)
{
	size_t len;
	const char *text = get_bytes(decoding, GATEWAY_TEXT_MAX, &len);
	if (!parse_is_xml_text(text, len))
		decoding->reader.failed = true;
	return text;
}

static int64_t get_time(struct decoding *decoding)
{
	int64_t time = buf_get_i64(&decoding->reader);
	if (time < GATEWAY_TIME_MIN || time > GATEWAY_TIME_MAX)
		decoding->reader.failed = true;
	return time;
}

static uint8_t get_enum(struct decoding *decoding, unsigned last)
{
	uint8_t value = buf_get_u8(&decoding->reader);
	if (value > last)
		decoding->reader.failed = true;
	return value;
}

static uint64_t get_flags(struct decoding *decoding)
{
	uint64_t flags = (uint64_t)buf_get_i64(&decoding->reader);
	if (flags > GATEWAY_EVENT_FLAGS_MAX)
		decoding->reader.failed = true;
	return flags;
}

static bool get_bool(struct decoding *decoding)
{
	return get_enum(decoding, 1) != 0;
}

static void get_configure(struct decoding *decoding, struct gateway_configure *configure)
{
	for (size_t i = 0; i < GATEWAY_TEXTS; i++)
		gateway_set_text(configure, i, get_field(decoding, GATEWAY_FIELD_MAX));
	configure->password =
		get_bytes(decoding, GATEWAY_FIELD_MAX, &configure->password_len);
	configure->proxy_password =
		get_bytes(decoding, GATEWAY_FIELD_MAX, &configure->proxy_password_len);
	configure->impersonate = get_bool(decoding);
	configure->autodiscover = get_bool(decoding);
	configure->notifications = get_bool(decoding);
	configure->automatic_replies = get_bool(decoding);
	configure->poll_interval_s = buf_get_u32(&decoding->reader);
	configure->timeout_s = buf_get_u32(&decoding->reader);
	configure->concurrency = buf_get_u32(&decoding->reader);
	configure->window_s = buf_get_u32(&decoding->reader);
	configure->notification_connections = buf_get_u32(&decoding->reader);
	configure->notified_interval_s = buf_get_u32(&decoding->reader);
	configure->oof_interval_s = buf_get_u32(&decoding->reader);
}

static void get_watch(struct decoding *decoding, struct gateway_watch *watch)
{
	watch->mailbox = buf_get_u32(&decoding->reader);
	watch->address = get_field(decoding, GATEWAY_ADDRESS_MAX);
	watch->last_read = get_time(decoding);
	watch->oof_read = get_time(decoding);
	watch->not_before = get_time(decoding);
	watch->items = get_bool(decoding);
}

static void get_calendar(struct decoding *decoding, struct gateway_calendar *calendar)
{
	struct buf_reader *reader = &decoding->reader;
	calendar->mailbox = buf_get_u32(reader);
	calendar->read_at = get_time(decoding);
	calendar->from = get_time(decoding);
	calendar->to = get_time(decoding);
	calendar->n = buf_get_u32(reader);
	if (reader->failed || calendar->n > GATEWAY_EVENTS_MAX ||
		calendar->from >= calendar->to ||
		calendar->n * EVENT_SIZE != reader->len - reader->pos ||
		!reserve_events(decoding->decoder, calendar->n)) {
		reader->failed = true;
		return;
	}
	struct gateway_event *events = decoding->decoder->events;
	for (uint32_t i = 0; i < calendar->n; i++) {
		events[i].start = get_time(decoding);
		events[i].end = get_time(decoding);
		events[i].busy = get_enum(decoding, GATEWAY_BUSY_NODATA);
		events[i].flags = get_flags(decoding);
	}
	calendar->events = events;
}

static void get_failure(struct decoding *decoding, struct gateway_failure *failure)
{
	failure->mailbox = buf_get_u32(&decoding->reader);
	failure->at = get_time(decoding);
	failure->next_try = get_time(decoding);
	failure->fault = get_enum(decoding, GATEWAY_FAULT_ANSWER);
	failure->code = get_text(decoding);
	failure->text = get_text(decoding);
	failure->elsewhere = get_bool(decoding);
}

static void get_oof(struct decoding *decoding, struct gateway_oof *oof)
{
	oof->mailbox = buf_get_u32(&decoding->reader);
	oof->at = get_time(decoding);
	oof->from = get_time(decoding);
	oof->to = get_time(decoding);
	if (oof->from > oof->to)
		decoding->reader.failed = true;
}

static void get_state(struct decoding *decoding, struct gateway_state *state)
{
	struct buf_reader *reader = &decoding->reader;
	state->health = get_enum(decoding, GATEWAY_DOWN);
	state->fault = get_enum(decoding, GATEWAY_FAULT_ANSWER);
	state->code = get_text(decoding);
	state->text = get_text(decoding);
	state->since = get_time(decoding);
	state->last_success = get_time(decoding);
	state->failed_at = get_time(decoding);
	state->next_try = get_time(decoding);
	state->watched = buf_get_u32(reader);
	state->in_flight = buf_get_u32(reader);
	state->reached_interval_s = buf_get_u32(reader);
	state->requests = (uint64_t)buf_get_i64(reader);
	state->failed_requests = (uint64_t)buf_get_i64(reader);
	state->mailboxes_read = (uint64_t)buf_get_i64(reader);
	state->notified = buf_get_u32(reader);
	state->server_version = get_text(decoding);
	state->request_version = get_text(decoding);
	state->endpoint = get_text(decoding);
}

static void get_fields(struct decoding *decoding, struct gateway_message *message)
{
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		get_configure(decoding, &message->configure);
		return;
	case GATEWAY_WATCH:
		get_watch(decoding, &message->watch);
		return;
	case GATEWAY_UNWATCH:
		message->mailbox = buf_get_u32(&decoding->reader);
		return;
	case GATEWAY_CALENDAR:
		get_calendar(decoding, &message->calendar);
		return;
	case GATEWAY_FAILURE:
		get_failure(decoding, &message->failure);
		return;
	case GATEWAY_OOF:
		get_oof(decoding, &message->oof);
		return;
	case GATEWAY_STATE:
		get_state(decoding, &message->state);
		return;
	case GATEWAY_GRACE:
		message->grace_s = buf_get_u32(&decoding->reader);
		return;
	case GATEWAY_BREAKER:
		message->breaker.refusals = buf_get_u32(&decoding->reader);
		message->breaker.wait_ms = buf_get_u32(&decoding->reader);
		return;
	case GATEWAY_LOG_ON:
		message->refused = get_bool(decoding);
		return;
	case GATEWAY_PING:
	case GATEWAY_STOP:
	case GATEWAY_PONG:
		return;
	}
	decoding->reader.failed = true; // a type of another version
}

long gateway_decode(struct gateway_decoder *decoder, const char *bytes, size_t n,
	struct gateway_message *out_message)
{
	struct buf_reader header = {.data = bytes, .len = n};
	size_t len = buf_get_u32(&header);
	if (header.failed)
		return 0;
	if (len == 0 || len > GATEWAY_MESSAGE_MAX)
		return -1;
	if (len > n - HEADER_SIZE)
		return 0;
	struct decoding decoding = {
		.decoder = decoder, .reader = {.data = bytes + HEADER_SIZE, .len = len}};
	if (!reserve_text(decoder, len + FIELDS_MAX))
		return -1;
	struct gateway_message message = {.type = buf_get_u8(&decoding.reader)};
	get_fields(&decoding, &message);
	if (decoding.reader.failed || decoding.reader.pos != decoding.reader.len)
		return -1;
	*out_message = message;
	return (long)(HEADER_SIZE + len);
}
