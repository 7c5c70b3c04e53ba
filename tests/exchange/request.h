#ifndef EXCHANGE_REQUEST_H
#define EXCHANGE_REQUEST_H

#include "exchange/schema.h"
#include "exchange/soap.h"
#include "exchange/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REQUEST_MAX_ADDRESS = 1000,
	REQUEST_MAX_ADDRESSES = 20000, // far above the 100 that are answered
};

/* m:GetUserAvailabilityRequest, read and found to be within the limits of the service. */
struct request {
	struct zone zone;
	char **addresses; // owned
	size_t count;
	size_t capacity;
	int64_t start; // UTC
	int64_t end;
	int64_t interval_s;
	unsigned view;    // VIEW_ bits
	bool has_options; // t:FreeBusyViewOptions
	bool has_suggestions;
	bool has_zone;
};

/* Reads a whole SOAP message. schema may be NULL. Call request_finish either way. */
bool request_read(const char *text, size_t n, struct schema *schema,
	struct request *out_request, struct soap_fault *out_fault);
void request_finish(struct request *request);

#endif
