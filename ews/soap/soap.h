#ifndef EWS_SOAP_SOAP_H
#define EWS_SOAP_SOAP_H

#include "base/buf.h"
#include "base/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What all messages of Exchange have in common: the envelope, faults, the head of an
 * answer. Bytes in and bytes out.
 */

/* ------------------------------------------------------------------ requests */

/* The header that names the operation. */
#define SOAP_ACTION(operation) \
	"SOAPAction: "         \
	"\"http://schemas.microsoft.com/exchange/services/2006/messages/" operation "\""

struct soap_envelope {
	const char *version;     // RequestServerVersion/@Version, "Exchange2013"
	const char *impersonate; // in whose name (types.xsd ExchangeImpersonation), NULL:
				 // ours
};

/* Appends all up to what goes into s:Body, which may use the prefixes m: and t:. */
void soap_begin(struct buf *buf, const struct soap_envelope *envelope);
void soap_end(struct buf *buf);
/* Appends <t:NAME>time</t:NAME>, in UTC with Z. */
void soap_put_time(struct buf *buf, const char *name, int64_t seconds);

/* ------------------------------------------------------------------ answers */

enum soap_kind {
	SOAP_ANSWER,  // what was asked for
	SOAP_FAULTED, // a SOAP fault
	SOAP_HTML,    // a web page: log-on form, proxy, help page
	SOAP_BROKEN,  // cut, hostile (DTD), over a limit, another document
};

/* What is known of an answer whatever it answers. */
struct soap_answer {
	enum soap_kind kind;
	bool begun; // the part that is about the first mailbox or item was reached
	/* of a fault, or of what was wrong */
	char code[64];           // "ErrorServerBusy"; "" none
	char text[256];          // faultstring, title of the page, or our own words
	int64_t back_off_ms;     // BackOffMilliseconds; -1: not given or senseless
	char server_version[32]; // from ServerVersionInfo, "15.2.1118"; "" none
};

#endif
