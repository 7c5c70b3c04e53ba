#ifndef EWS_OPERATIONS_AUTODISCOVER_H
#define EWS_OPERATIONS_AUTODISCOVER_H

#include "base/buf.h"

#include <stddef.h>

/*
 * The messages of Autodiscover, as bytes in and bytes out: where the mailbox of an
 * address is.
 */

enum autodiscover_method {
	AUTODISCOVER_JSON, // version 2, which anybody may ask (office-js docs)
	AUTODISCOVER_SOAP, // GetUserSettings (docs: getusersettings-operation-soap)
	AUTODISCOVER_POX,  // docs: pox-autodiscover-request-for-exchange
	AUTODISCOVER_HTTP, // GET without https, which only a redirection is taken from
};

#define AUTODISCOVER_SOAP_ACTION                                                \
	"http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/" \
	"GetUserSettings"
/* The header that names the operation. */
#define AUTODISCOVER_SOAP_HEADER "SOAPAction: \"" AUTODISCOVER_SOAP_ACTION "\""
#define AUTODISCOVER_POX_SPACE                                        \
	"http://schemas.microsoft.com/exchange/autodiscover/outlook/" \
	"responseschema/2006a"

#define AUTODISCOVER_URL_SIZE 1025 // longer ones are as if they were not there

enum autodiscover_kind {
	AUTODISCOVER_FOUND,
	AUTODISCOVER_REDIRECT_URL,     // ask there
	AUTODISCOVER_REDIRECT_ADDRESS, // ask for that address
	AUTODISCOVER_UNKNOWN,          // the service does not know the address
	AUTODISCOVER_BUSY,
	AUTODISCOVER_NOTHING, // it says nothing of use
};

struct autodiscover_answer {
	enum autodiscover_kind kind;
	/* FOUND: of EWS, the one for clients outside first; "": there is no such one.
	 * REDIRECT: urls[0] is where to, or the address. */
	char urls[2][AUTODISCOVER_URL_SIZE];
	char text[256]; // what else it says, one line; may be ""
};

/* Appends the path and query of version 2 that asks for an address. */
void autodiscover_put_query(struct buf *buf, const char *address);
/* Append the body of a request. url is the service's. */
void autodiscover_write_soap(struct buf *buf, const char *address, const char *url);
void autodiscover_write_pox(struct buf *buf, const char *address);

/* Read an answer as bytes of an HTTP body, of whatever status. 0, or -1 when out of
 * memory. */
int autodiscover_read_soap(const char *bytes, size_t n,
	struct autodiscover_answer *out_answer) __attribute__((warn_unused_result));
int autodiscover_read_pox(const char *bytes, size_t n,
	struct autodiscover_answer *out_answer) __attribute__((warn_unused_result));
int autodiscover_read_json(const char *bytes, size_t n,
	struct autodiscover_answer *out_answer) __attribute__((warn_unused_result));

/* Copies n bytes of a URL or an address; what does not fit is "". */
void autodiscover_keep(char out[AUTODISCOVER_URL_SIZE], const char *text, size_t n);

#endif
