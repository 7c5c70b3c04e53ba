#include "ews/soap/code.h"

#include <stdlib.h>
#include <string.h>

struct code {
	const char *name;
	enum ews_code_class class;
};

/* Sorted by name, in bytes. A code that is not here is EWS_CODE_OTHER. */
static const struct code codes[] = {
	{"ErrorADOperation", EWS_CODE_TRANSIENT},
	{"ErrorADSessionFilter", EWS_CODE_MAILBOX},
	{"ErrorADUnavailable", EWS_CODE_TRANSIENT},
	{"ErrorAccessDenied", EWS_CODE_AUTHZ},
	{"ErrorAccountDisabled", EWS_CODE_MAILBOX},
	{"ErrorAddressSpaceNotFound", EWS_CODE_MAILBOX},
	{"ErrorAutoDiscoverFailed", EWS_CODE_TRANSIENT},
	{"ErrorAvailabilityConfigNotFound", EWS_CODE_MAILBOX},
	{"ErrorBatchProcessingStopped", EWS_CODE_TRANSIENT},
	{"ErrorCalendarEndDateIsEarlierThanStartDate", EWS_CODE_REQUEST},
	{"ErrorCalendarFolderIsInvalidForCalendarView", EWS_CODE_REQUEST},
	{"ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", EWS_CODE_ITEM},
	{"ErrorCalendarOccurrenceIsDeletedFromRecurrence", EWS_CODE_ITEM},
	{"ErrorCalendarViewRangeTooBig", EWS_CODE_REQUEST},
	{"ErrorCallerIsInvalidADAccount", EWS_CODE_AUTHZ},
	{"ErrorCannotDisableMandatoryExtension", EWS_CODE_AUTHZ},
	{"ErrorCannotFindUser", EWS_CODE_MAILBOX},
	{"ErrorClientDisconnected", EWS_CODE_TRANSIENT},
	{"ErrorConnectionFailed", EWS_CODE_TRANSIENT},
	{"ErrorContentConversionFailed", EWS_CODE_TRANSIENT},
	{"ErrorCorruptData", EWS_CODE_TRANSIENT},
	{"ErrorCrossMailboxMoveCopy", EWS_CODE_MAILBOX},
	{"ErrorDataSizeLimitExceeded", EWS_CODE_SHRINK},
	{"ErrorEventNotFound", EWS_CODE_RESUBSCRIBE},
	{"ErrorExceededConnectionCount", EWS_CODE_THROTTLE},
	{"ErrorExceededFindCountLimit", EWS_CODE_THROTTLE},
	{"ErrorExceededSubscriptionCount", EWS_CODE_THROTTLE},
	{"ErrorExpiredSubscription", EWS_CODE_RESUBSCRIBE},
	{"ErrorFolderExists", EWS_CODE_TRANSIENT},
	{"ErrorFolderNotFound", EWS_CODE_MAILBOX},
	{"ErrorFolderSave", EWS_CODE_TRANSIENT},
	{"ErrorFreeBusyDLLimitReached", EWS_CODE_MAILBOX},
	{"ErrorFreeBusyGenerationFailed", EWS_CODE_TRANSIENT},
	{"ErrorImpersonateUserDenied", EWS_CODE_AUTHZ},
	{"ErrorImpersonationDenied", EWS_CODE_AUTHZ},
	{"ErrorImpersonationFailed", EWS_CODE_AUTHZ},
	{"ErrorIncorrectSchemaVersion", EWS_CODE_REQUEST},
	{"ErrorIndividualMailboxLimitReached", EWS_CODE_MAILBOX},
	{"ErrorInsufficientResources", EWS_CODE_THROTTLE},
	{"ErrorInternalServerError", EWS_CODE_TRANSIENT},
	{"ErrorInternalServerTransientError", EWS_CODE_TRANSIENT},
	{"ErrorInvalidArgument", EWS_CODE_REQUEST},
	{"ErrorInvalidAuthorizationContext", EWS_CODE_MAILBOX},
	{"ErrorInvalidCrossForestCredentials", EWS_CODE_MAILBOX},
	{"ErrorInvalidExchangeImpersonationHeaderData", EWS_CODE_REQUEST},
	{"ErrorInvalidExtendedProperty", EWS_CODE_REQUEST},
	{"ErrorInvalidExtendedPropertyValue", EWS_CODE_REQUEST},
	{"ErrorInvalidFolderId", EWS_CODE_REQUEST},
	{"ErrorInvalidFreeBusyViewType", EWS_CODE_REQUEST},
	{"ErrorInvalidId", EWS_CODE_REQUEST},
	{"ErrorInvalidIdEmpty", EWS_CODE_REQUEST},
	{"ErrorInvalidIdMalformed", EWS_CODE_REQUEST},
	{"ErrorInvalidIdXml", EWS_CODE_REQUEST},
	{"ErrorInvalidLicense", EWS_CODE_MAILBOX},
	{"ErrorInvalidMergedFreeBusyInterval", EWS_CODE_REQUEST},
	{"ErrorInvalidNetworkServiceContext", EWS_CODE_MAILBOX},
	{"ErrorInvalidOperation", EWS_CODE_REQUEST},
	{"ErrorInvalidOrganizationRelationshipForFreeBusy", EWS_CODE_MAILBOX},
	{"ErrorInvalidPagingMaxRows", EWS_CODE_REQUEST},
	{"ErrorInvalidPropertyDelete", EWS_CODE_REQUEST},
	{"ErrorInvalidPropertyForOperation", EWS_CODE_REQUEST},
	{"ErrorInvalidPropertyRequest", EWS_CODE_REQUEST},
	{"ErrorInvalidPropertySet", EWS_CODE_REQUEST},
	{"ErrorInvalidProxySecurityContext", EWS_CODE_AUTHZ},
	{"ErrorInvalidPullSubscriptionId", EWS_CODE_REQUEST},
	{"ErrorInvalidPushSubscriptionUrl", EWS_CODE_REQUEST},
	{"ErrorInvalidRequest", EWS_CODE_REQUEST},
	{"ErrorInvalidSchemaVersionForMailboxVersion", EWS_CODE_REQUEST},
	{"ErrorInvalidSerializedAccessToken", EWS_CODE_AUTHZ},
	{"ErrorInvalidServerVersion", EWS_CODE_REQUEST},
	{"ErrorInvalidSid", EWS_CODE_REQUEST},
	{"ErrorInvalidSmtpAddress", EWS_CODE_MAILBOX},
	{"ErrorInvalidSubscription", EWS_CODE_RESUBSCRIBE},
	{"ErrorInvalidSubscriptionRequest", EWS_CODE_REQUEST},
	{"ErrorInvalidTimeInterval", EWS_CODE_REQUEST},
	{"ErrorInvalidUserInfo", EWS_CODE_REQUEST},
	{"ErrorInvalidUserPrincipalName", EWS_CODE_REQUEST},
	{"ErrorInvalidUserSid", EWS_CODE_REQUEST},
	{"ErrorInvalidWatermark", EWS_CODE_RESUBSCRIBE},
	{"ErrorIrresolvableConflict", EWS_CODE_TRANSIENT},
	{"ErrorItemCorrupt", EWS_CODE_ITEM},
	{"ErrorItemNotFound", EWS_CODE_ITEM},
	{"ErrorItemPropertyRequestFailed", EWS_CODE_ITEM},
	{"ErrorItemSave", EWS_CODE_TRANSIENT},
	{"ErrorLegacyMailboxFreeBusyViewTypeNotMerged", EWS_CODE_MAILBOX},
	{"ErrorLogonAsNetworkServiceFailed", EWS_CODE_MAILBOX},
	{"ErrorMailRecipientNotFound", EWS_CODE_MAILBOX},
	{"ErrorMailboxConfiguration", EWS_CODE_MAILBOX},
	{"ErrorMailboxDataArrayEmpty", EWS_CODE_REQUEST},
	{"ErrorMailboxDataArrayTooBig", EWS_CODE_SHRINK},
	{"ErrorMailboxFailover", EWS_CODE_TRANSIENT},
	{"ErrorMailboxLogonFailed", EWS_CODE_TRANSIENT},
	{"ErrorMailboxMoveInProgress", EWS_CODE_REDISCOVER},
	{"ErrorMailboxStoreUnavailable", EWS_CODE_TRANSIENT},
	{"ErrorMessageDispositionRequired", EWS_CODE_REQUEST},
	{"ErrorMissedNotificationEvents", EWS_CODE_RESUBSCRIBE},
	{"ErrorMissingArgument", EWS_CODE_REQUEST},
	{"ErrorMissingEmailAddress", EWS_CODE_MAILBOX},
	{"ErrorMissingUserIdInformation", EWS_CODE_AUTHZ},
	{"ErrorMoveCopyFailed", EWS_CODE_TRANSIENT},
	{"ErrorNameResolutionMultipleResults", EWS_CODE_ITEM},
	{"ErrorNameResolutionNoMailbox", EWS_CODE_ITEM},
	{"ErrorNameResolutionNoResults", EWS_CODE_ITEM},
	{"ErrorNewEventStreamConnectionOpened", EWS_CODE_RESUBSCRIBE},
	{"ErrorNoApplicableProxyCASServersAvailable", EWS_CODE_MAILBOX},
	{"ErrorNoFreeBusyAccess", EWS_CODE_MAILBOX},
	{"ErrorNoPublicFolderReplicaAvailable", EWS_CODE_MAILBOX},
	{"ErrorNoPublicFolderServerAvailable", EWS_CODE_MAILBOX},
	{"ErrorNoRespondingCASInDestinationSite", EWS_CODE_TRANSIENT},
	{"ErrorNonExistentMailbox", EWS_CODE_MAILBOX},
	{"ErrorNonPrimarySmtpAddress", EWS_CODE_MAILBOX},
	{"ErrorNotEnoughMemory", EWS_CODE_THROTTLE},
	{"ErrorNotSupportedSharingMessage", EWS_CODE_REQUEST},
	{"ErrorObjectTypeChanged", EWS_CODE_REQUEST},
	{"ErrorOccurrenceCrossingBoundary", EWS_CODE_REQUEST},
	{"ErrorOrganizationAccessBlocked", EWS_CODE_AUTHZ},
	{"ErrorParentFolderNotFound", EWS_CODE_MAILBOX},
	{"ErrorPasswordChangeRequired", EWS_CODE_AUTHZ},
	{"ErrorPasswordExpired", EWS_CODE_AUTHZ},
	{"ErrorProxiedSubscriptionCallFailure", EWS_CODE_RESUBSCRIBE},
	{"ErrorProxyCallFailed", EWS_CODE_TRANSIENT},
	{"ErrorProxyRequestNotAllowed", EWS_CODE_REDISCOVER},
	{"ErrorProxyRequestProcessingFailed", EWS_CODE_TRANSIENT},
	{"ErrorProxyServiceDiscoveryFailed", EWS_CODE_TRANSIENT},
	{"ErrorProxySoapException", EWS_CODE_TRANSIENT},
	{"ErrorProxyTokenExpired", EWS_CODE_TRANSIENT},
	{"ErrorPublicFolderRequestProcessingFailed", EWS_CODE_TRANSIENT},
	{"ErrorQuotaExceeded", EWS_CODE_MAILBOX},
	{"ErrorReadEventsFailed", EWS_CODE_RESUBSCRIBE},
	{"ErrorRecurrenceHasNoOccurrence", EWS_CODE_ITEM},
	{"ErrorRequestAborted", EWS_CODE_TRANSIENT},
	{"ErrorResultSetTooBig", EWS_CODE_SHRINK},
	{"ErrorSchemaValidation", EWS_CODE_REQUEST},
	{"ErrorSendAsDenied", EWS_CODE_AUTHZ},
	{"ErrorSentMeetingRequestUpdate", EWS_CODE_TRANSIENT},
	{"ErrorServerBusy", EWS_CODE_THROTTLE},
	{"ErrorServiceDiscoveryFailed", EWS_CODE_TRANSIENT},
	{"ErrorStaleObject", EWS_CODE_ITEM},
	{"ErrorSubscriptionAccessDenied", EWS_CODE_AUTHZ},
	{"ErrorSubscriptionDelegateAccessNotSupported", EWS_CODE_AUTHZ},
	{"ErrorSubscriptionNotFound", EWS_CODE_RESUBSCRIBE},
	{"ErrorSubscriptionUnsubscribed", EWS_CODE_RESUBSCRIBE},
	{"ErrorTimeIntervalTooBig", EWS_CODE_SHRINK},
	{"ErrorTimeZone", EWS_CODE_REQUEST},
	{"ErrorTimeoutExpired", EWS_CODE_TRANSIENT},
	{"ErrorTokenSerializationDenied", EWS_CODE_AUTHZ},
	{"ErrorTooManyObjectsOpened", EWS_CODE_THROTTLE},
	{"ErrorUnsupportedCulture", EWS_CODE_REQUEST},
	{"ErrorUnsupportedPropertyDefinition", EWS_CODE_REQUEST},
	{"ErrorUnsupportedQueryFilter", EWS_CODE_REQUEST},
	{"ErrorUserNotAllowedByPolicy", EWS_CODE_MAILBOX},
	{"ErrorUserWithoutFederatedProxyAddress", EWS_CODE_AUTHZ},
	{"ErrorWin32InteropError", EWS_CODE_TRANSIENT},
	{"ErrorWrongServerVersion", EWS_CODE_REDISCOVER},
	{"ErrorWrongServerVersionDelegate", EWS_CODE_REDISCOVER},
	{"NoError", EWS_CODE_OK},
};

