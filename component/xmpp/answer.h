#ifndef COMPONENT_XMPP_ANSWER_H
#define COMPONENT_XMPP_ANSWER_H

#include "component/xmpp/stanza.h"

#include <stdbool.h>

/* Appends the answer to an iq request that nothing else takes (RFC 6120 section 8.2.3),
 * to any address of ours: service discovery (XEP-0030, 0115), ping (XEP-0199) and
 * software version (XEP-0092) are answered, all else is service-unavailable. The same for
 * people who exist and people who do not; a room has a name, else NULL. false, and
 * nothing appended, for results and errors. */
bool answer_iq(const struct element *iq, const char *component_jid, const char *name,
	const char *version, struct buf *out);

#endif
