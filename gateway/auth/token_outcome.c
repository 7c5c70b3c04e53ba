#include "gateway/auth/token.h"

#include "gateway/request/outcome.h"

#include <string.h>

/* Microsoft's numbers (AADSTS...) that name one cause, and what to do about it. */
static const struct {
	unsigned long long number;
	enum gateway_fault fault;
	const char *advice;
} known[] = {
	{7000215, GATEWAY_FAULT_AUTH,
		"the client secret is wrong: its value counts, not its id"},
	{7000222, GATEWAY_FAULT_AUTH, "the client secret has expired: make a new one"},
	{7000218, GATEWAY_FAULT_AUTH,
		"the application is not a public client: allow public "
		"client flows, or configure its secret or certificate"},
	{700016, GATEWAY_FAULT_CONFIG, "client_id is unknown in this tenant"},
	{700024, GATEWAY_FAULT_AUTH, "the clock of this machine is wrong: set it right"},
	{700027, GATEWAY_FAULT_AUTH,
		"the certificate is not, or no longer, registered for the "
		"application, or has expired"},
	{700021, GATEWAY_FAULT_AUTH,
		"the issuer does not take the assertion for the "
		"application's: check client_id and certificate_file"},
	{90002, GATEWAY_FAULT_CONFIG, "there is no such tenant: check tenant and cloud"},
	{900023, GATEWAY_FAULT_CONFIG, "there is no such tenant: check tenant and cloud"},
	{70011, GATEWAY_FAULT_CONFIG, "check scope"},
	{1002012, GATEWAY_FAULT_CONFIG, "check scope: an application asks for .default"},
	{500011, GATEWAY_FAULT_CONFIG, "check scope: this tenant knows no such resource"},
	{65001, GATEWAY_FAULT_AUTHZ,
		"an administrator has to consent to the application"},
	{53003, GATEWAY_FAULT_AUTHZ, "a conditional access policy forbids it"},
};

static struct outcome of_refusal(const struct token_answer *answer)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (answer->aadsts == known[i].number)
			return outcome_make(OUTCOME_STOP, known[i].fault,
				"no token (%s): %s; the issuer says: %s", answer->error,
				known[i].advice, answer->text);
	if (strcmp(answer->error, "temporarily_unavailable") == 0 ||
		strcmp(answer->error, "server_error") == 0 || answer->aadsts == 90033)
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
			"no token at present (%s); the issuer says: %s", answer->error,
			answer->text);
	if (strcmp(answer->error, "invalid_grant") == 0)
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTH,
			"no token (invalid_grant): sign in anew with `calpresence "
			"login`; "
			"the issuer says: %s",
			answer->text);
	if (strcmp(answer->error, "invalid_client") == 0 ||
		strcmp(answer->error, "unauthorized_client") == 0)
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTH,
			"no token (%s): check client_id and the client's secret or "
			"certificate; the issuer says: %s",
			answer->error, answer->text);
	return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
		"no token (%s): check authority, tenant, client_id and scope; the issuer "
		"says: %s",
		answer->error, answer->text);
}

static struct outcome of_status(
	const struct transfer *transfer, const struct token_answer *answer)
{
	long status = transfer->status;
	if (status == 429) {
		struct outcome result =
			outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE,
				"the issuer of tokens asks us to wait (HTTP 429)");
		result.back_off_ms = transfer->retry_after_ms > 1000
					     ? transfer->retry_after_ms
					     : 60000;
		return result;
	}
	if (answer && answer->kind != TOKEN_BROKEN && answer->kind != TOKEN_GRANTED)
		return of_refusal(answer);
	if (status >= 500)
		return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
			"the issuer of tokens failed (HTTP %ld)", status);
	return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
		"there is no issuer of tokens at this place (HTTP %ld, %s): check "
		"authority and tenant, and whether a proxy has a log-on page",
		status, answer ? answer->text : "an empty answer");
}

struct outcome token_outcome(
	const struct transfer *transfer, const struct token_answer *answer)
{
	const char *detail = transfer->detail[0] ? transfer->detail : "no details";
	switch (transfer->result) {
	case TRANSFER_ANSWERED:
		return of_status(transfer, answer);
	case TRANSFER_TLS:
	case TRANSFER_OURS:
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_TLS,
			"the certificate of the issuer of tokens was refused (%s): check "
			"authority and ca_file",
			detail);
	case TRANSFER_PROXY:
		return outcome_make(
			transfer->status >= 500 ? OUTCOME_RETRY : OUTCOME_STOP,
			transfer->status >= 500 ? GATEWAY_FAULT_CONNECT
						: GATEWAY_FAULT_CONFIG,
			"the proxy refused the way to the issuer of tokens (%s): check "
			"proxy, its log-on, and no_proxy",
			detail);
	case TRANSFER_TIMEOUT:
	case TRANSFER_UNREACHABLE:
	case TRANSFER_CUT:
	case TRANSFER_TOO_BIG:
		break;
	}
	return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT,
		"cannot reach the issuer of tokens (%s): check authority, DNS, firewall "
		"and proxy",
		detail);
}
