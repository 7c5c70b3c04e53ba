#include "ews/operations/ews_outcome.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

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
		cmocka_unit_test(a_budget_is_spent_where_exchange_says_until_when),
		cmocka_unit_test(too_many_at_once_wait_for_their_own_end),
		cmocka_unit_test(what_is_too_big_for_many_is_a_failure_of_one),
		cmocka_unit_test(a_refused_version_asks_for_a_lower_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
