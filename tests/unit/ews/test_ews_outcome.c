#include "ews/operations/ews_outcome.h"

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
	struct outcome outcome, enum outcome_class class, enum gateway_fault fault)
{
	assert_int_equal(outcome.class, class);
	assert_int_equal(outcome.fault, fault);
	assert_true(outcome.text[0] != '\0');
	assert_null(strpbrk(outcome.text, "\r\n\t"));
	assert_int_equal(outcome.back_off_ms > 0, class == OUTCOME_BACK_OFF);
}

static void each_broken_transfer_has_its_outcome(void **state)
{
	(void)state;
	static const struct {
		enum transfer_result result;
		long status;
		enum outcome_class class;
		enum gateway_fault fault;
	} cases[] = {
		{TRANSFER_TIMEOUT, 0, OUTCOME_BISECT, GATEWAY_FAULT_CONNECT},
		{TRANSFER_UNREACHABLE, 0, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_TLS, 0, OUTCOME_STOP, GATEWAY_FAULT_TLS},
		{TRANSFER_CUT, 200, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{TRANSFER_TOO_BIG, 200, OUTCOME_BISECT, GATEWAY_FAULT_ANSWER},
		{TRANSFER_PROXY, 407, OUTCOME_DENIED, GATEWAY_FAULT_AUTH},
		{TRANSFER_PROXY, 401, OUTCOME_DENIED, GATEWAY_FAULT_AUTH},
		{TRANSFER_OURS, 0, OUTCOME_STOP, GATEWAY_FAULT_TLS},
		{TRANSFER_PROXY, 503, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = {.result = cases[i].result,
			.status = cases[i].status,
			.retry_after_ms = -1,
			.detail = "two\r\nlines"};
		expect(ews_outcome_of_availability(
			       &transfer, NULL, &(struct ews_batch){.n = 5}),
			cases[i].class, cases[i].fault);
	}
}

static void each_status_has_its_outcome(void **state)
{
	(void)state;
	static const struct {
		long status;
		enum outcome_class class;
		enum gateway_fault fault;
	} cases[] = {
		{0, OUTCOME_RETRY, GATEWAY_FAULT_ANSWER},
		{100, OUTCOME_RETRY, GATEWAY_FAULT_ANSWER},
		{200, OUTCOME_RETRY, GATEWAY_FAULT_ANSWER},
		{301, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
		{400, OUTCOME_STOP, GATEWAY_FAULT_REQUEST},
		{401, OUTCOME_DENIED, GATEWAY_FAULT_AUTH},
		{403, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
		{404, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
		{405, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
		{407, OUTCOME_STOP, GATEWAY_FAULT_REQUEST},
		{408, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{413, OUTCOME_BISECT, GATEWAY_FAULT_REQUEST},
		{414, OUTCOME_BISECT, GATEWAY_FAULT_REQUEST},
		{429, OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{440, OUTCOME_DENIED, GATEWAY_FAULT_AUTH},
		{449, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
		{456, OUTCOME_DENIED, GATEWAY_FAULT_AUTH},
		{500, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{502, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{503, OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{504, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = answered(cases[i].status);
		expect(ews_outcome_of_availability(
			       &transfer, NULL, &(struct ews_batch){.n = 5}),
			cases[i].class, cases[i].fault);
	}
}

static void each_class_of_fault_has_its_outcome(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum outcome_class class;
		enum gateway_fault fault;
	} cases[] = {
		{"ErrorServerBusy", OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE},
		{"ErrorInternalServerError", OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{"ErrorWrongServerVersion", OUTCOME_BISECT, GATEWAY_FAULT_CONFIG},
		{"ErrorInvalidSmtpAddress", OUTCOME_BISECT, GATEWAY_FAULT_MAILBOX},
		{"ErrorAccessDenied", OUTCOME_STOP, GATEWAY_FAULT_AUTHZ},
		{"ErrorMailboxDataArrayTooBig", OUTCOME_BISECT, GATEWAY_FAULT_REQUEST},
		{"ErrorTimeIntervalTooBig", OUTCOME_STOP, GATEWAY_FAULT_REQUEST},
		{"ErrorSchemaValidation", OUTCOME_STOP, GATEWAY_FAULT_REQUEST},
		{"ErrorOfTheFuture", OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
		{"ErrorExpiredSubscription", OUTCOME_RETRY, GATEWAY_FAULT_ANSWER},
		{"NoError", OUTCOME_RETRY, GATEWAY_FAULT_ANSWER},
		{"", OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT},
	};
	static const long statuses[] = {200, 400, 500, 503};
	for (size_t i = 0; i < sizeof cases / sizeof *cases * 4; i++) {
		struct availability answer = fault(cases[i / 4].code);
		struct transfer transfer = answered(statuses[i % 4]);
		struct outcome outcome = ews_outcome_of_availability(
			&transfer, &answer, &(struct ews_batch){.n = 5});
		expect(outcome, cases[i / 4].class, cases[i / 4].fault);
		assert_string_equal(outcome.code, cases[i / 4].code);
		assert_non_null(strstr(outcome.text, "in Exchange's words"));
	}
}

static void a_denied_log_on_is_no_matter_of_its_body(void **state)
{
	(void)state;
	struct availability answer = fault("ErrorServerBusy");
	struct transfer transfer = answered(401);
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 5}),
		OUTCOME_DENIED, GATEWAY_FAULT_AUTH);
}

static int64_t back_off(int64_t in_body, int64_t in_header)
{
	struct availability answer = fault("ErrorServerBusy");
	struct transfer transfer = answered(503);
	answer.soap.back_off_ms = in_body;
	transfer.retry_after_ms = in_header;
	return ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 5})
		.back_off_ms;
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
	struct outcome outcome = ews_outcome_of_availability(
		&transfer, &page, &(struct ews_batch){.n = 5});
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(outcome.text, "Outlook"));
	transfer.html = true;
	expect(ews_outcome_of_availability(
		       &transfer, &broken, &(struct ews_batch){.n = 5}),
		OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	transfer = answered(500);
	expect(ews_outcome_of_availability(&transfer, &page, &(struct ews_batch){.n = 5}),
		OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
}

static void redirects_are_told_apart_by_where_they_lead(void **state)
{
	(void)state;
	struct transfer transfer = answered(302);
	struct outcome outcome =
		ews_outcome_of_availability(&transfer, NULL, &(struct ews_batch){.n = 5});
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(outcome.text, "no usable URL"));
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"https://mail.example.com/owa/auth/logon.aspx?url=secret");
	outcome =
		ews_outcome_of_availability(&transfer, NULL, &(struct ews_batch){.n = 5});
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(strstr(outcome.text, "log-on page"));
	assert_null(strstr(outcome.text, "secret"));
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx");
	expect(ews_outcome_of_availability(&transfer, NULL, &(struct ews_batch){.n = 5}),
		OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
	(void)snprintf(transfer.location, sizeof transfer.location, "%s",
		"http://mail.example.com/EWS/Exchange.asmx");
	outcome =
		ews_outcome_of_availability(&transfer, NULL, &(struct ews_batch){.n = 5});
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_non_null(
		strstr(outcome.text, "http://mail.example.com/EWS/Exchange.asmx"));
}

static void an_answer_for_another_number_of_mailboxes_is_discarded(void **state)
{
	(void)state;
	struct mailbox_reading mailboxes[3] = {{.fault = GATEWAY_FAULT_NONE}};
	struct availability answer = {.soap.kind = SOAP_ANSWER,
		.reading.mailboxes = mailboxes,
		.soap.back_off_ms = -1};
	struct transfer transfer = answered(200);
	for (size_t n = 0; n <= 3; n++) {
		answer.reading.n = n;
		struct outcome outcome = ews_outcome_of_availability(
			&transfer, &answer, &(struct ews_batch){.n = 2});
		if (n == 2)
			expect(outcome, OUTCOME_USE, GATEWAY_FAULT_NONE);
		else
			expect(outcome, OUTCOME_BISECT, GATEWAY_FAULT_ANSWER);
	}
}

static void only_a_throttle_of_all_mailboxes_holds_the_account(void **state)
{
	(void)state;
	struct mailbox_reading mailboxes[2] = {
		{.fault = GATEWAY_FAULT_THROTTLE, .code = "ErrorServerBusy"},
		{.fault = GATEWAY_FAULT_NONE}};
	struct availability answer = {.soap.kind = SOAP_ANSWER,
		.reading.mailboxes = mailboxes,
		.reading.n = 2,
		.soap.back_off_ms = 7000};
	struct transfer transfer = answered(200);
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 2}),
		OUTCOME_USE, GATEWAY_FAULT_NONE);
	mailboxes[1].fault = GATEWAY_FAULT_THROTTLE;
	struct outcome outcome = ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 2});
	expect(outcome, OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE);
	assert_string_equal(outcome.code, "ErrorServerBusy");
	assert_int_equal(outcome.back_off_ms, 7000);
	/* Those of one busy server meet again when they have failed. */
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 2, .failing = true}),
		OUTCOME_USE, GATEWAY_FAULT_NONE);
}

static void a_broken_answer_is_halved_only_once_calendars_had_begun(void **state)
{
	(void)state;
	struct availability answer = {.soap.kind = SOAP_BROKEN, .soap.text = "no XML"};
	struct transfer transfer = answered(200);
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 2}),
		OUTCOME_RETRY, GATEWAY_FAULT_ANSWER);
	answer.soap.begun = true;
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 2}),
		OUTCOME_BISECT, GATEWAY_FAULT_ANSWER);
}

