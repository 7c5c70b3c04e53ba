#include "ews/errand/verdict.h"

#include "base/parse.h"
#include "ews/errand/verdict_make.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define BACK_OFF_MIN_MS INT64_C(1000)
#define BACK_OFF_DEFAULT_MS INT64_C(60000)
#define BACK_OFF_CROWDED_MS INT64_C(5000)
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
	soap_copy_line(result.text, sizeof result.text, text, strlen(text));
	return result;
}

void verdict_put_off(struct verdict *verdict, int64_t retry_after_ms, int64_t back_off_ms)
{
	int64_t wait = back_off_ms > retry_after_ms ? back_off_ms : retry_after_ms;
	verdict->spent = wait > 0;
	/* Too many at once are fewer as soon as some of ours are done. */
	if (wait < 0)
		wait = strcmp(verdict->code, "ErrorExceededConnectionCount") == 0
			       ? BACK_OFF_CROWDED_MS
			       : BACK_OFF_DEFAULT_MS;
	verdict->back_off_ms = wait < BACK_OFF_MIN_MS   ? BACK_OFF_MIN_MS
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

static struct verdict of_page(const struct soap_answer *answer)
{
	return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
		"a web page (\"%s\") came instead of SOAP: url must be that of "
		"EWS/Exchange.asmx, with the log-on of `auth` enabled on that virtual "
		"directory, and "
		"no log-on page of a proxy in front of it",
		answer && answer->kind == SOAP_HTML ? answer->text : "");
}

static struct verdict of_ok(
	const struct transfer *transfer, const struct soap_answer *answer)
{
	if (!answer)
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER,
			"the answer is empty (HTTP %ld)", transfer->status);
	switch (answer->kind) {
	case SOAP_ANSWER:
		return verdict_make(VERDICT_USE, GATEWAY_FAULT_NONE, "answered");
	case SOAP_FAULTED:
		return verdict_of_fault(transfer->status, answer);
	case SOAP_HTML:
		return of_page(answer);
	case SOAP_BROKEN:
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

static struct verdict of_redirect(const struct transfer *transfer)
{
	const char *location = transfer->location;
	int shown =
		(int)strcspn(location, "?#"); // the rest may hold more than an address
	if (location[0] == '\0')
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange or a proxy sends us to no usable URL (HTTP %ld): check "
			"url",
			transfer->status);
	if (parse_contains(location, "genericerrorpage"))
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange is overloaded (HTTP %ld to %.*s)", transfer->status,
			shown, location);
	if (parse_contains(location, "logon") || parse_contains(location, "login") ||
		parse_contains(location, "/adfs/") ||
		parse_contains(location, "/oauth2/"))
		return verdict_make(VERDICT_STOP, GATEWAY_FAULT_CONFIG,
			"Exchange sends us to a log-on page (HTTP %ld to %.*s): enable "
			"the log-on of `auth` on the EWS virtual directory, or bypass "
			"the "
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
	const struct transfer *transfer, const struct soap_answer *answer)
{
	long status = transfer->status;
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	if (status >= 200 && status < 300)
		return of_ok(transfer, answer);
	if (status >= 300 && status < 400)
		return of_redirect(transfer);
	if (status == 429 || (status == 503 && !faulted))
		return verdict_make(VERDICT_BACK_OFF, GATEWAY_FAULT_THROTTLE,
			"Exchange asks us to wait (HTTP %ld): if this stays, raise "
			"poll_interval "
			"or look at the application pool of EWS",
			status);
	if (faulted && status != 401 && status != 407)
		return verdict_of_fault(transfer->status, answer);
	if (status >= 400 && status < 500)
		return of_client_error(transfer);
	if (status >= 500)
		return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Exchange failed (HTTP %ld, \"%s\"): if this stays, look into "
			"its event "
			"log",
			status, answer && answer->kind == SOAP_HTML ? answer->text : "");
	return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_ANSWER,
		"the answer has no sensible HTTP status (%ld)", status);
}

struct verdict verdict_of(
	const struct transfer *transfer, const struct soap_answer *answer)
{
	struct verdict result = transfer->result == TRANSFER_ANSWERED
					? of_status(transfer, answer)
					: of_broken_transfer(transfer);
	bool faulted = answer && answer->kind == SOAP_FAULTED;
	if (transfer->result == TRANSFER_ANSWERED && faulted)
		memcpy(result.code, answer->code, sizeof result.code);
	if (result.action == VERDICT_BACK_OFF)
		verdict_put_off(&result, transfer->retry_after_ms,
			answer ? answer->back_off_ms : -1);
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
