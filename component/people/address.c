#include "component/people/address.h"

#include <stdio.h>
#include <string.h>

static bool is_default(const struct config *config, const struct jid *jid)
{
	return config->default_domain != NULL &&
	       strcmp(jid->domain, config->default_domain->im) == 0 &&
	       jid->local[0] != '\0';
}

bool address_of(
	const struct config *config, const char *bare_jid, char out_address[JID_SIZE])
{
	char local[JID_PART_SIZE];
	struct jid jid;

	if (!jid_parse_bare(bare_jid, &jid))
		return false;
	if (config_room_for(config, bare_jid) != NULL) {
		(void)snprintf(out_address, JID_SIZE, "%s", bare_jid);
		return true;
	}
	if (is_default(config, &jid))
		(void)snprintf(local, sizeof(local), "%s", jid.local);
	else if (!jid_escape(bare_jid, local))
		return false;
	(void)snprintf(out_address, JID_SIZE, "%s@%s", local, config->component.jid);
	return true;
}

/* An escaped bare JID of a domain that we serve. */
static bool escaped_person(
	const struct config *config, const char *local, char out_bare_jid[JID_SIZE])
{
	char text[JID_PART_SIZE];
	struct jid jid;

	jid_unescape(local, text);
	if (strchr(text, '@') == NULL || !jid_parse_bare(text, &jid))
		return false;
	if (jid.local[0] == '\0' || !config_serves_domain(config, jid.domain))
		return false;
	jid_print_bare(&jid, out_bare_jid);
	return true;
}

bool address_person(
	const struct config *config, const char *local, char out_bare_jid[JID_SIZE])
{
	if (local[0] == '\0')
		return false;
	(void)snprintf(out_bare_jid, JID_SIZE, "%s@%s", local, config->component.jid);
	if (config_room_for(config, out_bare_jid) != NULL)
		return true;
	if (escaped_person(config, local, out_bare_jid))
		return true;
	if (config->default_domain == NULL)
		return false;
	(void)snprintf(
		out_bare_jid, JID_SIZE, "%s@%s", local, config->default_domain->im);
	return true;
}

bool address_resolve(const struct config *config, const struct jid *address,
	char out_bare_jid[JID_SIZE])
{
	if (strcmp(address->domain, config->component.jid) == 0)
		return address_person(config, address->local, out_bare_jid);
	jid_print_bare(address, out_bare_jid);
	return true;
}
