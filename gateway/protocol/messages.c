#include "gateway/protocol/messages.h"

#include "base/parse.h"
#include "base/secret.h"
#include "gateway/protocol/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 4u // the length
#define EVENT_SIZE (8u + 8u + 1u + 8u)
#define FIELDS_MAX (GATEWAY_TEXTS + 2) // texts in one message, each with a NUL of its own

/* One message on its way: each field is named once, for both directions. Texts that are
 * read are copied behind each other into the scratch, which has room for all that the
 * message can hold. */
struct wire {
	struct buf *out;                 // borrowed; NULL: it is read
	struct gateway_decoder *decoder; // borrowed, to read
	struct buf_reader reader;
	size_t text_used;
};

static const char *const fault_names[] = {
	[GATEWAY_FAULT_NONE] = "none",
	[GATEWAY_FAULT_TRANSIENT] = "transient",
	[GATEWAY_FAULT_THROTTLE] = "throttle",
	[GATEWAY_FAULT_CONNECT] = "connect",
	[GATEWAY_FAULT_TLS] = "tls",
	[GATEWAY_FAULT_AUTH] = "auth",
	[GATEWAY_FAULT_AUTHZ] = "authz",
	[GATEWAY_FAULT_CONFIG] = "config",
	[GATEWAY_FAULT_MAILBOX] = "mailbox",
	[GATEWAY_FAULT_REQUEST] = "request",
	[GATEWAY_FAULT_ANSWER] = "answer",
};

static const char *const health_names[] = {
	[GATEWAY_STARTING] = "starting",
	[GATEWAY_UP] = "up",
	[GATEWAY_WAITING] = "waiting",
	[GATEWAY_LOCKED] = "locked",
	[GATEWAY_DOWN] = "down",
};

const char *gateway_fault_name(enum gateway_fault fault)
{
	assert(fault <= GATEWAY_FAULT_ANSWER);
	return fault_names[fault];
}

const char *gateway_health_name(enum gateway_health health)
{
	assert(health <= GATEWAY_DOWN);
	return health_names[health];
}

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

/* ------------------------------------------------ fields */

static void take_bytes(struct wire *wire, const char **bytes, size_t *n, size_t max)
{
	size_t length;
	const char *from = buf_get_string(&wire->reader, &length);
	*bytes = "";
	*n = 0;
	wire->reader.failed |= length > max;
	if (wire->reader.failed)
		return;
	char *copy = wire->decoder->text + wire->text_used;
	if (length > 0)
		memcpy(copy, from, length);
	copy[length] = '\0';
	wire->text_used += length + 1;
	*bytes = copy;
	*n = length;
}

/* A value of the configuration: half of it would be another value. */
static void pass_bytes(struct wire *wire, const char **bytes, size_t *n, size_t max)
{
	if (!wire->out) {
		take_bytes(wire, bytes, n, max);
		return;
	}
	size_t length = *bytes ? *n : 0;
	wire->out->failed |= length > max;
	buf_put_string(wire->out, *bytes ? *bytes : "", length);
}

static void pass_field(struct wire *wire, const char **text, size_t max)
{
	size_t n = wire->out && *text ? strlen(*text) : 0;
	pass_bytes(wire, text, &n, max);
	wire->reader.failed |= !wire->out && strlen(*text) != n;
}

/* Text for people: what is no XML text is left out, since it may come from anywhere. */
static void put_text(struct buf *buf, const char *text)
{
	char clean[GATEWAY_TEXT_MAX];
	size_t used = 0;
	size_t n = text ? strlen(text) : 0;
	for (size_t i = 0; i < n;) {
		uint32_t character;
		size_t size = parse_utf8(text + i, n - i, &character);
		if (size == 0 || !parse_is_xml_text(text + i, size)) {
			i += size ? size : 1;
			continue;
		}
		if (used + size > sizeof clean)
			break;
		memcpy(clean + used, text + i, size);
		used += size;
		i += size;
	}
	buf_put_string(buf, clean, used);
}

static void pass_text(struct wire *wire, const char **text)
{
	size_t n;
	if (wire->out) {
		put_text(wire->out, *text);
		return;
	}
	take_bytes(wire, text, &n, GATEWAY_TEXT_MAX);
	wire->reader.failed |= !parse_is_xml_text(*text, n);
}

