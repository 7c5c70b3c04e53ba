#include "component/presence/policy.h"

#include "base/jid.h"
#include "component/presence/rooms.h"
#include "component/presence/rosters.h"

#include <stdlib.h>
#include <string.h>

static int by_pointer(const void *key, const void *element)
{
	uintptr_t a = (uintptr_t)key;
	uintptr_t b = (uintptr_t) * (struct name *const *)element;

	return a < b ? -1 : a > b;
}

bool policy_is_contact(const struct person *person, const struct name *watcher)
{
	const struct roster *roster = &person->roster;

	return roster->n > 0 && bsearch(watcher, roster->contacts, roster->n,
					sizeof(*roster->contacts), by_pointer) != NULL;
}

bool policy_is_decided(const struct person *person)
{
	/* An older list still counts while a newer one is on its way, or is refused. */
	return person->engine->config->publish.watchers != CONFIG_WATCHERS_CONTACTS ||
	       person_is_room(person) || person->roster.read_ms != 0;
}

bool policy_awaits_list(struct person *person)
{
	return person->engine->config->publish.watchers == CONFIG_WATCHERS_CONTACTS &&
	       rosters_await_fresh(person);
}

bool policy_is_blocked(const struct person *person, const struct name *watcher)
{
	const char *at = strchr(watcher->text, '@');

	for (size_t i = 0; i < person->roster.n_blocked; i++) {
		const struct name *blocked = person->roster.blocked[i];

		if (blocked == watcher ||
			(at != NULL && strcmp(blocked->text, at + 1) == 0))
			return true;
	}
	return false;
}

static bool is_local(const struct engine *engine, const struct name *watcher)
{
	const char *at = strchr(watcher->text, '@');

	return at != NULL && config_serves_domain(engine->config, at + 1);
}

static enum verdict_watch contacts_admit(
	const struct person *person, const struct name *watcher)
{
	if (!policy_is_decided(person))
		return WATCH_UNDECIDED;
	if (policy_is_blocked(person, watcher))
		return WATCH_REFUSED;
	return policy_is_contact(person, watcher) ? WATCH_ADMITTED : WATCH_REFUSED;
}

enum verdict_watch policy_admits(const struct engine *engine, const struct person *person,
	const struct name *watcher)
{
	if (watcher == person->jid)
		return WATCH_ADMITTED;
	switch (engine->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		/* A room has no contact list. */
		if (person_is_room(person))
			return is_local(engine, watcher) ? WATCH_ADMITTED : WATCH_REFUSED;
		if (!engine->config->publish.external && !is_local(engine, watcher))
			return WATCH_REFUSED;
		return contacts_admit(person, watcher);
	case CONFIG_WATCHERS_DOMAIN:
		return is_local(engine, watcher) ? WATCH_ADMITTED : WATCH_REFUSED;
	case CONFIG_WATCHERS_LIST:
		return config_watcher_is_listed(engine->config, watcher->text)
			       ? WATCH_ADMITTED
			       : WATCH_REFUSED;
	}
	return WATCH_REFUSED;
}

bool policy_is_external(const struct engine *engine, const struct name *watcher)
{
	const char *at = strchr(watcher->text, '@');

	return at != NULL && !config_serves_domain(engine->config, at + 1) &&
	       strcmp(at + 1, engine->config->component.jid) != 0;
}

bool policy_could_admit(const struct engine *engine, const struct jid *watcher)
{
	char jid[JID_SIZE];

	if (watcher->local[0] == '\0')
		return false;
	jid_print_bare(watcher, jid);
	switch (engine->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		return engine->config->publish.external ||
		       config_serves_domain(engine->config, watcher->domain);
	case CONFIG_WATCHERS_DOMAIN:
		return config_serves_domain(engine->config, watcher->domain);
	case CONFIG_WATCHERS_LIST:
		return config_watcher_is_listed(engine->config, jid);
	}
	return false;
}