static void the_error_of_a_mailbox_says_how_it_is_better_asked(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum gateway_fault fault;
		bool items;
		enum reading_advice advice;
		bool elsewhere;
		bool late;
	} cases[] = {
		{"ErrorMailRecipientNotFound", GATEWAY_FAULT_MAILBOX, false,
			READING_NO_ADVICE, true, false},
		{"ErrorTimeoutExpired", GATEWAY_FAULT_TRANSIENT, false, READING_NO_ADVICE,
			false, true},
		{"ErrorResultSetTooBig", GATEWAY_FAULT_MAILBOX, true, READING_IN_CHUNKS,
			false, false},
		{"ErrorLegacyMailboxFreeBusyViewTypeNotMerged", GATEWAY_FAULT_MAILBOX,
			false, READING_BY_DIGITS, false, false},
		{"ErrorInvalidFreeBusyViewType", GATEWAY_FAULT_REQUEST, false,
			READING_BY_DIGITS, false, false},
		{"ErrorInvalidSchemaVersionForMailboxVersion", GATEWAY_FAULT_REQUEST,
			false, READING_IN_VERSION, false, false},
		{"ErrorAccessDenied", GATEWAY_FAULT_AUTHZ, true, READING_FREE_BUSY, false,
			false},
		{"ErrorAccessDenied", GATEWAY_FAULT_AUTHZ, false, READING_NO_ADVICE,
			false, false},
		{"ErrorInternalServerError", GATEWAY_FAULT_TRANSIENT, true,
			READING_NO_ADVICE, false, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mailbox_reading mailbox = {.fault = cases[i].fault};
		(void)snprintf(mailbox.code, sizeof mailbox.code, "%s", cases[i].code);
		ews_judge_mailbox(&mailbox, "Exchange2013", cases[i].items);
		assert_int_equal(mailbox.advice, cases[i].advice);
		assert_int_equal(mailbox.elsewhere, cases[i].elsewhere);
		assert_int_equal(mailbox.late, cases[i].late);
	}
}

