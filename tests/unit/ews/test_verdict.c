#include "ews/errand/verdict.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(784111777) // Sun, 06 Nov 1994 08:49:37 GMT

static struct transfer answered(long status)
{
	return (struct transfer){
		.result = TRANSFER_ANSWERED, .status = status, .retry_after_ms = -1};
}

static struct availability fault(const char *code)
{
	struct availability answer = {.soap.kind = SOAP_FAULTED,
		.soap.back_off_ms = -1,
		.soap.text = "in Exchange's words"};
	(void)snprintf(answer.soap.code, sizeof answer.soap.code, "%s", code);
	return answer;
}

static void expect(
	struct verdict verdict, enum verdict_action action, enum gateway_fault fault)
{
	assert_int_equal(verdict.action, action);
	assert_int_equal(verdict.fault, fault);
	assert_true(verdict.text[0] != '\0');
	assert_null(strpbrk(verdict.text, "\r\n\t"));
	assert_int_equal(verdict.back_off_ms > 0, action == VERDICT_BACK_OFF);
}

static void each_broken_transfer_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		enum transfer_result result;
		long status;
		enum verdict_action action;
		enum gateway_fault fault;
	} cases[] = {
		{TRANSFER_TIMEOUT, 0, VERDICT_HALVE, GATEWAY_FAULT_CONNECT},
		{TRANSFER_UNREACHABLE, 0, VERDICT_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_TLS, 0, VERDICT_STOP, GATEWAY_FAULT_TLS},
		{TRANSFER_CUT, 200, VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{TRANSFER_TOO_BIG, 200, VERDICT_HALVE, GATEWAY_FAULT_ANSWER},
		{TRANSFER_PROXY, 407, VERDICT_DENIED, GATEWAY_FAULT_AUTH},
		{TRANSFER_PROXY, 401, VERDICT_DENIED, GATEWAY_FAULT_AUTH},
		{TRANSFER_OURS, 0, VERDICT_STOP, GATEWAY_FAULT_TLS},
		{TRANSFER_PROXY, 503, VERDICT_RETRY, GATEWAY_FAULT_CONNECT},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = {.result = cases[i].result,
			.status = cases[i].status,
			.retry_after_ms = -1,
			.detail = "two\r\nlines"};
		expect(verdict_of_availability(&transfer, NULL, 5), cases[i].action,
			cases[i].fault);
	}
}

