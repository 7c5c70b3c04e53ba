#ifndef COMPONENT_PRESENCE_CONTACTS_OF_H
#define COMPONENT_PRESENCE_CONTACTS_OF_H

#include "component/presence/model.h"

/* People's contact lists the other way round: who has whom. */

/* Out of memory she is left out. */
void contacts_of_add(struct person *person, struct name *contact);
void contacts_of_remove(struct person *person, const struct name *contact);
/* Everybody who has this contact, as far as lists were read; NULL and 0 for nobody. */
struct person *const *contacts_of_whom(
	const struct engine *engine, const struct name *contact, size_t *out_n);

#endif
