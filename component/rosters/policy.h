#ifndef COMPONENT_ROSTERS_POLICY_H
#define COMPONENT_ROSTERS_POLICY_H

#include "component/people/people.h"

#include <stdbool.h>

/* Who may see whom in mode component, by publish.watchers. Pure: it reads what is known
 * and asks for nothing. */

enum admission {
	ADMISSION_YES,
	ADMISSION_NO,
	ADMISSION_HIDDEN,  // she blocks him: he sees nothing as long as she does
	ADMISSION_UNKNOWN, // what it is decided by is not known yet
};

/* watcher: a bare JID. */
enum admission policy_admits(const struct person *person, const struct name *watcher,
	const struct sight *sight);
/* Whether he of this JID could ever be admitted to anybody: a stranger gets silence. */
bool policy_could_admit(const struct people *people, const struct jid *watcher);
/* Whether rooms admit him: they have neither contacts nor block lists. */
bool policy_admits_to_rooms(const struct people *people, const struct jid *watcher);
/* Whether admission goes by contact lists. */
bool policy_needs_lists(const struct person *person);

#endif
