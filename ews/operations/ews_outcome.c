#include "ews/operations/ews_outcome.h"

#include "base/parse.h"
#include "ews/operations/find_item.h"
#include "ews/soap/code.h"
#include "ews/soap/version.h"

#include <assert.h>
#include <stdio.h>
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
		if (transfer->auth == AUTH_TOKEN)
			return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
				"Exchange refuses a good token (HTTP 403, %s): in "
				"Exchange "
				"Online EWS has to be enabled (EwsEnabled of "
				"Set-OrganizationConfig), the application be on "
				"EwsAllowedAppIDs and calpresence/* on EwsAllowList, "
				"where there is one; a change takes up to 24 hours",
				transfer->diagnostics[0] ? transfer->diagnostics
							 : "no details");
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange forbids EWS (HTTP 403): enable it for the account, the "
			"mailbox and the organisation (EwsEnabled of Set-CASMailbox and "
			"Set-OrganizationConfig), and allow this host's address and the "
			"program (EwsAllowList)");
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
	if (faulted && status != 401 && status != 403 && status != 407)
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

/* What is said of a request in the name of a mailbox need not hold of any other. */
static void put_code(struct outcome *outcome, const char *code, bool of_mailbox)
{
	(void)snprintf(outcome->code, sizeof(outcome->code), "%s", code);
	outcome->elsewhere = ews_code_is_elsewhere(code);
	if (of_mailbox && code[0] && outcome->class != OUTCOME_AGAIN)
		outcome->scope = SCOPE_MAILBOX;
}

struct outcome ews_outcome_of(const struct transfer *transfer,
	const struct soap_answer *answer, bool of_mailbox)
{
	bool answered = transfer->result == TRANSFER_ANSWERED;
	struct outcome result = answered ? of_status(transfer, answer)
					 : outcome_of_broken_transfer(transfer);
	if (answered && transfer->status == 403 && of_mailbox)
		put_code(&result, EWS_FORBIDDEN, true);
	else if (answered && answer && answer->kind == SOAP_FAULTED)
		put_code(&result, answer->code, of_mailbox);
	if (result.class == OUTCOME_BACK_OFF)
		outcome_put_off(&result, transfer->retry_after_ms,
			answer ? answer->back_off_ms : -1);
	return result;
}

struct outcome ews_outcome_of_message(const struct soap_message *message, bool of_mailbox)
{
	struct outcome result = of_error(200, message->code, message->text);
	put_code(&result, message->code, of_mailbox);
	if (result.class == OUTCOME_BACK_OFF)
		outcome_put_off(&result, -1, message->back_off_ms);
	return result;
}

/* ------------------------------------------------ answers about mailboxes */

/* Of a single mailbox it is that mailbox's matter; of several that were busy while others
 * were not, it is that of a server that they share. */
static bool all_throttled(const struct reading *reading)
{
	size_t throttled = 0;
	for (size_t i = 0; i < reading->n; i++)
		throttled += reading->mailboxes[i].fault == GATEWAY_FAULT_THROTTLE;
	return reading->n > 1 && throttled == reading->n;
}

static struct outcome of_mailboxes(
	const struct reading *reading, const struct ews_batch *batch)
{
	size_t n = batch->n;
	if (reading->n != n)
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_ANSWER,
			"the answer is for %zu mailboxes where %zu were asked for; "
			"nothing of it is used",
			reading->n, n);
	if (batch->failing || !all_throttled(reading))
		return outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	const char *code = reading->mailboxes[0].code;
	struct outcome result = outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE,
		"Exchange answers %s for every mailbox: lower concurrency or raise "
		"poll_interval",
		code);
	put_code(&result, code, false);
	return result;
}

static void bisect(struct outcome *outcome)
{
	outcome->class = OUTCOME_BISECT;
	outcome->scope = SCOPE_BATCH;
}

