#include "gateway/protocol/messages.h"

#include "test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MAX (2 * GATEWAY_MESSAGE_MAX)

static const struct gateway_event events[] = {
	{.start = 1000,
		.end = 2000,
		.busy = GATEWAY_BUSY_BUSY,
		.flags = GATEWAY_EVENT_PRIVATE | GATEWAY_EVENT_KEYWORD(31)},
	{.start = -5,
		.end = -4,
		.busy = GATEWAY_BUSY_NODATA,
		.flags = GATEWAY_EVENT_ALL_DAY},
};

static const struct gateway_message samples[] = {
	{.type = GATEWAY_CONFIGURE,
		.configure = {.name = "hq",
			.url = "https://mail.example.com/EWS/Exchange.asmx",
			.auth = "basic",
			.username = "EXAMPLE\\svc",
			.password = "p\0q",
			.password_len = 3,
			.ca_file = "",
			.proxy = "",
			.no_proxy = "localhost",
			.keyword_filter = "cFocus\n",
			.poll_interval_s = 300,
			.timeout_s = 90,
			.concurrency = 4,
			.notifications = true,
			.notification_connections = 10,
			.notified_interval_s = 1200,
			.window_s = 86400}},
	{.type = GATEWAY_WATCH,
		.watch = {.mailbox = 7,
			.address = "a@example.com",
			.last_read = 99,
			.not_before = 100}},
	{.type = GATEWAY_UNWATCH, .mailbox = UINT32_MAX},
	{.type = GATEWAY_PING},
	{.type = GATEWAY_STOP},
	{.type = GATEWAY_CALENDAR,
		.calendar = {.mailbox = 7,
			.read_at = 500,
			.from = 400,
			.to = 5000,
			.n = 2,
			.events = events}},
	{.type = GATEWAY_FAILURE,
		.failure = {.mailbox = 7,
			.at = 1,
			.next_try = 2,
			.fault = GATEWAY_FAULT_MAILBOX,
			.code = "ErrorMailRecipientNotFound",
			.text = "no such mailbox"}},
	{.type = GATEWAY_STATE,
		.state = {.health = GATEWAY_WAITING,
			.fault = GATEWAY_FAULT_THROTTLE,
			.code = "ErrorServerBusy",
			.text = "wait",
			.since = 1,
			.last_success = 2,
			.next_try = 3,
			.watched = 4,
			.in_flight = 5,
			.reached_interval_s = 6,
			.requests = UINT64_MAX,
			.failed_requests = 8,
			.mailboxes_read = 9,
			.server_version = "15.2.1118",
			.request_version = "Exchange2010_SP2"}},
	{.type = GATEWAY_PONG},
	{.type = GATEWAY_BREAKER, .breaker = {.refusals = 2, .wait_ms = 900000}},
	{.type = GATEWAY_BREAKER, .breaker = {.leave = true}},
	{.type = GATEWAY_LOG_ON, .log_on = GATEWAY_LOG_ON_REFUSED},
	{.type = GATEWAY_GRACE, .grace_s = 180},
};

#define SAMPLES (sizeof samples / sizeof *samples)

/* Decodes what is exactly as long as it says, from memory that ends with it. */
static long decode(struct gateway_decoder *decoder, const char *bytes, size_t n,
	struct gateway_message *out_message)
{
	char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	long length = gateway_decode(decoder, copy, n, out_message);
	free(copy);
	return length;
}

static void encode(struct buf *buf, const struct gateway_message *message)
{
	buf_init(buf, BUF_MAX);
	gateway_encode(buf, message);
	assert_false(buf->failed);
}

static void what_is_decoded_encodes_to_the_same_bytes(void **state)
{
	(void)state;
	struct gateway_decoder decoder = {0};
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf first, second;
		struct gateway_message message;
		encode(&first, &samples[i]);
		assert_int_equal(
			decode(&decoder, first.data, first.len, &message), first.len);
		assert_int_equal(message.type, samples[i].type);
		encode(&second, &message);
		assert_int_equal(second.len, first.len);
		assert_memory_equal(second.data, first.data, first.len);
		buf_finish(&first);
		buf_finish(&second);
	}
	gateway_decoder_finish(&decoder);
}

