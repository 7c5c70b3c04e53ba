#include "component/presence/people.h"

#include "base/jid.h"
#include "component/presence/calendars.h"
#include "component/presence/checks.h"
#include "component/presence/homes.h"
#include "component/presence/publisher.h"
#include "component/presence/rosters.h"
#include "component/presence/servers.h"
#include "component/presence/status.h"
#include "component/presence/user_view.h"
#include "component/presence/watcher_list.h"
#include "component/presence/watchers.h"

#include <stdlib.h>
#include <string.h>

struct person *people_find_name(const struct engine *engine, const struct name *jid)
{
	struct person *person = NULL;

	HASH_FIND(hh, engine->people, &jid, sizeof(jid), person);
	return person;
}

struct person *people_find(const struct engine *engine, const char *bare_jid)
{
	const struct name *jid = names_find(engine->ports.names, bare_jid);

	return jid == NULL ? NULL : people_find_name(engine, jid);
}

static struct person *create(
	struct engine *engine, struct server *server, const char *jid)
{
	struct person *person = calloc(1, sizeof(*person));

	if (person == NULL)
		return NULL;
	person->engine = engine;
	person->server = server;
	person->jid = names_get(engine->ports.names, jid);
	if (person->jid == NULL || !calendar_init(person)) {
		names_put(engine->ports.names, person->jid);
		free(person);
		return NULL;
	}
	HASH_ADD(hh, engine->people, jid, sizeof(person->jid), person);
	return person;
}

struct person *people_get(struct engine *engine, const char *bare_jid)
{
	struct person *person = people_find(engine, bare_jid);
	struct server *server;
	struct jid jid;

	if (person != NULL)
		return person;
	if (HASH_COUNT(engine->people) >= PEOPLE_MAX || !jid_parse_bare(bare_jid, &jid))
		return NULL;
	if (config_room_for(engine->config, bare_jid) != NULL)
		server = engine->rooms;
	else
		server = jid.local[0] == '\0' ? NULL : servers_find(engine, jid.domain);
	return server == NULL ? NULL : create(engine, server, bare_jid);
}

static void destroy(struct person *person)
{
	struct engine *engine = person->engine;

	HASH_DELETE(hh, engine->people, person);
	while (person->resources != NULL)
		person_drop_resource(person, person->resources);
	calendar_finish(person);
	roster_finish(person);
	watchers_finish(person);
	user_view_finish(person);
	body_put(person->published);
	names_put(engine->ports.names, person->jid);
	free(person);
}

void people_forget(struct person *person)
{
	struct engine *engine = person->engine;

	publisher_unseen(person);
	watchers_forget(person);
	(void)watchers_drop(engine, person->jid);
	homes_forget(person);
	store_forget_person(engine->ports.store, person->jid->text);
	destroy(person);
}

void people_free_all(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next)
		destroy(person);
}

void people_sweep(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next) {
		if (person->resources == NULL && person->n_watchers == 0 &&
			person->leftovers == NULL && person->source == 0 &&
			!person->calendar.watched && !calendar_is_fresh(person))
			destroy(person);
	}
}

struct resource *person_resource(const struct person *person, const struct name *full)
{
	struct resource *resource = person->resources;

	while (resource != NULL && resource->full != full)
		resource = resource->next;
	return resource;
}

struct resource *person_add_resource(struct person *person, const char *full)
{
	struct names *names = person->engine->ports.names;
	struct name *name = names_get(names, full);
	struct resource *resource = NULL;

	if (name == NULL)
		return NULL;
	resource = person_resource(person, name);
	if (resource == NULL && person->n_resources < RESOURCES_PER_PERSON_MAX) {
		resource = calloc(1, sizeof(*resource));
		if (resource != NULL) {
			resource->person = person;
			resource->full = name_ref(name);
			resource->show = SHOW_OFFLINE;
			resource->next = person->resources;
			person->resources = resource;
			person->n_resources++;
			checks_plan(person->engine, resource);
		}
	}
	names_put(names, name);
	return resource;
}

void person_drop_resource(struct person *person, struct resource *resource)
{
	struct names *names = person->engine->ports.names;
	struct resource **link = &person->resources;

	while (*link != resource)
		link = &(*link)->next;
	*link = resource->next;
	person->n_resources--;
	checks_leave(person->engine, resource);
	for (size_t i = 0; i < resource->n_told; i++)
		names_put(names, resource->told[i].watcher);
	free(resource->told);
	body_put(resource->original);
	body_put(resource->overlay);
	status_free(&resource->status);
	free(resource->children);
	names_put(names, resource->full);
	free(resource);
}

bool person_is_online(const struct person *person)
{
	return person->resources != NULL;
}

const char *resource_name(const struct resource *resource)
{
	const char *slash = strchr(resource->full->text, '/');

	return slash == NULL ? "" : slash + 1;
}
