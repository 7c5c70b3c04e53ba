#include "ews/operations/availability.h"

#include "availability_samples.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_fault(const char *text, enum gateway_fault fault, const char *code)
{
	struct availability answer = sample_read_text(text);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].fault, fault);
	assert_string_equal(answer.reading.mailboxes[0].code, code);
	assert_int_equal(answer.reading.mailboxes[0].n, 0);
	assert_true(answer.reading.mailboxes[0].text[0] != '\0');
	assert_int_equal(answer.reading.n_events, 0);
	availability_finish(&answer);
}

static void mailboxes_come_in_their_order_with_their_events(void **state)
{
	(void)state;
	struct availability answer = sample_read_text(ARRAY(BUSY FREE MAILBOX(
		MESSAGE("Error", "ErrorMailRecipientNotFound"), VIEW("None")) BUSY));
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n, 4);
	assert_int_equal(answer.reading.n_events, 2);
	assert_int_equal(answer.reading.mailboxes[0].n, 1);
	assert_int_equal(answer.reading.mailboxes[1].n, 0);
	assert_int_equal(answer.reading.mailboxes[1].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[2].fault, GATEWAY_FAULT_MAILBOX);
	assert_string_equal(
		answer.reading.mailboxes[2].code, "ErrorMailRecipientNotFound");
	assert_int_equal(answer.reading.mailboxes[3].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[3].first, 1);
	assert_int_equal(answer.reading.events[1].start, NINE);
	assert_string_equal(answer.soap.server_version, "15.2.1118");
	availability_finish(&answer);
}

static void details_become_flags(void **state)
{
	(void)state;
	static const struct gateway_event wanted = {.start = NINE,
		.end = NINE + 3600,
		.busy = GATEWAY_BUSY_OOF,
		.flags = GATEWAY_EVENT_MEETING | GATEWAY_EVENT_PRIVATE};
	sample_expect_events(
		ARRAY(MAILBOX(SUCCESS,
			VIEW("Detailed") EVENTS(
				"<t:CalendarEvent><t:StartTime>2026-03-02T09:00:00Z"
				"</t:StartTime><t:EndTime>2026-03-02T11:00:00+01:00"
				"</t:EndTime><t:BusyType>\n OOF\t</t:BusyType>"
				"<t:CalendarEventDetails><t:ID>0A</t:ID><t:Subject>x"
				"</t:Subject><t:IsMeeting>1</t:IsMeeting><t:IsRecurring>"
				"false</t:IsRecurring><t:IsPrivate>true</t:IsPrivate>"
				"</t:CalendarEventDetails></t:CalendarEvent>"))),
		&wanted, 1);
}

static void an_event_that_cannot_be_made_out_never_looks_free(void **state)
{
	(void)state;
	static const struct gateway_event wanted[] = {
		{.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_BUSY},
		{.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_BUSY},
		{.start = FROM, .end = NINE, .busy = GATEWAY_BUSY_NODATA},
		{.start = NINE, .end = TO, .busy = GATEWAY_BUSY_NODATA},
		{.start = FROM, .end = TO, .busy = GATEWAY_BUSY_NODATA},
	};
	sample_expect_events(
		ARRAY(MAILBOX(SUCCESS,
			VIEW("FreeBusy") EVENTS(
				"<t:CalendarEvent><t:StartTime>2026-03-02T09:00:00<"
				"/t:StartTime>"
				"<t:EndTime>2026-03-02T10:00:00</t:EndTime></"
				"t:CalendarEvent>" EVENT("09:00:00", "10:00:00",
					"Dreaming") EVENT("9 o'clock", "09:00:00", "Busy")
					EVENT("09:00:00", "",
						"Busy") "<t:CalendarEvent/>"))),
		wanted, 5);
}

static void every_busy_type_is_told_apart(void **state)
{
	(void)state;
	static const char *const types[] = {
		"Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"};
	for (int busy = GATEWAY_BUSY_FREE; busy <= GATEWAY_BUSY_NODATA; busy++) {
		char text[4096];
		struct gateway_event wanted = {
			.start = NINE, .end = NINE + 3600, .busy = (uint8_t)busy};
		(void)snprintf(text, sizeof text,
			ARRAY(MAILBOX(SUCCESS, VIEW("FreeBusy") EVENTS(EVENT(
						       "09:00:00", "10:00:00", "%s")))),
			types[busy]);
		sample_expect_events(text, &wanted, 1);
	}
}

