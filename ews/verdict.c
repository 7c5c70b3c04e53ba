#include "ews/verdict.h"

#include "base/parse.h"
#include "ews/availability_collect.h"
#include "ews/code.h"
#include "ews/verdict_make.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define BACK_OFF_MIN_MS INT64_C(1000)
#define BACK_OFF_DEFAULT_MS INT64_C(60000)
#define BACK_OFF_MAX_MS INT64_C(3600000)

struct verdict verdict_make(
	enum verdict_action action, enum gateway_fault fault, const char *format, ...)
{
	struct verdict result = {.action = action, .fault = fault};
	char text[2 * sizeof result.text];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	availability_copy_line(result.text, sizeof result.text, text, strlen(text));
	return result;
}

/* Both Exchange and IIS may say how long; the longer one holds. */
static int64_t back_off_ms(
	const struct transfer *transfer, const struct availability *answer)
{
	int64_t wait = answer ? answer->back_off_ms : -1;
	if (transfer->retry_after_ms > wait)
		wait = transfer->retry_after_ms;
	if (wait < 0)
		wait = BACK_OFF_DEFAULT_MS;
	return wait < BACK_OFF_MIN_MS   ? BACK_OFF_MIN_MS
	       : wait > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS
					: wait;
}

static struct verdict of_broken_transfer(const struct transfer *transfer)
{
	const char *detail = transfer->detail[0] ? transfer->detail : "no details";
	switch (transfer->result) {
	case TRANSFER_TIMEOUT:
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_CONNECT,
			"no answer in time (%s): if this stays, raise the gateway's "
			"timeout "
			"or look at the load of Exchange",
			detail);
	case TRANSFER_UNREACHABLE:
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_CONNECT,
			"cannot reach Exchange (%s): check url, DNS, firewall and proxy",
			detail);
	case TRANSFER_TLS:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_TLS,
			"the certificate of Exchange was refused (%s): set ca_file to "
			"the "
			"issuing authority, or give Exchange a valid certificate for the "
			"name "
			"in url",
			detail);
	case TRANSFER_OURS:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_TLS,
			"the server wants a certificate of ours that it trusts (%s): set "
			"client_certificate and client_key",
			detail);
	case TRANSFER_CUT:
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"the connection broke before the answer was whole (%s)", detail);
	case TRANSFER_TOO_BIG:
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_ANSWER,
			"the answer is bigger than %d MiB", EWS_BODY_MAX / 1024 / 1024);
	case TRANSFER_PROXY:
		if (transfer->status >= 500)
			return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_CONNECT,
				"the proxy cannot reach Exchange (HTTP %ld, %s): check "
				"proxy and url",
				transfer->status, detail);
		if (transfer->status == 401 || transfer->status == 407)
			return verdict_make(VERDICT_DENIED, GATEWAY_FAULT_AUTH,
				"the proxy refused the log-on (HTTP %ld): check "
				"proxy_username and proxy_password_file",
				transfer->status);
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"the proxy refused (%s): check proxy and no_proxy", detail);
	case TRANSFER_ANSWERED:
		break;
	}
	assert(transfer->result == TRANSFER_ANSWERED);
	return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER, "no answer");
}

/* What a SOAP fault, thus one code for the whole request, asks for. */
static struct verdict of_code(
	const struct transfer *transfer, const struct availability *answer)
{
	const char *code = answer->code[0] ? answer->code : "a fault without a code";
	const char *text = answer->text;
	if (strcmp(code, "ErrorTimeIntervalTooBig") == 0)
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange answers %s: lower calendar.window_hours; it says: %s",
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
			"Exchange calls the request wrong (%s): is it older than "
			"Exchange 2013, "
			"or something else than Exchange? It says: %s",
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
		code, transfer->status, text);
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

static struct verdict of_fault(
	const struct transfer *transfer, const struct availability *answer)
{
	if (!is_impersonation(answer->code))
		return of_code(transfer, answer);
	return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_AUTHZ,
		"Exchange does not let the account speak for a mailbox (%s): check the "
		"right to impersonate, its scope, and anchor_mailbox; it says: %s",
		answer->code, answer->text);
}

static bool all_throttled(const struct availability *answer)
{
	size_t throttled = 0;
	for (size_t i = 0; i < answer->n; i++)
		throttled += answer->mailboxes[i].fault == GATEWAY_FAULT_THROTTLE;
	return answer->n > 0 && throttled == answer->n;
}

static struct verdict of_answer(const struct availability *answer, size_t n)
{
	if (answer->n != n)
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_ANSWER,
			"the answer is for %zu mailboxes where %zu were asked for; "
			"nothing of it "
			"is used",
			answer->n, n);
	if (all_throttled(answer)) {
		struct verdict result = verdict_make(VERDICT_BACK_OFF,
			GATEWAY_FAULT_THROTTLE,
			"Exchange answers %s for every mailbox: lower concurrency or "
			"raise "
			"poll_interval",
			answer->mailboxes[0].code);
		memcpy(result.code, answer->mailboxes[0].code, sizeof result.code);
		return result;
	}
	return verdict_make(VERDICT_USE, GATEWAY_FAULT_NONE, "answered");
}

static struct verdict of_page(const struct availability *answer)
{
	return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
		"a web page (\"%s\") came instead of SOAP: url must be that of "
		"EWS/Exchange.asmx, with Basic authentication on that virtual directory, "
		"and "
		"no log-on page of a proxy in front of it",
		answer && answer->kind == AVAILABILITY_HTML ? answer->text : "");
}

