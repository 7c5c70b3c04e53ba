#ifndef EXCHANGE_OP_AVAILABILITY_H
#define EXCHANGE_OP_AVAILABILITY_H

#include "exchange/operation.h"
#include "exchange/zone.h"

/* m:GetUserAvailabilityRequest, found to be within the limits of the service.
 */
struct availability {
	struct zone zone;
	int64_t start; // UTC
	int64_t end;
	int64_t interval_s;
	unsigned view;    // VIEW_ bits
	int version;      // of the request, envelope_version()
	bool has_options; // t:FreeBusyViewOptions
	bool has_suggestions;
	bool has_zone;
	const struct farm *farm; // not owned
	bool is_unfriendly;      // the answer is to be as gromox', or worse
	const char *view_name;   // what every view is called; empty: its name; not owned
};

bool op_availability_read(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault);

#endif
