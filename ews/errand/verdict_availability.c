#include "ews/errand/verdict_make.h"

#include <assert.h>
#include <string.h>

static bool all_throttled(const struct availability *answer)
{
	size_t throttled = 0;
	for (size_t i = 0; i < answer->n; i++)
		throttled += answer->mailboxes[i].fault == GATEWAY_FAULT_THROTTLE;
	return answer->n > 0 && throttled == answer->n;
}

static struct verdict of_mailboxes(const struct availability *answer, size_t n)
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

struct verdict verdict_of_availability(
	const struct transfer *transfer, const struct availability *answer, size_t n)
{
	assert(n >= 1);
	struct verdict result = verdict_of(transfer, answer ? &answer->soap : NULL);
	if (answer && result.action == VERDICT_USE) {
		result = of_mailboxes(answer, n);
		if (result.action == VERDICT_BACK_OFF)
			verdict_put_off(&result, transfer->retry_after_ms,
				answer->soap.back_off_ms);
	}
	result.too_big = n > 1 && result.action == VERDICT_HALVE &&
			 result.fault == GATEWAY_FAULT_REQUEST;
	/* A request about one mailbox would mean that one. */
	if (strcmp(result.code, "ErrorInvalidSchemaVersionForMailboxVersion") == 0)
		result.action = VERDICT_AGAIN;
	return result;
}
