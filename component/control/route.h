#ifndef COMPONENT_CONTROL_ROUTE_H
#define COMPONENT_CONTROL_ROUTE_H

#include "component/control/control.h"

#include <microhttpd.h>

/* Reads what is asked. 0, or the HTTP status of a refusal with a sentence in out_why and,
 * for 405, the one method that is allowed in out_allow. jid is the connection's memory.
 */
unsigned route_request(struct MHD_Connection *connection, const char *path,
	const char *method, struct control_request *out_request, const char **out_why,
	const char **out_allow);

#endif
