#ifndef COMPONENT_ROSTERS_ROSTERS_H
#define COMPONENT_ROSTERS_ROSTERS_H

#include "component/people/people.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * People's contact lists, read with the roster privilege (XEP-0356 section 4), and their
 * block lists (XEP-0191) with the iq privilege: who may see whom in mode component where
 * no module in the server answers that. No server tells of changes, so a list is read
 * again when it is asked for (rosters_want()), which is harmless while it is new or on
 * its way. An answer ends in person_touch().
 *
 * Only an error answer is a refusal, after which an older list still counts. What did not
 * come, and what was refused, is asked for again after pauses that grow up to
 * publish.roster_max_age.
 */
#define ROSTERS_AT_ONCE 16
#define CONTACTS_PER_PERSON_MAX 20000
/* How long before an edge a list is read again that will be too old then. */
#define ROSTERS_LEAD_MS 30000

void rosters_link_down(struct people *people);
void roster_undress(struct person *person);

/* Says once in each domain which of the lists that count cannot be read there. To be
 * called once it is known what the server lets us do. */
void rosters_say_missing(const struct person *person);
/* Asks for her lists, unless they are on their way, the server does not let us, they were
 * read within roster_max_age and in this stream, or a pause after a failure is not over.
 * again: also where they are newer (a subscription stanza says that they may have
 * changed), at most once in ROSTERS_AGAIN_MS. */
void rosters_want(struct person *person, bool again);
#define ROSTERS_AGAIN_MS 2000

/* What is known of her lists, as far as they count: contact lists by publish.watchers,
 * block lists where the server lets us read them. None of these acts. */
enum roster_knowledge {
	ROSTER_UNKNOWN, // never read
	ROSTER_OLD,     // older than roster_max_age or the stream; a newer one can be had
	ROSTER_KNOWN,   // or old, but no newer one can be had at present
};
enum roster_knowledge roster_knowledge(const struct person *person);
bool roster_was_refused(const struct person *person);
/* When (UTC milliseconds) rosters_want(, true) should be called so that her lists are new
 * at edge_ms: ROSTERS_LEAD_MS before; edge_ms where that is not needed. */
int64_t roster_due_before(const struct person *person, int64_t edge_ms);
/* Whether he is in her list as one who sees her (from or both). */
bool roster_has_contact(const struct person *person, const struct name *watcher);
/* Whether she blocks him or his domain. Where block lists can be read and hers never was:
 * true. Where they cannot: false, which is said once (domain::said_no_blocks). */
bool roster_blocks(const struct person *person, const struct name *watcher);
size_t roster_contacts(const struct person *person); // how many see her

#endif