static void an_older_mailbox_is_asked_in_its_version(void **state)
{
	(void)state;
	struct mailbox_reading mailbox = {.fault = GATEWAY_FAULT_REQUEST,
		.code = "ErrorInvalidSchemaVersionForMailboxVersion"};
	ews_judge_mailbox(&mailbox, "Exchange2013", false);
	assert_string_equal(mailbox.version, "Exchange2010_SP2");
	ews_judge_mailbox(&mailbox, "Exchange2007_SP1", false);
	assert_int_equal(mailbox.advice, READING_NO_ADVICE);
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
		{"Sun, 06 Nov 1994 08:49:37 GMT", 60000},
		{"Sun, 06 Nov 1994 08:51:47 GMT", 130000},
		{"Sunday, 06-Nov-94 08:50:37 GMT", 60000},
		{"Sun Nov  6 08:50:38 1994", 61000},
		{"Sat, 05 Nov 1994 08:49:37 GMT", 60000},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 3600000},
		{"", -1},
		{" ", -1},
		{"-1", -1},
		{"1.", 2000},
		{"2.128", 3000},
		{"0.5", 1000},
		{"3599.9", 3600000},
		{"9999.9", 3600000},
		{".5", -1},
		{"1.5 s", -1},
		{"1.2.3", -1},
		{"soon", -1},
		{"17 s", -1},
		{"+5", -1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t wait_ms = outcome_retry_after_ms(cases[i].value, NOW);
		if (wait_ms != cases[i].wait_ms)
			fail_msg("\"%s\": %lld", cases[i].value, (long long)wait_ms);
	}
}