static struct verdict of_ok(
	const struct transfer *transfer, const struct availability *answer, size_t n)
{
	if (!answer)
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER,
			"the answer is empty (HTTP %ld)", transfer->status);
	switch (answer->kind) {
	case AVAILABILITY_ANSWER:
		return of_answer(answer, n);
	case AVAILABILITY_FAULTED:
		return of_fault(transfer, answer);
	case AVAILABILITY_HTML:
		return of_page(answer);
	case AVAILABILITY_BROKEN:
		break;
	}
	if (transfer->html)
		return of_page(answer);
	/* Where the calendars had begun, it may be the text of a single one that breaks
	 * all. */
	return verdict_make(answer->begun ? VERDICT_HALVE : VERDICT_RETRY,
		GATEWAY_FAULT_ANSWER,
		"%s: if this stays, check that url is that of EWS/Exchange.asmx and what "
		"stands between",
		answer->text);
}

static bool contains(const char *text, const char *wanted)
{
	size_t n = strlen(wanted);
	for (; *text; text++) {
		if (strncasecmp(text, wanted, n) == 0)
			return true;
	}
	return false;
}

static struct verdict of_redirect(const struct transfer *transfer)
{
	const char *location = transfer->location;
	int shown =
		(int)strcspn(location, "?#"); // the rest may hold more than an address
	if (contains(location, "genericerrorpage"))
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange is overloaded (HTTP %ld to %.*s)", transfer->status,
			shown, location);
	if (contains(location, "logon") || contains(location, "login") ||
		contains(location, "/adfs/") || contains(location, "/oauth2/"))
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange sends us to a log-on page (HTTP %ld to %.*s): enable "
			"Basic "
			"authentication on the EWS virtual directory, or bypass the "
			"proxy that "
			"does this",
			transfer->status, shown, location);
	return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
		"Exchange has moved (HTTP %ld to \"%.*s\"): redirects are not followed "
		"with a "
		"password; if you trust the new place and it is https, set url to it",
		transfer->status, shown, location);
}

static struct verdict of_client_error(const struct transfer *transfer)
{
	long status = transfer->status;
	switch (status) {
	case 401:
		return verdict_of_log_on(transfer);
	case 440:
	case 456:
		return verdict_make(VERDICT_DENIED, GATEWAY_FAULT_AUTH,
			"Exchange refused the log-on (HTTP %ld): the account may be "
			"blocked or "
			"its session over; check it",
			status);
	case 403:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange forbids EWS (HTTP 403): enable EWS for the account and "
			"the "
			"organisation (Set-CASMailbox, Set-OrganizationConfig), and "
			"allow this "
			"host's address and the program");
	case 404:
	case 405:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"there is no EWS at this place (HTTP %ld): url must be that of "
			"EWS/Exchange.asmx",
			status);
	case 408:
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange gave up waiting for the request (HTTP 408)");
	case 413:
	case 414:
		return verdict_make(VERDICT_HALVE, GATEWAY_FAULT_REQUEST,
			"the request is too big for Exchange or a proxy (HTTP %ld)",
			status);
	case 449:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange wants to be looked for anew (HTTP 449): check url "
			"against "
			"what autodiscover says");
	default:
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_REQUEST,
			"Exchange or a proxy calls the request wrong (HTTP %ld): check "
			"url",
			status);
	}
}

static struct verdict of_status(
	const struct transfer *transfer, const struct availability *answer, size_t n)
{
	long status = transfer->status;
	bool faulted = answer && answer->kind == AVAILABILITY_FAULTED;
	if (status >= 200 && status < 300)
		return of_ok(transfer, answer, n);
	if (status >= 300 && status < 400)
		return of_redirect(transfer);
	if (status == 429 || (status == 503 && !faulted))
		return verdict_make(VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE,
			"Exchange asks us to wait (HTTP %ld): if this stays, raise "
			"poll_interval "
			"or look at the application pool of EWS",
			status);
	if (faulted && status != 401 && status != 407)
		return of_fault(transfer, answer);
	if (status >= 400 && status < 500)
		return of_client_error(transfer);
	if (status >= 500)
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange failed (HTTP %ld, \"%s\"): if this stays, look into "
			"its event "
			"log",
			status,
			answer && answer->kind == AVAILABILITY_HTML ? answer->text : "");
	return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER,
		"the answer has no sensible HTTP status (%ld)", status);
}

struct verdict verdict_of(
	const struct transfer *transfer, const struct availability *answer, size_t n)
{
	assert(n >= 1);
	struct verdict result = transfer->result == TRANSFER_ANSWERED
					? of_status(transfer, answer, n)
					: of_broken_transfer(transfer);
	bool faulted = answer && answer->kind == AVAILABILITY_FAULTED;
	if (transfer->result == TRANSFER_ANSWERED && faulted)
		memcpy(result.code, answer->code, sizeof result.code);
	if (result.action == VERDICT_BACK_OFF)
		result.back_off_ms = back_off_ms(transfer, answer);
	return result;
}

int64_t verdict_retry_after_ms(const char *value, int64_t now)
{
	size_t n = strlen(value);
	parse_trim(&value, &n);
	if (n == 0)
		return -1;
	if (strspn(value, "0123456789") >= n) {
		int64_t seconds;
		bool sane = parse_int64(value, n, 0, BACK_OFF_MAX_MS / 1000, &seconds);
		return sane ? seconds * 1000 : BACK_OFF_MAX_MS;
	}
	/* All three forms of an HTTP-date begin with a weekday; curl_getdate() takes
	 * more. */
	bool weekday = (*value | 0x20) >= 'a' && (*value | 0x20) <= 'z';
	time_t date = weekday ? curl_getdate(value, NULL) : -1;
	if (date < 0)
		return -1;
	int64_t wait = (int64_t)date - now;
	return wait <= 0                       ? 0
	       : wait > BACK_OFF_MAX_MS / 1000 ? BACK_OFF_MAX_MS
					       : wait * 1000;
}
