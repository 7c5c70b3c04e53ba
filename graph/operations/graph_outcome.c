#include "graph/operations/graph_outcome.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct graph_code graph_code_of(long status, const char *code)
{
	const struct graph_code *known = graph_code_find(code);
	/* It stands for anything, and so for nothing where the status says more. */
	bool vague = strcasecmp(code, "UnknownError") == 0 && status < 500;
	return known && !vague ? *known : graph_code_of_status(status);
}

/* "application/json", whatever parameters it has. */
static bool is_json(const struct transfer *transfer)
{
	const char *type = transfer->media_type;
	size_t n = strcspn(type, "; \t");
	return n == strlen("application/json") &&
	       strncasecmp(type, "application/json", n) == 0;
}

static bool is_other_charset(const struct transfer *transfer)
{
	return parse_contains(transfer->media_type, "charset=") &&
	       !parse_contains(transfer->media_type, "charset=utf-8") &&
	       !parse_contains(transfer->media_type, "charset=\"utf-8\"");
}

static struct outcome make_throttled(
	const struct transfer *transfer, const char *code, const char *text)
{
	struct outcome outcome = outcome_make(OUTCOME_BACK_OFF, GATEWAY_FAULT_THROTTLE,
		"Graph asks us to wait (HTTP %ld, %s): %s", transfer->status, code, text);
	outcome_put_off(&outcome, transfer->retry_after_ms, -1);
	outcome.scope = SCOPE_MAILBOX; // the budget of whom it was asked as
	return outcome;
}

static struct outcome make_authz(
	const struct transfer *transfer, const struct graph_code *code, const char *text)
{
	if (code->fault == GATEWAY_FAULT_AUTH)
		return outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH,
			"Graph refused the token (HTTP %ld, %s): check cloud, tenant and "
			"client_id, and that the application is still allowed to sign in",
			transfer->status, text);
	if (code->fault == GATEWAY_FAULT_CONFIG)
		return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"there is no Exchange Online in this tenant (HTTP %ld, %s): "
			"check tenant",
			transfer->status, text);
	return outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTHZ,
		"Graph refuses us (HTTP %ld, %s): grant the application "
		"Calendars.ReadBasic with admin consent, or the Exchange role "
		"\"Application Calendars.Read\" for these mailboxes; either takes up to "
		"two hours to count",
		transfer->status, text);
}

/* Of an answer that has an error. */
static struct graph_judgement judge_error(
	const struct transfer *transfer, const struct graph_error *error, size_t n)
{
	struct graph_code code = graph_code_of(transfer->status, error->code);
	const char *text = error->text[0]   ? error->text
			   : error->code[0] ? error->code
					    : "no details";
	struct graph_judgement result = {0};
	struct outcome *outcome = &result.outcome;
	switch (code.class) {
	case GRAPH_CODE_THROTTLE:
		*outcome = make_throttled(transfer, error->code, text);
		break;
	case GRAPH_CODE_AUTHZ:
		*outcome = make_authz(transfer, &code, text);
		result.of_caller = code.of_caller && !transfer->challenged;
		break;
	case GRAPH_CODE_MAILBOX:
	case GRAPH_CODE_ITEM: // the calendar itself
		*outcome = outcome_make(OUTCOME_BISECT,
			error->code[0] ? GATEWAY_FAULT_MAILBOX : GATEWAY_FAULT_TRANSIENT,
			"Graph has no calendar of this mailbox (HTTP %ld, %s)",
			transfer->status, text);
		result.of_caller = true;
		break;
	case GRAPH_CODE_SHRINK:
		*outcome = outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_TRANSIENT,
			"too much was asked for at once (HTTP %ld, %s)", transfer->status,
			text);
		outcome->too_big = n > 1 && transfer->status != 504;
		break;
	case GRAPH_CODE_REQUEST:
		*outcome = outcome_make(error->code[0] ? OUTCOME_BISECT : OUTCOME_RETRY,
			GATEWAY_FAULT_REQUEST,
			"Graph calls our request wrong (HTTP %ld, %s)", transfer->status,
			text);
		break;
	case GRAPH_CODE_TRANSIENT:
	case GRAPH_CODE_REDISCOVER:
	case GRAPH_CODE_OTHER:
		*outcome = outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
			"Graph failed (HTTP %ld, %s)", transfer->status, text);
		break;
	}
	memcpy(outcome->code, error->code, sizeof outcome->code);
	outcome->elsewhere = code.elsewhere;
	return result;
}

static struct outcome make_unreadable(const char *why)
{
	return outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_ANSWER,
		"the answer of Graph cannot be read: %s", why);
}

struct graph_judgement graph_outcome_of(
	const struct transfer *transfer, const struct graph_error *error, size_t n)
{
	static const struct graph_error none;
	if (!error)
		error = &none;
	if (transfer->result != TRANSFER_ANSWERED)
		return (struct graph_judgement){
			outcome_of_broken_transfer(transfer), false};
	if (transfer->status >= 300 && transfer->status < 400)
		return (struct graph_judgement){
			outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
				"Graph leads us elsewhere (HTTP %ld), which is never "
				"followed: check url and proxy",
				transfer->status),
			false};
	if (transfer->status != 200 || error->told)
		return judge_error(transfer, error, n);
	if (transfer->media_type[0] && !is_json(transfer))
		return (struct graph_judgement){
			outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
				"what answers is not Graph (Content-Type \"%.60s\"), "
				"maybe "
				"the page of a proxy: check url and proxy",
				transfer->media_type),
			false};
	if (is_other_charset(transfer))
		return (struct graph_judgement){
			make_unreadable("it is not UTF-8"), false};
	if (!error->is_json)
		return (struct graph_judgement){make_unreadable("it is no JSON"), false};
	return (struct graph_judgement){
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered"), false};
}