static int compare_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct code *)element)->name);
}

/* Codes by which Exchange says that it does not have the mailbox, sorted by name.
 *
 *   unknown to its directory: MailRecipientNotFound, NonExistentMailbox; CannotFindUser,
 *     as other vendors say
 *   its own move, or its site's or version's servers have to be asked:
 *     MailboxMoveInProgress, WrongServerVersion, WrongServerVersionDelegate,
 *     ProxyRequestNotAllowed, NoApplicableProxyCASServersAvailable
 *   known to be of another organisation or forest, and no way there:
 * AddressSpaceNotFound, AvailabilityConfigNotFound, InvalidCrossForestCredentials,
 *     InvalidOrganizationRelationshipForFreeBusy, ServiceDiscoveryFailed,
 *     ProxyServiceDiscoveryFailed
 *
 * Not among them: what a server says that found the way and met trouble at its end
 * (ProxyRequestProcessingFailed, unless it was refused there;
 * NoRespondingCASInDestinationSite), since that passes;
 * refusals (NoFreeBusyAccess), since the mailbox is there. */
static const char *const elsewhere[] = {
	"ErrorAddressSpaceNotFound",
	"ErrorAvailabilityConfigNotFound",
	"ErrorCannotFindUser",
	"ErrorInvalidCrossForestCredentials",
	"ErrorInvalidOrganizationRelationshipForFreeBusy",
	"ErrorMailRecipientNotFound",
	"ErrorMailboxMoveInProgress",
	"ErrorNoApplicableProxyCASServersAvailable",
	"ErrorNonExistentMailbox",
	"ErrorProxyRequestNotAllowed",
	"ErrorProxyServiceDiscoveryFailed",
	"ErrorServiceDiscoveryFailed",
	"ErrorWrongServerVersion",
	"ErrorWrongServerVersionDelegate",
};

