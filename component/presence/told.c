/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/presence/told.h"

#include "component/presence/overlay.h"
#include "component/presence/people.h"

#include <stdlib.h>
#include <string.h>

static size_t place(const struct resource *resource, const struct name *watcher)
{
	return names_place(
		resource->told, resource->n_told, sizeof(*resource->told), watcher);
}

struct told *told_find(const struct resource *resource, const struct name *watcher)
{
	size_t at = place(resource, watcher);

	return at < resource->n_told && resource->told[at].watcher == watcher
		       ? &resource->told[at]
		       : NULL;
}

struct told *told_add(struct resource *resource, struct name *watcher)
{
	size_t at = place(resource, watcher);
	struct told *told;

	if (at < resource->n_told && resource->told[at].watcher == watcher)
		return &resource->told[at];
	if (resource->n_told == resource->cap_told) {
		size_t cap = resource->cap_told == 0 ? 4 : resource->cap_told * 2;

		told = reallocarray(resource->told, cap, sizeof(*told));
		if (told == NULL)
			return NULL;
		resource->told = told;
		resource->cap_told = cap;
	}
	told = &resource->told[at];
	memmove(told + 1, told, (resource->n_told - at) * sizeof(*told));
	resource->n_told++;
	*told = (struct told){.watcher = name_ref(watcher)};
	return told;
}

void told_drop(struct engine *engine, struct resource *resource, struct told *told)
{
	size_t at = (size_t)(told - resource->told);

	names_put(engine->ports.names, told->watcher);
	resource->n_told--;
	memmove(told, told + 1, (resource->n_told - at) * sizeof(*told));
}

void told_forget(struct person *person, struct resource *resource, struct told *told)
{
	store_del_overlay(person->engine->ports.store, person->jid->text,
		resource_name(resource), told->watcher->text);
	told_drop(person->engine, resource, told);
}

void told_keep(
	struct person *person, const struct resource *resource, const struct told *told)
{
	store_put_overlay(person->engine->ports.store, person->jid->text,
		resource_name(resource), told->watcher->text,
		overlay_next_change(person));
}

void told_unsay(struct resource *resource, const struct name *watcher)
{
	struct told *told = told_find(resource, watcher);

	if (told != NULL)
		told->sent_ms = 0;
}

void told_overlaid(struct person *person, const struct resource *resource,
	struct told *told, bool overlaid)
{
	if (overlaid && !told->overlaid)
		told_keep(person, resource, told);
	told->overlaid = overlaid;
}
