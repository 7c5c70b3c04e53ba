#include "component/settings/people.h"

#include "component/settings/limits.h"
#include "component/settings/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A JID of ours with this text as its local part, escaped; NULL where it is too long. */
static const char *ours(struct config_reader *reader, const char *text)
{
	char whole[JID_SIZE];
	char local[JID_PART_SIZE];
	struct jid jid;
	int n;

	if (!jid_escape(text, local))
		return NULL;
	n = snprintf(whole, sizeof(whole), "%s@%s", local, reader->config->component.jid);
	if (n >= (int)sizeof(whole) || !jid_parse_bare(whole, &jid))
		return NULL;
	jid_print_bare(&jid, whole);
	return config_reader_copy(reader, whole);
}

/* The address of a room: as people are addressed, the local part alone in the default
 * domain. */
static const char *address_of(struct config_reader *reader, const char *mailbox)
{
	const struct config_domain *usual = reader->config->default_domain;
	const char *at = strrchr(mailbox, '@');
	char local[CONFIG_TEXT_MAX + 1];

	if (!at || !usual || strcasecmp(at + 1, usual->mail) != 0)
		return ours(reader, mailbox);
	(void)snprintf(local, sizeof(local), "%.*s", (int)(at - mailbox), mailbox);
	return ours(reader, local);
}

void config_rooms_name(struct config_reader *reader)
{
	struct config_people *people = reader->people;
	size_t kept = 0;

	for (size_t i = 0; i < people->n; i++) {
		struct config_person *person = &people->list[i];

		if (person->is_room)
			person->user.jid = address_of(reader, person->user.mailbox);
		if (person->user.jid)
			people->list[kept++] = *person;
		else
			config_errors_add(reader->errors, person->file, person->line,
				"the room \"%s\" has too long an address",
				person->user.mailbox);
	}
	people->n = kept;
}

static void check_address(struct config_reader *reader,
	const struct config_person *person, const char *address)
{
	const struct config_people *people = reader->people;
	const struct config_person *room =
		address ? bsearch(&address, people->list, people->n, sizeof(*room),
				  config_strings_compare)
			: NULL;

	if (room)
		config_errors_add(reader->errors, person->file, person->line,
			"the user \"%s\" has the address \"%s\", and so has the room at "
			"%s:%u",
			person->user.jid, address, room->file, room->line);
}

/* People are known by two addresses, of which one is for the default domain alone. */
void config_rooms_check(struct config_reader *reader, const struct config_person *person)
{
	const struct config *config = reader->config;
	const char *at = strchr(person->user.jid, '@');
	char usual[JID_SIZE];

	if (person->is_room || config->n_rooms == 0)
		return;
	check_address(reader, person, ours(reader, person->user.jid));
	if (!at || !config->default_domain ||
		strcmp(at + 1, config->default_domain->im) != 0)
		return;
	(void)snprintf(usual, sizeof(usual), "%.*s@%s", (int)(at - person->user.jid),
		person->user.jid, config->component.jid);
	check_address(reader, person, usual);
}
