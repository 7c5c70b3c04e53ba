#include "component/presence/user_view.h"

#include "base/buf.h"
#include "component/presence/farewells.h"
#include "component/presence/people.h"
#include "component/presence/told.h"

#include <stdlib.h>
#include <string.h>

/*
 * What was out when we, or the stream, went: under clients that came back the view is
 * taken up again, for the next update to set right; under clients that did not, contacts
 * get `unavailable`.
 */

static void remember(struct person *person, struct name *full, struct name *watcher)
{
	struct leftover *leftover = calloc(1, sizeof(*leftover));

	if (leftover == NULL)
		return;
	leftover->full = name_ref(full);
	leftover->watcher = name_ref(watcher);
	leftover->next = person->leftovers;
	person->leftovers = leftover;
}

static struct leftover *take(struct person *person)
{
	struct leftover *leftover = person->leftovers;

	if (leftover != NULL)
		person->leftovers = leftover->next;
	return leftover;
}

static void discard(struct engine *engine, struct leftover *leftover)
{
	names_put(engine->ports.names, leftover->full);
	names_put(engine->ports.names, leftover->watcher);
	free(leftover);
}

void user_view_finish(struct person *person)
{
	struct leftover *leftover;

	while ((leftover = take(person)) != NULL)
		discard(person->engine, leftover);
	farewells_finish(person);
}

void user_view_lost(struct person *person, struct resource *resource)
{
	while (resource->n_told > 0) {
		struct told *told = &resource->told[0];

		remember(person, resource->full, told->watcher);
		told_drop(person->engine, resource, told);
	}
	body_put(resource->overlay);
	resource->overlay = NULL;
}

static void send_gone(struct engine *engine, const struct leftover *leftover)
{
	struct body *gone = body_create(true, "", 0);

	if (gone != NULL)
		(void)outbox_availability(
			engine->ports.outbox, leftover->full, leftover->watcher, gone);
	body_put(gone);
}

static void repair(struct person *person, const struct leftover *leftover)
{
	struct engine *engine = person->engine;
	struct resource *resource = person_resource(person, leftover->full);
	struct told *told;

	if (resource == NULL) {
		send_gone(engine, leftover);
		store_del_overlay(engine->ports.store, person->jid->text,
			strchr(leftover->full->text, '/') + 1, leftover->watcher->text);
		return;
	}
	told = told_add(resource, leftover->watcher);
	/* It stands in the store already. */
	if (told != NULL)
		told->overlaid = true;
}

void user_view_repair(struct person *person)
{
	struct leftover *leftover;

	if (person->server->trust != TRUST_YES)
		return;
	while ((leftover = take(person)) != NULL) {
		repair(person, leftover);
		discard(person->engine, leftover);
	}
}

static void restore(void *context, const char *jid, const char *name, const char *watcher,
	int64_t until)
{
	struct engine *engine = context;
	struct person *person = people_get(engine, jid);
	struct names *names = engine->ports.names;
	struct name *full;
	struct name *contact;
	struct buf text;

	(void)until;
	if (person == NULL)
		return;
	buf_init(&text, JID_SIZE);
	buf_printf(&text, "%s/%s", jid, name);
	full = text.failed ? NULL : names_get(names, buf_text(&text));
	contact = names_get(names, watcher);
	if (full != NULL && contact != NULL)
		remember(person, full, contact);
	names_put(names, full);
	names_put(names, contact);
	buf_finish(&text);
}

bool user_view_restore(struct engine *engine)
{
	return store_each_overlay(engine->ports.store, restore, engine);
}