static void fields_arrive_as_they_were_sent(void **state)
{
	(void)state;
	struct gateway_decoder decoder = {0};
	struct gateway_message message;
	struct buf buf;
	encode(&buf, &samples[0]);
	assert_true(decode(&decoder, buf.data, buf.len, &message) > 0);
	assert_string_equal(message.configure.username, "EXAMPLE\\svc");
	assert_int_equal(message.configure.password_len, 3);
	assert_memory_equal(message.configure.password, "p\0q", 4);
	assert_int_equal(message.configure.window_s, 86400);
	buf_finish(&buf);
	encode(&buf, &samples[5]);
	assert_true(decode(&decoder, buf.data, buf.len, &message) > 0);
	assert_int_equal(message.calendar.n, 2);
	assert_int_equal(message.calendar.events[1].start, -5);
	assert_int_equal(message.calendar.events[1].flags, GATEWAY_EVENT_ALL_DAY);
	buf_finish(&buf);
	encode(&buf, &samples[7]);
	assert_true(decode(&decoder, buf.data, buf.len, &message) > 0);
	assert_true(message.state.requests == UINT64_MAX);
	assert_string_equal(message.state.server_version, "15.2.1118");
	assert_string_equal(message.state.request_version, "Exchange2010_SP2");
	assert_string_equal(message.state.request_version, "Exchange2010_SP2");
	buf_finish(&buf);
	gateway_decoder_finish(&decoder);
}

static void a_message_cut_anywhere_is_not_whole_yet(void **state)
{
	(void)state;
	struct gateway_decoder decoder = {0};
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf buf;
		struct gateway_message message;
		encode(&buf, &samples[i]);
		for (size_t n = 0; n < buf.len; n++)
			assert_int_equal(decode(&decoder, buf.data, n, &message), 0);
		buf_finish(&buf);
	}
	gateway_decoder_finish(&decoder);
}

/* With the length put right, a message without its last byte, or with one more, is wrong.
 */
static void a_message_of_another_length_is_malformed(void **state)
{
	(void)state;
	struct gateway_decoder decoder = {0};
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf buf;
		struct gateway_message message;
		encode(&buf, &samples[i]);
		size_t len = buf.len - 4;
		buf.data[0] = (char)((len - 1) & 0xff);
		assert_int_equal(decode(&decoder, buf.data, buf.len, &message), -1);
		buf.data[0] = (char)((len + 1) & 0xff);
		buf_put_u8(&buf, 0);
		assert_int_equal(decode(&decoder, buf.data, buf.len, &message), -1);
		buf_finish(&buf);
	}
	gateway_decoder_finish(&decoder);
}

static void two_messages_come_out_one_by_one(void **state)
{
	(void)state;
	struct gateway_decoder decoder = {0};
	struct gateway_message message;
	struct buf buf;
	encode(&buf, &samples[1]);
	gateway_encode(&buf, &samples[2]);
	long first = gateway_decode(&decoder, buf.data, buf.len, &message);
	assert_true(first > 0);
	assert_int_equal(message.type, GATEWAY_WATCH);
	assert_string_equal(message.watch.address, "a@example.com");
	buf_consume(&buf, (size_t)first);
	assert_int_equal(gateway_decode(&decoder, buf.data, buf.len, &message), buf.len);
	assert_int_equal(message.type, GATEWAY_UNWATCH);
	assert_true(message.mailbox == UINT32_MAX);
	buf_finish(&buf);
	gateway_decoder_finish(&decoder);
}

static void expect_malformed(const struct buf *buf)
{
	struct gateway_decoder decoder = {0};
	struct gateway_message message;
	assert_int_equal(decode(&decoder, buf->data, buf->len, &message), -1);
	gateway_decoder_finish(&decoder);
}

