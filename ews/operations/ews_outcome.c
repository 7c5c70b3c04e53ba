#include "ews/operations/ews_outcome.h"

#include "base/parse.h"
#include "ews/operations/find_item.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"

#include <assert.h>
#include <string.h>

/* ------------------------------------------------ faults */

/* What a SOAP fault, thus one code for the whole request, asks for. */
static struct outcome of_code(long status, const char *code, const char *text)
{
	code = code[0] ? code : "a fault without a code";
	if (strcmp(code, "ErrorTimeIntervalTooBig") == 0)
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange answers %s: lower calendar.window_hours; it says: %s",
			code, text);
	/* Of a whole request: all of it took too long. */
	if (strcmp(code, "ErrorTimeoutExpired") == 0)
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_TRANSIENT,
			"Exchange did not answer in its own time (%s): if this stays, "
			"look at its load; it says: %s",
			code, text);
	switch (ews_code_class(code)) {
	case EWS_CODE_THROTTLE:
		return outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE,
			"Exchange is busy or limits the account (%s): lower concurrency, "
			"raise "
			"poll_interval, or give the account a throttling policy of its "
			"own; it "
			"says: %s",
			code, text);
	case EWS_CODE_REDISCOVER:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange serves these mailboxes elsewhere (%s): check url; it "
			"says: %s",
			code, text);
	case EWS_CODE_MAILBOX:
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_MAILBOX,
			"Exchange refuses a mailbox (%s): check its address and calendar "
			"permissions; it says: %s",
			code, text);
	case EWS_CODE_AUTHZ:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTHZ,
			"the account lacks a right (%s): check that it has a mailbox, "
			"that its "
			"password is current and that it may use EWS; it says: %s",
			code, text);
	case EWS_CODE_SHRINK:
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_REQUEST,
			"Exchange wants to be asked for less at once (%s); it says: %s",
			code, text);
	case EWS_CODE_REQUEST:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange calls the request wrong (%s): is it "
			"something else than Exchange? It says: %s",
			code, text);
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_OTHER:
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange answers %s: if this stays, look into its event log; it "
			"says: "
			"%s",
			code, text);
	case EWS_CODE_OK:
	case EWS_CODE_RESUBSCRIBE:
	case EWS_CODE_ITEM:
		break;
	}
	return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_ANSWER,
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

static struct outcome of_error(long status, const char *code, const char *text)
{
	if (!is_impersonation(code))
		return of_code(status, code, text);
	return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_AUTHZ,
		"Exchange does not let the account speak for a mailbox (%s): check the "
		"right to impersonate, its scope, and anchor_mailbox; it says: %s",
		code, text);
}

static struct outcome of_fault(long status, const struct soap_answer *answer)
{
	bool of_mailbox =
		strcmp(answer->code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0;
	if (of_mailbox || !version_is_refusal(answer->code, answer->text))
		return of_error(status, answer->code, answer->text);
	return outcome_make(OUTCOME_AGAIN, GATEWAY_FAULT_REQUEST,
		"Exchange takes no version of our requests (%s): is it older than "
		"Exchange 2007 SP1, or something else than Exchange? It says: %s",
		answer->code, answer->text);
}

/* ------------------------------------------------ HTTP */

static struct outcome of_page(const struct soap_answer *answer)
{
	return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
		"a web page (\"%s\") came instead of SOAP: url must be that of "
		"EWS/Exchange.asmx, with the log-on of `auth` enabled on that virtual "
		"directory, and "
		"no log-on page of a proxy in front of it",
		answer && answer->kind == SOAP_HTML ? answer->text : "");
}

