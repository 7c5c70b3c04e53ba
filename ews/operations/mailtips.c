#include "ews/operations/mailtips.h"

#include "base/datetime.h"
#include "base/line.h"
#include "ews/soap/soap_read.h"

#include <assert.h>
#include <string.h>

static void put_address(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:EmailAddress>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>");
}

void mailtips_write(struct buf *buf, const struct mailtips_query *query)
{
	assert(query->n >= 1 && query->n <= MAILTIPS_MAILBOXES_MAX);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, "<m:GetMailTips><m:SendingAs>");
	put_address(buf, query->sender);
	buf_puts(buf, "</m:SendingAs><m:Recipients>");
	for (size_t i = 0; i < query->n; i++) {
		buf_puts(buf, "<t:Mailbox>");
		put_address(buf, query->addresses[i]);
		buf_puts(buf, "</t:Mailbox>");
	}
	buf_puts(buf, "</m:Recipients><m:MailTipsRequested>OutOfOfficeMessage"
		      "</m:MailTipsRequested></m:GetMailTips>");
	soap_end(buf);
}

/* messages.xsd GetMailTipsResponse */
enum {
	NODE_RESPONSE = SOAP_NODES,
	NODE_CODE, // of the request as a whole
	NODE_MESSAGES,
	NODE_MESSAGE,
	NODE_MESSAGE_TEXT,
	NODE_MESSAGE_CODE,
	NODE_MESSAGE_XML,
	NODE_MESSAGE_VALUE,
	NODE_TIPS,
	NODE_PENDING,
	NODE_OOF,
	NODE_BODY,
	NODE_REPLY,
	NODE_DURATION,
	NODE_START,
	NODE_END,
};

/* An element of the schema is named like its type. */
static const struct soap_row rows[] = {
	SOAP_ROW(
		NODE_RESPONSE, SOAP_NODE_BODY, MESSAGES, "GetMailTipsResponse", RESPONSE),
	SOAP_ROW(NODE_CODE, NODE_RESPONSE, MESSAGES, "ResponseCode", TEXT),
	SOAP_ROW(NODE_MESSAGES, NODE_RESPONSE, MESSAGES, "ResponseMessages", PLAIN),
	SOAP_ROW(NODE_MESSAGE, NODE_MESSAGES, MESSAGES, "MailTipsResponseMessageType",
		MESSAGE),
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	SOAP_ROW(NODE_TIPS, NODE_MESSAGE, MESSAGES, "MailTips", PLAIN),
	SOAP_ROW(NODE_PENDING, NODE_TIPS, TYPES, "PendingMailTips", TEXT),
	SOAP_ROW(NODE_OOF, NODE_TIPS, TYPES, "OutOfOffice", PLAIN),
	SOAP_ROW(NODE_BODY, NODE_OOF, TYPES, "ReplyBody", PLAIN),
	SOAP_ROW(NODE_REPLY, NODE_BODY, TYPES, "Message", TEXT),
	SOAP_ROW(NODE_DURATION, NODE_OOF, TYPES, "Duration", PLAIN),
	SOAP_ROW(NODE_START, NODE_DURATION, TYPES, "StartTime", TEXT),
	SOAP_ROW(NODE_END, NODE_DURATION, TYPES, "EndTime", TEXT),
};

static void restart(void *context)
{
	struct mailtips *answer = context;
	answer->n = 0;
	answer->code[0] = '\0';
}

static void begin(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	(void)attributes;
	struct mailtips *answer = context;
	/* Only a text that is empty says that there is none. */
	if (node == NODE_REPLY && !answer->mailboxes[answer->n - 1].pending)
		answer->mailboxes[answer->n - 1].reply = MAILTIPS_OFF;
	if (node != NODE_MESSAGE)
		return;
	soap_reader_answer(reader)->begun = true;
	if (answer->n == MAILTIPS_MAILBOXES_MAX) {
		soap_reader_refuse(reader, "the answer is for more mailboxes than asked");
		return;
	}
	answer->mailboxes[answer->n++] = (struct mailtips_mailbox){
		.from = GATEWAY_TIME_MIN, .to = GATEWAY_TIME_MAX};
}

/* PendingMailTips is a list: what could not be found out in time. */
static bool is_pending(const char *text, size_t n)
{
	static const char *const names[] = {"OutOfOfficeMessage", "All"};
	while (n > 0) {
		size_t word = 0;
		while (word < n && (unsigned char)text[word] > ' ')
			word++;
		for (size_t i = 0; i < 2; i++) {
			if (word == strlen(names[i]) && memcmp(text, names[i], word) == 0)
				return true;
		}
		word += word < n;
		text += word;
		n -= word;
	}
	return false;
}

/* Some servers begin every text with a byte order mark. */
static bool is_empty(const char *text, size_t n)
{
	return n == 0 || (n == 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0);
}

/* A time that cannot be made out is one that is not given. */
static void read_time(const char *text, size_t n, int64_t *time)
{
	int64_t seconds;
	if (datetime_parse(text, n, &seconds))
		*time = seconds;
}

static void end_message(
	struct mailtips_mailbox *mailbox, const struct soap_message *message)
{
	if (message->class != SOAP_ERROR)
		return;
	memcpy(mailbox->code, message->code, sizeof mailbox->code);
	memcpy(mailbox->text, message->text, sizeof mailbox->text);
	mailbox->reply = MAILTIPS_UNKNOWN;
}

/* Servers give the first instant of all for a time that there is not. */
static void end_duration(struct mailtips_mailbox *mailbox)
{
	if (mailbox->from < mailbox->to)
		return;
	mailbox->from = GATEWAY_TIME_MIN;
	mailbox->to = GATEWAY_TIME_MAX;
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct mailtips *answer = context;
	struct mailtips_mailbox *mailbox =
		&answer->mailboxes[answer->n > 0 ? answer->n - 1 : 0];
	if (node == NODE_CODE)
		line_copy(answer->code, sizeof answer->code, text, n);
	else if (node == NODE_PENDING && is_pending(text, n))
		mailbox->pending = true;
	else if (node == NODE_REPLY && !mailbox->pending && !is_empty(text, n))
		mailbox->reply = MAILTIPS_ON;
	else if (node == NODE_START)
		read_time(text, n, &mailbox->from);
	else if (node == NODE_END)
		read_time(text, n, &mailbox->to);
	else if (node == NODE_DURATION)
		end_duration(mailbox);
	else if (node == NODE_MESSAGE)
		end_message(mailbox, soap_reader_message(reader));
}

int mailtips_read(const char *bytes, size_t n, struct mailtips *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "GetMailTipsResponse",
		.rows = rows,
		.n = sizeof rows / sizeof *rows,
		.restart = restart,
		.begin = begin,
		.end = end,
	};
	out_answer->n = 0;
	return soap_read(bytes, n, &grammar, out_answer, &out_answer->soap);
}
