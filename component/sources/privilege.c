#include "base/log.h"
#include "component/sources/sources_private.h"

#include <string.h>

static bool is_type(const struct element *element, const char *type)
{
	const char *value = element_attr(element, "type");

	return value && strcmp(value, type) == 0;
}

/* Prosody of Debian 12 nests the namespaces of an iq privilege into each other. */
static bool may_blocking(const struct element *perm)
{
	const struct element *ns = element_first(perm);

	for (; ns; ns = element_next(ns)) {
		const char *name = element_attr(ns, "ns");

		if (name && strcmp(name, "urn:xmpp:blocking") == 0 &&
			(is_type(ns, "get") || is_type(ns, "both")))
			return true;
		if (may_blocking(ns))
			return true;
	}
	return false;
}

static void read_perm(struct domain *domain, const struct element *perm)
{
	const char *access = element_attr(perm, "access");

	if (!access)
		return;
	if (strcmp(access, "presence") == 0)
		domain->may_presence =
			element_attr(perm, "type") && !is_type(perm, "none");
	else if (strcmp(access, "roster") == 0)
		domain->may_roster = is_type(perm, "get") || is_type(perm, "both");
	else if (strcmp(access, "iq") == 0)
		domain->may_blocking |= may_blocking(perm);
}

static const struct element *privilege_of(
	const struct element *message, const char **out_ns)
{
	static const char *const spaces[] = {
		"urn:xmpp:privilege:2", "urn:xmpp:privilege:1"};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		const struct element *privilege =
			element_child(message, spaces[i], "privilege");

		if (privilege) {
			*out_ns = spaces[i];
			return privilege;
		}
	}
	return NULL;
}

bool privilege_on_message(struct domain *domain, const struct element *message)
{
	const char *ns = NULL;
	const struct element *perm = privilege_of(message, &ns);

	if (!perm)
		return false;
	domain->privilege_ns = ns;
	domain->may_presence = domain->may_roster = domain->may_blocking = false;
	for (perm = element_first(perm); perm; perm = element_next(perm)) {
		if (strcmp(element_name(perm), "perm") == 0)
			read_perm(domain, perm);
	}
	if (domain->may_roster)
		domain->said_no_roster = false;
	log_info("privileges of \"%s\" presence=%s roster=%s blocking=%s",
		domain->jid->text, domain->may_presence ? "yes" : "no",
		domain->may_roster ? "yes" : "no", domain->may_blocking ? "yes" : "no");
	sources_on_privilege(domain);
	domain_touch(domain);
	return true;
}
