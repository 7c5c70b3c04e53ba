#include "ews/errand/verdict_make.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"

#include <string.h>

/* What a SOAP fault, thus one code for the whole request, asks for. */
static struct verdict of_code(long status, const char *code, const char *text)
{
	code = code[0] ? code : "a fault without a code";
	if (strcmp(code, "ErrorTimeIntervalTooBig") == 0)
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange answers %s: lower calendar.window_hours; it says: %s",
			code, text);
	/* Of a whole request: all of it took too long. */
	if (strcmp(code, "ErrorTimeoutExpired") == 0)
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_TRANSIENT,
			"Exchange did not answer in its own time (%s): if this stays, "
			"look at its load; it says: %s",
			code, text);
	switch (ews_code_class(code)) {
	case EWS_CODE_THROTTLE:
		return verdict_make(VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE,
			"Exchange is busy or limits the account (%s): lower concurrency, "
			"raise "
			"poll_interval, or give the account a throttling policy of its "
			"own; it "
			"says: %s",
			code, text);
	case EWS_CODE_REDISCOVER:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange serves these mailboxes elsewhere (%s): check url; it "
			"says: %s",
			code, text);
	case EWS_CODE_MAILBOX:
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_MAILBOX,
			"Exchange refuses a mailbox (%s): check its address and calendar "
			"permissions; it says: %s",
			code, text);
	case EWS_CODE_AUTHZ:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_AUTHZ,
			"the account lacks a right (%s): check that it has a mailbox, "
			"that its "
			"password is current and that it may use EWS; it says: %s",
			code, text);
	case EWS_CODE_SHRINK:
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_REQUEST,
			"Exchange wants to be asked for less at once (%s); it says: %s",
			code, text);
	case EWS_CODE_REQUEST:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange calls the request wrong (%s): is it "
			"something else than Exchange? It says: %s",
			code, text);
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_OTHER:
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange answers %s: if this stays, look into its event log; it "
			"says: "
			"%s",
			code, text);
	case EWS_CODE_OK:
	case EWS_CODE_RESUBSCRIBE:
	case EWS_CODE_ITEM:
		break;
	}
	return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER,
		"Exchange answers %s, which makes no sense here (HTTP %ld); it says: %s",
		code, status, text);
}

/* Refused for one mailbox it is that mailbox's, which halving finds; refused for one
 * after the other it is the account's, as any failure that repeats itself. */
static bool is_impersonation(const char *code)
{
	return strcmp(code, "ErrorImpersonateUserDenied") == 0 ||
	       strcmp(code, "ErrorImpersonationDenied") == 0 ||
	       strcmp(code, "ErrorImpersonationFailed") == 0 ||
	       strcmp(code, "ErrorInvalidExchangeImpersonationHeaderData") == 0;
}

static struct verdict of_error(long status, const char *code, const char *text)
{
	if (!is_impersonation(code))
		return of_code(status, code, text);
	return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_AUTHZ,
		"Exchange does not let the account speak for a mailbox (%s): check the "
		"right to impersonate, its scope, and anchor_mailbox; it says: %s",
		code, text);
}

struct verdict verdict_of_fault(long status, const struct soap_answer *answer)
{
	bool of_mailbox =
		strcmp(answer->code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0;
	if (of_mailbox || !version_is_refusal(answer->code, answer->text))
		return of_error(status, answer->code, answer->text);
	return verdict_make(VERDICT_AGAIN, GATEWAY_FAULT_REQUEST,
		"Exchange takes no version of our requests (%s): is it older than "
		"Exchange 2007 SP1, or something else than Exchange? It says: %s",
		answer->code, answer->text);
}

struct verdict verdict_of_message(const struct soap_message *message)
{
	struct verdict result = of_error(200, message->code, message->text);
	memcpy(result.code, message->code, sizeof result.code);
	if (result.action == VERDICT_BACK_OFF)
		verdict_put_off(&result, -1, message->back_off_ms);
	return result;
}
