#include "ews/operations/notify.h"

#include "base/parse.h"

#include <assert.h>
#include <string.h>

/* The order of the elements is the schema's (types.xsd StreamingSubscriptionRequestType).
 * All folders in place of one would bring an event for each mail that comes in. */
static const char subscribe[] =
	"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>"
	"<t:DistinguishedFolderId Id=\"calendar\"/></t:FolderIds><t:EventTypes>"
	"<t:EventType>CreatedEvent</t:EventType>"
	"<t:EventType>ModifiedEvent</t:EventType>"
	"<t:EventType>DeletedEvent</t:EventType>"
	"<t:EventType>MovedEvent</t:EventType>"
	"<t:EventType>FreeBusyChangedEvent</t:EventType>"
	"</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>";

static void put_id(struct buf *buf, char prefix, const char *id)
{
	buf_printf(buf, "<%c:SubscriptionId>", prefix);
	buf_put_xml(buf, id);
	buf_printf(buf, "</%c:SubscriptionId>", prefix);
}

void notify_write_subscribe(struct buf *buf, const struct soap_envelope *envelope)
{
	soap_begin(buf, envelope);
	buf_puts(buf, subscribe);
	soap_end(buf);
}

void notify_write_unsubscribe(
	struct buf *buf, const struct soap_envelope *envelope, const char *id)
{
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:Unsubscribe>");
	put_id(buf, 'm', id);
	buf_puts(buf, "</m:Unsubscribe>");
	soap_end(buf);
}

void notify_write_stream(struct buf *buf, const struct soap_envelope *envelope,
	const char *const *ids, size_t n)
{
	assert(n >= 1 && n <= NOTIFY_IDS_MAX);
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:GetStreamingEvents><m:SubscriptionIds>");
	for (size_t i = 0; i < n; i++)
		put_id(buf, 't', ids[i]);
	buf_printf(buf,
		"</m:SubscriptionIds><m:ConnectionTimeout>%d</m:ConnectionTimeout>"
		"</m:GetStreamingEvents>",
		NOTIFY_CONNECTION_MIN);
	soap_end(buf);
}

/* What is longer is no id of Exchange's, and could not be sent back. */
static void copy_id(char out[NOTIFY_ID_MAX + 1], const char *text, size_t n)
{
	n = n <= NOTIFY_ID_MAX && !memchr(text, '\0', n) ? n : 0;
	memcpy(out, text, n);
	out[n] = '\0';
}

/* ------------------------------------------------ Subscribe, Unsubscribe */

enum answer_node {
	ANSWER_RESPONSE = SOAP_NODES,
	ANSWER_MESSAGES,
	ANSWER_MESSAGE,
	ANSWER_TEXT,
	ANSWER_CODE,
	ANSWER_XML,
	ANSWER_VALUE,
	ANSWER_ID,
};

#define ANSWER_ROWS(name)                                                                \
	SOAP_ROW(ANSWER_RESPONSE, SOAP_NODE_BODY, MESSAGES, name "Response", RESPONSE),  \
		SOAP_ROW(ANSWER_MESSAGES, ANSWER_RESPONSE, MESSAGES, "ResponseMessages", \
			PLAIN),                                                          \
		SOAP_ROW(ANSWER_MESSAGE, ANSWER_MESSAGES, MESSAGES,                      \
			name "ResponseMessage", MESSAGE),                                \
		SOAP_MESSAGE_ROWS(ANSWER_MESSAGE)

static const struct soap_row subscribe_rows[] = {
	ANSWER_ROWS("Subscribe"),
	SOAP_ROW(ANSWER_ID, ANSWER_MESSAGE, MESSAGES, "SubscriptionId", TEXT),
};
static const struct soap_row unsubscribe_rows[] = {ANSWER_ROWS("Unsubscribe")};

