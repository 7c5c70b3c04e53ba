#ifndef EXCHANGE_REQUEST_ZONE_H
#define EXCHANGE_REQUEST_ZONE_H

#include "exchange/zone.h"

#include <stdbool.h>

#include <libxml/tree.h>

/* t:TimeZone of a request. */
bool request_zone_read(const xmlNode *element, struct zone *out_zone);

/* t:TimeZoneContext of the SOAP header: the bias of its first period, without the rules.
 */
bool request_zone_read_context(const xmlNode *context, struct zone *out_zone);

#endif
