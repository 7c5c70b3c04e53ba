#include "gateway/request/outcome.h"

#include "base/line.h"
#include "base/parse.h"
#include "gateway/limits.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define BACK_OFF_MIN_MS INT64_C(1000)
#define BACK_OFF_DEFAULT_MS INT64_C(60000)
#define BACK_OFF_CROWDED_MS INT64_C(5000)
#define DATE_MIN_S INT64_C(60) // a date is as good as the clocks are
#define BACK_OFF_MAX_MS INT64_C(3600000)

static bool is_of_gateway(enum gateway_fault fault)
{
	return fault == GATEWAY_FAULT_CONNECT || fault == GATEWAY_FAULT_TLS ||
	       fault == GATEWAY_FAULT_AUTH || fault == GATEWAY_FAULT_AUTHZ ||
	       fault == GATEWAY_FAULT_CONFIG;
}

enum outcome_scope outcome_scope_of(enum outcome_class class, enum gateway_fault fault)
{
	switch (class) {
	case OUTCOME_USE:
		return SCOPE_GATEWAY;
	case OUTCOME_AGAIN:
		return SCOPE_NONE;
	case OUTCOME_BISECT:
		return SCOPE_BATCH;
	case OUTCOME_BACK_OFF:
	case OUTCOME_DENIED:
		return SCOPE_ACCOUNT;
	case OUTCOME_RETRY:
	case OUTCOME_STOP:
		break;
	}
	return is_of_gateway(fault) ? SCOPE_GATEWAY : SCOPE_BATCH;
}

struct outcome outcome_make(
	enum outcome_class class, enum gateway_fault fault, const char *format, ...)
{
	struct outcome result = {
		.class = class, .scope = outcome_scope_of(class, fault), .fault = fault};
	char text[2 * sizeof result.text];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	line_copy(result.text, sizeof result.text, text, strlen(text));
	return result;
}

void outcome_put_off(struct outcome *outcome, int64_t retry_after_ms, int64_t back_off_ms)
{
	int64_t wait = back_off_ms > retry_after_ms ? back_off_ms : retry_after_ms;
	outcome->spent = wait > 0;
	/* Too many at once are fewer as soon as some of ours are done. */
	if (wait < 0)
		wait = strcmp(outcome->code, "ErrorExceededConnectionCount") == 0
			       ? BACK_OFF_CROWDED_MS
			       : BACK_OFF_DEFAULT_MS;
	outcome->back_off_ms = wait < BACK_OFF_MIN_MS   ? BACK_OFF_MIN_MS
			       : wait > BACK_OFF_MAX_MS ? BACK_OFF_MAX_MS
							: wait;
}

/* What OpenSSL says where both sides were there and found nothing in common. */
static bool has_no_common_tls(const char *detail)
{
	static const char *const words[] = {"protocol version", "unsupported protocol",
		"no protocols available", "wrong version number", "handshake failure"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(detail, words[i]))
			return true;
	return false;
}

struct outcome outcome_of_broken_transfer(const struct transfer *transfer)
{
	const char *detail = transfer->detail[0] ? transfer->detail : "no details";
	switch (transfer->result) {
	case TRANSFER_TIMEOUT:
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_CONNECT,
			"no answer in time (%s): if this stays, raise the gateway's "
			"timeout "
			"or look at the load of Exchange",
			detail);
	case TRANSFER_UNREACHABLE:
		if (has_no_common_tls(detail))
			return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_TLS,
				"there is no version of TLS that Exchange and we both "
				"speak (%s): check tls_min, what the server allows, and "
				"that the port of url speaks TLS at all",
				detail);
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
			"cannot reach Exchange (%s): check url, DNS, firewall and proxy",
			detail);
	case TRANSFER_TLS:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_TLS,
			"the certificate of Exchange was refused (%s): set ca_file to "
			"the "
			"issuing authority, or give Exchange a valid certificate for the "
			"name "
			"in url",
			detail);
	case TRANSFER_OURS:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_TLS,
			"the server wants a certificate of ours that it trusts (%s): set "
			"client_certificate and client_key",
			detail);
	case TRANSFER_CUT:
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"the connection broke before the answer was whole (%s)", detail);
	case TRANSFER_TOO_BIG:
		return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_ANSWER,
			"the answer is bigger than %d MiB",
			GATEWAY_BODY_MAX / 1024 / 1024);
	case TRANSFER_PROXY:
		if (transfer->status >= 500)
			return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
				"the proxy cannot reach Exchange (HTTP %ld, %s): check "
				"proxy and url",
				transfer->status, detail);
		if (transfer->status == 401 || transfer->status == 407)
			return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
				"the proxy refused the log-on (HTTP %ld): check "
				"proxy_username and proxy_password_file",
				transfer->status);
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"the proxy refused (%s): check proxy and no_proxy", detail);
	case TRANSFER_ANSWERED:
		break;
	}
	assert(transfer->result == TRANSFER_ANSWERED);
	return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_ANSWER, "no answer");
}

