#ifndef COMPONENT_PEOPLE_ADDRESS_H
#define COMPONENT_PEOPLE_ADDRESS_H

#include "base/jid.h"
#include "component/settings/config.h"

#include <stdbool.h>

/*
 * The component's addresses of people: `local@meet...` for those of the default domain,
 * the XEP-0106-escaped bare JID for everybody else. Both forms are understood. The JID of
 * a room is its address.
 */

/* The address that we give a person; false where it would be too long. */
bool address_of(
	const struct config *config, const char *bare_jid, char out_address[JID_SIZE]);

/* The person whom an address's local part names. False where that is nobody whom the
 * configuration could know: the answer depends on the text alone, never on who exists. */
bool address_person(
	const struct config *config, const char *local, char out_bare_jid[JID_SIZE]);

/* The person whom an address names, hers or the one that we give her; false likewise. */
bool address_resolve(const struct config *config, const struct jid *address,
	char out_bare_jid[JID_SIZE]);

#endif