static void a_refused_log_on_is_told_by_how_far_it_got(void **state)
{
	(void)state;
	static const struct {
		enum auth_method auth;
		bool done;
		const char *detail;
		enum outcome_class class;
		enum gateway_fault fault;
		const char *word;
	} cases[] = {
		{AUTH_BASIC, false, "", OUTCOME_DENIED, GATEWAY_FAULT_AUTH, "password"},
		{AUTH_NTLM, false, "", OUTCOME_DENIED, GATEWAY_FAULT_AUTH, "NTLM"},
		{AUTH_NTLM, true, "", OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"use basic or oauth2, or set it to Allow for EWS"},
		{AUTH_NEGOTIATE, true, "", OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"use basic or oauth2, or set it to Allow for EWS"},
		{AUTH_NEGOTIATE, false, "Clock skew too great", OUTCOME_DENIED,
			GATEWAY_FAULT_AUTH, "Clock skew too great"},
		{AUTH_NEGOTIATE, false, "Cannot contact any KDC for realm 'A'",
			OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "KDC"},
		{AUTH_TOKEN, false, "", OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"invalid_resource"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = 401,
			.retry_after_ms = -1,
			.auth = cases[i].auth,
			.handshake_done = cases[i].done,
			.diagnostics = "2000006;error_category=\"invalid_resource\""};
		(void)snprintf(
			transfer.detail, sizeof transfer.detail, "%s", cases[i].detail);
		struct outcome outcome = ews_outcome_of_availability(
			&transfer, NULL, &(struct ews_batch){.n = 5});
		expect(outcome, cases[i].class, cases[i].fault);
		assert_non_null(strstr(outcome.text, cases[i].word));
	}
}

static void what_is_said_of_a_mailbox_is_about_that_one(void **state)
{
	(void)state;
	static const struct {
		const char *code;
		enum outcome_scope of_account; // where the account asks for itself
		enum outcome_scope of_mailbox; // in the name of a mailbox
		enum outcome_scope of_batch;   // for several, in the name of a mailbox
	} cases[] = {
		{"ErrorServerBusy", SCOPE_ACCOUNT, SCOPE_MAILBOX, SCOPE_MAILBOX},
		{"ErrorAccessDenied", SCOPE_GATEWAY, SCOPE_MAILBOX, SCOPE_BATCH},
		{"ErrorInternalServerError", SCOPE_BATCH, SCOPE_MAILBOX, SCOPE_BATCH},
		{"ErrorWrongServerVersion", SCOPE_GATEWAY, SCOPE_MAILBOX, SCOPE_BATCH},
		{"ErrorMailboxDataArrayTooBig", SCOPE_BATCH, SCOPE_MAILBOX, SCOPE_NONE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct availability answer = fault(cases[i].code);
		struct transfer transfer = answered(500);
		const struct ews_batch batch = {
			.n = 5, .of_mailbox = true, .anchored = true};
		assert_int_equal(ews_outcome_of(&transfer, &answer.soap, false).scope,
			cases[i].of_account);
		assert_int_equal(ews_outcome_of(&transfer, &answer.soap, true).scope,
			cases[i].of_mailbox);
		assert_int_equal(
			ews_outcome_of_availability(&transfer, &answer, &batch).scope,
			cases[i].of_batch);
	}
	struct transfer refused = answered(401);
	assert_int_equal(ews_outcome_of(&refused, NULL, true).scope, SCOPE_ACCOUNT);
	struct transfer gone = {.result = TRANSFER_UNREACHABLE, .retry_after_ms = -1};
	assert_int_equal(ews_outcome_of(&gone, NULL, true).scope, SCOPE_GATEWAY);
}

static void a_throttle_of_the_only_mailbox_is_its_own(void **state)
{
	(void)state;
	struct mailbox_reading mailbox = {
		.fault = GATEWAY_FAULT_THROTTLE, .code = "ErrorServerBusy"};
	struct availability answer = {.soap.kind = SOAP_ANSWER,
		.reading.mailboxes = &mailbox,
		.reading.n = 1,
		.soap.back_off_ms = -1};
	struct transfer transfer = answered(200);
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 1}),
		OUTCOME_USE, GATEWAY_FAULT_NONE);
}

