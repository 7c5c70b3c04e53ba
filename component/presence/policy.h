#ifndef COMPONENT_PRESENCE_POLICY_H
#define COMPONENT_PRESENCE_POLICY_H

#include "component/presence/model.h"

enum verdict_watch {
	WATCH_ADMITTED,
	WATCH_REFUSED,
	WATCH_UNDECIDED, // her contact list is not known yet
};

/* Whether a watcher (bare JID) may see this person, by publish.watchers. */
enum verdict_watch policy_admits(const struct engine *engine, const struct person *person,
	const struct name *watcher);

/* Whether anything is known that the policy decides by. */
bool policy_is_decided(const struct person *person);

/* Whether the person has this contact in her roster as one who sees her (from or both).
 */
bool policy_is_contact(const struct person *person, const struct name *watcher);
/* Whether she blocks him or his domain (XEP-0191). */
bool policy_is_blocked(const struct person *person, const struct name *watcher);
/* Whether he is a person of another server, so that nobody tells us his presence. */
bool policy_is_external(const struct engine *engine, const struct name *watcher);
/* Whether anybody of this domain, or he of this bare JID, could ever be admitted. */
bool policy_could_admit(const struct engine *engine, const struct jid *watcher);

/* Whether the policy goes by her contact list, and that is too old while a newer one is
 * on its way (rosters_await_fresh()). */
bool policy_awaits_list(struct person *person);

#endif
