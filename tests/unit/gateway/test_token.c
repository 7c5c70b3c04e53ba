#include "gateway/auth/token.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct token_answer read_text(const char *text)
{
	struct token_answer answer;
	assert_int_equal(token_read(text, strlen(text), &answer), 0);
	return answer;
}

static void expect_kind(const char *text, enum token_kind kind)
{
	struct token_answer answer = read_text(text);
	assert_int_equal(answer.kind, kind);
	assert_int_equal(answer.token.bytes != NULL, kind == TOKEN_GRANTED);
	token_answer_finish(&answer);
}

static void expect_form(void (*write)(struct buf *, const struct token_query *),
	const struct token_query *query, const char *expected)
{
	struct buf form;
	buf_init(&form, TOKEN_BODY_MAX);
	write(&form, query);
	assert_string_equal(buf_text(&form), expected);
	buf_finish(&form);
}

static void each_grant_has_its_form(void **state)
{
	(void)state;
	expect_form(token_write,
		&(struct token_query){.client_id = "id",
			.scope = "https://host/.default",
			.client_secret = "a&b=c %\xc3\xa9"},
		"grant_type=client_credentials&client_id=id&scope=https%3A%2F%2Fhost%2F."
		"default&client_secret=a%26b%3Dc%20%25%C3%A9");
	expect_form(token_write,
		&(struct token_query){
			.client_id = "id", .scope = "s", .assertion = "a.b.c"},
		"grant_type=client_credentials&client_id=id&scope=s&client_assertion_"
		"type="
		"urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
		"&client_assertion=a.b.c");
	expect_form(token_write,
		&(struct token_query){
			.client_id = "id", .scope = "s", .refresh_token = "r"},
		"grant_type=refresh_token&client_id=id&scope=s&refresh_token=r");
	expect_form(token_write,
		&(struct token_query){
			.client_id = "id", .scope = "s", .device_code = "d"},
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
		"&client_id=id&device_code=d");
	expect_form(token_write_device,
		&(struct token_query){
			.client_id = "id", .scope = "s t", .client_secret = "x"},
		"client_id=id&scope=s%20t");
}

static void numbers_come_as_such_or_as_texts(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int64_t life_s;
	} cases[] = {
		{"3599", 3599},
		{"\"3599\"", 3599},
		{"\"soon\"", TOKEN_LIFE_S},
		{"null", TOKEN_LIFE_S},
		{"0", 1},
		{"-5", 1},
		{"9223372036854775807", 31536000},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[256];
		(void)snprintf(text, sizeof text,
			"{\"token_type\":\"bearer\",\"access_token\":\"t\",\"expires_"
			"in\":"
			"%s}",
			cases[i].value);
		struct token_answer answer = read_text(text);
		assert_int_equal(answer.kind, TOKEN_GRANTED);
		assert_int_equal(answer.life_s, cases[i].life_s);
		assert_null(answer.refresh.bytes);
		token_answer_finish(&answer);
	}
}

static void what_is_no_token_is_none(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"<html>Please log on</html>",
		"[]",
		"{}",
		"{\"token_type\":\"Bearer\"}",
		"{\"token_type\":\"mac\",\"access_token\":\"t\"}",
		"{\"token_type\":\"Bearer\",\"access_token\":\"\"}",
		"{\"token_type\":\"Bearer\",\"access_token\":\"a b\"}",
		"{\"token_type\":\"Bearer\",\"access_token\":\"a\\r\\nX: y\"}",
		"{\"token_type\":\"Bearer\",\"access_token\":7}",
		"{\"token_type\":\"Bearer\",\"access_token\":\"t\"",
		"{\"device_code\":\"d\",\"user_code\":\"\",\"verification_uri\":\"u\"}",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		expect_kind(texts[i], TOKEN_BROKEN);
}

static void the_longest_token_fits_and_one_byte_more_does_not(void **state)
{
	(void)state;
	static const char head[] = "{\"token_type\":\"Bearer\",\"access_token\":\"";
	for (size_t more = 0; more < 2; more++) {
		struct buf text;
		buf_init(&text, TOKEN_BODY_MAX);
		buf_puts(&text, head);
		for (size_t i = 0; i < TOKEN_MAX + more; i++)
			buf_puts(&text, "t");
		buf_puts(&text, "\"}");
		expect_kind(buf_text(&text), more == 0 ? TOKEN_GRANTED : TOKEN_BROKEN);
		buf_finish(&text);
	}
}

static void an_answer_cut_at_any_byte_grants_nothing(void **state)
{
	(void)state;
	static const char whole[] =
		"{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"abc\","
		"\"refresh_token\":\"def\"}";
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		struct token_answer answer;
		char *copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, whole, n);
		assert_int_equal(token_read(copy, n, &answer), 0);
		assert_int_equal(answer.kind, TOKEN_BROKEN);
		token_answer_finish(&answer);
		free(copy);
	}
	struct token_answer answer = read_text(whole);
	assert_string_equal(answer.refresh.bytes, "def");
	token_answer_finish(&answer);
}

