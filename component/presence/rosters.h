#ifndef COMPONENT_PRESENCE_ROSTERS_H
#define COMPONENT_PRESENCE_ROSTERS_H

#include "component/presence/model.h"

/*
 * People's contact lists, read with the roster privilege (XEP-0356 section 4), and their
 * block lists (XEP-0191) with the iq privilege where it is granted. No server tells of
 * changes, so a list is read again when its owner comes online, at every subscription
 * stanza, and when it is older than publish.roster_max_age before it decides anything.
 */
#define ROSTERS_AT_ONCE 16
/* How long before an edge a list is read again that will be too old then. */
#define ROSTERS_LEAD_MS 30000

/* Asks for the list where a publish mode or the policy needs it. */
void rosters_want(struct person *person);
/* Likewise if the list is older than publish.roster_max_age. */
void rosters_want_fresh(struct person *person);
/* Likewise, unless that was refused lately; true while a list that is too old waits for
 * the answer, which ends in publisher_update(). */
bool rosters_await_fresh(struct person *person);
/* The same of a list that was read before that (monotonic): her own words go only to whom
 * she admitted when she said them. */
bool rosters_await_since(struct person *person, int64_t spoken_ms);
/* Likewise if it was not read in this stream. */
void rosters_want_once(struct person *person);
/* When (UTC milliseconds) to see to an edge: ROSTERS_LEAD_MS early if the list will be
 * too old by then, or is from before her last words. Asks for the list where that is now.
 */
int64_t rosters_before(struct person *person, int64_t edge_ms);
void roster_finish(struct person *person);
/* Puts as many questions for lists that are wanted as there may be at once. */
void rosters_go_on(struct engine *engine);
void rosters_link_down(struct engine *engine);

#endif