static struct outcome of_ok(
	const struct transfer *transfer, const struct soap_answer *answer)
{
	if (!answer)
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_ANSWER,
			"the answer is empty (HTTP %ld)", transfer->status);
	switch (answer->kind) {
	case SOAP_ANSWER:
		return outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	case SOAP_FAULTED:
		return of_fault(transfer->status, answer);
	case SOAP_HTML:
		return of_page(answer);
	case SOAP_BROKEN:
		break;
	}
	if (transfer->html)
		return of_page(answer);
	/* Where the calendars had begun, it may be the text of a single one that breaks
	 * all. */
	return outcome_make(answer->begun ? OUTCOME_BISECT : OUTCOME_RETRY,
		GATEWAY_FAULT_ANSWER,
		"%s: if this stays, check that url is that of EWS/Exchange.asmx and what "
		"stands between",
		answer->text);
}

static struct outcome of_redirect(const struct transfer *transfer)
{
	const char *location = transfer->location;
	int shown =
		(int)strcspn(location, "?#"); // the rest may hold more than an address
	if (location[0] == '\0')
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange or a proxy sends us to no usable URL (HTTP %ld): check "
			"url",
			transfer->status);
	if (parse_contains(location, "genericerrorpage"))
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange is overloaded (HTTP %ld to %.*s)", transfer->status,
			shown, location);
	if (parse_contains(location, "logon") || parse_contains(location, "login") ||
		parse_contains(location, "/adfs/") ||
		parse_contains(location, "/oauth2/"))
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange sends us to a log-on page (HTTP %ld to %.*s): enable "
			"the log-on of `auth` on the EWS virtual directory, or bypass "
			"the "
			"proxy that "
			"does this",
			transfer->status, shown, location);
	return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
		"Exchange has moved (HTTP %ld to \"%.*s\"): redirects are not followed "
		"with a "
		"password; if you trust the new place and it is https, set url to it",
		transfer->status, shown, location);
}

static struct outcome of_client_error(const struct transfer *transfer)
{
	long status = transfer->status;
	switch (status) {
	case 401:
		return outcome_of_auth(transfer);
	case 440:
	case 456:
		return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"Exchange refused the log-on (HTTP %ld): the account may be "
			"blocked or "
			"its session over; check it",
			status);
	case 403:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange forbids EWS (HTTP 403): enable EWS for the account and "
			"the "
			"organisation (Set-CASMailbox, Set-OrganizationConfig), and "
			"allow this "
			"host's address and the program");
	case 404:
	case 405:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"there is no EWS at this place (HTTP %ld): url must be that of "
			"EWS/Exchange.asmx",
			status);
	case 408:
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange gave up waiting for the request (HTTP 408)");
	case 413:
	case 414:
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_REQUEST,
			"the request is too big for Exchange or a proxy (HTTP %ld)",
			status);
	case 449:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange wants to be looked for anew (HTTP 449): check url "
			"against "
			"what autodiscover says");
	default:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange or a proxy calls the request wrong (HTTP %ld): check "
			"url",
			status);
	}
}

static struct outcome of_status(
	const struct transfer *transfer, const struct soap_answer *answer)
{
	long status = transfer->status;
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	if (status >= 200 && status < 300)
		return of_ok(transfer, answer);
	if (status >= 300 && status < 400)
		return of_redirect(transfer);
	if (status == 429 || (status == 503 && !faulted))
		return outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE,
			"Exchange asks us to wait (HTTP %ld): if this stays, raise "
			"poll_interval "
			"or look at the application pool of EWS",
			status);
	if (faulted && status != 401 && status != 407)
		return of_fault(transfer->status, answer);
	if (status >= 400 && status < 500)
		return of_client_error(transfer);
	if (status >= 500)
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange failed (HTTP %ld, \"%s\"): if this stays, look into "
			"its event "
			"log",
			status, answer && answer->kind == SOAP_HTML ? answer->text : "");
	return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_ANSWER,
		"the answer has no sensible HTTP status (%ld)", status);
}

/* ------------------------------------------------ answers */

