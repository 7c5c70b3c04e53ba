#include "ews/subscriptions/subscription_error.h"

#include "ews/operations/ews_outcome.h"
#include "ews/soap/code.h"

#include <string.h>

/* Where what is to be done is not what the class of the code says. */
static const struct {
	const char *code;
	enum subscription_error error;
} exceptions[] = {
	{"ErrorExceededConnectionCount", SUBSCRIPTION_ERROR_CROWDED},
	{"ErrorExceededSubscriptionCount", SUBSCRIPTION_ERROR_FULL},
	{"ErrorInvalidExchangeImpersonationHeaderData", SUBSCRIPTION_ERROR_REFUSED},
	/* Somebody else, or a connection of ours that we gave up, has the stream. */
	{"ErrorNewEventStreamConnectionOpened", SUBSCRIPTION_ERROR_LATER},
	{"ErrorProxiedSubscriptionCallFailure", SUBSCRIPTION_ERROR_MOVED},
	{"ErrorProxyRequestNotAllowed", SUBSCRIPTION_ERROR_MOVED},
	{EWS_FORBIDDEN, SUBSCRIPTION_ERROR_REFUSED},
};

enum subscription_error subscription_error_of(const char *code)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (strcmp(code, exceptions[i].code) == 0)
			return exceptions[i].error;
	switch (ews_code_class(code)) {
	case EWS_CODE_RESUBSCRIBE:
		return SUBSCRIPTION_ERROR_LOST;
	case EWS_CODE_THROTTLE:
		return SUBSCRIPTION_ERROR_BUSY;
	case EWS_CODE_AUTHZ:
		return SUBSCRIPTION_ERROR_REFUSED;
	case EWS_CODE_MAILBOX:
		return SUBSCRIPTION_ERROR_ABSENT;
	case EWS_CODE_OK:
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_REDISCOVER:
	case EWS_CODE_SHRINK:
	case EWS_CODE_REQUEST:
	case EWS_CODE_ITEM:
	case EWS_CODE_OTHER:
		break;
	}
	return SUBSCRIPTION_ERROR_LATER;
}

bool subscription_error_is_spared(const struct outcome *outcome)
{
	return outcome->scope == SCOPE_MAILBOX || outcome->scope == SCOPE_BATCH;
}

struct outcome subscription_error_spare(const struct outcome *outcome)
{
	struct outcome result = *outcome;
	bool is_busy = outcome->class == OUTCOME_BACK_OFF && outcome->code[0] != '\0' &&
		       subscription_error_of(outcome->code) == SUBSCRIPTION_ERROR_BUSY;
	if (subscription_error_is_spared(outcome) && !is_busy)
		result.scope = SCOPE_NONE;
	return result;
}
