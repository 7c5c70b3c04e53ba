#include "component/settings/config.h"

#include "base/parse.h"
#include "component/settings/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *find(const void *sorted, size_t n, size_t size, const char *text)
{
	return n > 0 ? bsearch(&text, sorted, n, size, config_strings_compare) : NULL;
}

const struct config_user *config_user_for(
	const struct config *config, const char *bare_jid)
{
	return find(config->users, config->n_users, sizeof(*config->users), bare_jid);
}

const struct config_user *config_room_for(const struct config *config, const char *jid)
{
	return find(config->rooms, config->n_rooms, sizeof(*config->rooms), jid);
}

const struct config_domain *config_domain_for(
	const struct config *config, const char *domain)
{
	return find(config->domains, config->n_domains, sizeof(*config->domains), domain);
}

bool config_mailbox_for(const struct config *config, const char *bare_jid,
	struct config_mailbox *out_mailbox)
{
	const struct config_user *person = config_user_for(config, bare_jid);
	const struct config_user *user =
		person ? person : config_room_for(config, bare_jid);
	const char *at = strchr(bare_jid, '@');
	struct config_mailbox mailbox = {.gateway = ""};

	if (user) {
		(void)snprintf(
			mailbox.address, sizeof(mailbox.address), "%s", user->mailbox);
		mailbox.gateway = user->gateway;
		*out_mailbox = mailbox;
		return true;
	}
	if (!at || at - bare_jid >= JID_PART_SIZE)
		return false;
	const struct config_domain *domain = config_domain_for(config, at + 1);
	if (!domain)
		return false;
	char local[JID_PART_SIZE];
	char text[JID_PART_SIZE];
	memcpy(local, bare_jid, (size_t)(at - bare_jid));
	local[at - bare_jid] = '\0';
	jid_unescape(local, text);
	int n = snprintf(
		mailbox.address, sizeof(mailbox.address), "%s@%s", text, domain->mail);
	if (n >= (int)sizeof(mailbox.address) || !parse_is_mail_address(mailbox.address))
		return false;
	*out_mailbox = mailbox;
	return true;
}