static void a_device_code_comes_with_what_to_type(void **state)
{
	(void)state;
	struct token_answer answer = read_text(
		"{\"device_code\":\"d\",\"user_code\":\"ABCD\","
		"\"verification_uri\":\"https://a.example\",\"expires_in\":900}");
	assert_int_equal(answer.kind, TOKEN_DEVICE);
	assert_string_equal(answer.device.bytes, "d");
	assert_string_equal(answer.user_code, "ABCD");
	assert_string_equal(answer.where, "https://a.example");
	assert_int_equal(answer.interval_s, TOKEN_INTERVAL_S);
	token_answer_finish(&answer);
	expect_kind("{\"error\":\"authorization_pending\"}", TOKEN_PENDING);
	expect_kind("{\"error\":\"slow_down\"}", TOKEN_SLOWER);
}

static void expect_outcome(long status, const char *text, enum outcome_class action,
	enum gateway_fault fault, const char *word)
{
	struct transfer transfer = {
		.result = TRANSFER_ANSWERED, .status = status, .retry_after_ms = -1};
	struct token_answer answer = read_text(text);
	struct outcome outcome = token_outcome(&transfer, &answer);
	assert_int_equal(outcome.class, action);
	assert_int_equal(outcome.fault, fault);
	if (!strstr(outcome.text, word))
		fail_msg("\"%s\" lacks \"%s\"", outcome.text, word);
	assert_null(strstr(outcome.text, "Trace"));
	token_answer_finish(&answer);
}

#define REFUSED(error, text) \
	"{\"error\":\"" error "\",\"error_description\":\"" text "\"}"

static void a_refusal_is_told_in_the_issuers_words(void **state)
{
	(void)state;
	expect_outcome(401,
		REFUSED("invalid_client",
			"AADSTS7000215: Invalid secret.\\r\\nTrace ID: 1"),
		OUTCOME_STOP, GATEWAY_FAULT_AUTH, "Invalid secret.");
	expect_outcome(401, REFUSED("invalid_client", "AADSTS700024: Not now."),
		OUTCOME_STOP, GATEWAY_FAULT_AUTH, "clock");
	expect_outcome(401, REFUSED("invalid_client", "AADSTS700027: Key."), OUTCOME_STOP,
		GATEWAY_FAULT_AUTH, "registered");
	expect_outcome(400, REFUSED("invalid_request", "AADSTS90002: Tenant."),
		OUTCOME_STOP, GATEWAY_FAULT_CONFIG, "tenant");
	expect_outcome(400, REFUSED("invalid_grant", "AADSTS70008: Over."), OUTCOME_STOP,
		GATEWAY_FAULT_AUTH, "login");
	expect_outcome(400, REFUSED("invalid_client", "Something."), OUTCOME_STOP,
		GATEWAY_FAULT_AUTH, "Something.");
	expect_outcome(400, REFUSED("never_heard", "Else."), OUTCOME_STOP,
		GATEWAY_FAULT_CONFIG, "Else.");
	expect_outcome(503, REFUSED("temporarily_unavailable", "AADSTS90033: Later."),
		OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "Later.");
	expect_outcome(
		502, "bad gateway", OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "HTTP 502");
	expect_outcome(429, "{}", OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE, "wait");
	expect_outcome(
		200, "<html></html>", OUTCOME_STOP, GATEWAY_FAULT_CONFIG, "no issuer");
}

static void an_issuer_that_is_not_reached_is_tried_again(void **state)
{
	(void)state;
	static const struct {
		enum transfer_result result;
		enum outcome_class action;
		enum gateway_fault fault;
	} cases[] = {
		{TRANSFER_TIMEOUT, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_UNREACHABLE, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_CUT, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_TOO_BIG, OUTCOME_RETRY, GATEWAY_FAULT_CONNECT},
		{TRANSFER_TLS, OUTCOME_STOP, GATEWAY_FAULT_TLS},
		{TRANSFER_PROXY, OUTCOME_STOP, GATEWAY_FAULT_CONFIG},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct transfer transfer = {.result = cases[i].result};
		struct outcome outcome = token_outcome(&transfer, NULL);
		assert_int_equal(outcome.class, cases[i].action);
		assert_int_equal(outcome.fault, cases[i].fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_grant_has_its_form),
		cmocka_unit_test(numbers_come_as_such_or_as_texts),
		cmocka_unit_test(what_is_no_token_is_none),
		cmocka_unit_test(the_longest_token_fits_and_one_byte_more_does_not),
		cmocka_unit_test(an_answer_cut_at_any_byte_grants_nothing),
		cmocka_unit_test(a_device_code_comes_with_what_to_type),
		cmocka_unit_test(a_refusal_is_told_in_the_issuers_words),
		cmocka_unit_test(an_issuer_that_is_not_reached_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
