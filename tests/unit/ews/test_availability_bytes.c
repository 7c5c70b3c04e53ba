#include "ews/operations/availability.h"

#include "availability_samples.h"
#include "ews/limits.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT(text)                                                                \
	ARRAY(MAILBOX(SUCCESS,                                                       \
		VIEW("Detailed") EVENTS(                                             \
			"<t:CalendarEvent><t:StartTime>2026-03-02T09:00:00</"        \
			"t:StartTime>"                                               \
			"<t:EndTime>2026-03-02T10:00:00</t:EndTime><t:BusyType>Busy" \
			"</t:BusyType><t:CalendarEventDetails><t:Subject>" text      \
			"</t:Subject></t:CalendarEventDetails></t:CalendarEvent>")))

static void bytes_that_xml_does_not_allow_are_passed_over(void **state)
{
	(void)state;
	static const struct gateway_event wanted = {
		.start = NINE, .end = NINE + 3600, .busy = GATEWAY_BUSY_BUSY};
	static const char *const texts[] = {
		SUBJECT("a&#x0;b"),
		SUBJECT("&#0;&#11;&#x1F;&#xD800;&#xfffe;&#xFFFFFFFFFFFF;&#1114112;"),
		SUBJECT("\x01\x0b\x1f"),
		SUBJECT("\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xef\xbf\xbe"),
		SUBJECT("\xc3"),
		"\xef\xbb\xbf\xef\xbb\xbf" SUBJECT("x"),
		"\xef\xbb\xbf\n<?xml version='1.0' encoding='utf-8'?>" SUBJECT(
			"\xc3\xa4"),
		"<?xml version='1.0' encoding='utf-16'?>" SUBJECT("\xc3\xa4"),
		"<?xml version='1.0' encoding='klingon'?>" SUBJECT("\xc3\xa4"),
		"<?xml version='1.0' encoding='ISO-8859-1'?>" SUBJECT("\xe4"),
		"<?xml version=\"1.0\" encoding=\"iso-8859-15\"?>" SUBJECT("\xe4\x01"),
		"<?xml version='1.0' encoding='windows-1252'?>" SUBJECT("\x93\xe4&#x0;"),
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		sample_expect_events(texts[i], &wanted, 1);
	sample_expect_kind(SUBJECT("&#x;"), SOAP_BROKEN);
	sample_expect_kind(SUBJECT("&#1"), SOAP_BROKEN);
	sample_expect_kind(SUBJECT("<b>"), SOAP_BROKEN);
}

static void nul_bytes_do_not_end_an_answer(void **state)
{
	(void)state;
	char text[4096] = SUBJECT("x");
	size_t n = strlen(text);
	struct availability answer = sample_read(text, n + 7); // NULs behind it
	assert_int_equal(answer.reading.n_events, 1);
	availability_finish(&answer);
	*strstr(text, ">x<") = '>';
	*(strstr(text, ">x<") + 1) = '\0';
	answer = sample_read(text, n);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n_events, 1);
	availability_finish(&answer);
}

static void utf16_with_its_mark_is_read(void **state)
{
	(void)state;
	const char *text = ARRAY(BUSY);
	size_t n = strlen(text);
	char *wide = calloc(n + 1, 2);
	assert_non_null(wide);
	memcpy(wide, "\xff\xfe", 2);
	for (size_t i = 0; i < n; i++)
		wide[2 + 2 * i] = text[i];
	struct availability answer = sample_read(wide, 2 * n + 2);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n_events, 1);
	availability_finish(&answer);
	free(wide);
}

/* Also with a byte in front that takes the second pass to read. */
static void an_answer_cut_anywhere_is_never_an_answer(void **state)
{
	(void)state;
	static const char *const texts[] = {
		ARRAY(BUSY FREE MAILBOX(
			MESSAGE("Error", "ErrorServerBusy"), VIEW("None"))),
		MERGED("0123"),
		BACK_OFF("5000"),
		"\x01<?xml version='1.0' encoding='utf-8'?>" ARRAY(BUSY FREE),
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t n = strlen(texts[i]);
		for (size_t cut = 0; cut < n; cut++) {
			struct availability answer = sample_read(texts[i], cut);
			assert_int_equal(answer.soap.kind, SOAP_BROKEN);
			assert_int_equal(answer.reading.n, 0);
			assert_int_equal(answer.reading.n_events, 0);
			assert_true(answer.soap.text[0] != '\0');
			availability_finish(&answer);
		}
		struct availability answer = sample_read(texts[i], n);
		assert_int_not_equal(answer.soap.kind, SOAP_BROKEN);
		availability_finish(&answer);
	}
}

