#include "ews/operations/find_item.h"

#include "corpus.h"
#include "schema.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define FROM INT64_C(1772409600) // 2026-03-02T00:00:00Z
#define TO (FROM + 86400)

#define HEAD                                                                            \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'"               \
	" xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'"       \
	" xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'><s:Body>" \
	"<m:FindItemResponse><m:ResponseMessages>"
#define TAIL "</m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>"
#define MESSAGE(whole, items)                                                      \
	"<m:FindItemResponseMessage ResponseClass='Success'>"                      \
	"<m:ResponseCode>NoError</m:ResponseCode><m:RootFolder "                   \
	"TotalItemsInView='1' IncludesLastItemInRange='" whole "'><t:Items>" items \
	"</t:Items></m:RootFolder></m:FindItemResponseMessage>"
#define ITEM(inside)                                                    \
	"<t:CalendarItem><t:ItemId Id='AAMk' ChangeKey='DwAA'/>" inside \
	"</t:CalendarItem>"
#define NINE "<t:Start>2026-03-02T09:00:00Z</t:Start>"
#define TEN "<t:End>2026-03-02T11:00:00+01:00</t:End>"
#define MEETING "<t:IsMeeting>true</t:IsMeeting>"
#define ONE(inside) HEAD MESSAGE("true", ITEM(NINE TEN inside)) TAIL

static const struct find_item_query plain = {.from = FROM, .to = TO};

static struct availability read_text(const char *text)
{
	struct availability answer;
	assert_int_equal(find_item_read(text, strlen(text), &plain, &answer), 0);
	return answer;
}

/* The one entry of an answer. */
static struct gateway_event read_one(const char *text)
{
	struct availability answer = read_text(text);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[0].n, 1);
	struct gateway_event event = answer.reading.events[0];
	availability_finish(&answer);
	return event;
}

static void a_request_is_in_the_owners_name_and_not_curious(void **state)
{
	(void)state;
	struct schema *schema = schema_load();
	struct buf buf;
	buf_init(&buf, 1 << 16);
	find_item_write(&buf,
		&(struct find_item_query){.envelope = {.version = "Exchange2010_SP2",
						  .impersonate = "o'b&c@example.com"},
			.from = FROM,
			.to = TO});
	assert_false(buf.failed);
	const char *text = buf_text(&buf);
	assert_non_null(strstr(text, "<t:SmtpAddress>o&apos;b&amp;c@example.com<"));
	assert_non_null(strstr(text, "StartDate=\"2026-03-02T00:00:00Z\""));
	assert_non_null(strstr(text, "EndDate=\"2026-03-03T00:00:00Z\""));
	static const char *const secret[] = {"Subject", "item:Body", "Location",
		"Organizer", "Attendees", "Categories", "Default", "AllProperties"};
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
		assert_null(strstr(text, secret[i]));
	if (schema)
		assert_true(schema_takes(schema, &buf));
	schema_free(schema);
	buf_finish(&buf);
}

static void an_entry_without_a_status_is_busy(void **state)
{
	(void)state;
	struct gateway_event event = read_one(ONE(""));
	assert_int_equal(event.start, FROM + 9 * 3600);
	assert_int_equal(event.end, FROM + 10 * 3600);
	assert_int_equal(event.busy, GATEWAY_BUSY_BUSY);
	assert_int_equal(event.flags, GATEWAY_EVENT_ENTRY);
}

