#include "gateway/request/outcome.h"

#include <string.h>

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
