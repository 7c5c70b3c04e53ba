#include "ews/operations/mailtips.h"

#include "schema.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1772409600) // 2026-03-02T00:00:00Z

#define HEAD                                                                            \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'"               \
	" xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'"       \
	" xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'><s:Body>" \
	"<m:GetMailTipsResponse ResponseClass='Success'>"                               \
	"<m:ResponseCode>NoError</m:ResponseCode><m:ResponseMessages>"
#define TAIL "</m:ResponseMessages></m:GetMailTipsResponse></s:Body></s:Envelope>"
#define TIPS(pending, inside)                                                      \
	"<m:MailTipsResponseMessageType ResponseClass='Success'>"                  \
	"<m:ResponseCode>NoError</m:ResponseCode><m:MailTips><t:RecipientAddress>" \
	"<t:EmailAddress>bob@example.com</t:EmailAddress></t:RecipientAddress>"    \
	"<t:PendingMailTips>" pending "</t:PendingMailTips>" inside                \
	"</m:MailTips></m:MailTipsResponseMessageType>"
#define OOF(message, duration)                            \
	"<t:OutOfOffice><t:ReplyBody><t:Message>" message \
	"</t:Message></t:ReplyBody>" duration "</t:OutOfOffice>"
#define DURATION(start, end)                                              \
	"<t:Duration><t:StartTime>" start "</t:StartTime><t:EndTime>" end \
	"</t:EndTime></t:Duration>"

static struct mailtips read_good(const char *text)
{
	struct mailtips tips;
	assert_int_equal(mailtips_read(text, strlen(text), &tips), 0);
	assert_int_equal(tips.soap.kind, SOAP_ANSWER);
	return tips;
}

static void many_are_asked_for_at_once(void **state)
{
	(void)state;
	const char *addresses[] = {"alice@example.com", "o'b&c@example.com"};
	struct buf buf;
	buf_init(&buf, 1 << 16);
	mailtips_write(
		&buf, &(struct mailtips_query){.envelope = {.version = "Exchange2013"},
			      .addresses = addresses,
			      .n = 2,
			      .sender = "carol@example.com"});
	assert_false(buf.failed);
	assert_non_null(strstr(buf_text(&buf),
		"<m:SendingAs><t:EmailAddress>carol@example.com</t:EmailAddress>"));
	assert_non_null(strstr(buf_text(&buf), "o&apos;b&amp;c@example.com"));
	assert_null(strstr(buf_text(&buf), "Impersonation"));
	buf_finish(&buf);
}

static void requests_are_valid_by_the_schema(void **state)
{
	(void)state;
	const char *addresses[MAILTIPS_MAILBOXES_MAX];
	struct schema *schema = schema_load();
	struct buf buf;
	if (!schema) {
		skip();
		return;
	}
	for (size_t i = 0; i < MAILTIPS_MAILBOXES_MAX; i++)
		addresses[i] = "alice@example.com";
	buf_init(&buf, 1 << 16);
	mailtips_write(
		&buf, &(struct mailtips_query){.envelope = {.version = "Exchange2013"},
			      .addresses = addresses,
			      .n = MAILTIPS_MAILBOXES_MAX,
			      .sender = addresses[0]});
	assert_true(schema_takes(schema, &buf));
	buf_finish(&buf);
	schema_free(schema);
}

static void who_has_a_text_replies(void **state)
{
	(void)state;
	struct mailtips tips = read_good(HEAD TIPS("", OOF("Gone", "")) TIPS(
		"", OOF("", "")) TIPS("", "") TIPS("", OOF("\xef\xbb\xbf", "")) TAIL);
	static const enum mailtips_reply expected[] = {
		MAILTIPS_ON, MAILTIPS_OFF, MAILTIPS_UNKNOWN, MAILTIPS_OFF};
	assert_int_equal(tips.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(tips.mailboxes[i].reply, expected[i]);
	assert_int_equal(tips.mailboxes[0].from, GATEWAY_TIME_MIN);
	assert_int_equal(tips.mailboxes[0].to, GATEWAY_TIME_MAX);
}

static void a_reply_may_have_an_end(void **state)
{
	(void)state;
	struct mailtips tips = read_good(HEAD TIPS("",
		OOF("Gone", DURATION("2026-03-02T00:00:00", "2026-03-03T01:00:00+01:00")))
			TIPS("", OOF("Gone", DURATION("0001-01-01T00:00:00",
						     "0001-01-01T00:00:00"))) TAIL);
	assert_int_equal(tips.n, 2);
	assert_int_equal(tips.mailboxes[0].from, NOW);
	assert_int_equal(tips.mailboxes[0].to, NOW + 86400);
	assert_int_equal(tips.mailboxes[1].from, GATEWAY_TIME_MIN);
	assert_int_equal(tips.mailboxes[1].to, GATEWAY_TIME_MAX);
}

static void what_is_pending_is_not_known(void **state)
{
	(void)state;
	struct mailtips tips = read_good(HEAD TIPS("OutOfOfficeMessage", "") TIPS(
		"MailboxFullStatus \n OutOfOfficeMessage", OOF("", "")) TIPS("All", "")
			TIPS("MailboxFullStatus", OOF("", "")) TAIL);
	assert_int_equal(tips.n, 4);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tips.mailboxes[i].reply, MAILTIPS_UNKNOWN);
	assert_int_equal(tips.mailboxes[3].reply, MAILTIPS_OFF);
}

