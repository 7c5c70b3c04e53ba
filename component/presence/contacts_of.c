/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/presence/contacts_of.h"

#include <stdlib.h>

static struct contact_of *find(const struct engine *engine, const struct name *contact)
{
	struct contact_of *entry = NULL;

	HASH_FIND(hh, engine->contacts_of, &contact, sizeof(contact), entry);
	return entry;
}

void contacts_of_add(struct person *person, struct name *contact)
{
	struct engine *engine = person->engine;
	struct contact_of *entry = find(engine, contact);

	if (entry == NULL) {
		entry = calloc(1, sizeof(*entry));
		if (entry == NULL)
			return;
		entry->contact = name_ref(contact);
		HASH_ADD(hh, engine->contacts_of, contact, sizeof(entry->contact), entry);
	}
	if (entry->n == entry->cap) {
		size_t cap = entry->cap == 0 ? 4 : entry->cap * 2;
		struct person **people =
			reallocarray(entry->people, cap, sizeof(struct person *));

		if (people == NULL)
			return;
		entry->people = people;
		entry->cap = cap;
	}
	entry->people[entry->n++] = person;
}

void contacts_of_remove(struct person *person, const struct name *contact)
{
	struct engine *engine = person->engine;
	struct contact_of *entry = find(engine, contact);

	for (size_t i = 0; entry != NULL && i < entry->n; i++) {
		if (entry->people[i] == person) {
			entry->people[i] = entry->people[--entry->n];
			break;
		}
	}
	if (entry == NULL || entry->n > 0)
		return;
	HASH_DELETE(hh, engine->contacts_of, entry);
	names_put(engine->ports.names, entry->contact);
	free(entry->people);
	free(entry);
}

struct person *const *contacts_of_whom(
	const struct engine *engine, const struct name *contact, size_t *out_n)
{
	const struct contact_of *entry = find(engine, contact);

	*out_n = entry == NULL ? 0 : entry->n;
	return entry == NULL ? NULL : entry->people;
}