static void restart_answer(void *context)
{
	struct notify_answer *answer = context;
	answer->message = (struct soap_message){.back_off_ms = -1};
	answer->id[0] = '\0';
}

static void end_answer(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct notify_answer *answer = context;
	if (node == ANSWER_ID)
		copy_id(answer->id, text, n);
	else if (node == ANSWER_MESSAGE)
		answer->message = *soap_reader_message(reader);
}

static int read_answer(const char *bytes, size_t n, const struct soap_grammar *grammar,
	struct notify_answer *out_answer)
{
	restart_answer(out_answer);
	return soap_read(bytes, n, grammar, out_answer, &out_answer->soap);
}

int notify_read_subscribe(const char *bytes, size_t n, struct notify_answer *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "SubscribeResponse",
		.rows = subscribe_rows,
		.n = sizeof subscribe_rows / sizeof *subscribe_rows,
		.restart = restart_answer,
		.end = end_answer,
	};
	return read_answer(bytes, n, &grammar, out_answer);
}

int notify_read_unsubscribe(const char *bytes, size_t n, struct notify_answer *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "UnsubscribeResponse",
		.rows = unsubscribe_rows,
		.n = sizeof unsubscribe_rows / sizeof *unsubscribe_rows,
		.restart = restart_answer,
		.end = end_answer,
	};
	return read_answer(bytes, n, &grammar, out_answer);
}

/* ------------------------------------------------ GetStreamingEvents */

enum news_node {
	NEWS_RESPONSE = SOAP_NODES,
	NEWS_MESSAGES,
	NEWS_MESSAGE,
	NEWS_TEXT,
	NEWS_CODE,
	NEWS_XML,
	NEWS_VALUE,
	NEWS_STATUS,
	NEWS_BAD,
	NEWS_BAD_ID,
	NEWS_NOTIFICATIONS,
	NEWS_NOTIFICATION,
	NEWS_ID,
	NEWS_COPIED,
	NEWS_CREATED,
	NEWS_DELETED,
	NEWS_MODIFIED,
	NEWS_MOVED,
	NEWS_MAIL,
	NEWS_FREE_BUSY,
};

static const struct soap_row news_rows[] = {
	SOAP_ROW(NEWS_RESPONSE, SOAP_NODE_BODY, MESSAGES, "GetStreamingEventsResponse",
		RESPONSE),
	SOAP_ROW(NEWS_MESSAGES, NEWS_RESPONSE, MESSAGES, "ResponseMessages", PLAIN),
	SOAP_ROW(NEWS_MESSAGE, NEWS_MESSAGES, MESSAGES,
		"GetStreamingEventsResponseMessage", MESSAGE),
	SOAP_MESSAGE_ROWS(NEWS_MESSAGE),
	SOAP_ROW(NEWS_STATUS, NEWS_MESSAGE, MESSAGES, "ConnectionStatus", TEXT),
	SOAP_ROW(NEWS_BAD, NEWS_MESSAGE, ANY, "ErrorSubscriptionIds", PLAIN),
	SOAP_ROW(NEWS_BAD_ID, NEWS_BAD, ANY, "SubscriptionId", TEXT),
	SOAP_ROW(NEWS_NOTIFICATIONS, NEWS_MESSAGE, MESSAGES, "Notifications", PLAIN),
	SOAP_ROW(NEWS_NOTIFICATION, NEWS_NOTIFICATIONS, ANY, "Notification", PLAIN),
	SOAP_ROW(NEWS_ID, NEWS_NOTIFICATION, TYPES, "SubscriptionId", TEXT),
	SOAP_ROW(NEWS_COPIED, NEWS_NOTIFICATION, TYPES, "CopiedEvent", PLAIN),
	SOAP_ROW(NEWS_CREATED, NEWS_NOTIFICATION, TYPES, "CreatedEvent", PLAIN),
	SOAP_ROW(NEWS_DELETED, NEWS_NOTIFICATION, TYPES, "DeletedEvent", PLAIN),
	SOAP_ROW(NEWS_MODIFIED, NEWS_NOTIFICATION, TYPES, "ModifiedEvent", PLAIN),
	SOAP_ROW(NEWS_MOVED, NEWS_NOTIFICATION, TYPES, "MovedEvent", PLAIN),
	SOAP_ROW(NEWS_MAIL, NEWS_NOTIFICATION, TYPES, "NewMailEvent", PLAIN),
	SOAP_ROW(NEWS_FREE_BUSY, NEWS_NOTIFICATION, TYPES, "FreeBusyChangedEvent", PLAIN),
};

