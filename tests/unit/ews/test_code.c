#include "ews/soap/code.h"

#include "test.h"

static void codes_have_their_class(void **state)
{
	(void)state;
	assert_int_equal(ews_code_class("NoError"), EWS_CODE_OK);
	assert_int_equal(ews_code_class("ErrorServerBusy"), EWS_CODE_THROTTLE);
	assert_int_equal(ews_code_class("ErrorTimeoutExpired"), EWS_CODE_TRANSIENT);
	assert_int_equal(
		ews_code_class("ErrorMailboxMoveInProgress"), EWS_CODE_REDISCOVER);
	assert_int_equal(ews_code_class("ErrorMailRecipientNotFound"), EWS_CODE_MAILBOX);
	assert_int_equal(ews_code_class("ErrorAccessDenied"), EWS_CODE_AUTHZ);
	assert_int_equal(ews_code_class("ErrorMailboxDataArrayTooBig"), EWS_CODE_SHRINK);
	assert_int_equal(ews_code_class("ErrorSchemaValidation"), EWS_CODE_REQUEST);
}

static void unknown_text_is_of_no_class(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "ErrorOfTheFuture", "errorserverbusy",
		"ErrorServerBusy ", "ErrorServerBus", "5009", "\xff"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(ews_code_class(texts[i]), EWS_CODE_OTHER);
}

static void no_class_but_ok_lets_a_mailbox_count(void **state)
{
	(void)state;
	for (unsigned class = EWS_CODE_OK; class <= EWS_CODE_OTHER; class ++)
		assert_int_equal(ews_code_mailbox_fault((enum ews_code_class) class) ==
					 GATEWAY_FAULT_NONE,
			class == EWS_CODE_OK);
}

static void a_mailbox_that_is_not_here_may_be_elsewhere(void **state)
{
	(void)state;
	static const char *const elsewhere[] = {"ErrorMailRecipientNotFound",
		"ErrorNonExistentMailbox", "ErrorMailboxMoveInProgress",
		"ErrorWrongServerVersion", "ErrorWrongServerVersionDelegate",
		"ErrorProxyRequestNotAllowed", "ErrorServiceDiscoveryFailed",
		"ErrorAddressSpaceNotFound"};
	static const char *const here[] = {"NoError", "", "ErrorNoFreeBusyAccess",
		"ErrorServerBusy", "ErrorProxyRequestProcessingFailed",
		"ErrorMailboxStoreUnavailable", "ErrorInvalidSmtpAddress",
		"ErrorOfTheFuture"};
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		assert_true(ews_code_is_elsewhere(elsewhere[i]));
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		assert_false(ews_code_is_elsewhere(here[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_their_class),
		cmocka_unit_test(unknown_text_is_of_no_class),
		cmocka_unit_test(no_class_but_ok_lets_a_mailbox_count),
		cmocka_unit_test(a_mailbox_that_is_not_here_may_be_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
