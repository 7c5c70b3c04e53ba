#ifndef EWS_AUTODISCOVER_LOOKUP_RULES_H
#define EWS_AUTODISCOVER_LOOKUP_RULES_H

#include "base/url.h"
#include "ews/autodiscover/lookup.h"

/* Where a lookup may go, and what it may say there. */

/* Whether requests may go to a URL at all: https, or this machine. */
bool lookup_may_ask(const struct url *url);
/* Whether a host may be told who we are. redirected: another host led us there. */
bool lookup_may_tell(const struct lookup *lookup, const char *host, bool redirected);
/* Whether a path is one of Autodiscover; the method that it tells of is put there, and
 * left where it tells of none. */
bool lookup_is_service(const char *path, enum autodiscover_method *out_method);

/* The candidate of this number for an address: its method and URL. False: there is none
 * of this number, and none of any higher one. A candidate that is none for this address
 * is "". */
bool lookup_candidate(const struct lookup *lookup, unsigned number, const char *address,
	enum autodiscover_method *out_method, char out_url[AUTODISCOVER_URL_SIZE]);

#endif