/* EWS may be off for that mailbox alone. */
static void a_403_in_the_name_of_a_mailbox_is_about_that_one(void **state)
{
	(void)state;
	struct transfer transfer = answered(403);
	struct availability fault = {.soap.kind = SOAP_FAULTED,
		.soap.code = "ErrorAccessDenied",
		.soap.back_off_ms = -1};
	struct outcome outcome = ews_outcome_of_items(&transfer, NULL, false);
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_int_equal(outcome.scope, SCOPE_MAILBOX);
	assert_string_equal(outcome.code, "HTTP 403");
	for (int i = 0; i < 2; i++) {
		outcome = ews_outcome_of_availability(&transfer, i > 0 ? &fault : NULL,
			&(struct ews_batch){
				.n = 5, .of_mailbox = true, .anchored = true});
		assert_int_equal(outcome.scope, SCOPE_MAILBOX);
		assert_non_null(strstr(outcome.text, "Set-CASMailbox"));
		outcome = ews_outcome_of_availability(
			&transfer, i > 0 ? &fault : NULL, &(struct ews_batch){.n = 5});
		expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
		assert_int_equal(outcome.scope, SCOPE_GATEWAY);
	}
}

static void a_good_token_that_is_refused_is_told_by_microsofts_names(void **state)
{
	(void)state;
	struct transfer transfer = answered(403);
	transfer.auth = AUTH_TOKEN;
	memset(transfer.diagnostics, 'x', sizeof transfer.diagnostics - 1);
	struct outcome outcome = ews_outcome_of(&transfer, NULL, false);
	expect(outcome, OUTCOME_STOP, GATEWAY_FAULT_CONFIG);
	assert_int_equal(outcome.scope, SCOPE_GATEWAY);
	assert_non_null(strstr(outcome.text, "EwsAllowedAppIDs"));
	assert_non_null(strstr(outcome.text, "EwsAllowList"));
	assert_non_null(strstr(outcome.text, "24 hours"));
}

static void a_mailbox_that_the_cloud_refuses_is_asked_for_elsewhere(void **state)
{
	(void)state;
	struct mailbox_reading refused = {.fault = GATEWAY_FAULT_TRANSIENT,
		.code = "ErrorProxyRequestProcessingFailed",
		.text = "The request failed with HTTP status 401: Unauthorized."};
	ews_judge_mailbox(&refused, "Exchange2013", false);
	assert_true(refused.elsewhere);
	assert_int_equal(refused.fault, GATEWAY_FAULT_AUTHZ);
	assert_non_null(strstr(refused.text, "dedicated Exchange hybrid application"));
	assert_non_null(strstr(refused.text, "401"));
	struct mailbox_reading late = {.fault = GATEWAY_FAULT_TRANSIENT,
		.code = "ErrorProxyRequestProcessingFailed",
		.text = "The operation has timed out"};
	ews_judge_mailbox(&late, "Exchange2013", false);
	assert_false(late.elsewhere);
	struct mailbox_reading unknown = {
		.fault = GATEWAY_FAULT_MAILBOX, .code = "ErrorCannotFindUser"};
	ews_judge_mailbox(&unknown, "Exchange2013", false);
	assert_true(unknown.elsewhere);
}

static bool is_spent(int64_t in_body, int64_t in_header)
{
	struct availability answer = fault("ErrorServerBusy");
	struct transfer transfer = answered(503);
	answer.soap.back_off_ms = in_body;
	transfer.retry_after_ms = in_header;
	return ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 5})
		.spent;
}

static void a_budget_is_spent_where_exchange_says_until_when(void **state)
{
	(void)state;
	assert_true(is_spent(297749, -1));
	assert_true(is_spent(-1, 17000));
	assert_false(is_spent(-1, -1));
	assert_false(is_spent(0, -1)); // too many at once: "backoff time 0 ms"
}

