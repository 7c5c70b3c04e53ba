#ifndef EWS_SOAP_CODE_H
#define EWS_SOAP_CODE_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>

/* The classes of ResponseCode (messages.xsd ResponseCodeType) by what to do about them.
 */
enum ews_code_class {
	EWS_CODE_OK,
	EWS_CODE_THROTTLE,    // back off for the whole account
	EWS_CODE_TRANSIENT,   // try again with growing pauses
	EWS_CODE_REDISCOVER,  // the mailbox is elsewhere
	EWS_CODE_MAILBOX,     // permanent for this mailbox: probe slowly
	EWS_CODE_AUTHZ,       // the account lacks a right
	EWS_CODE_RESUBSCRIBE, // notifications only
	EWS_CODE_SHRINK,      // ask for less at once
	EWS_CODE_REQUEST,     // our request is wrong: never repeat it unchanged
	EWS_CODE_ITEM,        // one item only
	EWS_CODE_OTHER,       // not expected, or unknown
};

/* The class of a response code; unknown text is EWS_CODE_OTHER. */
enum ews_code_class ews_code_class(const char *code);

/* Whether a mailbox's code says that it is not to be had here: another gateway may have
 * it. */
bool ews_code_is_elsewhere(const char *code);

/* What the class of one mailbox's code means for it. */
enum gateway_fault ews_code_mailbox_fault(enum ews_code_class class);

#endif
