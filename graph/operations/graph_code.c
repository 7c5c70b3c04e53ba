#include "graph/operations/graph_code.h"

#include <stdlib.h>
#include <strings.h>

/* By name, without regard to case. Of notifications and of delta queries, which are not
 * used, there is none; those of the issuer of tokens are gateway/auth/'s. */
static const struct graph_code codes[] = {
	/* name, class, fault, elsewhere, of_caller */
	{"5002", GRAPH_CODE_SHRINK, GATEWAY_FAULT_TRANSIENT, false, false},
	{"5006", GRAPH_CODE_SHRINK, GATEWAY_FAULT_TRANSIENT, false, false},
	{"5009", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true, false},
	{"5016", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"5021", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, true, false},
	{"5035", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"5037", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"accessDenied", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false, true},
	{"activityLimitReached", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false,
		false},
	{"ApplicationThrottled", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false,
		false},
	{"AuthenticationError", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTH, false, false},
	{"Authorization_IdentityNotFound", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false,
		false},
	{"Authorization_RequestDenied", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false,
		false},
	{"BadGateway", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"BadRequest", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"ErrorAccessDenied", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false, true},
	{"ErrorAccountDisabled", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"ErrorADUnavailable", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorBatchProcessingStopped", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT,
		false, false},
	{"ErrorCalendarEndDateIsEarlierThanStartDate", GRAPH_CODE_REQUEST,
		GATEWAY_FAULT_REQUEST, false, false},
	{"ErrorCalendarViewRangeTooBig", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorConnectionFailed", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorCorruptData", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"ErrorExceededConnectionCount", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE,
		false, false},
	{"ErrorExceededFindCountLimit", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE,
		false, false},
	{"ErrorFolderNotFound", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"ErrorFreeBusyGenerationFailed", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT,
		false, false},
	{"ErrorGroupIsUsedInNonGroupURI", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX,
		false, false},
	{"ErrorIncorrectRoutingHint", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false,
		false},
	{"ErrorInternalServerError", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorInternalServerTransientError", GRAPH_CODE_TRANSIENT,
		GATEWAY_FAULT_TRANSIENT, false, false},
	{"ErrorInvalidIdMalformed", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorInvalidMergedFreeBusyInterval", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST,
		false, false},
	{"ErrorInvalidParameter", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorInvalidPropertySet", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorInvalidRequest", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"ErrorInvalidSmtpAddress", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false,
		false},
	{"ErrorInvalidTimeInterval", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorInvalidUrlQuery", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"ErrorInvalidUrlQueryFilter", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorInvalidUser", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true, false},
	{"ErrorItemNotFound", GRAPH_CODE_ITEM, GATEWAY_FAULT_NONE, false, false},
	{"ErrorMailboxDataArrayEmpty", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"ErrorMailboxDataArrayTooBig", GRAPH_CODE_SHRINK, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorMailboxFailover", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorMailboxMoveInProgress", GRAPH_CODE_REDISCOVER, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"ErrorMailboxStoreUnavailable", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT,
		false, false},
	{"ErrorMailRecipientNotFound", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"ErrorNonExistentMailbox", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"ErrorPropertyRequestFailed", GRAPH_CODE_ITEM, GATEWAY_FAULT_NONE, false, false},
	{"ErrorQuotaExceeded", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"ErrorServerBusy", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false, false},
	{"ErrorTimeIntervalTooBig", GRAPH_CODE_SHRINK, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorTimeoutExpired", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ErrorTimeZone", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"ErrorTooManyObjectsOpened", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false,
		false},
	{"ErrorUnsupportedMethod", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"FailedDependency", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"Forbidden", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false, false},
	{"GatewayTimeout", GRAPH_CODE_SHRINK, GATEWAY_FAULT_TRANSIENT, false, false},
	{"generalException", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"InternalServerError", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"InvalidAuthenticationToken", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTH, false,
		false},
	{"InvalidMsaTicket", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTH, false, false},
	{"invalidRange", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"invalidRequest", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"itemNotFound", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, false, false},
	{"MailboxConcurrency", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false, false},
	{"MailboxInfoStale", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"MailboxNotEnabledForRESTAPI", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"MailboxNotHostedInExchangeOnline", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX,
		true, false},
	{"MailboxNotSupportedForRESTAPI", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"malwareDetected", GRAPH_CODE_OTHER, GATEWAY_FAULT_TRANSIENT, false, false},
	{"nameAlreadyExists", GRAPH_CODE_OTHER, GATEWAY_FAULT_TRANSIENT, false, false},
	{"NoPermissionsInAccessToken", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false,
		false},
	{"notAllowed", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTHZ, false, false},
	{"notSupported", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"OrganizationFromTenantGuidNotFound", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_CONFIG,
		false, false},
	{"quotaLimitReached", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false, false},
	{"Request_ResourceNotFound", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"RequestBodyRead", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"resourceModified", GRAPH_CODE_OTHER, GATEWAY_FAULT_TRANSIENT, false, false},
	{"ResourceNotFound", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true, false},
	{"RESTAPINotEnabledForUser", GRAPH_CODE_MAILBOX, GATEWAY_FAULT_MAILBOX, true,
		false},
	{"serviceNotAvailable", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"ServiceUnavailable", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"throttledRequest", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false, false},
	{"TokenNotFound", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTH, false, false},
	{"TooManyRequests", GRAPH_CODE_THROTTLE, GATEWAY_FAULT_THROTTLE, false, false},
	{"unauthenticated", GRAPH_CODE_AUTHZ, GATEWAY_FAULT_AUTH, false, false},
	{"UnexpectedResponse", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false,
		false},
	{"UnknownError", GRAPH_CODE_TRANSIENT, GATEWAY_FAULT_TRANSIENT, false, false},
	{"UnsupportedEntityExpression", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
	{"UnsupportedMediaType", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false, false},
	{"UnsupportedQueryOption", GRAPH_CODE_REQUEST, GATEWAY_FAULT_REQUEST, false,
		false},
};

static int compare(const void *key, const void *row)
{
	return strcasecmp(key, ((const struct graph_code *)row)->name);
}

const struct graph_code *graph_code_find(const char *name)
{
	return bsearch(name, codes, sizeof codes / sizeof *codes, sizeof *codes, compare);
}

struct graph_code graph_code_of_status(long status)
{
	enum graph_code_class class = GRAPH_CODE_REQUEST;
	enum gateway_fault fault = GATEWAY_FAULT_REQUEST;
	switch (status) {
	case 401:
		class = GRAPH_CODE_AUTHZ;
		fault = GATEWAY_FAULT_AUTH;
		break;
	case 403:
		class = GRAPH_CODE_AUTHZ;
		fault = GATEWAY_FAULT_AUTHZ;
		break;
	case 402:
	case 404:
	case 507:
		class = GRAPH_CODE_MAILBOX;
		fault = GATEWAY_FAULT_MAILBOX;
		break;
	case 413:
	case 504:
		class = GRAPH_CODE_SHRINK;
		fault = GATEWAY_FAULT_TRANSIENT;
		break;
	case 429:
	case 509:
		class = GRAPH_CODE_THROTTLE;
		fault = GATEWAY_FAULT_THROTTLE;
		break;
	case 408:
	case 409:
	case 410:
	case 423:
	case 424:
		class = GRAPH_CODE_TRANSIENT;
		fault = GATEWAY_FAULT_TRANSIENT;
		break;
	default:
		if (status >= 500 && status != 501) {
			class = GRAPH_CODE_TRANSIENT;
			fault = GATEWAY_FAULT_TRANSIENT;
		} else if (status < 400) { // a redirect, or an error that says it is none
			class = status < 300 ? GRAPH_CODE_OTHER : GRAPH_CODE_REQUEST;
			fault = status < 300 ? GATEWAY_FAULT_TRANSIENT
					     : GATEWAY_FAULT_CONFIG;
		}
	}
	return (struct graph_code){
		.name = "", .class = class, .fault = fault, .of_caller = status == 403};
}
