/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/presence/watcher_list.h"

#include <stdlib.h>

bool watcher_is_pending(const struct watcher *watcher)
{
	return watcher->state == WATCHER_PENDING || watcher->state == WATCHER_PROBED;
}

struct watcher *watcher_find(struct person *person, const char *from, const char *jid)
{
	const struct names *names = person->engine->ports.names;
	const struct name *his = names_find(names, jid);
	const struct name *ours = names_find(names, from);

	for (size_t i = 0; his != NULL && i < person->n_watchers; i++) {
		if (person->watchers[i].jid == his && person->watchers[i].from == ours)
			return &person->watchers[i];
	}
	return NULL;
}

static bool grow(struct person *person)
{
	size_t cap = person->cap_watchers == 0 ? 4 : person->cap_watchers * 2;
	struct watcher *watchers;

	if (person->n_watchers < person->cap_watchers)
		return true;
	watchers = reallocarray(person->watchers, cap, sizeof(*watchers));
	if (watchers == NULL)
		return false;
	person->watchers = watchers;
	person->cap_watchers = cap;
	return true;
}

struct watcher *watcher_add(struct person *person, const char *from, const char *jid,
	enum watcher_state state)
{
	struct names *names = person->engine->ports.names;
	struct watcher watcher = {.state = state};

	if (person->n_watchers >= WATCHERS_PER_PERSON_MAX || !grow(person))
		return NULL;
	watcher.jid = names_get(names, jid);
	watcher.from = names_get(names, from);
	if (watcher.jid == NULL || watcher.from == NULL) {
		names_put(names, watcher.jid);
		names_put(names, watcher.from);
		return NULL;
	}
	person->n_pending += watcher_is_pending(&watcher);
	person->watchers[person->n_watchers] = watcher;
	return &person->watchers[person->n_watchers++];
}

void watcher_set_state(
	struct person *person, struct watcher *watcher, enum watcher_state state)
{
	person->n_pending -= watcher_is_pending(watcher);
	watcher->state = state;
	person->n_pending += watcher_is_pending(watcher);
}

void watcher_drop(struct person *person, struct watcher *watcher)
{
	struct names *names = person->engine->ports.names;

	person->n_pending -= watcher_is_pending(watcher);
	names_put(names, watcher->jid);
	names_put(names, watcher->from);
	*watcher = person->watchers[--person->n_watchers];
}

void watchers_finish(struct person *person)
{
	while (person->n_watchers > 0)
		watcher_drop(person, &person->watchers[person->n_watchers - 1]);
	free(person->watchers);
}
