#include "component/rosters/policy.h"

#include "component/rosters/rosters.h"

#include <string.h>

/* Whether publish.watchers lets somebody see people, or rooms, whatever lists say: rooms
 * have none. */
static bool may_admit(const struct people *people, bool is_room, const char *bare_jid)
{
	const char *at = strchr(bare_jid, '@');
	bool is_local = at && config_serves_domain(people->config, at + 1);

	switch (people->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		return is_local || (at && !is_room);
	case CONFIG_WATCHERS_DOMAIN:
		return is_local;
	case CONFIG_WATCHERS_LIST:
		return at && config_watcher_is_listed(people->config, bare_jid);
	}
	return false;
}

static bool may_admit_jid(
	const struct people *people, bool is_room, const struct jid *watcher)
{
	char bare[JID_SIZE];

	jid_print_bare(watcher, bare);
	return may_admit(people, is_room, bare);
}

bool policy_admits_to_rooms(const struct people *people, const struct jid *watcher)
{
	return may_admit_jid(people, true, watcher);
}

bool policy_could_admit(const struct people *people, const struct jid *watcher)
{
	return may_admit_jid(people, false, watcher);
}

bool policy_needs_lists(const struct person *person)
{
	return person->people->config->publish.watchers == CONFIG_WATCHERS_CONTACTS &&
	       !person_is_room(person);
}

static enum admission by_sight(const struct person *person, const struct sight *sight)
{
	if (!sight->known)
		return ADMISSION_UNKNOWN;
	if (sight->blocked)
		return ADMISSION_HIDDEN;
	if (policy_needs_lists(person) && !sight->sees)
		return ADMISSION_NO;
	return ADMISSION_YES;
}

static enum admission by_lists(const struct person *person, const struct name *watcher)
{
	if (roster_knowledge(person) != ROSTER_KNOWN)
		return ADMISSION_UNKNOWN;
	if (policy_needs_lists(person) && !roster_has_contact(person, watcher))
		return ADMISSION_NO;
	return roster_blocks(person, watcher) ? ADMISSION_HIDDEN : ADMISSION_YES;
}

enum admission policy_admits(const struct person *person, const struct name *watcher,
	const struct sight *sight)
{
	if (watcher == person->jid)
		return ADMISSION_YES;
	if (!may_admit(person->people, person_is_room(person), watcher->text))
		return ADMISSION_NO;
	if (person_is_room(person))
		return ADMISSION_YES;
	return sight ? by_sight(person, sight) : by_lists(person, watcher);
}