static int compare_text(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

bool ews_code_is_elsewhere(const char *code)
{
	return bsearch(code, elsewhere, sizeof elsewhere / sizeof *elsewhere,
		       sizeof *elsewhere, compare_text) != NULL;
}

enum ews_code_class ews_code_class(const char *code)
{
	const struct code *found = bsearch(
		code, codes, sizeof codes / sizeof *codes, sizeof *codes, compare_name);
	return found ? found->class : EWS_CODE_OTHER;
}

enum gateway_fault ews_code_mailbox_fault(enum ews_code_class class)
{
	switch (class) {
	case EWS_CODE_OK:
		return GATEWAY_FAULT_NONE;
	case EWS_CODE_THROTTLE:
		return GATEWAY_FAULT_THROTTLE;
	case EWS_CODE_TRANSIENT:
	case EWS_CODE_REDISCOVER: // a mailbox on the move arrives
		return GATEWAY_FAULT_TRANSIENT;
	case EWS_CODE_MAILBOX:
	case EWS_CODE_SHRINK: // one mailbox cannot be asked for less
	case EWS_CODE_OTHER:
		return GATEWAY_FAULT_MAILBOX;
	case EWS_CODE_AUTHZ:
		return GATEWAY_FAULT_AUTHZ;
	case EWS_CODE_REQUEST:
		return GATEWAY_FAULT_REQUEST;
	case EWS_CODE_RESUBSCRIBE:
	case EWS_CODE_ITEM:
		return GATEWAY_FAULT_ANSWER;
	}
	return GATEWAY_FAULT_ANSWER;
}
