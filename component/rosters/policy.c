#include "component/rosters/policy.h"

#include "component/rosters/rosters.h"

#include <string.h>

static bool is_local(const struct people *people, const struct name *watcher)
{
	const char *at = strchr(watcher->text, '@');

	return at && config_serves_domain(people->config, at + 1);
}

/* Whether publish.watchers excludes him whatever her lists say. A room has none. */
static bool is_excluded(const struct person *person, const struct name *watcher)
{
	const struct people *people = person->people;

	switch (people->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		return person_is_room(person) && !is_local(people, watcher);
	case CONFIG_WATCHERS_DOMAIN:
		return !is_local(people, watcher);
	case CONFIG_WATCHERS_LIST:
		return !config_watcher_is_listed(people->config, watcher->text);
	}
	return true;
}

bool policy_admits_to_rooms(const struct people *people, const struct jid *watcher)
{
	char bare[JID_SIZE];

	if (watcher->local[0] == '\0')
		return false;
	if (people->config->publish.watchers != CONFIG_WATCHERS_LIST)
		return config_serves_domain(people->config, watcher->domain);
	jid_print_bare(watcher, bare);
	return config_watcher_is_listed(people->config, bare);
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
	if (is_excluded(person, watcher))
		return ADMISSION_NO;
	if (person_is_room(person))
		return ADMISSION_YES;
	return sight ? by_sight(person, sight) : by_lists(person, watcher);
}

bool policy_could_admit(const struct people *people, const struct jid *watcher)
{
	char bare[JID_SIZE];

	if (watcher->local[0] == '\0')
		return false;
	switch (people->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		return true;
	case CONFIG_WATCHERS_DOMAIN:
		return config_serves_domain(people->config, watcher->domain);
	case CONFIG_WATCHERS_LIST:
		jid_print_bare(watcher, bare);
		return config_watcher_is_listed(people->config, bare);
	}
	return false;
}
