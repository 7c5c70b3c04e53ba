#ifndef EWS_OPERATIONS_OOF_SETTINGS_H
#define EWS_OPERATIONS_OOF_SETTINGS_H

#include "ews/soap/soap.h"
#include "gateway/protocol/messages.h"

#include <stdint.h>

/*
 * GetUserOofSettings (docs: getuseroofsettings-operation; schema: messages.xsd
 * GetUserOofSettingsRequest, GetUserOofSettingsResponse): what the owner of a mailbox has
 * set up. Only its owner may ask, or who impersonates him; others get a fault. Neither
 * reply leaves the reader.
 */

/* Appends the whole SOAP envelope. Failure shows in buf->failed. */
void oof_settings_write(
	struct buf *buf, const struct soap_envelope *envelope, const char *address);

struct oof_settings {
	struct soap_answer soap;
	/* of kind SOAP_ANSWER */
	char code[64]; // response code of a failure; "" none
	char text[256];
	bool known;   // the state could be made out
	int64_t from; // replies go out in [from, to); from == to: never
	int64_t to;   // GATEWAY_TIME_MAX: until further notice
};

/* Reads an answer as bytes of an HTTP body, of whatever status. Times without a zone are
 * UTC. 0, or -1 when out of memory. */
int oof_settings_read(const char *bytes, size_t n, struct oof_settings *out_answer)
	__attribute__((warn_unused_result));

/* Whether a fault says that we are not the owner of the mailbox: that the account does
 * not impersonate, or not him. */
bool oof_settings_is_refusal(const struct soap_answer *answer);

#endif