static void lengths_and_types_out_of_range_are_malformed(void **state)
{
	(void)state;
	static const char *const heads[] = {
		"\x00\x00\x00\x00", "\x01\x00\x04\x00", "\xff\xff\xff\xff"};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct gateway_decoder decoder = {0};
		struct gateway_message message;
		assert_int_equal(decode(&decoder, heads[i], 4, &message), -1);
		gateway_decoder_finish(&decoder);
	}
	for (unsigned type = 0; type < 256; type++) {
		char bytes[] = {1, 0, 0, 0, (char)type};
		struct gateway_decoder decoder = {0};
		struct gateway_message message;
		bool empty = type == GATEWAY_PING || type == GATEWAY_STOP ||
			     type == GATEWAY_PONG;
		assert_int_equal(
			decode(&decoder, bytes, sizeof bytes, &message), empty ? 5 : -1);
		gateway_decoder_finish(&decoder);
	}
}

/* Where a field of the sample stands is known from the order of the fields. */
static void values_that_no_enum_has_are_malformed(void **state)
{
	(void)state;
	const size_t event_busy = 4 + 1 + 4 + 8 + 8 + 8 + 4 + 16;
	const struct {
		size_t sample;
		size_t at;
		char value;
	} spoils[] = {
		{5, event_busy, GATEWAY_BUSY_NODATA + 1},
		{5, event_busy + 1 + 6, 1},           // a word beyond the last
		{5, 4 + 1 + 4 + 7, 1},                // a time beyond the year 9999
		{5, 4 + 1 + 4 + 8 + 8 + 8 + 1, 0x40}, // more events than there are
		{5, 4 + 1 + 4 + 8 + 8 + 1, 0},        // to before from
		{6, 4 + 1 + 4 + 8 + 8, GATEWAY_FAULT_ANSWER + 1},
		{6, 4 + 1 + 4 + 8 + 8 + 1 + 4, '\0'},   // in the middle of a text
		{6, 4 + 1 + 4 + 8 + 8 + 1 + 4, '\xff'}, // no UTF-8
		{6, 4 + 1 + 4 + 8 + 8 + 1 + 3, 1},      // a text longer than the message
		{7, 5, GATEWAY_DOWN + 1},
		{7, 6, GATEWAY_FAULT_ANSWER + 1},
		{1, 4 + 1 + 4 + 4, '\0'},
	};
	for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
		struct buf buf;
		encode(&buf, &samples[spoils[i].sample]);
		buf.data[spoils[i].at] = spoils[i].value;
		if (i == 4)
			buf.data[spoils[i].at - 1] = 0;
		expect_malformed(&buf);
		buf_finish(&buf);
	}
}