struct news_reader {
	struct stream_message *news; // borrowed
	bool has_error;              // news->message is one
	/* of the notification */
	char id[NOTIFY_ID_MAX + 1];
	bool changed;
};

const char *notify_ids_after(const struct notify_ids *ids, const char *id)
{
	const char *next = id ? id + strlen(id) + 1 : ids->text.data;
	return next && next < ids->text.data + ids->text.len ? next : NULL;
}

static void add_id(struct notify_ids *ids, const char *id, struct soap_reader *reader)
{
	if (id[0] != '\0')
		buf_add(&ids->text, id, strlen(id) + 1);
	if (ids->text.failed)
		soap_reader_no_memory(reader);
}

static void restart_news(void *context)
{
	struct news_reader *reading = context;
	struct stream_message *news = reading->news;
	*reading = (struct news_reader){.news = news};
	news->message = (struct soap_message){.back_off_ms = -1};
	news->opened = news->closed = news->told = false;
	buf_reset(&news->changed.text);
	buf_reset(&news->bad.text);
}

static void begin_news(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	(void)reader;
	(void)attributes;
	struct news_reader *reading = context;
	if (node == NEWS_NOTIFICATION) {
		reading->id[0] = '\0';
		reading->changed = false;
		reading->news->told = true;
	} else if (node >= NEWS_COPIED) {
		reading->changed = true;
	}
}

static void end_message(struct news_reader *reading, struct soap_reader *reader)
{
	const struct soap_message *message = soap_reader_message(reader);
	if (!reading->has_error)
		reading->news->message = *message;
	reading->has_error |= message->class == SOAP_ERROR;
}

static void end_news(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct news_reader *reading = context;
	struct stream_message *news = reading->news;
	char id[NOTIFY_ID_MAX + 1];
	switch (node) {
	case NEWS_MESSAGE:
		end_message(reading, reader);
		break;
	case NEWS_STATUS:
		news->opened |= parse_is(text, n, "OK");
		news->closed |= parse_is(text, n, "Closed");
		break;
	case NEWS_BAD_ID:
		copy_id(id, text, n);
		add_id(&news->bad, id, reader);
		break;
	case NEWS_ID:
		copy_id(reading->id, text, n);
		break;
	case NEWS_NOTIFICATION:
		if (reading->changed)
			add_id(&news->changed, reading->id, reader);
		break;
	default:
		break;
	}
}

int notify_read_stream_message(
	const char *bytes, size_t n, struct stream_message *out_news)
{
	static const struct soap_grammar grammar = {
		.response = "GetStreamingEventsResponse",
		.rows = news_rows,
		.n = sizeof news_rows / sizeof *news_rows,
		.restart = restart_news,
		.begin = begin_news,
		.end = end_news,
	};
	struct news_reader reading = {.news = out_news};
	*out_news = (struct stream_message){0};
	/* An id never takes more room here than in the document. */
	buf_init(&out_news->changed.text, n);
	buf_init(&out_news->bad.text, n);
	restart_news(&reading);
	return soap_read(bytes, n, &grammar, &reading, &out_news->soap);
}

void stream_message_finish(struct stream_message *news)
{
	if (!news)
		return;
	buf_finish(&news->changed.text);
	buf_finish(&news->bad.text);
}