struct outcome ews_outcome_of(
	const struct transfer *transfer, const struct soap_answer *answer)
{
	struct outcome result = transfer->result == TRANSFER_ANSWERED
					? of_status(transfer, answer)
					: outcome_of_broken_transfer(transfer);
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	if (transfer->result == TRANSFER_ANSWERED && faulted)
		memcpy(result.code, answer->code, sizeof result.code);
	result.elsewhere = ews_code_is_elsewhere(result.code);
	if (result.class == OUTCOME_BACK_OFF)
		outcome_put_off(&result, transfer->retry_after_ms,
			answer ? answer->back_off_ms : -1);
	return result;
}

struct outcome ews_outcome_of_message(const struct soap_message *message)
{
	struct outcome result = of_error(200, message->code, message->text);
	memcpy(result.code, message->code, sizeof result.code);
	result.elsewhere = ews_code_is_elsewhere(result.code);
	if (result.class == OUTCOME_BACK_OFF)
		outcome_put_off(&result, -1, message->back_off_ms);
	return result;
}

static bool all_throttled(const struct availability *answer)
{
	size_t throttled = 0;
	for (size_t i = 0; i < answer->reading.n; i++)
		throttled += answer->reading.mailboxes[i].fault == GATEWAY_FAULT_THROTTLE;
	return answer->reading.n > 0 && throttled == answer->reading.n;
}

static struct outcome of_mailboxes(const struct availability *answer, size_t n)
{
	if (answer->reading.n != n)
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_ANSWER,
			"the answer is for %zu mailboxes where %zu were asked for; "
			"nothing of it "
			"is used",
			answer->reading.n, n);
	if (all_throttled(answer)) {
		struct outcome result = outcome_make(OUTCOME_BACK_OFF,
			GATEWAY_FAULT_THROTTLE,
			"Exchange answers %s for every mailbox: lower concurrency or "
			"raise "
			"poll_interval",
			answer->reading.mailboxes[0].code);
		memcpy(result.code, answer->reading.mailboxes[0].code,
			sizeof result.code);
		return result;
	}
	return outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
}

struct outcome ews_outcome_of_availability(
	const struct transfer *transfer, const struct availability *answer, size_t n)
{
	assert(n >= 1);
	struct outcome result = ews_outcome_of(transfer, answer ? &answer->soap : NULL);
	if (answer && result.class == OUTCOME_USE) {
		result = of_mailboxes(answer, n);
		if (result.class == OUTCOME_BACK_OFF)
			outcome_put_off(&result, transfer->retry_after_ms,
				answer->soap.back_off_ms);
	}
	result.too_big = n > 1 && result.class == OUTCOME_BISECT &&
			 result.fault == GATEWAY_FAULT_REQUEST;
	/* A request about one mailbox would mean that one. */
	if (strcmp(result.code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0)
		result.class = OUTCOME_AGAIN;
	return result;
}

void ews_judge_mailbox(struct mailbox_reading *mailbox, const char *version, bool items)
{
	const char *code = mailbox->code;
	const char *below = NULL;
	if (mailbox->fault == GATEWAY_FAULT_NONE)
		return;
	mailbox->elsewhere = ews_code_is_elsewhere(code);
	mailbox->late = strcmp(code, "ErrorTimeoutExpired") == 0;
	if (mailbox->advice == READING_IN_CHUNKS ||
		strcmp(code, "ErrorResultSetTooBig") == 0) {
		mailbox->advice = READING_IN_CHUNKS;
	} else if (items && find_item_is_refusal(mailbox->fault)) {
		mailbox->advice = READING_FREE_BUSY;
	} else if (strcmp(code, "ErrorLegacyMailboxFreeBusyViewTypeNotMerged") == 0 ||
		   strcmp(code, "ErrorInvalidFreeBusyViewType") == 0) {
		/* Exchange 2003 behind the server, and what else has digits only. */
		mailbox->advice = READING_BY_DIGITS;
	} else if (strcmp(code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0) {
		below = version_below(version_lower(version, NULL));
		mailbox->advice = below ? READING_IN_VERSION : READING_NO_ADVICE;
	}
	mailbox->version = below;
}
