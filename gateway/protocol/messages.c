#include "gateway/protocol/messages.h"

#include "base/parse.h"
#include "gateway/protocol/settings.h"

#include <assert.h>
#include <string.h>

#define HEADER_SIZE 4u // the length

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

static void put_time(struct buf *buf, int64_t time)
{
	buf_put_i64(buf, time < GATEWAY_TIME_MIN   ? GATEWAY_TIME_MIN
			 : time > GATEWAY_TIME_MAX ? GATEWAY_TIME_MAX
						   : time);
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

/* A value of the configuration: half of it would be another value. */
static void put_field(struct buf *buf, const char *bytes, size_t n)
{
	if (n > GATEWAY_FIELD_MAX)
		buf->failed = true;
	buf_put_string(buf, bytes, n);
}

static void put_field_text(struct buf *buf, const char *text)
{
	put_field(buf, text ? text : "", text ? strlen(text) : 0);
}

static void put_secret(struct buf *buf, const char *bytes, size_t n)
{
	put_field(buf, bytes ? bytes : "", bytes ? n : 0);
}

static void put_configure(struct buf *buf, const struct gateway_configure *configure)
{
	for (size_t i = 0; i < GATEWAY_TEXTS; i++)
		put_field_text(buf, gateway_text(configure, i));
	put_secret(buf, configure->password, configure->password_len);
	put_secret(buf, configure->proxy_password, configure->proxy_password_len);
	buf_put_u8(buf, configure->impersonate);
	buf_put_u8(buf, configure->autodiscover);
	buf_put_u8(buf, configure->notifications);
	buf_put_u8(buf, configure->automatic_replies);
	buf_put_u32(buf, configure->poll_interval_s);
	buf_put_u32(buf, configure->timeout_s);
	buf_put_u32(buf, configure->concurrency);
	buf_put_u32(buf, configure->window_s);
	buf_put_u32(buf, configure->notification_connections);
	buf_put_u32(buf, configure->notified_interval_s);
	buf_put_u32(buf, configure->oof_interval_s);
}

static void put_watch(struct buf *buf, const struct gateway_watch *watch)
{
	size_t n = strlen(watch->address);
	if (n > GATEWAY_ADDRESS_MAX)
		buf->failed = true;
	buf_put_u32(buf, watch->mailbox);
	buf_put_string(buf, watch->address, n);
	put_time(buf, watch->last_read);
	put_time(buf, watch->oof_read);
	put_time(buf, watch->not_before);
	buf_put_u8(buf, watch->items);
}

static void put_calendar(struct buf *buf, const struct gateway_calendar *calendar)
{
	assert(calendar->n <= GATEWAY_EVENTS_MAX);
	assert(calendar->from < calendar->to);
	buf_put_u32(buf, calendar->mailbox);
	put_time(buf, calendar->read_at);
	put_time(buf, calendar->from);
	put_time(buf, calendar->to);
	buf_put_u32(buf, calendar->n);
	for (uint32_t i = 0; i < calendar->n; i++) {
		const struct gateway_event *event = &calendar->events[i];
		put_time(buf, event->start);
		put_time(buf, event->end);
		buf_put_u8(buf, event->busy);
		buf_put_i64(buf, (int64_t)event->flags);
	}
}

static void put_failure(struct buf *buf, const struct gateway_failure *failure)
{
	buf_put_u32(buf, failure->mailbox);
	put_time(buf, failure->at);
	put_time(buf, failure->next_try);
	buf_put_u8(buf, failure->fault);
	put_text(buf, failure->code);
	put_text(buf, failure->text);
	buf_put_u8(buf, failure->elsewhere);
}

static void put_oof(struct buf *buf, const struct gateway_oof *oof)
{
	buf_put_u32(buf, oof->mailbox);
	put_time(buf, oof->at);
	put_time(buf, oof->from);
	put_time(buf, oof->to);
}

static void put_state(struct buf *buf, const struct gateway_state *state)
{
	buf_put_u8(buf, state->health);
	buf_put_u8(buf, state->fault);
	put_text(buf, state->code);
	put_text(buf, state->text);
	put_time(buf, state->since);
	put_time(buf, state->last_success);
	put_time(buf, state->failed_at);
	put_time(buf, state->next_try);
	buf_put_u32(buf, state->watched);
	buf_put_u32(buf, state->in_flight);
	buf_put_u32(buf, state->reached_interval_s);
	buf_put_i64(buf, (int64_t)state->requests);
	buf_put_i64(buf, (int64_t)state->failed_requests);
	buf_put_i64(buf, (int64_t)state->mailboxes_read);
	buf_put_u32(buf, state->notified);
	put_text(buf, state->server_version);
	put_text(buf, state->request_version);
	put_text(buf, state->endpoint);
}

static void put_fields(struct buf *buf, const struct gateway_message *message)
{
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		put_configure(buf, &message->configure);
		break;
	case GATEWAY_WATCH:
		put_watch(buf, &message->watch);
		break;
	case GATEWAY_UNWATCH:
		buf_put_u32(buf, message->mailbox);
		break;
	case GATEWAY_CALENDAR:
		put_calendar(buf, &message->calendar);
		break;
	case GATEWAY_FAILURE:
		put_failure(buf, &message->failure);
		break;
	case GATEWAY_OOF:
		put_oof(buf, &message->oof);
		break;
	case GATEWAY_STATE:
		put_state(buf, &message->state);
		break;
	case GATEWAY_GRACE:
		buf_put_u32(buf, message->grace_s);
		break;
	case GATEWAY_BREAKER:
		buf_put_u32(buf, message->breaker.refusals);
		buf_put_u32(buf, message->breaker.wait_ms);
		break;
	case GATEWAY_LOG_ON:
		buf_put_u8(buf, message->refused);
		break;
	case GATEWAY_PING:
	case GATEWAY_STOP:
	case GATEWAY_PONG:
		break;
	}
}

void gateway_encode(struct buf *buf, const struct gateway_message *message)
{
	size_t start = buf->len;
	buf_put_u32(buf, 0);
	buf_put_u8(buf, (uint8_t)message->type);
	put_fields(buf, message);
	if (buf->failed)
		return;
	size_t len = buf->len - start - HEADER_SIZE;
	assert(len <= GATEWAY_MESSAGE_MAX);
	for (unsigned i = 0; i < HEADER_SIZE; i++)
		buf->data[start + i] = (char)(len >> (8 * i) & 0xff);
}