static void an_error_is_one_mailboxs(void **state)
{
	(void)state;
	struct mailtips tips = read_good(HEAD
		"<m:MailTipsResponseMessageType ResponseClass='Error'><m:MessageText>No."
		"</m:MessageText><m:ResponseCode>ErrorMailRecipientNotFound"
		"</m:ResponseCode></m:MailTipsResponseMessageType>" TIPS(
			"", OOF("Gone", "")) TAIL);
	assert_int_equal(tips.n, 2);
	assert_int_equal(tips.mailboxes[0].reply, MAILTIPS_UNKNOWN);
	assert_string_equal(tips.mailboxes[0].code, "ErrorMailRecipientNotFound");
	assert_string_equal(tips.mailboxes[0].text, "No.");
	assert_int_equal(tips.mailboxes[1].reply, MAILTIPS_ON);
	assert_string_equal(tips.mailboxes[1].code, "");
}

static void an_error_may_be_everybodys(void **state)
{
	(void)state;
	struct mailtips tips = read_good(
		"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
		"<GetMailTipsResponse ResponseClass='Error' xmlns="
		"'http://schemas.microsoft.com/exchange/services/2006/messages'>"
		"<MessageText>Off.</MessageText>"
		"<ResponseCode>ErrorMailTipsDisabled</ResponseCode>"
		"</GetMailTipsResponse></s:Body></s:Envelope>");
	assert_int_equal(tips.n, 0);
	assert_string_equal(tips.code, "ErrorMailTipsDisabled");
}

static void more_than_was_asked_for_is_refused(void **state)
{
	(void)state;
	static const char one[] = TIPS("", "");
	struct mailtips tips;
	struct buf buf;
	buf_init(&buf, 1 << 20);
	buf_puts(&buf, HEAD);
	for (size_t i = 0; i <= MAILTIPS_MAILBOXES_MAX; i++)
		buf_puts(&buf, one);
	buf_puts(&buf, TAIL);
	assert_int_equal(mailtips_read(buf.data, buf.len, &tips), 0);
	assert_int_equal(tips.soap.kind, SOAP_BROKEN);
	assert_int_equal(tips.n, 0);
	buf_finish(&buf);
}

static void an_answer_cut_anywhere_is_not_used(void **state)
{
	(void)state;
	static const char whole[] = HEAD TIPS("", OOF("Gone", DURATION("x", "y"))) TAIL;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		struct mailtips tips;
		char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_equal(mailtips_read(cut, n, &tips), 0);
		assert_int_equal(tips.soap.kind, SOAP_BROKEN);
		assert_int_equal(tips.n, 0);
		free(cut);
	}
}

static void only_an_empty_text_says_that_nobody_replies(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum mailtips_reply reply;
	} cases[] = {
		{HEAD TIPS("", OOF("", "")) TAIL, MAILTIPS_OFF},
		{HEAD TIPS("", "") TAIL, MAILTIPS_UNKNOWN},
		{HEAD TIPS("", "<t:OutOfOffice/>") TAIL, MAILTIPS_UNKNOWN},
		{HEAD TIPS("", "<t:OutOfOffice><t:ReplyBody/></t:OutOfOffice>") TAIL,
			MAILTIPS_UNKNOWN},
		{HEAD TIPS("OutOfOfficeMessage", OOF("", "")) TAIL, MAILTIPS_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
			read_good(cases[i].text).mailboxes[0].reply, cases[i].reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_are_asked_for_at_once),
		cmocka_unit_test(requests_are_valid_by_the_schema),
		cmocka_unit_test(who_has_a_text_replies),
		cmocka_unit_test(a_reply_may_have_an_end),
		cmocka_unit_test(what_is_pending_is_not_known),
		cmocka_unit_test(an_error_is_one_mailboxs),
		cmocka_unit_test(an_error_may_be_everybodys),
		cmocka_unit_test(more_than_was_asked_for_is_refused),
		cmocka_unit_test(an_answer_cut_anywhere_is_not_used),
		cmocka_unit_test(only_an_empty_text_says_that_nobody_replies),
	};
	return cmocka_run_group_tests_name("mail tips", tests, NULL, NULL);
}