static void pass_time(struct wire *wire, int64_t *time)
{
	if (wire->out) {
		buf_put_i64(wire->out, *time < GATEWAY_TIME_MIN   ? GATEWAY_TIME_MIN
				       : *time > GATEWAY_TIME_MAX ? GATEWAY_TIME_MAX
								  : *time);
		return;
	}
	*time = buf_get_i64(&wire->reader);
	wire->reader.failed |= *time < GATEWAY_TIME_MIN || *time > GATEWAY_TIME_MAX;
}

static void pass_enum(struct wire *wire, uint8_t *value, unsigned last)
{
	if (wire->out)
		buf_put_u8(wire->out, *value);
	else
		*value = buf_get_u8(&wire->reader);
	wire->reader.failed |= !wire->out && *value > last;
}

static void pass_bool(struct wire *wire, bool *value)
{
	uint8_t byte = *value;
	pass_enum(wire, &byte, true);
	*value = byte == true;
}

static void pass_u32(struct wire *wire, uint32_t *value)
{
	if (wire->out)
		buf_put_u32(wire->out, *value);
	else
		*value = buf_get_u32(&wire->reader);
}

static void pass_u64(struct wire *wire, uint64_t *value)
{
	if (wire->out)
		buf_put_i64(wire->out, (int64_t)*value);
	else
		*value = (uint64_t)buf_get_i64(&wire->reader);
}

/* ------------------------------------------------ messages */

static void pass_configure(struct wire *wire, struct gateway_configure *configure)
{
	for (size_t i = 0; i < GATEWAY_TEXTS; i++) {
		const char *text = gateway_text(configure, i);
		pass_field(wire, &text, GATEWAY_FIELD_MAX);
		gateway_set_text(configure, i, text);
	}
	pass_bytes(
		wire, &configure->password, &configure->password_len, GATEWAY_FIELD_MAX);
	pass_bytes(wire, &configure->proxy_password, &configure->proxy_password_len,
		GATEWAY_FIELD_MAX);
	pass_bool(wire, &configure->impersonate);
	pass_bool(wire, &configure->autodiscover);
	pass_bool(wire, &configure->notifications);
	pass_bool(wire, &configure->automatic_replies);
	pass_u32(wire, &configure->poll_interval_s);
	pass_u32(wire, &configure->timeout_s);
	pass_u32(wire, &configure->concurrency);
	pass_u32(wire, &configure->window_s);
	pass_u32(wire, &configure->notification_connections);
	pass_u32(wire, &configure->notified_interval_s);
	pass_u32(wire, &configure->oof_interval_s);
}

static void pass_watch(struct wire *wire, struct gateway_watch *watch)
{
	pass_u32(wire, &watch->mailbox);
	pass_field(wire, &watch->address, GATEWAY_ADDRESS_MAX);
	pass_time(wire, &watch->last_read);
	pass_time(wire, &watch->oof_read);
	pass_time(wire, &watch->not_before);
	pass_bool(wire, &watch->items);
}

static void pass_event(struct wire *wire, struct gateway_event *event)
{
	pass_time(wire, &event->start);
	pass_time(wire, &event->end);
	pass_enum(wire, &event->busy, GATEWAY_BUSY_NODATA);
	pass_u64(wire, &event->flags);
	wire->reader.failed |= !wire->out && event->flags > GATEWAY_EVENT_FLAGS_MAX;
}

static void take_events(struct wire *wire, struct gateway_calendar *calendar)
{
	struct buf_reader *reader = &wire->reader;
	if (reader->failed || calendar->n > GATEWAY_EVENTS_MAX ||
		calendar->from >= calendar->to ||
		calendar->n * EVENT_SIZE != reader->len - reader->pos ||
		!reserve_events(wire->decoder, calendar->n)) {
		reader->failed = true;
		return;
	}
	calendar->events = wire->decoder->events;
	for (uint32_t i = 0; i < calendar->n; i++)
		pass_event(wire, &wire->decoder->events[i]);
}

static void pass_calendar(struct wire *wire, struct gateway_calendar *calendar)
{
	assert(!wire->out ||
		(calendar->n <= GATEWAY_EVENTS_MAX && calendar->from < calendar->to));
	pass_u32(wire, &calendar->mailbox);
	pass_time(wire, &calendar->read_at);
	pass_time(wire, &calendar->from);
	pass_time(wire, &calendar->to);
	pass_u32(wire, &calendar->n);
	if (!wire->out)
		take_events(wire, calendar);
	for (uint32_t i = 0; wire->out && i < calendar->n; i++) {
		struct gateway_event event = calendar->events[i];
		pass_event(wire, &event);
	}
}