int64_t outcome_retry_after_ms(const char *value, int64_t now)
{
	size_t n = strlen(value);
	parse_trim(&value, &n);
	if (n == 0)
		return -1;
	size_t digits = strspn(value, "0123456789");
	bool fraction = digits > 0 && digits < n && value[digits] == '.' &&
			strspn(value + digits + 1, "0123456789") >= n - digits - 1;
	if (digits >= n || fraction) {
		int64_t seconds;
		bool sane = parse_int64(value, digits < n ? digits : n, 0,
			BACK_OFF_MAX_MS / 1000 - fraction, &seconds);
		return sane ? (seconds + fraction) * 1000 : BACK_OFF_MAX_MS;
	}
	/* All three forms of an HTTP-date begin with a weekday; curl_getdate() takes
	 * more. */
	bool weekday = (*value | 0x20) >= 'a' && (*value | 0x20) <= 'z';
	time_t date = weekday ? curl_getdate(value, NULL) : -1;
	if (date < 0)
		return -1;
	int64_t wait = (int64_t)date - now;
	return wait <= DATE_MIN_S              ? DATE_MIN_S * 1000
	       : wait > BACK_OFF_MAX_MS / 1000 ? BACK_OFF_MAX_MS
					       : wait * 1000;
}

#define NO_BINDING                                                                   \
	"if Extended Protection is required (as by Exchange 2019 since CU14), this " \
	"libcurl has no channel binding for it: use basic or oauth2, or set it to "  \
	"Allow for EWS"

static struct outcome of_token(const struct transfer *transfer)
{
	const char *why = transfer->diagnostics[0] ? transfer->diagnostics : "no details";
	return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
		"Exchange refused the token (HTTP 401, %s): check scope, the consent to "
		"the application's role, and that EWS is allowed to it",
		why);
}

/* Words of MIT Kerberos for a KDC that does not answer or cannot be found. */
static bool is_without_kdc(const char *detail)
{
	return strstr(detail, "Cannot contact any KDC") ||
	       strstr(detail, "Cannot find KDC") || strstr(detail, "Cannot resolve");
}

struct outcome outcome_of_no_ticket(const char *error)
{
	if (is_without_kdc(error))
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
			"no Kerberos ticket (%s): check the KDC and krb5.conf", error);
	return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
		"no Kerberos ticket (%s): check keytab, principal, the principal of the "
		"server, and this machine's clock",
		error);
}

static struct outcome of_handshake(const struct transfer *transfer)
{
	bool kerberos = transfer->auth == AUTH_NEGOTIATE;
	if (!transfer->handshake_done && kerberos)
		return outcome_of_no_ticket(transfer->detail[0]
						    ? transfer->detail
						    : "does the server offer Negotiate?");
	if (!transfer->handshake_done)
		return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"the log-on did not get far (HTTP 401): check that the EWS "
			"virtual directory offers NTLM");
	if (kerberos)
		return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"Exchange refused a good Kerberos ticket (HTTP 401): check that "
			"HTTP/host is the principal of its service account; %s",
			NO_BINDING);
	return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
		"Exchange refused the log-on by NTLM (HTTP 401): check username and "
		"password, and that the account is not locked; %s",
		NO_BINDING);
}

struct outcome outcome_of_auth(const struct transfer *transfer)
{
	switch (transfer->auth) {
	case AUTH_BASIC:
		break;
	case AUTH_NTLM:
	case AUTH_NEGOTIATE:
		return of_handshake(transfer);
	case AUTH_TOKEN:
		return of_token(transfer);
	}
	return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
		"Exchange refused the log-on (HTTP 401): check username and password, "
		"that the account is not locked, and that the EWS virtual directory "
		"offers the method of auth");
}
