#ifndef EWS_OPERATIONS_MAILTIPS_H
#define EWS_OPERATIONS_MAILTIPS_H

#include "ews/soap/soap.h"
#include "gateway/protocol/messages.h"

#include <stddef.h>
#include <stdint.h>

/*
 * GetMailTips (docs: getmailtips-operation; schema: messages.xsd GetMailTips,
 * GetMailTipsResponse), asked for OutOfOfficeMessage alone: what a sender is told of many
 * recipients before he sends, which takes no right on their mailboxes. Of a reply's text
 * only that there is one leaves the reader.
 */
#define MAILTIPS_MAILBOXES_MAX 50 // a request; Exchange's default, and it refuses more

struct mailtips_query {
	struct soap_envelope envelope;
	const char *const *addresses; // borrowed; SMTP addresses
	size_t n;                     // 1 to MAILTIPS_MAILBOXES_MAX
	const char
		*sender; // on whose behalf (SendingAs): the schema wants one, and
			 // one inside of the organisation is told what those inside are
};

/* Appends the whole SOAP envelope. Failure shows in buf->failed. */
void mailtips_write(struct buf *buf, const struct mailtips_query *query);

enum mailtips_reply {
	MAILTIPS_UNKNOWN, // the answer does not say
	MAILTIPS_OFF,
	MAILTIPS_ON,
};

/* One mailbox's answer, in the order of the request. */
struct mailtips_mailbox {
	enum mailtips_reply reply;
	bool pending; // Exchange did not find out in time (PendingMailTips)
	int64_t from; // ON: Duration; GATEWAY_TIME_MIN, GATEWAY_TIME_MAX without one
	int64_t to;
	char code[64]; // response code of a failure; "" none
	char text[256];
};

struct mailtips {
	struct soap_answer soap;
	/* of kind SOAP_ANSWER */
	char code[64]; // response code where it was refused for all; "" none
	size_t n;      // as many as are in the answer; beyond the maximum it is refused
	struct mailtips_mailbox mailboxes[MAILTIPS_MAILBOXES_MAX];
};

/* Reads an answer as bytes of an HTTP body, of whatever status. Times without a zone are
 * UTC. 0, or -1 when out of memory. */
int mailtips_read(const char *bytes, size_t n, struct mailtips *out_answer)
	__attribute__((warn_unused_result));

#endif