static void what_is_too_big_for_many_is_a_failure_of_one(void **state)
{
	(void)state;
	struct availability answer = fault("ErrorMailboxDataArrayTooBig");
	struct transfer transfer = answered(500);
	assert_true(ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 2})
			    .too_big);
	assert_false(ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 1})
			     .too_big);
	assert_false(ews_outcome_of(&transfer, &answer.soap, false).too_big);
	struct transfer refused = answered(413);
	assert_true(
		ews_outcome_of_availability(&refused, NULL, &(struct ews_batch){.n = 2})
			.too_big);
	struct transfer late = {.result = TRANSFER_TIMEOUT, .retry_after_ms = -1};
	assert_false(ews_outcome_of_availability(&late, NULL, &(struct ews_batch){.n = 2})
			     .too_big);
	answer = fault("ErrorTimeoutExpired");
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 2}),
		OUTCOME_BISECT, GATEWAY_FAULT_TRANSIENT);
}

static void a_refused_version_asks_for_a_lower_one(void **state)
{
	(void)state;
	struct transfer transfer = answered(500);
	struct availability answer = fault("ErrorInvalidServerVersion");
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 5}),
		OUTCOME_AGAIN, GATEWAY_FAULT_REQUEST);
	expect(ews_outcome_of(&transfer, &answer.soap, false), OUTCOME_AGAIN,
		GATEWAY_FAULT_REQUEST);
	/* Of a mailbox that somebody speaks for, it is only that mailbox. */
	answer = fault("ErrorInvalidSchemaVersionForMailboxVersion");
	expect(ews_outcome_of_availability(
		       &transfer, &answer, &(struct ews_batch){.n = 5}),
		OUTCOME_AGAIN, GATEWAY_FAULT_REQUEST);
	expect(ews_outcome_of(&transfer, &answer.soap, false), OUTCOME_STOP,
		GATEWAY_FAULT_REQUEST);
	struct soap_message message = {.class = SOAP_ERROR, .back_off_ms = -1};
	(void)snprintf(message.code, sizeof message.code, "ErrorInvalidServerVersion");
	assert_int_equal(ews_outcome_of_message(&message, false).class, OUTCOME_STOP);
}

static void too_many_at_once_wait_for_their_own_end(void **state)
{
	(void)state;
	struct availability answer = fault("ErrorExceededConnectionCount");
	struct transfer transfer = answered(500);
	struct outcome outcome = ews_outcome_of_availability(
		&transfer, &answer, &(struct ews_batch){.n = 5});
	expect(outcome, OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE);
	assert_int_equal(outcome.back_off_ms, 5000);
	assert_false(outcome.spent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_transfer_has_its_outcome),
		cmocka_unit_test(each_status_has_its_outcome),
		cmocka_unit_test(each_class_of_fault_has_its_outcome),
		cmocka_unit_test(a_denied_log_on_is_no_matter_of_its_body),
		cmocka_unit_test(a_back_off_lasts_a_second_to_an_hour),
		cmocka_unit_test(pages_are_a_matter_of_configuration),
		cmocka_unit_test(redirects_are_told_apart_by_where_they_lead),
		cmocka_unit_test(an_answer_for_another_number_of_mailboxes_is_discarded),
		cmocka_unit_test(only_a_throttle_of_all_mailboxes_holds_the_account),
		cmocka_unit_test(a_broken_answer_is_halved_only_once_calendars_had_begun),
		cmocka_unit_test(the_error_of_a_mailbox_says_how_it_is_better_asked),
		cmocka_unit_test(an_older_mailbox_is_asked_in_its_version),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(a_refused_log_on_is_told_by_how_far_it_got),
		cmocka_unit_test(what_is_said_of_a_mailbox_is_about_that_one),
		cmocka_unit_test(a_throttle_of_the_only_mailbox_is_its_own),
		cmocka_unit_test(a_403_in_the_name_of_a_mailbox_is_about_that_one),
		cmocka_unit_test(
			a_good_token_that_is_refused_is_told_by_microsofts_names),
		cmocka_unit_test(a_mailbox_that_the_cloud_refuses_is_asked_for_elsewhere),
		cmocka_unit_test(a_budget_is_spent_where_exchange_says_until_when),
		cmocka_unit_test(too_many_at_once_wait_for_their_own_end),
		cmocka_unit_test(what_is_too_big_for_many_is_a_failure_of_one),
		cmocka_unit_test(a_refused_version_asks_for_a_lower_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