static void each_status_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		long status;
		enum verdict_action action;
		enum gateway_fault fault;
	} cases[] = {
		{0, VERDICT_RETRY, GATEWAY_FAULT_ANSWER},
		{100, VERDICT_RETRY, GATEWAY_FAULT_ANSWER},
		{200, VERDICT_RETRY, GATEWAY_FAULT_ANSWER},
		{301, VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{400, VERDICT_STOP, GATEWAY_FAULT_REQUEST},
		{401, VERDICT_DENIED, GATEWAY_FAULT_AUTH},
		{403, VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{404, VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{405, VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{407, VERDICT_STOP, GATEWAY_FAULT_REQUEST},
		{408, VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{413, VERDICT_HALVE, GATEWAY_FAULT_REQUEST},
		{414, VERDICT_HALVE, GATEWAY_FAULT_REQUEST},
		{429, VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{440, VERDICT_DENIED, GATEWAY_FAULT_AUTH},
		{449, VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{456, VERDICT_DENIED, GATEWAY_FAULT_AUTH},
		{500, VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{502, VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{503, VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{504, VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = answered(cases[i].status);
		expect(verdict_of_availability(&transfer, NULL, 5), cases[i].action,
			cases[i].fault);
	}
}

static void each_class_of_fault_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum verdict_action action;
		enum gateway_fault fault;
	} cases[] = {
		{"ErrorServerBusy", VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{"ErrorInternalServerError", VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{"ErrorWrongServerVersion", VERDICT_STOP, GATEWAY_FAULT_CONFIG},
		{"ErrorInvalidSmtpAddress", VERDICT_HALVE, GATEWAY_FAULT_MAILBOX},
		{"ErrorAccessDenied", VERDICT_STOP, GATEWAY_FAULT_AUTHZ},
		{"ErrorMailboxDataArrayTooBig", VERDICT_HALVE, GATEWAY_FAULT_REQUEST},
		{"ErrorTimeIntervalTooBig", VERDICT_STOP, GATEWAY_FAULT_REQUEST},
		{"ErrorSchemaValidation", VERDICT_STOP, GATEWAY_FAULT_REQUEST},
		{"ErrorOfTheFuture", VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
		{"ErrorExpiredSubscription", VERDICT_RETRY, GATEWAY_FAULT_ANSWER},
		{"NoError", VERDICT_RETRY, GATEWAY_FAULT_ANSWER},
		{"", VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT},
	};
	static const long statuses[] = {200, 400, 500, 503};
	for (size_t i = 0; i < sizeof cases / sizeof *cases * 4; i++) {
		struct availability answer = fault(cases[i / 4].code);
		struct transfer transfer = answered(statuses[i % 4]);
		struct verdict verdict = verdict_of_availability(&transfer, &answer, 5);
		expect(verdict, cases[i / 4].action, cases[i / 4].fault);
		assert_string_equal(verdict.code, cases[i / 4].code);
		assert_non_null(strstr(verdict.text, "in Exchange's words"));
	}
}

static void a_denied_log_on_is_no_matter_of_its_body(void **state)
{
	(void)state;
	struct availability answer = fault("ErrorServerBusy");
	struct transfer transfer = answered(401);
	expect(verdict_of_availability(&transfer, &answer, 5), VERDICT_DENIED,
		GATEWAY_FAULT_AUTH);
}

static int64_t back_off(int64_t in_body, int64_t in_header)
{
	struct availability answer = fault("ErrorServerBusy");
	struct transfer transfer = answered(503);
	answer.soap.back_off_ms = in_body;
	transfer.retry_after_ms = in_header;
	return verdict_of_availability(&transfer, &answer, 5).back_off_ms;
}

static void a_back_off_lasts_a_second_to_an_hour(void **state)
{
	(void)state;
	assert_int_equal(back_off(-1, -1), 60000);
	assert_int_equal(back_off(0, -1), 1000);
	assert_int_equal(back_off(-1, 0), 1000);
	assert_int_equal(back_off(999, -1), 1000);
	assert_int_equal(back_off(297749, -1), 297749);
	assert_int_equal(back_off(5000, 17000), 17000);
	assert_int_equal(back_off(17000, 5000), 17000);
	assert_int_equal(back_off(3600001, -1), 3600000);
	assert_int_equal(back_off(INT64_MAX, INT64_MAX), 3600000);
}

static void pages_are_a_matter_of_configuration(void **state)
{
	(void)state;
	struct availability page = {.soap.kind = SOAP_HTML, .soap.text = "Outlook"};
	struct availability broken = {.soap.kind = SOAP_BROKEN, .soap.text = "no XML"};
	struct transfer transfer = answered(200);
	struct verdict verdict = verdict_of_availability(&transfer, &page, 5);
	expect(verdict, VERDICT_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(verdict.text, "Outlook"));
	transfer.html = true;
	expect(verdict_of_availability(&transfer, &broken, 5), VERDICT_STOP,
		GATEWAY_FAULT_CONFIG);
	transfer = answered(500);
	expect(verdict_of_availability(&transfer, &page, 5), VERDICT_RETRY,
		GATEWAY_FAULT_TRANSIENT);
}

static void redirects_are_told_apart_by_where_they_lead(void **state)
{
	(void)state;
	struct transfer transfer = answered(302);
	struct verdict verdict = verdict_of_availability(&transfer, NULL, 5);
	expect(verdict, VERDICT_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(verdict.text, "no usable URL"));
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"https://mail.example.com/owa/auth/logon.aspx?url=secret");
	verdict = verdict_of_availability(&transfer, NULL, 5);
	expect(verdict, VERDICT_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(verdict.text, "log-on page"));
	assert_null(strstr(verdict.text, "secret"));
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx");
	expect(verdict_of_availability(&transfer, NULL, 5), VERDICT_RETRY,
		GATEWAY_FAULT_TRANSIENT);
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"http://mail.example.com/EWS/Exchange.asmx");
	verdict = verdict_of_availability(&transfer, NULL, 5);
	expect(verdict, VERDICT_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(
		strstr(verdict.text, "http://mail.example.com/EWS/Exchange.asmx"));
}

static void an_answer_for_another_number_of_mailboxes_is_discarded(void **state)
{
	(void)state;
	struct availability_mailbox mailboxes[3] = {{.fault = GATEWAY_FAULT_NONE}};
	struct availability answer = {
		.soap.kind = SOAP_ANSWER, .mailboxes = mailboxes, .soap.back_off_ms = -1};
	struct transfer transfer = answered(200);
	for (size_t n = 0; n <= 3; n++) {
		answer.n = n;
		struct verdict verdict = verdict_of_availability(&transfer, &answer, 2);
		if (n == 2)
			expect(verdict, VERDICT_USE, GATEWAY_FAULT_NONE);
		else
			expect(verdict, VERDICT_HALVE, GATEWAY_FAULT_ANSWER);
	}
}

static void only_a_throttle_of_all_mailboxes_holds_the_identity(void **state)
{
	(void)state;
	struct availability_mailbox mailboxes[2] = {
		{.fault = GATEWAY_FAULT_THROTTLE, .code = "ErrorServerBusy"},
		{.fault = GATEWAY_FAULT_NONE}};
	struct availability answer = {.soap.kind = SOAP_ANSWER,
		.mailboxes = mailboxes,
		.n = 2,
		.soap.back_off_ms = 7000};
	struct transfer transfer = answered(200);
	expect(verdict_of_availability(&transfer, &answer, 2), VERDICT_USE,
		GATEWAY_FAULT_NONE);
	mailboxes[1].fault = GATEWAY_FAULT_THROTTLE;
	struct verdict verdict = verdict_of_availability(&transfer, &answer, 2);
	expect(verdict, VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE);
	assert_string_equal(verdict.code, "ErrorServerBusy");
	assert_int_equal(verdict.back_off_ms, 7000);
}

static void a_broken_answer_is_halved_only_once_calendars_had_begun(void **state)
{
	(void)state;
	struct availability answer = {.soap.kind = SOAP_BROKEN, .soap.text = "no XML"};
	struct transfer transfer = answered(200);
	expect(verdict_of_availability(&transfer, &answer, 2), VERDICT_RETRY,
		GATEWAY_FAULT_ANSWER);
	answer.soap.begun = true;
	expect(verdict_of_availability(&transfer, &answer, 2), VERDICT_HALVE,
		GATEWAY_FAULT_ANSWER);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int64_t wait_ms;
	} cases[] = {
		{"0", 0},
		{"17", 17000},
		{" 120\r\n", 120000},
		{"3600", 3600000},
		{"3601", 3600000},
		{"99999999999999999999999", 3600000},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 0},
		{"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
		{"Sunday, 06-Nov-94 08:50:37 GMT", 60000},
		{"Sun Nov  6 08:49:38 1994", 1000},
		{"Sat, 05 Nov 1994 08:49:37 GMT", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 3600000},
		{"", -1},
		{" ", -1},
		{"-1", -1},
		{"1.5", -1},
		{"soon", -1},
		{"17 s", -1},
		{"+5", -1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t wait_ms = verdict_retry_after_ms(cases[i].value, NOW);
		if (wait_ms != cases[i].wait_ms)
			fail_msg("\"%s\": %lld", cases[i].value, (long long)wait_ms);
	}
}

static void a_refused_log_on_is_told_by_how_far_it_got(void **state)
{
	(void)state;
	static const struct {
		enum transfer_log_on log_on;
		bool done;
		const char *detail;
		enum verdict_action action;
		enum gateway_fault fault;
		const char *word;
	} cases[] = {
		{LOG_ON_BASIC, false, "", VERDICT_DENIED, GATEWAY_FAULT_AUTH, "password"},
		{LOG_ON_NTLM, false, "", VERDICT_DENIED, GATEWAY_FAULT_AUTH, "NTLM"},
		{LOG_ON_NTLM, true, "", VERDICT_DENIED, GATEWAY_FAULT_AUTH,
			"use basic or oauth2, or set it to Allow for EWS"},
		{LOG_ON_NEGOTIATE, true, "", VERDICT_DENIED, GATEWAY_FAULT_AUTH,
			"use basic or oauth2, or set it to Allow for EWS"},
		{LOG_ON_NEGOTIATE, false, "Clock skew too great", VERDICT_DENIED,
			GATEWAY_FAULT_AUTH, "Clock skew too great"},
		{LOG_ON_NEGOTIATE, false, "Cannot contact any KDC for realm 'A'",
			VERDICT_RETRY, GATEWAY_FAULT_CONNECT, "KDC"},
		{LOG_ON_TOKEN, false, "", VERDICT_DENIED, GATEWAY_FAULT_AUTH,
			"invalid_resource"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = 401,
			.retry_after_ms = -1,
			.log_on = cases[i].log_on,
			.handshake_done = cases[i].done,
			.diagnostics = "2000006;error_category=\"invalid_resource\""};
		(void)snprintf(
			transfer.detail, sizeof transfer.detail, "%s", cases[i].detail);
		struct verdict verdict = verdict_of_availability(&transfer, NULL, 5);
		expect(verdict, cases[i].action, cases[i].fault);
		assert_non_null(strstr(verdict.text, cases[i].word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_transfer_has_its_verdict),
		cmocka_unit_test(each_status_has_its_verdict),
		cmocka_unit_test(each_class_of_fault_has_its_verdict),
		cmocka_unit_test(a_denied_log_on_is_no_matter_of_its_body),
		cmocka_unit_test(a_back_off_lasts_a_second_to_an_hour),
		cmocka_unit_test(pages_are_a_matter_of_configuration),
		cmocka_unit_test(redirects_are_told_apart_by_where_they_lead),
		cmocka_unit_test(an_answer_for_another_number_of_mailboxes_is_discarded),
		cmocka_unit_test(only_a_throttle_of_all_mailboxes_holds_the_identity),
		cmocka_unit_test(a_broken_answer_is_halved_only_once_calendars_had_begun),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(a_refused_log_on_is_told_by_how_far_it_got),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