static void a_calendar_without_entries_is_free_in_each_of_its_forms(void **state)
{
	(void)state;
	sample_expect_events(ARRAY(FREE), NULL, 0);
	sample_expect_events(
		ARRAY(MAILBOX(SUCCESS, VIEW("Detailed") EVENTS(""))), NULL, 0);
	sample_expect_events(ARRAY(MAILBOX("", VIEW("FreeBusyMerged"))), NULL, 0);
	sample_expect_events(
		ARRAY(MAILBOX(SUCCESS, VIEW(" MergedOnly\n Detailed "))), NULL, 0);
	sample_expect_events(
		ARRAY(MAILBOX(MESSAGE("Warning", "ErrorBatchProcessingStopped"),
			VIEW("FreeBusy"))),
		NULL, 0);
}

static void what_is_no_calendar_is_never_free(void **state)
{
	(void)state;
	const enum gateway_fault answer = GATEWAY_FAULT_ANSWER;
	const enum gateway_fault mailbox = GATEWAY_FAULT_MAILBOX;
	expect_fault(ARRAY("<m:FreeBusyResponse/>"), answer, "");
	expect_fault(ARRAY("<m:FreeBusyResponse>" SUCCESS "</m:FreeBusyResponse>"),
		answer, "NoError");
	expect_fault(ARRAY(MAILBOX(SUCCESS, "")), answer, "NoError");
	expect_fault(ARRAY(MAILBOX(SUCCESS, VIEW(""))), answer, "NoError");
	expect_fault(ARRAY(MAILBOX(SUCCESS, VIEW("Sometimes"))), answer, "NoError");
	expect_fault(ARRAY(MAILBOX(SUCCESS, VIEW("None"))), mailbox, "NoError");
	expect_fault(ARRAY(MAILBOX(SUCCESS, VIEW("MergedOnly"))), mailbox, "NoError");
	expect_fault(MERGED(""), mailbox, "NoError");
	expect_fault(MERGED(" \n"), mailbox, "NoError");
	expect_fault(ARRAY(MAILBOX(MESSAGE("Error", "NoError"), VIEW("FreeBusy"))),
		answer, "NoError");
	expect_fault(ARRAY(MAILBOX(MESSAGE("Error", ""), VIEW("FreeBusy"))), answer, "");
	expect_fault(
		ARRAY(MAILBOX(MESSAGE("Success", "ErrorServerBusy"), VIEW("FreeBusy"))),
		GATEWAY_FAULT_THROTTLE, "ErrorServerBusy");
	expect_fault(ARRAY(MAILBOX(MESSAGE("Warning", "ErrorServerBusy"), VIEW("None"))),
		GATEWAY_FAULT_THROTTLE, "ErrorServerBusy");
	expect_fault(
		ARRAY(MAILBOX(MESSAGE("Error", " ErrorTimeoutExpired\n"),
			VIEW("FreeBusy") EVENTS(EVENT("09:00:00", "10:00:00", "Busy")))),
		GATEWAY_FAULT_TRANSIENT, "ErrorTimeoutExpired");
	expect_fault(ARRAY(MAILBOX(MESSAGE("Error", "ErrorOfTheFuture"), VIEW("None"))),
		mailbox, "ErrorOfTheFuture");
}

static void digits_count_from_the_window_s_start(void **state)
{
	(void)state;
	static const struct gateway_event wanted[] = {
		{.start = FROM + 300, .end = FROM + 900, .busy = GATEWAY_BUSY_TENTATIVE},
		{.start = FROM + 900, .end = FROM + 1200, .busy = GATEWAY_BUSY_BUSY},
		{.start = FROM + 1200, .end = FROM + 1500, .busy = GATEWAY_BUSY_OOF},
		{.start = FROM + 1500, .end = FROM + 1800, .busy = GATEWAY_BUSY_NODATA},
		{.start = FROM + 1800, .end = FROM + 2100, .busy = GATEWAY_BUSY_BUSY},
		{.start = FROM + 2400, .end = TO, .busy = GATEWAY_BUSY_NODATA},
	};
	sample_expect_events(MERGED("\n 011234x0"), wanted, 6);
}

/* A window of n digits, all `digit` but the last, and what comes of it. */
static void expect_merged(size_t n, char digit, char last,
	const struct gateway_event *wanted, size_t n_wanted)
{
	char digits[600];
	char text[4096];
	memset(digits, digit, n - 1);
	digits[n - 1] = last;
	digits[n] = '\0';
	(void)snprintf(text, sizeof text, MERGED("%s"), digits);
	sample_expect_events(text, wanted, n_wanted);
}

static void digits_end_with_the_window(void **state)
{
	(void)state;
	static const struct gateway_event last = {
		.start = TO - 300, .end = TO, .busy = GATEWAY_BUSY_BUSY};
	static const struct gateway_event all = {
		.start = FROM, .end = TO, .busy = GATEWAY_BUSY_BUSY};
	static const struct gateway_event missing = {
		.start = TO - 300, .end = TO, .busy = GATEWAY_BUSY_NODATA};
	expect_merged(288, '0', '0', NULL, 0);
	expect_merged(288, '0', '2', &last, 1);
	expect_merged(288, '2', '2', &all, 1);
	expect_merged(287, '0', '0', &missing, 1);
	expect_merged(289, '0', '2', NULL, 0);
	expect_merged(500, '2', '0', &all, 1);
}