static void the_most_events_pass_and_one_more_does_not(void **state)
{
	(void)state;
	struct gateway_event *many = calloc(GATEWAY_EVENTS_MAX, sizeof *many);
	assert_non_null(many);
	struct gateway_message message = {.type = GATEWAY_CALENDAR,
		.calendar = {.to = 1, .n = GATEWAY_EVENTS_MAX, .events = many}};
	struct gateway_decoder decoder = {0};
	struct buf buf;
	encode(&buf, &message);
	assert_int_equal(decode(&decoder, buf.data, buf.len, &message), buf.len);
	assert_int_equal(message.calendar.n, GATEWAY_EVENTS_MAX);
	gateway_decoder_finish(&decoder);
	size_t count_at = 4 + 1 + 4 + 8 + 8 + 8;
	buf.data[count_at]++;
	buf_add(&buf, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
	size_t len = buf.len - 4;
	for (size_t i = 0; i < 4; i++)
		buf.data[i] = (char)(len >> 8 * i & 0xff);
	expect_malformed(&buf);
	buf_finish(&buf);
	free(many);
}

static void texts_are_cut_at_a_character_and_cleaned(void **state)
{
	(void)state;
	char text[2 * GATEWAY_TEXT_MAX];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memcpy(text, "a\x01\xff", 3);
	memcpy(text + GATEWAY_TEXT_MAX + 1, "\xc3\xa4", 2); // one byte over the limit
	struct gateway_message message = {.type = GATEWAY_FAILURE,
		.failure = {.next_try = INT64_MAX, .at = INT64_MIN, .text = text}};
	struct gateway_decoder decoder = {0};
	struct buf buf;
	encode(&buf, &message);
	assert_int_equal(decode(&decoder, buf.data, buf.len, &message), buf.len);
	assert_int_equal(strlen(message.failure.text), GATEWAY_TEXT_MAX - 1);
	assert_memory_equal(message.failure.text, "axx", 3);
	assert_string_equal(message.failure.code, "");
	assert_true(message.failure.next_try == GATEWAY_TIME_MAX);
	assert_true(message.failure.at == GATEWAY_TIME_MIN);
	buf_finish(&buf);
	gateway_decoder_finish(&decoder);
}

static void a_field_at_its_limit_passes_and_one_over_it_fails(void **state)
{
	(void)state;
	char field[GATEWAY_FIELD_MAX + 2] = "";
	char address[GATEWAY_ADDRESS_MAX + 2] = "";
	memset(field, 'x', GATEWAY_FIELD_MAX);
	memset(address, 'x', GATEWAY_ADDRESS_MAX);
	struct gateway_message configure = {
		.type = GATEWAY_CONFIGURE, .configure = {.url = field}};
	struct gateway_message watch = {
		.type = GATEWAY_WATCH, .watch = {.address = address}};
	struct gateway_decoder decoder = {0};
	struct gateway_message message;
	struct buf buf;
	encode(&buf, &configure);
	assert_int_equal(decode(&decoder, buf.data, buf.len, &message), buf.len);
	buf_finish(&buf);
	encode(&buf, &watch);
	assert_int_equal(decode(&decoder, buf.data, buf.len, &message), buf.len);
	gateway_decoder_finish(&decoder);
	field[GATEWAY_FIELD_MAX] = 'x';
	address[GATEWAY_ADDRESS_MAX] = 'x';
	gateway_encode(&buf, &configure);
	assert_true(buf.failed);
	buf_reset(&buf);
	gateway_encode(&buf, &watch);
	assert_true(buf.failed);
	buf_finish(&buf);
}

static void a_full_buffer_shows_in_failed(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 20);
	gateway_encode(&buf, &samples[0]);
	assert_true(buf.failed);
	buf_finish(&buf);
}

static void every_value_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(gateway_fault_name(GATEWAY_FAULT_NONE), "none");
	assert_string_equal(gateway_fault_name(GATEWAY_FAULT_ANSWER), "answer");
	assert_string_equal(gateway_health_name(GATEWAY_STARTING), "starting");
	assert_string_equal(gateway_health_name(GATEWAY_DOWN), "down");
	for (unsigned i = 0; i <= GATEWAY_FAULT_ANSWER; i++)
		assert_non_null(gateway_fault_name((enum gateway_fault)i));
	for (unsigned i = 0; i <= GATEWAY_DOWN; i++)
		assert_non_null(gateway_health_name((enum gateway_health)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_decoded_encodes_to_the_same_bytes),
		cmocka_unit_test(fields_arrive_as_they_were_sent),
		cmocka_unit_test(a_message_cut_anywhere_is_not_whole_yet),
		cmocka_unit_test(a_message_of_another_length_is_malformed),
		cmocka_unit_test(two_messages_come_out_one_by_one),
		cmocka_unit_test(lengths_and_types_out_of_range_are_malformed),
		cmocka_unit_test(values_that_no_enum_has_are_malformed),
		cmocka_unit_test(the_most_events_pass_and_one_more_does_not),
		cmocka_unit_test(texts_are_cut_at_a_character_and_cleaned),
		cmocka_unit_test(a_field_at_its_limit_passes_and_one_over_it_fails),
		cmocka_unit_test(a_full_buffer_shows_in_failed),
		cmocka_unit_test(every_value_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
