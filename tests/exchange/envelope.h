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
	int version;         // envelope_version() of the request; 0: it has none
	const xmlNode *zone; // t:TimeZoneContext of the header, or NULL
	bool has_name;       // t:ExchangeImpersonation
	char name[ROLL_MAX_ADDRESS];
};

/* Its place in the order of versions (t:ExchangeVersionType), from 1; 0: there is none of
 * that name. */
int envelope_version(const char *name);

/* Call envelope_finish either way. */
bool envelope_read(const char *text, size_t n, struct envelope *out_envelope,
	struct soap_fault *out_fault);
void envelope_finish(struct envelope *envelope);

#endif