static void pass_failure(struct wire *wire, struct gateway_failure *failure)
{
	pass_u32(wire, &failure->mailbox);
	pass_time(wire, &failure->at);
	pass_time(wire, &failure->next_try);
	pass_enum(wire, &failure->fault, GATEWAY_FAULT_ANSWER);
	pass_text(wire, &failure->code);
	pass_text(wire, &failure->text);
	pass_bool(wire, &failure->elsewhere);
}

static void pass_oof(struct wire *wire, struct gateway_oof *oof)
{
	pass_u32(wire, &oof->mailbox);
	pass_time(wire, &oof->at);
	pass_time(wire, &oof->from);
	pass_time(wire, &oof->to);
	wire->reader.failed |= !wire->out && oof->from > oof->to;
}

static void pass_state(struct wire *wire, struct gateway_state *state)
{
	pass_enum(wire, &state->health, GATEWAY_DOWN);
	pass_enum(wire, &state->fault, GATEWAY_FAULT_ANSWER);
	pass_text(wire, &state->code);
	pass_text(wire, &state->text);
	pass_time(wire, &state->since);
	pass_time(wire, &state->last_success);
	pass_time(wire, &state->failed_at);
	pass_time(wire, &state->next_try);
	pass_u32(wire, &state->watched);
	pass_u32(wire, &state->in_flight);
	pass_u32(wire, &state->reached_interval_s);
	pass_u64(wire, &state->requests);
	pass_u64(wire, &state->failed_requests);
	pass_u64(wire, &state->mailboxes_read);
	pass_u32(wire, &state->notified);
	pass_text(wire, &state->server_version);
	pass_text(wire, &state->request_version);
	pass_text(wire, &state->endpoint);
}

/* False: a type of another version. */
static bool pass_message(struct wire *wire, struct gateway_message *message)
{
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		pass_configure(wire, &message->configure);
		return true;
	case GATEWAY_WATCH:
		pass_watch(wire, &message->watch);
		return true;
	case GATEWAY_UNWATCH:
		pass_u32(wire, &message->mailbox);
		return true;
	case GATEWAY_CALENDAR:
		pass_calendar(wire, &message->calendar);
		return true;
	case GATEWAY_FAILURE:
		pass_failure(wire, &message->failure);
		return true;
	case GATEWAY_OOF:
		pass_oof(wire, &message->oof);
		return true;
	case GATEWAY_STATE:
		pass_state(wire, &message->state);
		return true;
	case GATEWAY_GRACE:
		pass_u32(wire, &message->grace_s);
		return true;
	case GATEWAY_BREAKER:
		pass_u32(wire, &message->breaker.refusals);
		pass_u32(wire, &message->breaker.wait_ms);
		pass_bool(wire, &message->breaker.leave);
		return true;
	case GATEWAY_LOG_ON:
		pass_enum(wire, &message->log_on, GATEWAY_LOG_ON_UNKNOWN);
		return true;
	case GATEWAY_PING:
	case GATEWAY_STOP:
	case GATEWAY_PONG:
		return true;
	}
	return false;
}

void gateway_encode(struct buf *buf, const struct gateway_message *message)
{
	struct gateway_message copy = *message;
	size_t start = buf->len;
	buf_put_u32(buf, 0);
	buf_put_u8(buf, (uint8_t)message->type);
	(void)pass_message(&(struct wire){.out = buf}, &copy);
	if (buf->failed)
		return;
	size_t len = buf->len - start - HEADER_SIZE;
	assert(len <= GATEWAY_MESSAGE_MAX);
	for (unsigned i = 0; i < HEADER_SIZE; i++)
		buf->data[start + i] = (char)(len >> (8 * i) & 0xff);
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
	struct wire wire = {
		.decoder = decoder, .reader = {.data = bytes + HEADER_SIZE, .len = len}};
	if (!reserve_text(decoder, len + FIELDS_MAX))
		return -1;
	struct gateway_message message = {.type = buf_get_u8(&wire.reader)};
	if (!pass_message(&wire, &message) || wire.reader.failed ||
		wire.reader.pos != wire.reader.len)
		return -1;
	*out_message = message;
	return (long)(HEADER_SIZE + len);
}
