/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/presence/farewells.h"

#include "component/presence/told.h"
#include "component/presence/user_view.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

struct farewell {
	struct farewell *prev;
	struct farewell *next;
	struct name *full;      // owned reference
	int64_t sent_ms;        // monotonic, of the last one
	struct name **watchers; // owned references, sorted by pointer
	size_t n;
	size_t cap;
};

static void drop(struct person *person, struct farewell *farewell)
{
	struct names *names = person->engine->ports.names;

	DL_DELETE(person->farewells, farewell);
	person->n_farewells--;
	for (size_t i = 0; i < farewell->n; i++)
		names_put(names, farewell->watchers[i]);
	names_put(names, farewell->full);
	free(farewell->watchers);
	free(farewell);
}

/* They stand in the order of their last word. */
static void drop_old(struct person *person)
{
	int64_t now_ms = person->engine->now.mono_ms;

	while (person->farewells != NULL &&
		now_ms - person->farewells->sent_ms > USER_VIEW_GHOST_MS)
		drop(person, person->farewells);
}

static struct farewell *find(struct person *person, const struct name *full)
{
	struct farewell *farewell = person->farewells;

	while (farewell != NULL && farewell->full != full)
		farewell = farewell->next;
	return farewell;
}

static struct farewell *add(struct person *person, struct name *full)
{
	struct farewell *farewell = find(person, full);

	if (farewell != NULL) {
		DL_DELETE(person->farewells, farewell);
		DL_APPEND(person->farewells, farewell);
		return farewell;
	}
	farewell = calloc(1, sizeof(*farewell));
	if (farewell == NULL)
		return NULL;
	if (person->n_farewells == FAREWELLS_MAX)
		drop(person, person->farewells);
	farewell->full = name_ref(full);
	DL_APPEND(person->farewells, farewell);
	person->n_farewells++;
	return farewell;
}

void farewells_note(struct person *person, struct name *full, struct name *watcher)
{
	struct farewell *farewell;
	size_t at;

	drop_old(person);
	farewell = add(person, full);
	if (farewell == NULL)
		return;
	farewell->sent_ms = person->engine->now.mono_ms;
	at = names_place(farewell->watchers, farewell->n, sizeof(struct name *), watcher);
	if (at < farewell->n && farewell->watchers[at] == watcher)
		return;
	if (farewell->n == farewell->cap) {
		size_t cap = farewell->cap == 0 ? 4 : farewell->cap * 2;
		struct name **watchers =
			reallocarray(farewell->watchers, cap, sizeof(struct name *));

		if (watchers == NULL)
			return;
		farewell->watchers = watchers;
		farewell->cap = cap;
	}
	memmove(&farewell->watchers[at + 1], &farewell->watchers[at],
		(farewell->n++ - at) * sizeof(*farewell->watchers));
	farewell->watchers[at] = name_ref(watcher);
}

bool farewells_has(struct person *person, const struct name *full)
{
	drop_old(person);
	return find(person, full) != NULL;
}

void farewells_take(struct person *person, struct resource *resource)
{
	struct farewell *farewell;

	drop_old(person);
	farewell = find(person, resource->full);
	if (farewell == NULL)
		return;
	for (size_t i = 0; i < farewell->n; i++) {
		struct told *told = told_add(resource, farewell->watchers[i]);

		if (told != NULL)
			told->sent_ms = farewell->sent_ms;
	}
	drop(person, farewell);
}

void farewells_finish(struct person *person)
{
	while (person->farewells != NULL)
		drop(person, person->farewells);
}
