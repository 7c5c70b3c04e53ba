#include "ews/operations/notify.h"

#include "corpus.h"
#include "schema.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                      \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'"         \
	" xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'" \
	" xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'><s:Body>"
#define TAIL "</s:Body></s:Envelope>"
#define NEWS(class, inside)                                                   \
	HEAD "<m:GetStreamingEventsResponse><m:ResponseMessages>"             \
	     "<m:GetStreamingEventsResponseMessage ResponseClass='" class     \
		"'>" inside                                                   \
		"</m:GetStreamingEventsResponseMessage></m:ResponseMessages>" \
		"</m:GetStreamingEventsResponse>" TAIL
#define CODE(code) "<m:ResponseCode>" code "</m:ResponseCode>"
#define NOTIFICATION(id, events)                                             \
	"<t:Notification><t:SubscriptionId>" id "</t:SubscriptionId>" events \
	"</t:Notification>"

static const struct soap_envelope envelope = {
	.version = "Exchange2010_SP2", .impersonate = "o'b&c@example.com"};

/* ------------------------------------------------ requests */

static void has(const struct buf *buf, const char *part)
{
	assert_false(buf->failed);
	if (!strstr(buf_text(buf), part))
		fail_msg("no %s in %s", part, buf_text(buf));
}

static void a_subscription_is_to_the_calendar_of_one_mailbox(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 1 << 16);
	notify_write_subscribe(&buf, &envelope);
	has(&buf, "Version=\"Exchange2010_SP2\"");
	has(&buf, "<t:SmtpAddress>o&apos;b&amp;c@example.com</t:SmtpAddress>");
	has(&buf, "<t:DistinguishedFolderId Id=\"calendar\"/>");
	has(&buf, "<t:EventType>FreeBusyChangedEvent</t:EventType>");
	buf_finish(&buf);
}

static void ids_are_escaped(void **state)
{
	(void)state;
	struct buf buf;
	const char *id = "a<b>";
	buf_init(&buf, 1 << 16);
	notify_write_unsubscribe(&buf, &envelope, id);
	has(&buf, "<m:SubscriptionId>a&lt;b&gt;</m:SubscriptionId>");
	buf_reset(&buf);
	notify_write_stream(&buf, &envelope, &id, 1);
	has(&buf, "<t:SubscriptionId>a&lt;b&gt;</t:SubscriptionId>");
	has(&buf, "<m:ConnectionTimeout>30</m:ConnectionTimeout>");
	buf_finish(&buf);
}

static void requests_are_valid_by_the_schema(void **state)
{
	(void)state;
	struct schema *schema = schema_load();
	if (!schema) {
		skip();
		return;
	}
	const char *ids[NOTIFY_IDS_MAX];
	for (size_t i = 0; i < NOTIFY_IDS_MAX; i++)
		ids[i] = "HwBkYXRhYmFzZQ==";
	struct buf buf;
	buf_init(&buf, 1 << 16);
	notify_write_subscribe(&buf, &envelope);
	assert_true(schema_takes(schema, &buf));
	buf_reset(&buf);
	notify_write_unsubscribe(&buf, &envelope, ids[0]);
	assert_true(schema_takes(schema, &buf));
	buf_reset(&buf);
	notify_write_stream(&buf, &envelope, ids, NOTIFY_IDS_MAX);
	assert_true(schema_takes(schema, &buf));
	buf_finish(&buf);
	schema_free(schema);
}

/* ------------------------------------------------ answers */

static const char subscribed[] =
	HEAD "<m:SubscribeResponse><m:ResponseMessages>"
	     "<m:SubscribeResponseMessage ResponseClass='Success'>" CODE(
		     "NoError") "<m:SubscriptionId> HwBk== "
				"</m:SubscriptionId><m:Watermark>x</m:Watermark>"
				"</m:SubscribeResponseMessage></m:ResponseMessages></"
				"m:SubscribeResponse>" TAIL;

static void a_subscription_has_its_id(void **state)
{
	(void)state;
	struct notify_answer answer;
	assert_int_equal(
		notify_read_subscribe(subscribed, sizeof subscribed - 1, &answer), 0);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.message.class, SOAP_SUCCESS);
	assert_string_equal(answer.id, "HwBk==");
	for (size_t n = 0; n < sizeof subscribed - 1; n++) {
		assert_int_equal(notify_read_subscribe(subscribed, n, &answer), 0);
		assert_int_equal(answer.soap.kind, SOAP_BROKEN);
		assert_string_equal(answer.id, "");
	}
}

