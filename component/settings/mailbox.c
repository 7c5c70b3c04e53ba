#include "component/settings/config.h"

#include "base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_users(const void *left, const void *right)
{
	const struct config_user *a = left;
	const struct config_user *b = right;

	return strcmp(a->jid, b->jid);
}

static const struct config_user *find_user(
	const struct config *config, const char *bare_jid)
{
	const struct config_user wanted = {.jid = bare_jid};

	if (config->n_users == 0)
		return NULL;
	return bsearch(
		&wanted, config->users, config->n_users, sizeof(wanted), compare_users);
}

bool config_mailbox_for(const struct config *config, const char *bare_jid,
	struct config_mailbox *out_mailbox)
{
	const struct config_user *person = find_user(config, bare_jid);
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