/* before, n times the middle, after. */
static struct availability read_repeated(
	const char *before, const char *middle, size_t n, const char *after)
{
	struct buf buf;
	buf_init(&buf, 2 * (size_t)GATEWAY_BODY_MAX);
	buf_puts(&buf, before);
	for (size_t i = 0; i < n; i++)
		buf_puts(&buf, middle);
	buf_puts(&buf, after);
	assert_false(buf.failed);
	struct availability answer = sample_read(buf.data, buf.len);
	buf_finish(&buf);
	return answer;
}

#define ARRAY_OPEN OPEN "<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>"
#define ARRAY_CLOSE "</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>" CLOSE
#define EVENTS_OPEN \
	"<m:FreeBusyResponse><m:FreeBusyView>" VIEW("FreeBusy") "<t:CalendarEventArray>"
#define EVENTS_CLOSE "</t:CalendarEventArray></m:FreeBusyView></m:FreeBusyResponse>"

static void a_mailbox_may_have_a_thousand_events_and_no_more(void **state)
{
	(void)state;
	const char *event = EVENT("09:00:00", "10:00:00", "Busy");
	struct availability answer = read_repeated(ARRAY_OPEN BUSY EVENTS_OPEN, event,
		GATEWAY_ENTRIES_MAX, EVENTS_CLOSE BUSY ARRAY_CLOSE);
	assert_int_equal(answer.reading.n, 3);
	assert_int_equal(answer.reading.n_events, GATEWAY_ENTRIES_MAX + 2);
	assert_int_equal(answer.reading.mailboxes[1].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[1].advice, READING_NO_ADVICE);
	availability_finish(&answer);
	answer = read_repeated(ARRAY_OPEN BUSY EVENTS_OPEN, event,
		GATEWAY_ENTRIES_MAX + 1, EVENTS_CLOSE BUSY ARRAY_CLOSE);
	assert_int_equal(answer.reading.n, 3);
	assert_int_equal(answer.reading.n_events, 2);
	assert_int_equal(answer.reading.mailboxes[1].advice, READING_IN_CHUNKS);
	assert_int_equal(answer.reading.mailboxes[1].fault, GATEWAY_FAULT_MAILBOX);
	assert_int_equal(answer.reading.mailboxes[1].n, 0);
	assert_int_equal(answer.reading.mailboxes[2].n, 1);
	availability_finish(&answer);
}

static void an_answer_may_have_a_hundred_mailboxes_and_no_more(void **state)
{
	(void)state;
	struct availability answer =
		read_repeated(ARRAY_OPEN, BUSY, GATEWAY_BATCH_MAX, ARRAY_CLOSE);
	assert_int_equal(answer.reading.n, GATEWAY_BATCH_MAX);
	assert_int_equal(answer.reading.n_events, GATEWAY_BATCH_MAX);
	availability_finish(&answer);
	answer = read_repeated(ARRAY_OPEN, BUSY, GATEWAY_BATCH_MAX + 1, ARRAY_CLOSE);
	assert_int_equal(answer.soap.kind, SOAP_BROKEN);
	assert_int_equal(answer.reading.n, 0);
	assert_true(answer.soap.begun);
	availability_finish(&answer);
}

static void elements_may_be_nested_to_the_limit(void **state)
{
	(void)state;
	struct buf deep;
	buf_init(&deep, 1 << 16);
	const size_t before = 4; // the elements that ARRAY_OPEN opens
	for (size_t levels = EWS_XML_DEPTH_MAX - before; levels <= EWS_XML_DEPTH_MAX;
		levels++) {
		bool over = levels > EWS_XML_DEPTH_MAX - before;
		buf_reset(&deep);
		for (size_t i = 0; i < levels; i++)
			buf_puts(&deep, "<x>");
		for (size_t i = 0; i < levels; i++)
			buf_puts(&deep, "</x>");
		struct availability answer =
			read_repeated(ARRAY_OPEN, deep.data, 1, ARRAY_CLOSE);
		assert_int_equal(answer.soap.kind, over ? SOAP_BROKEN : SOAP_ANSWER);
		availability_finish(&answer);
	}
	buf_finish(&deep);
}

