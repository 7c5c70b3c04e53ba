#include "component/settings/people.h"

#include "component/settings/limits.h"
#include "component/settings/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct config_people *people)
{
	size_t cap = people->cap > 0 ? people->cap * 2 : 64;
	struct config_person *list = realloc(people->list, cap * sizeof(*list));

	if (!list)
		return false;
	people->list = list;
	people->cap = cap;
	return true;
}

void config_people_add(struct config_reader *reader, const struct config_user *user,
	const char *file, unsigned line)
{
	struct config_people *people = reader->people;

	if (people->n == CONFIG_USERS_MAX) {
		if (!people->overflow)
			config_errors_add(reader->errors, file, line,
				"there are more than %d users", CONFIG_USERS_MAX);
		people->overflow = true;
		return;
	}
	if (people->n == people->cap && !grow(people)) {
		reader->out_of_memory = true;
		return;
	}
	people->list[people->n] = (struct config_person){
		.user = *user,
		.file = file,
		.line = line,
		.order = people->n,
		.is_room = user->jid[0] == '\0',
	};
	people->n++;
}

void config_read_users(const struct config_input *in, void *field)
{
	(void)field;
	if (!in->setting || !config_check_list(in, CONFIG_USERS_MAX))
		return;
	for (size_t i = 0; i < config_length(in); i++) {
		const struct config_input entry = config_entry(in, i);
		struct config_user user = {0};

		if (!config_check_group(&entry))
			continue;
		config_read_keys(&entry, &user);
		if (user.jid[0] != '\0' ||
			(!config_has(&entry, "jid") && user.mailbox[0] != '\0'))
			config_people_add(in->reader, &user, in->reader->path,
				config_setting_source_line(entry.setting));
	}
}

