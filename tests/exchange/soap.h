#ifndef EXCHANGE_SOAP_H
#define EXCHANGE_SOAP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#include <libxml/tree.h>

#define SOAP_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_TYPES "http://schemas.microsoft.com/exchange/services/2006/types"
#define SOAP_MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define SOAP_ERRORS "http://schemas.microsoft.com/exchange/services/2006/errors"

enum {
	SOAP_FAULT_TEXT = 240,
};

/*
 * Why a request as a whole is refused. The availability service has faults of its own
 * kind: a number and no e:ResponseCode.
 */
struct soap_fault {
	const char *code; // a response code, "ErrorServerBusy"; not owned
	int number;       // m:ErrorCode of the availability service, 0: an ordinary fault
	char text[SOAP_FAULT_TEXT];
	const char *backoff; // text of BackOffMilliseconds, or NULL; not owned
	const char *policy; // the part of the policy that is exceeded, or NULL; not owned
	int64_t limit;      // of that part
};

/* Fills the code, the number and the text; false, so that a reader can return it. */
bool soap_refuse(struct soap_fault *out_fault, const char *code, int number,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for what is not as the schema says: in words, or by the child that
 * should not be there (NULL: one is missing). */
bool soap_invalid(struct soap_fault *out_fault, const char *why);
bool soap_misplaced(
	struct soap_fault *out_fault, const xmlNode *parent, const xmlNode *at);

/* The whole message. */
void soap_put_fault(struct buf *buf, const struct soap_fault *fault);

/* What is around the child of the body of a good answer. The prolog is XML
 * before the root element, or NULL. */
void soap_open(struct buf *buf, const char *prolog);
void soap_close(struct buf *buf);
/* The same as Exchange 2010 writes it into streams. */
void soap_open_2010(struct buf *buf);
void soap_close_2010(struct buf *buf);
/* The same, and a fault, as gromox writes them. */
void soap_open_gromox(struct buf *buf);
void soap_close_gromox(struct buf *buf);
void soap_put_gromox_fault(struct buf *buf, const struct soap_fault *fault);

#endif