static void a_text_is_read_up_to_its_limit(void **state)
{
	(void)state;
	struct availability answer = read_repeated(ARRAY_OPEN
		"<m:FreeBusyResponse><m:FreeBusyView>" VIEW(
			"MergedOnly") "<t:MergedFreeBusy>",
		"0", EWS_XML_TEXT_MAX + 1,
		"</t:MergedFreeBusy></m:FreeBusyView></m:FreeBusyResponse>" ARRAY_CLOSE);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.n_events, 0);
	availability_finish(&answer);
	answer = read_repeated(OPEN "<s:Fault><faultcode>", "x", EWS_XML_TEXT_MAX + 1,
		"</faultcode><faultstring>\xc3\xa4</faultstring></s:Fault>" CLOSE);
	assert_int_equal(answer.soap.kind, SOAP_FAULTED);
	assert_int_equal(strlen(answer.soap.code), sizeof answer.soap.code - 1);
	availability_finish(&answer);
}

static void a_body_may_be_as_big_as_its_limit(void **state)
{
	(void)state;
	const char *passed_over = "<x>0123456789</x>";
	size_t frame = strlen(ARRAY_OPEN BUSY ARRAY_CLOSE);
	size_t times = (GATEWAY_BODY_MAX - frame) / strlen(passed_over);
	int rest = (int)((GATEWAY_BODY_MAX - frame) % strlen(passed_over));
	for (int over = 0; over <= 1; over++) {
		char end[1024];
		(void)snprintf(end, sizeof end, BUSY ARRAY_CLOSE "%*s", rest + over, "");
		struct availability answer =
			read_repeated(ARRAY_OPEN, passed_over, times, end);
		assert_int_equal(answer.soap.kind, over ? SOAP_BROKEN : SOAP_ANSWER);
		assert_int_equal(answer.reading.n_events, over ? 0 : 1);
		availability_finish(&answer);
	}
}

static void an_element_with_too_many_attributes_is_refused_at_once(void **state)
{
	(void)state;
	static const unsigned numbers[] = {
		EWS_XML_ATTRIBUTES_MAX, EWS_XML_ATTRIBUTES_MAX + 1, 200000};
	for (size_t i = 0; i < 3; i++) {
		struct buf text;
		struct availability answer;
		buf_init(&text, 8 << 20);
		buf_puts(&text, "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/"
				"envelope/'><s:Body><x");
		for (unsigned n = 0; n < numbers[i]; n++) {
			char attribute[32];
			(void)snprintf(attribute, sizeof(attribute), " a%u='>'", n);
			buf_puts(&text, attribute);
		}
		buf_puts(&text, "/></s:Body></s:Envelope>");
		assert_false(text.failed);
		assert_int_equal(
			availability_read(text.data, text.len, 0, 3600, &answer), 0);
		assert_int_equal(answer.soap.kind, SOAP_BROKEN);
		bool refused = strstr(answer.soap.text, "too many attributes") != NULL;
		assert_int_equal(refused, i > 0);
		availability_finish(&answer);
		buf_finish(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_xml_does_not_allow_are_passed_over),
		cmocka_unit_test(nul_bytes_do_not_end_an_answer),
		cmocka_unit_test(utf16_with_its_mark_is_read),
		cmocka_unit_test(an_answer_cut_anywhere_is_never_an_answer),
		cmocka_unit_test(a_mailbox_may_have_a_thousand_events_and_no_more),
		cmocka_unit_test(an_answer_may_have_a_hundred_mailboxes_and_no_more),
		cmocka_unit_test(elements_may_be_nested_to_the_limit),
		cmocka_unit_test(a_text_is_read_up_to_its_limit),
		cmocka_unit_test(a_body_may_be_as_big_as_its_limit),
		cmocka_unit_test(an_element_with_too_many_attributes_is_refused_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