static int compare_people(const void *left, const void *right)
{
	const struct config_person *a = left;
	const struct config_person *b = right;
	int order = strcmp(a->user.jid, b->user.jid);

	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static const char *domain_of(const char *bare_jid)
{
	const char *at = strchr(bare_jid, '@');

	return at ? at + 1 : bare_jid;
}

static void check_kind(struct config_reader *reader, const struct config_person *person)
{
	const struct config_user *user = &person->user;

	if (person->is_room && user->name[0] == '\0')
		config_errors_add(reader->errors, person->file, person->line,
			"the user \"%s\" needs a jid, or a name if it is a room",
			user->mailbox);
	if (person->is_room)
		return;
	if (user->name[0] != '\0')
		config_errors_add(reader->errors, person->file, person->line,
			"the user \"%s\" has a name: that is for rooms, which have no "
			"jid",
			user->jid);
	if (strcmp(domain_of(user->jid), reader->config->component.jid) == 0)
		config_errors_add(reader->errors, person->file, person->line,
			"the user \"%s\" is of the component's own domain", user->jid);
}

static void check_person(struct config_reader *reader, const struct config_person *person,
	const struct config_person *before)
{
	const struct config_user *user = &person->user;

	if (before && strcmp(before->user.jid, user->jid) == 0)
		config_errors_add(reader->errors, person->file, person->line,
			"the %s \"%s\" is there twice, first at %s:%u",
			person->is_room ? "room" : "user", user->jid, before->file,
			before->line);
	if (user->gateway[0] != '\0' &&
		!config_gateway_for(reader->config, "", user->gateway))
		config_errors_add(reader->errors, person->file, person->line,
			"the user \"%s\" names the gateway \"%s\", which is not there",
			user->jid, user->gateway);
	check_kind(reader, person);
	config_rooms_check(reader, person);
}

/* Rooms and people, each in the order of their JIDs. */
static void take(struct config_reader *reader)
{
	const struct config_people *people = reader->people;
	struct config *config = reader->config;

	config->users = config_reader_take(reader, people->n, sizeof(*config->users));
	config->rooms = config_reader_take(reader, people->n, sizeof(*config->rooms));
	for (size_t i = 0; config->users && config->rooms && i < people->n; i++) {
		const struct config_person *person = &people->list[i];

		if (person->is_room)
			config->rooms[config->n_rooms++] = person->user;
		else
			config->users[config->n_users++] = person->user;
	}
}

/* The domains of all people, and those of users alone. */
static void collect_domains(struct config_reader *reader)
{
	struct config *config = reader->config;
	const char **served = config_reader_take(
		reader, config->n_domains + config->n_users, sizeof(*served));
	const char **of_users =
		config_reader_take(reader, config->n_users, sizeof(*of_users));

	if (!served || !of_users)
		return;
	for (size_t i = 0; i < config->n_users; i++)
		of_users[i] = domain_of(config->users[i].jid);
	config->n_user_domains = config_strings_sort(of_users, config->n_users);
	config->user_domains = of_users;
	for (size_t i = 0; i < config->n_domains; i++)
		served[i] = config->domains[i].im;
	memcpy(served + config->n_domains, of_users,
		config->n_user_domains * sizeof(*served));
	config->n_served =
		config_strings_sort(served, config->n_domains + config->n_user_domains);
	config->served = served;
}

/* What many entries may have in common is said of the first of them. */
struct oddity {
	const struct config_person *first;
	size_t n;
};

static void note(struct oddity *oddity, const struct config_person *person)
{
	if (!oddity->first || person->order < oddity->first->order)
		oddity->first = person;
	oddity->n++;
}

static void warn(
	struct config_reader *reader, const struct oddity *oddity, const char *text)
{
	const struct config_person *first = oddity->first;
	char more[64] = "";

	if (oddity->n > 1)
		(void)snprintf(more, sizeof(more), ", as the first of %zu", oddity->n);
	if (oddity->n > 0)
		config_errors_warn(reader->errors, first->file, first->line,
			"the %s \"%s\" %s%s", first->is_room ? "room" : "user",
			first->is_room ? first->user.mailbox : first->user.jid, text,
			more);
}

/* A domain with a typing mistake is one that is served, and nobody is there. */
static void warn_of_oddities(struct config_reader *reader)
{
	const struct config_people *people = reader->people;
	const struct config *config = reader->config;
	struct oddity foreign = {0};
	struct oddity unread = {0};

	for (size_t i = 0; i < people->n; i++) {
		const struct config_person *person = &people->list[i];
		const struct config_user *user = &person->user;

		if (!person->is_room && config->n_domains > 0 &&
			!config_domain_for(config, domain_of(user->jid)))
			note(&foreign, person);
		if (config->n_gateways > 0 &&
			!config_gateway_for(config, user->mailbox, user->gateway))
			note(&unread, person);
	}
	warn(reader, &foreign, "is of none of the domains in `domains`");
	warn(reader, &unread, "has a mailbox that no gateway reads");
}

void config_people_settle(struct config_reader *reader)
{
	struct config_people *people = reader->people;
	struct config *config = reader->config;

	if (people->n == 0 && config->n_domains == 0 && reader->errors->n == 0)
		config_errors_add(reader->errors, reader->path, 0,
			"domains, users and users_file are empty: there is nobody to "
			"serve");
	config_rooms_name(reader);
	if (people->n > 0)
		qsort(people->list, people->n, sizeof(*people->list), compare_people);
	take(reader);
	for (size_t i = 0; i < people->n; i++)
		check_person(
			reader, &people->list[i], i > 0 ? &people->list[i - 1] : NULL);
	collect_domains(reader);
	if (reader->errors->n == 0)
		warn_of_oddities(reader);
}

void config_people_finish(struct config_people *people)
{
	free(people->list);
	*people = (struct config_people){0};
}

bool config_serves_domain(const struct config *config, const char *domain)
{
	return config_strings_have(config->served, config->n_served, domain);
}

bool config_has_users(const struct config *config, const char *domain)
{
	return config_strings_have(config->user_domains, config->n_user_domains, domain);
}