static void a_refused_subscription_has_its_code(void **state)
{
	(void)state;
	static const char text[] = HEAD
		"<m:SubscribeResponse><m:ResponseMessages>"
		"<m:SubscribeResponseMessage ResponseClass='Error'>"
		"<m:MessageText>Not you.</m:MessageText>" CODE(
			"ErrorSubscriptionAccessDenied") "</m:SubscribeResponseMessage></"
							 "m:ResponseMessages>"
							 "</m:SubscribeResponse>" TAIL;
	struct notify_answer answer;
	assert_int_equal(notify_read_subscribe(text, sizeof text - 1, &answer), 0);
	assert_int_equal(answer.message.class, SOAP_ERROR);
	assert_string_equal(answer.message.code, "ErrorSubscriptionAccessDenied");
	assert_string_equal(answer.message.text, "Not you.");
	assert_string_equal(answer.id, "");
}

static void an_id_that_could_not_be_sent_back_is_none(void **state)
{
	(void)state;
	struct notify_answer answer;
	struct buf buf;
	for (int i = 0; i < 2; i++) {
		buf_init(&buf, 1 << 16);
		buf_puts(&buf, HEAD "<m:SubscribeResponse><m:ResponseMessages>"
				    "<m:SubscribeResponseMessage><m:SubscriptionId>");
		for (int j = 0; j < NOTIFY_ID_MAX + i; j++)
			buf_puts(&buf, "x");
		buf_puts(&buf, "</m:SubscriptionId></m:SubscribeResponseMessage>"
			       "</m:ResponseMessages></m:SubscribeResponse>" TAIL);
		assert_int_equal(notify_read_subscribe(buf.data, buf.len, &answer), 0);
		assert_int_equal(strlen(answer.id), i == 0 ? NOTIFY_ID_MAX : 0);
		buf_finish(&buf);
	}
}

static void the_end_of_a_subscription_has_its_code(void **state)
{
	(void)state;
	static const char text[] = HEAD
		"<m:UnsubscribeResponse><m:ResponseMessages>"
		"<m:UnsubscribeResponseMessage ResponseClass='Error'>" CODE(
			"ErrorSubscriptionNotFound") "</m:UnsubscribeResponseMessage></"
						     "m:ResponseMessages>"
						     "</m:UnsubscribeResponse>" TAIL;
	struct notify_answer answer;
	assert_int_equal(notify_read_unsubscribe(text, sizeof text - 1, &answer), 0);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_string_equal(answer.message.code, "ErrorSubscriptionNotFound");
}

/* ------------------------------------------------ the stream */

static void read_news(const char *text, struct stream_message *news)
{
	assert_int_equal(notify_read_stream_message(text, strlen(text), news), 0);
	assert_int_equal(news->soap.kind, SOAP_ANSWER);
}

static void has_ids(const struct notify_ids *ids, const char *wanted)
{
	char text[256] = "";
	size_t n = 0;
	for (const char *id = NULL; (id = notify_ids_after(ids, id));)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s;", id);
	assert_string_equal(text, wanted);
}

static void a_stream_begins_and_ends_with_a_word(void **state)
{
	(void)state;
	struct stream_message news;
	read_news(NEWS("Success",
			  CODE("NoError") "<m:ConnectionStatus>OK</m:ConnectionStatus>"),
		&news);
	assert_true(news.opened);
	assert_false(news.closed);
	assert_false(news.told);
	stream_message_finish(&news);
	read_news(NEWS("Success", CODE("NoError") "<m:ConnectionStatus>Closed</"
						  "m:ConnectionStatus>"),
		&news);
	assert_false(news.opened);
	assert_true(news.closed);
	stream_message_finish(&news);
}

