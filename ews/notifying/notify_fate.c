#include "ews/notifying/notify_fate.h"

#include "ews/soap/code.h"

#include <string.h>

/* Where what is to be done is not what the class of the code says. */
static const struct {
	const char *code;
	enum notify_fate fate;
} exceptions[] = {
	{"ErrorExceededConnectionCount", NOTIFY_CROWDED},
	{"ErrorExceededSubscriptionCount", NOTIFY_FULL},
	{"ErrorInvalidExchangeImpersonationHeaderData", NOTIFY_REFUSED},
	/* Somebody else, or a connection of ours that we gave up, has the stream. */
	{"ErrorNewEventStreamConnectionOpened", NOTIFY_LATER},
	{"ErrorProxiedSubscriptionCallFailure", NOTIFY_MOVED},
	{"ErrorProxyRequestNotAllowed", NOTIFY_MOVED},
};

enum notify_fate notify_fate_of(const char *code)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (strcmp(code, exceptions[i].code) == 0)
			return exceptions[i].fate;
	switch (ews_code_class(code)) {
	case EWS_CODE_RESUBSCRIBE:
		return NOTIFY_LOST;
	case EWS_CODE_THROTTLE:
		return NOTIFY_BUSY;
	case EWS_CODE_AUTHZ:
		return NOTIFY_REFUSED;
	case EWS_CODE_MAILBOX:
		return NOTIFY_ABSENT;
	case EWS_CODE_OK:
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_REDISCOVER:
	case EWS_CODE_SHRINK:
	case EWS_CODE_REQUEST:
	case EWS_CODE_ITEM:
	case EWS_CODE_OTHER:
		break;
	}
	return NOTIFY_LATER;
}

bool notify_is_spared(const struct verdict *verdict)
{
	if (verdict->action == VERDICT_AGAIN)
		return false;
	if (verdict->code[0] != '\0')
		return notify_fate_of(verdict->code) != NOTIFY_BUSY;
	return verdict->action == VERDICT_HALVE ||
	       verdict->fault == GATEWAY_FAULT_TRANSIENT ||
	       verdict->fault == GATEWAY_FAULT_ANSWER;
}

struct verdict notify_spare(const struct verdict *verdict)
{
	struct verdict result = *verdict;
	if (!notify_is_spared(verdict))
		return result;
	result.action = VERDICT_USE;
	result.aside = true;
	return result;
}