static void a_window_of_half_a_slot_is_covered(void **state)
{
	(void)state;
	struct availability answer;
	const char *text = MERGED("02");
	assert_int_equal(
		availability_read(text, strlen(text), FROM, FROM + 450, &answer), 0);
	assert_int_equal(answer.reading.n_events, 1);
	assert_int_equal(answer.reading.events[0].start, FROM + 300);
	assert_int_equal(answer.reading.events[0].end, FROM + 450);
	availability_finish(&answer);
}

static void namespaces_count_and_prefixes_do_not(void **state)
{
	(void)state;
	static const struct gateway_event wanted = {
		.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_BUSY};
	sample_expect_events(
		"<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body>"
		"<GetUserAvailabilityResponse "
		"xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'>"
		"<FreeBusyResponseArray><FreeBusyResponse><FreeBusyView xmlns:y='" TYPES
		"'><y:FreeBusyViewType>FreeBusy</y:FreeBusyViewType>"
		"<CalendarEventArray xmlns='" TYPES "'><CalendarEvent><StartTime>"
		"2026-03-02T09:00:00</StartTime><EndTime>2026-03-02T10:00:00</"
		"EndTime><BusyType>"
		"<!-- x --><![CDATA[Bu]]>sy<?x y?></BusyType></CalendarEvent>"
		"</CalendarEventArray></FreeBusyView></FreeBusyResponse></"
		"FreeBusyResponseArray>"
		"</GetUserAvailabilityResponse></Body></Envelope>",
		&wanted, 1);
	expect_fault(
		ARRAY("<m:FreeBusyResponse><m:FreeBusyView><m:FreeBusyViewType>FreeBusy"
		      "</m:FreeBusyViewType></m:FreeBusyView></m:FreeBusyResponse>"),
		GATEWAY_FAULT_ANSWER, "");
	sample_expect_kind("<s:Envelope xmlns:s='urn:other'/>", SOAP_BROKEN);
}

static void unknown_elements_are_passed_over(void **state)
{
	(void)state;
	static const struct gateway_event wanted = {
		.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_BUSY};
	sample_expect_events(
		ARRAY("<t:New><m:FreeBusyResponse/></t:New>" MAILBOX(SUCCESS
			"<m:Later>"
			"<m:FreeBusyView/></m:Later>",
			VIEW("FreeBusy") "<t:WorkingHours><t:TimeZone><t:"
					 "StandardTime><t:Time>"
					 "03:00:00</t:Time></t:StandardTime></"
					 "t:TimeZone></t:WorkingHours>" EVENTS(
						 "<t:CalendarEvent><t:StartTime>"
						 "2026-03-02T09:00:00</t:StartTime>"
						 "<t:EndTime>2026-03-02T<t:New>11</"
						 "t:New>10:00:00</t:EndTime>"
						 "<t:BusyType>Busy</t:BusyType></"
						 "t:CalendarEvent>"))),
		&wanted, 1);
}

static void entries_count_whatever_the_view_is_called(void **state)
{
	(void)state;
	struct gateway_event wanted = {
		.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_OOF};
	sample_expect_events(
		ARRAY(MAILBOX(SUCCESS, VIEW("OfTheFuture") EVENTS(
					       EVENT("09:00:00", "10:00:00", "OOF")))),
		&wanted, 1);
	sample_expect_events(ARRAY(MAILBOX(SUCCESS, VIEW("None") EVENTS(EVENT("09:00:00",
							    "10:00:00", "OOF")))),
		&wanted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailboxes_come_in_their_order_with_their_events),
		cmocka_unit_test(details_become_flags),
		cmocka_unit_test(an_event_that_cannot_be_made_out_never_looks_free),
		cmocka_unit_test(every_busy_type_is_told_apart),
		cmocka_unit_test(a_calendar_without_entries_is_free_in_each_of_its_forms),
		cmocka_unit_test(what_is_no_calendar_is_never_free),
		cmocka_unit_test(digits_count_from_the_window_s_start),
		cmocka_unit_test(digits_end_with_the_window),
		cmocka_unit_test(a_window_of_half_a_slot_is_covered),
		cmocka_unit_test(namespaces_count_and_prefixes_do_not),
		cmocka_unit_test(unknown_elements_are_passed_over),
		cmocka_unit_test(entries_count_whatever_the_view_is_called),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
