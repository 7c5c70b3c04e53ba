#ifndef EXCHANGE_ENVELOPE_H
#define EXCHANGE_ENVELOPE_H

#include "exchange/roll.h"
#include "exchange/soap.h"

#include <stdbool.h>
#include <stddef.h>

/* A SOAP message from a client, as far as it is the same for all operations. */
struct envelope {
	xmlDoc *doc;         // owned
	xmlNode *operation;  // the child of the body; has a namespace
	const xmlNode *zone; // t:TimeZoneContext of the header, or NULL
	bool has_name;       // t:ExchangeImpersonation
	char name[ROLL_MAX_ADDRESS];
};

/* Call envelope_finish either way. */
bool envelope_read(const char *text, size_t n, struct envelope *out_envelope,
	struct soap_fault *out_fault);
void envelope_finish(struct envelope *envelope);

#endif