/* A fault of a request about several mailboxes. */
static void judge_batch(struct outcome *outcome, const struct ews_batch *batch)
{
	enum ews_code_class class = ews_code_class(outcome->code);
	bool stops = outcome->class == OUTCOME_STOP && outcome->code[0];
	if (outcome->scope == SCOPE_MAILBOX && outcome->class != OUTCOME_BACK_OFF &&
		strcmp(outcome->code, EWS_FORBIDDEN) != 0)
		outcome->scope = outcome_scope_of(outcome->class, outcome->fault);
	/* A request about one mailbox would mean that one. */
	if (strcmp(outcome->code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0) {
		outcome->class = OUTCOME_AGAIN;
		outcome->scope = SCOPE_NONE;
	}
	/* In a version that the gateway takes, it is one of these that does not. */
	if (outcome->class == OUTCOME_AGAIN && batch->own_version)
		bisect(outcome);
	/* Who of them is not there, halving finds; likewise whether what is said of the
	 * mailbox in whose name all are asked for holds of the account. */
	if (stops && (outcome->elsewhere || (batch->anchored && class == EWS_CODE_AUTHZ)))
		bisect(outcome);
	outcome->too_big = batch->n > 1 && outcome->class == OUTCOME_BISECT &&
			   outcome->fault == GATEWAY_FAULT_REQUEST;
	if (outcome->too_big)
		outcome->scope = SCOPE_NONE; // the same again, in smaller batches
}

struct outcome ews_outcome_of_availability(const struct transfer *transfer,
	const struct availability *answer, const struct ews_batch *batch)
{
	assert(batch->n >= 1);
	struct outcome result = ews_outcome_of(
		transfer, answer ? &answer->soap : NULL, batch->of_mailbox);
	if (answer && result.class == OUTCOME_USE) {
		result = of_mailboxes(&answer->reading, batch);
		if (result.class == OUTCOME_BACK_OFF)
			outcome_put_off(&result, transfer->retry_after_ms,
				answer->soap.back_off_ms);
	}
	judge_batch(&result, batch);
	return result;
}

struct outcome ews_outcome_of_items(
	const struct transfer *transfer, struct availability *answer, bool own_version)
{
	const struct ews_batch one = {
		.n = 1, .of_mailbox = true, .own_version = own_version};
	struct outcome result = ews_outcome_of_availability(transfer, answer, &one);
	bool refuses = answer && answer->soap.kind == SOAP_FAULTED &&
		       (result.class == OUTCOME_BISECT || result.class == OUTCOME_STOP) &&
		       find_item_is_refusal(result.fault);
	if (!refuses || !find_item_fail(answer, result.fault))
		return result;
	struct outcome answered =
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	put_code(&answered, answer->soap.code, false);
	return answered;
}

/* Exchange of one's own asks Exchange Online for a mailbox that is there, as an
 * application that has to be allowed to. What was refused there does not pass. */
static bool is_refused_in_cloud(const struct mailbox_reading *mailbox)
{
	static const char *const words[] = {
		"401", "403", "404", "Unauthorized", "Forbidden", "Not Found"};
	if (strcmp(mailbox->code, "ErrorProxyRequestProcessingFailed") != 0)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(mailbox->text, words[i]))
			return true;
	return false;
}

static void judge_cloud(struct mailbox_reading *mailbox)
{
	char said[sizeof mailbox->text];
	memcpy(said, mailbox->text, sizeof(said));
	mailbox->elsewhere = true;
	mailbox->fault = GATEWAY_FAULT_AUTHZ;
	(void)snprintf(mailbox->text, sizeof mailbox->text,
		"the mailbox is in another organisation, as Exchange Online, which "
		"refuses: set up the dedicated Exchange hybrid application, or a "
		"gateway for it; Exchange says: %.90s",
		said);
}

void ews_judge_mailbox(struct mailbox_reading *mailbox, const char *version, bool items)
{
	const char *code = mailbox->code;
	const char *below = NULL;
	if (mailbox->fault == GATEWAY_FAULT_NONE)
		return;
	mailbox->elsewhere = ews_code_is_elsewhere(code);
	if (is_refused_in_cloud(mailbox))
		judge_cloud(mailbox);
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
