#ifndef COMPONENT_REPORT_REPORT_H
#define COMPONENT_REPORT_REPORT_H

#include "base/buf.h"
#include "component/people/people.h"
#include "component/workers/workers.h"
#include "component/xmpp/link.h"

#include <stdbool.h>

/* `status` and `why`: JSON first, the text for people is made from it, so that both say
 * the same. Reads getters of the rooms below and changes nothing. */

/* What only the program knows and `status` says. */
struct report_surroundings {
	const char *version;
	const struct link *link;
	const struct workers *workers; // as many as there are gateways
	/* Of the loop, since the start: by the clock, and what it computed, which is less
	 * where the disk or the machine is busy. */
	int64_t longest_turn_ms;
	int64_t longest_turn_cpu_ms;
};

/* Returns whether somebody has to act (the exit status of `status` is 1 then). */
bool report_status(const struct people *people, const struct report_surroundings *around,
	bool json, struct buf *out);
/* false and a sentence where the JID is none of ours. */
bool report_why(const struct people *people, const char *jid, bool json, struct buf *out);

#endif