static void a_status_is_that_of_free_busy(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum gateway_busy busy;
	} cases[] = {
		{ONE("<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_OOF},
		{ONE("<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_TENTATIVE},
		{ONE("<t:LegacyFreeBusyStatus>WorkingElsewhere"
		     "</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_ELSEWHERE},
		{ONE("<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_FREE},
		{ONE("<t:LegacyFreeBusyStatus>NoData</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_NODATA},
		{ONE("<t:LegacyFreeBusyStatus>Siesta</t:LegacyFreeBusyStatus>"),
			GATEWAY_BUSY_BUSY},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(read_one(cases[i].text).busy, cases[i].busy);
}

static void an_entry_has_its_flags(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned flags;
	} cases[] = {
		{ONE("<t:IsCancelled>true</t:IsCancelled>"), GATEWAY_EVENT_CANCELLED},
		{ONE("<t:IsCancelled>1</t:IsCancelled>"), GATEWAY_EVENT_CANCELLED},
		{ONE("<t:IsCancelled>0</t:IsCancelled>"), 0},
		{ONE("<t:MyResponseType>Decline</t:MyResponseType>"),
			GATEWAY_EVENT_DECLINED},
		{ONE(MEETING "<t:MyResponseType>Accept</t:MyResponseType>"),
			GATEWAY_EVENT_MEETING | GATEWAY_EVENT_ACCEPTED},
		{ONE(MEETING "<t:MyResponseType>Tentative</t:MyResponseType>"),
			GATEWAY_EVENT_MEETING | GATEWAY_EVENT_TENTATIVE},
		{ONE(MEETING "<t:MyResponseType>Organizer</t:MyResponseType>"),
			GATEWAY_EVENT_MEETING | GATEWAY_EVENT_ORGANIZER},
		{ONE(MEETING "<t:MyResponseType>NoResponseReceived</t:MyResponseType>"),
			GATEWAY_EVENT_MEETING | GATEWAY_EVENT_UNANSWERED},
		{ONE("<t:MyResponseType>Unknown</t:MyResponseType>"), 0},
		{ONE("<t:MyResponseType>Organizer</t:MyResponseType>"),
			0}, // her own note
		{ONE("<t:IsAllDayEvent>true</t:IsAllDayEvent>"), GATEWAY_EVENT_ALL_DAY},
		{ONE("<t:IsMeeting>true</t:IsMeeting>"), GATEWAY_EVENT_MEETING},
		{ONE("<t:Sensitivity>Confidential</t:Sensitivity>"),
			GATEWAY_EVENT_PRIVATE},
		{ONE("<t:Sensitivity>Personal</t:Sensitivity>"), 0},
		{ONE("<t:CalendarItemType>Occurrence</t:CalendarItemType>"),
			GATEWAY_EVENT_RECURRING},
		{ONE("<t:CalendarItemType>Single</t:CalendarItemType>"), 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(read_one(cases[i].text).flags,
			GATEWAY_EVENT_ENTRY | cases[i].flags);
}

static void a_time_that_is_no_time_does_not_look_free(void **state)
{
	(void)state;
	struct gateway_event event =
		read_one(HEAD MESSAGE("true", ITEM("<t:Start>soon</t:Start>" TEN)) TAIL);
	assert_int_equal(event.start, FROM);
	assert_int_equal(event.end, FROM + 10 * 3600);
	assert_int_equal(event.busy, GATEWAY_BUSY_NODATA);
}

static void what_somebody_wrote_comes_as_the_number_of_a_word(void **state)
{
	(void)state;
	static const struct find_item_query query = {.from = FROM,
		.to = TO,
		.keyword_filter = "cFocus\noIna Boss\ncIna Boss\ncR\xc3\xa9union"};
	static const char text[] = ONE(MEETING
		"<t:Categories><t:String>FOCUS</t:String><t:String>Other</t:String>"
		"<t:String>R\xc3\xa9union</t:String></t:Categories>"
		"<t:Organizer><t:Mailbox><t:Name>ina boss</t:Name></t:Mailbox>"
		"</t:Organizer>");
	struct availability answer;
	assert_int_equal(find_item_read(text, strlen(text), &query, &answer), 0);
	assert_int_equal(answer.reading.n_events, 1);
	assert_int_equal(answer.reading.events[0].flags,
		GATEWAY_EVENT_ENTRY | GATEWAY_EVENT_MEETING | GATEWAY_EVENT_KEYWORD(0) |
			GATEWAY_EVENT_KEYWORD(1) | GATEWAY_EVENT_KEYWORD(3));
	availability_finish(&answer);
}

static void an_organizer_may_be_known_by_address(void **state)
{
	(void)state;
	static const struct find_item_query query = {.from = FROM,
		.to = TO,
		.keyword_filter = "oboss@example.com\noexample.com"};
	static const char text[] = ONE(MEETING
		"<t:Organizer><t:Mailbox><t:Name>Ina Boss</t:Name><t:EmailAddress>"
		"Boss@example.com</t:EmailAddress></t:Mailbox></t:Organizer>");
	struct availability answer;
	assert_int_equal(find_item_read(text, strlen(text), &query, &answer), 0);
	assert_int_equal(answer.reading.events[0].flags,
		GATEWAY_EVENT_ENTRY | GATEWAY_EVENT_MEETING | GATEWAY_EVENT_KEYWORD(0));
	availability_finish(&answer);
}

static void the_owner_of_an_appointment_did_not_call_a_meeting(void **state)
{
	(void)state;
	static const struct find_item_query query = {
		.from = FROM, .to = TO, .keyword_filter = "oIna\ncFocus"};
	static const char text[] =
		ONE("<t:Categories><t:String>Focus</t:String></t:Categories>"
		    "<t:IsMeeting>false</t:IsMeeting>"
		    "<t:MyResponseType>Organizer</t:MyResponseType>"
		    "<t:Organizer><t:Mailbox><t:Name>Ina</t:Name></t:Mailbox>"
		    "</t:Organizer>");
	struct availability answer;
	assert_int_equal(find_item_read(text, strlen(text), &query, &answer), 0);
	assert_int_equal(answer.reading.events[0].flags,
		GATEWAY_EVENT_ENTRY | GATEWAY_EVENT_KEYWORD(1));
	availability_finish(&answer);
}

static void free_time_of_which_nobody_knows_when_is_left_out(void **state)
{
	(void)state;
	struct availability answer = read_text(HEAD MESSAGE("true",
		ITEM("<t:Start>soon</t:Start>" TEN
		     "<t:LegacyFreeBusyStatus>Free</t:LegacyFreeBusyStatus>")) TAIL);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.n_events, 0);
	availability_finish(&answer);
}

static void only_what_has_a_word_is_asked_for(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		bool categories;
		bool organizer;
	} cases[] = {
		{"", false, false},
		{"cFocus", true, false},
		{"oIna", false, true},
		{"oIna\ncFocus", true, true},
	};
	struct schema *schema = schema_load();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf;
		buf_init(&buf, 1 << 16);
		find_item_write(&buf, &(struct find_item_query){.from = FROM,
					      .to = TO,
					      .keyword_filter = cases[i].words,
					      .envelope.version = "Exchange2013_SP1"});
		const char *text = buf_text(&buf);
		assert_int_equal(
			strstr(text, "item:Categories") != NULL, cases[i].categories);
		assert_int_equal(
			strstr(text, "calendar:Organizer") != NULL, cases[i].organizer);
		assert_null(strstr(text, "Focus"));
		assert_null(strstr(text, "Ina"));
		if (schema)
			assert_true(schema_takes(schema, &buf));
		buf_finish(&buf);
	}
	schema_free(schema);
}

static void what_does_not_end_the_range_is_truncated(void **state)
{
	(void)state;
	struct availability answer =
		read_text(HEAD MESSAGE("false", ITEM(NINE TEN)) TAIL);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].advice, READING_IN_CHUNKS);
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_MAILBOX);
	assert_int_equal(answer.reading.mailboxes[0].n, 0);
	availability_finish(&answer);
}

static void more_than_the_most_is_truncated(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct availability answer;
		struct buf buf;
		buf_init(&buf, 1 << 20);
		buf_puts(&buf, HEAD "<m:FindItemResponseMessage ResponseClass='Success'>"
				    "<m:RootFolder><t:Items>");
		for (size_t i = 0; i < GATEWAY_ENTRIES_MAX + over; i++)
			buf_puts(&buf, ITEM(NINE TEN));
		buf_puts(&buf,
			"</t:Items></m:RootFolder></m:FindItemResponseMessage>" TAIL);
		assert_int_equal(find_item_read(buf.data, buf.len, &plain, &answer), 0);
		assert_int_equal(answer.reading.mailboxes[0].advice == READING_IN_CHUNKS,
			over == 1);
		assert_int_equal(answer.reading.mailboxes[0].n,
			over == 1 ? 0 : GATEWAY_ENTRIES_MAX);
		availability_finish(&answer);
		buf_finish(&buf);
	}
}

static void an_error_is_the_mailboxs(void **state)
{
	(void)state;
	struct availability answer = read_text(
		HEAD "<m:FindItemResponseMessage ResponseClass='Error'><m:MessageText>No."
		     "</m:MessageText><m:ResponseCode>ErrorAccessDenied</m:ResponseCode>"
		     "</m:FindItemResponseMessage>" TAIL);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_AUTHZ);
	assert_string_equal(answer.reading.mailboxes[0].code, "ErrorAccessDenied");
	assert_string_equal(answer.reading.mailboxes[0].text, "No.");
	assert_true(find_item_is_refusal(answer.reading.mailboxes[0].fault));
	assert_false(find_item_is_refusal(GATEWAY_FAULT_TRANSIENT));
	availability_finish(&answer);
}

static void an_answer_for_two_folders_is_not_ours(void **state)
{
	(void)state;
	struct availability answer =
		read_text(HEAD MESSAGE("true", "") MESSAGE("true", "") TAIL);
	assert_int_equal(answer.soap.kind, SOAP_BROKEN);
	assert_int_equal(answer.reading.n, 0);
	availability_finish(&answer);
}

static void a_fault_may_be_made_the_mailboxs(void **state)
{
	(void)state;
	struct availability answer = read_text(
		"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
		"<s:Fault><faultcode>a:ErrorImpersonateUserDenied</faultcode>"
		"<faultstring>No.</faultstring></s:Fault></s:Body></s:Envelope>");
	assert_int_equal(answer.soap.kind, SOAP_FAULTED);
	assert_true(find_item_fail(&answer, GATEWAY_FAULT_AUTHZ));
	assert_int_equal(answer.reading.n, 1);
	assert_string_equal(
		answer.reading.mailboxes[0].code, "ErrorImpersonateUserDenied");
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_AUTHZ);
	availability_finish(&answer);
}

static void an_answer_cut_anywhere_is_not_used(void **state)
{
	(void)state;
	static const char whole[] = ONE("<t:IsMeeting>true</t:IsMeeting>");
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		struct availability answer;
		char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_equal(find_item_read(cut, n, &plain, &answer), 0);
		assert_int_equal(answer.soap.kind, SOAP_BROKEN);
		assert_int_equal(answer.reading.n, 0);
		availability_finish(&answer);
		free(cut);
	}
}

static void a_sample_is_read_as_it_is_meant(void **state)
{
	(void)state;
	static const char name[] =
		"ews/corpus/ms-docs/get-appointments-and-meetings-by-using-ews-i-04.xml";
	struct availability answer;
	char path[1024];
	size_t n;
	corpus_path(path, sizeof path, name);
	char *bytes = corpus_load(path, &n);
	if (!bytes) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return;
	}
	assert_int_equal(find_item_read(bytes, n, &plain, &answer), 0);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.mailboxes[0].advice, READING_IN_CHUNKS);
	availability_finish(&answer);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_in_the_owners_name_and_not_curious),
		cmocka_unit_test(an_entry_without_a_status_is_busy),
		cmocka_unit_test(a_status_is_that_of_free_busy),
		cmocka_unit_test(an_entry_has_its_flags),
		cmocka_unit_test(a_time_that_is_no_time_does_not_look_free),
		cmocka_unit_test(what_somebody_wrote_comes_as_the_number_of_a_word),
		cmocka_unit_test(an_organizer_may_be_known_by_address),
		cmocka_unit_test(the_owner_of_an_appointment_did_not_call_a_meeting),
		cmocka_unit_test(free_time_of_which_nobody_knows_when_is_left_out),
		cmocka_unit_test(only_what_has_a_word_is_asked_for),
		cmocka_unit_test(what_does_not_end_the_range_is_truncated),
		cmocka_unit_test(more_than_the_most_is_truncated),
		cmocka_unit_test(an_error_is_the_mailboxs),
		cmocka_unit_test(an_answer_for_two_folders_is_not_ours),
		cmocka_unit_test(a_fault_may_be_made_the_mailboxs),
		cmocka_unit_test(an_answer_cut_anywhere_is_not_used),
		cmocka_unit_test(a_sample_is_read_as_it_is_meant),
	};
	return cmocka_run_group_tests_name("find item", tests, NULL, NULL);
}
