#ifndef COMPONENT_ROSTERS_ROSTER_READ_H
#define COMPONENT_ROSTERS_ROSTER_READ_H

#include "base/names.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>

/* What an answered iq says of a contact list, as names that the caller then owns (the
 * array and one reference each), sorted by pointer and without doubles. At most
 * CONTACTS_PER_PERSON_MAX; what is no JID is passed over. false: no such list in it, or
 * no memory. */
#define CONTACTS_PER_PERSON_MAX 20000

/* RFC 6121 section 2.1: items with subscription from or both. */
bool roster_read_contacts(struct names *names, const struct element *iq,
	struct name ***out_names, size_t *out_n);
/* XEP-0191 section 3.2, inside a privileged answer (XEP-0356 section 6) of namespace ns.
 * A server that knows no block lists blocks nobody. */
bool roster_read_blocked(struct names *names, const struct element *iq, const char *ns,
	struct name ***out_names, size_t *out_n);

#endif
