#include "gateway/auth/token.h"

#include "base/line.h"
#include "base/parse.h"
#include "gateway/request/outcome.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LIFE_MAX_S INT64_C(31536000)
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

/* application/x-www-form-urlencoded (RFC 6749 appendix B). */
static void put_value(struct buf *buf, const char *text)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._~";
	for (; *text != '\0'; text++) {
		if (strchr(kept, *text))
			buf_add(buf, text, 1);
		else
			buf_printf(buf, "%%%02X", (unsigned char)*text);
	}
}

static void put_field(struct buf *buf, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(buf, "%s%s=", buf->len > 0 ? "&" : "", name);
	put_value(buf, value);
}

void token_write_device(struct buf *buf, const struct token_query *query)
{
	put_field(buf, "client_id", query->client_id);
	put_field(buf, "scope", query->scope);
}

void token_write(struct buf *buf, const struct token_query *query)
{
	const char *grant = query->refresh_token ? "refresh_token"
			    : query->device_code ? DEVICE_GRANT
						 : "client_credentials";
	put_field(buf, "grant_type", grant);
	put_field(buf, "client_id", query->client_id);
	if (!query->device_code)
		put_field(buf, "scope", query->scope);
	put_field(buf, "refresh_token", query->refresh_token);
	put_field(buf, "device_code", query->device_code);
	put_field(buf, "claims", query->claims);
	put_field(buf, "client_secret", query->client_secret);
	if (query->assertion)
		put_field(buf, "client_assertion_type", ASSERTION_TYPE);
	put_field(buf, "client_assertion", query->assertion);
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));
	return text ? text : "";
}

/* Numbers come as such or as texts. */
static int64_t number_of(const json_t *json, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(json, name);
	const char *text = json_string_value(value);
	int64_t number = fallback;
	if (json_is_integer(value))
		number = json_integer_value(value);
	else if (text && !parse_int64(text, strlen(text), 0, INT64_MAX, &number))
		number = fallback;
	return number < 1 ? 1 : number > LIFE_MAX_S ? LIFE_MAX_S : number;
}

/* What may stand in a header or a form (RFC 6749 appendix A: VSCHAR without blanks). */
static bool is_token(const char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n > 0 && n <= TOKEN_MAX;
}

static void broken(struct token_answer *answer, const char *why)
{
	answer->kind = TOKEN_BROKEN;
	line_copy(answer->text, sizeof answer->text, why, strlen(why));
}

/* False: out of memory. */
static bool read_granted(const json_t *json, struct token_answer *answer)
{
	const char *token = text_of(json, "access_token");
	const char *refresh = text_of(json, "refresh_token");
	if (strcasecmp(text_of(json, "token_type"), "Bearer") != 0 || !is_token(token)) {
		broken(answer, "the answer has no bearer token");
		return true;
	}
	answer->kind = TOKEN_GRANTED;
	answer->life_s = number_of(json, "expires_in", TOKEN_LIFE_S);
	return secret_set(&answer->token, token, strlen(token)) &&
	       (!is_token(refresh) ||
		       secret_set(&answer->refresh, refresh, strlen(refresh)));
}

static bool read_device(const json_t *json, struct token_answer *answer)
{
	const char *code = text_of(json, "device_code");
	const char *user = text_of(json, "user_code");
	const char *where = text_of(json, "verification_uri");
	if (!is_token(code) || !is_token(user) || !is_token(where) ||
		strlen(user) >= sizeof answer->user_code ||
		strlen(where) >= sizeof answer->where) {
		broken(answer, "the answer has no device code");
		return true;
	}
	answer->kind = TOKEN_DEVICE;
	answer->life_s = number_of(json, "expires_in", 900);
	answer->interval_s = number_of(json, "interval", TOKEN_INTERVAL_S);
	(void)snprintf(answer->user_code, sizeof answer->user_code, "%s", user);
	(void)snprintf(answer->where, sizeof answer->where, "%s", where);
	return secret_set(&answer->device, code, strlen(code));
}

static unsigned long long number_in(const char *text)
{
	const char *mark = strstr(text, "AADSTS");
	int64_t number = 0;
	size_t digits = mark ? strspn(mark + 6, "0123456789") : 0;
	if (digits == 0 || !parse_int64(mark + 6, digits, 0, INT64_MAX, &number))
		return 0;
	return (unsigned long long)number;
}

static void read_refused(const json_t *json, struct token_answer *answer)
{
	const char *error = text_of(json, "error");
	const char *text = text_of(json, "error_description");
	const char *trace = strstr(text, "Trace ID:"); // of use to Microsoft alone
	answer->kind = strcmp(error, "authorization_pending") == 0 ? TOKEN_PENDING
		       : strcmp(error, "slow_down") == 0           ? TOKEN_SLOWER
								   : TOKEN_REFUSED;
	answer->aadsts = number_in(text);
	line_copy(answer->error, sizeof answer->error, error, strlen(error));
	line_copy(answer->text, sizeof answer->text, text,
		trace ? (size_t)(trace - text) : strlen(text));
}

int token_read(const char *bytes, size_t n, struct token_answer *out_answer)
{
	struct token_answer answer = {.kind = TOKEN_BROKEN};
	json_error_t error;
	bool fine = true;
	if (n > TOKEN_BODY_MAX)
		n = TOKEN_BODY_MAX; // and so not whole
	json_t *json = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		broken(&answer, "the answer is no JSON");
	else if (json_object_get(json, "error"))
		read_refused(json, &answer);
	else if (json_object_get(json, "device_code"))
		fine = read_device(json, &answer);
	else
		fine = read_granted(json, &answer);
	json_decref(json);
	if (!fine) {
		token_answer_finish(&answer);
		return -1;
	}
	*out_answer = answer;
	return 0;
}

void token_answer_finish(struct token_answer *answer)
{
	secret_finish(&answer->token);
	secret_finish(&answer->refresh);
	secret_finish(&answer->device);
}

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
