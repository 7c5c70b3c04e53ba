/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/presence/told.h"

#include "component/presence/calendars.h"
#include "component/presence/people.h"

#include <stdlib.h>

struct told *told_find(const struct resource *resource, const struct name *watcher)
{
	for (size_t i = 0; i < resource->n_told; i++) {
		if (resource->told[i].watcher == watcher)
			return &resource->told[i];
	}
	return NULL;
}

struct told *told_add(struct resource *resource, struct name *watcher)
{
	struct told *told = told_find(resource, watcher);

	if (told != NULL)
		return told;
	if (resource->n_told == resource->cap_told) {
		size_t cap = resource->cap_told == 0 ? 4 : resource->cap_told * 2;

		told = reallocarray(resource->told, cap, sizeof(*told));
		if (told == NULL)
			return NULL;
		resource->told = told;
		resource->cap_told = cap;
	}
	told = &resource->told[resource->n_told++];
	*told = (struct told){.watcher = name_ref(watcher)};
	return told;
}

void told_drop(struct engine *engine, struct resource *resource, struct told *told)
{
	names_put(engine->ports.names, told->watcher);
	*told = resource->told[--resource->n_told];
}

void told_overlaid(struct person *person, const struct resource *resource,
	struct told *told, bool overlaid)
{
	struct store *store = person->engine->ports.store;

	if (told->overlaid == overlaid)
		return;
	told->overlaid = overlaid;
	if (overlaid)
		store_put_overlay(store, person->jid->text, resource_name(resource),
			told->watcher->text, calendar_next_change(person));
	else
		store_del_overlay(store, person->jid->text, resource_name(resource),
			told->watcher->text);
}