static void events_say_whose_calendar_changed(void **state)
{
	(void)state;
	struct stream_message news;
	read_news(
		NEWS("Success",
			CODE("NoError") "<m:Notifications>" NOTIFICATION("one",
				"<t:CreatedEvent><t:TimeStamp>2026-03-02T09:00:00Z</"
				"t:TimeStamp>"
				"<t:ItemId Id='x'/></t:CreatedEvent><t:ModifiedEvent/>")
				NOTIFICATION("two", "<t:StatusEvent/>") NOTIFICATION(
					"three",
					"<t:FreeBusyChangedEvent/>") "</"
								     "m:Notifications>"),
		&news);
	assert_true(news.told);
	has_ids(&news.changed, "one;three;");
	has_ids(&news.bad, "");
	stream_message_finish(&news);
}

static void a_heartbeat_is_no_change(void **state)
{
	(void)state;
	struct stream_message news;
	read_news(NEWS("Success", "<m:Notifications>" NOTIFICATION("one",
					  "<t:StatusEvent/>") "</m:Notifications>"),
		&news);
	assert_true(news.told);
	has_ids(&news.changed, "");
	stream_message_finish(&news);
}

static void bad_ids_count_in_whatever_namespace(void **state)
{
	(void)state;
	struct stream_message news;
	read_news(
		NEWS("Error", CODE("ErrorSubscriptionNotFound") "<m:ErrorSubscriptionIds>"
								"<t:SubscriptionId>a</"
								"t:SubscriptionId>"
								"<m:SubscriptionId>b</"
								"m:SubscriptionId><"
								"SubscriptionId>c"
								"</"
								"SubscriptionId><"
								"SubscriptionId/></"
								"m:ErrorSubscriptionIds>"
								"<m:ConnectionStatus>OK</"
								"m:ConnectionStatus>"),
		&news);
	assert_int_equal(news.message.class, SOAP_ERROR);
	assert_string_equal(news.message.code, "ErrorSubscriptionNotFound");
	assert_true(news.opened);
	has_ids(&news.bad, "a;b;c;");
	stream_message_finish(&news);
}

static void an_error_outweighs_a_success_beside_it(void **state)
{
	(void)state;
	struct stream_message news;
	read_news(HEAD
		"<m:GetStreamingEventsResponse><m:ResponseMessages>"
		"<m:GetStreamingEventsResponseMessage ResponseClass='Error'>" CODE(
			"ErrorServerBusy") "<m:MessageXml><t:Value "
					   "Name='BackOffMilliseconds'>5000</t:Value>"
					   "</m:MessageXml></"
					   "m:GetStreamingEventsResponseMessage>"
					   "<m:GetStreamingEventsResponseMessage "
					   "ResponseClass='Success'>" CODE(
						   "NoError") "</"
							      "m:"
							      "GetStreamingEventsResponse"
							      "Message>"
							      "</m:ResponseMessages>"
							      "</"
							      "m:"
							      "GetStreamingEventsResponse"
							      ">" TAIL,
		&news);
	assert_string_equal(news.message.code, "ErrorServerBusy");
	assert_int_equal(news.message.back_off_ms, 5000);
	stream_message_finish(&news);
}

static void a_fault_has_no_news(void **state)
{
	(void)state;
	static const char text[] = HEAD
		"<s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring>"
		"</s:Fault>" TAIL;
	struct stream_message news;
	assert_int_equal(notify_read_stream_message(text, sizeof text - 1, &news), 0);
	assert_int_equal(news.soap.kind, SOAP_FAULTED);
	has_ids(&news.changed, "");
	stream_message_finish(&news);
	assert_int_equal(notify_read_stream_message("", 0, &news), 0);
	assert_int_equal(news.soap.kind, SOAP_BROKEN);
	stream_message_finish(&news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subscription_is_to_the_calendar_of_one_mailbox),
		cmocka_unit_test(ids_are_escaped),
		cmocka_unit_test(requests_are_valid_by_the_schema),
		cmocka_unit_test(a_subscription_has_its_id),
		cmocka_unit_test(a_refused_subscription_has_its_code),
		cmocka_unit_test(an_id_that_could_not_be_sent_back_is_none),
		cmocka_unit_test(the_end_of_a_subscription_has_its_code),
		cmocka_unit_test(a_stream_begins_and_ends_with_a_word),
		cmocka_unit_test(events_say_whose_calendar_changed),
		cmocka_unit_test(a_heartbeat_is_no_change),
		cmocka_unit_test(bad_ids_count_in_whatever_namespace),
		cmocka_unit_test(an_error_outweighs_a_success_beside_it),
		cmocka_unit_test(a_fault_has_no_news),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
