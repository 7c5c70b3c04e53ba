#include "component/people/people.h"

#include "base/jid.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#define SAID_MS 3600000

/* ------------------------------------------------------------------ domains */

static struct domain *make_domain(struct people *people, const char *jid)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	if (!domain)
		return NULL;
	domain->people = people;
	domain->jid = names_get(people->names, jid);
	if (!domain->jid) {
		free(domain);
		return NULL;
	}
	return domain;
}

static void free_domain(struct domain *domain)
{
	if (!domain)
		return;
	names_put(domain->people->names, domain->jid);
	free(domain);
}

bool people_init(struct people *people)
{
	const struct config *config = people->config;

	timers_init(&people->wall);
	timers_init(&people->mono);
	people->self = names_get(people->names, config->component.jid);
	people->rooms = make_domain(people, config->component.jid);
	if (!people->self || !people->rooms)
		return false;
	people->rooms->is_rooms = true;
	people->rooms->complete = true;
	for (size_t i = 0; i < config->n_served; i++) {
		struct domain *domain = make_domain(people, config->served[i]);

		if (!domain)
			return false;
		HASH_ADD(hh, people->domains, jid, sizeof(domain->jid), domain);
	}
	return true;
}

void people_clear(struct people *people)
{
	/* The analyzer does not follow how the head of the list moves on. */
	while (people->all)
		person_destroy(people->all); // NOLINT(clang-analyzer-unix.Malloc)
}

void people_finish(struct people *people)
{
	struct domain *domain;
	struct domain *next;

	HASH_ITER (hh, people->domains, domain, next) {
		/* Nor how that of the table does. */
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		HASH_DELETE(hh, people->domains, domain);
		free_domain(domain);
	}
	free_domain(people->rooms);
	names_put(people->names, people->self);
	timers_finish(&people->wall);
	timers_finish(&people->mono);
}

int64_t people_now_s(const struct people *people)
{
	/* Floors for times before 1970 too, which only tests use. */
	int64_t ms = people->now.wall_ms;

	return ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
}

struct domain *people_domain(const struct people *people, const char *domain)
{
	const struct name *jid = names_find(people->names, domain);
	struct domain *found = NULL;

	if (jid)
		HASH_FIND(hh, people->domains, &jid, sizeof(jid), found);
	return found;
}

/* ------------------------------------------------------------------ persons */

struct person *people_find(const struct people *people, const char *bare_jid)
{
	const struct name *jid = names_find(people->names, bare_jid);

	return jid ? jid->person : NULL;
}

static void on_change(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	person_touch(TIMER_OF(timer, struct person, change));
}

static struct person *create(
	struct people *people, struct domain *domain, const char *bare_jid)
{
	struct person *person = calloc(1, sizeof(*person));

	if (!person)
		return NULL;
	person->people = people;
	person->domain = domain;
	person->change.fire = on_change;
	person->jid = names_get(people->names, bare_jid);
	if (!person->jid || !people->dress(person)) {
		people->undress(person);
		names_put(people->names, person->jid);
		free(person);
		return NULL;
	}
	person->jid->person = person;
	DL_APPEND2(people->all, person, before, after);
	people->n++;
	return person;
}

bool people_may_say(const struct people *people, int64_t *said_ms)
{
	if (*said_ms != 0 && people->now.mono_ms - *said_ms < SAID_MS)
		return false;
	*said_ms = people->now.mono_ms;
	return true;
}

struct person *people_get(struct people *people, const char *bare_jid)
{
	struct person *person = people_find(people, bare_jid);
	struct domain *domain;
	struct jid jid;

	if (person || !jid_parse_bare(bare_jid, &jid))
		return person;
	if (config_room_for(people->config, bare_jid))
		domain = people->rooms;
	else
		domain = *jid.local ? people_domain(people, jid.domain) : NULL;
	if (!domain)
		return NULL;
	if (people->n >= PEOPLE_MAX) {
		if (people_may_say(people, &people->full_said_ms))
			log_error("there is no room for more than %d people: whoever "
				  "comes now is not shown",
				PEOPLE_MAX);
		return NULL;
	}
	return create(people, domain, bare_jid);
}

void person_destroy(struct person *person)
{
	struct people *people = person->people;

	person->jid->person = NULL;
	DL_DELETE2(people->all, person, before, after);
	people->n--;
	while (person->clients)
		person_drop_client(person, person->clients);
	people->undress(person);
	timers_cancel(&people->wall, &person->change);
	if (person->touched) {
		DL_DELETE2(people->touched, person, touched_before, touched_after);
		people->n_touched--;
	}
	names_put(people->names, person->jid);
	free(person);
}

bool people_ask(struct people *people, struct name *to, const char *type,
	const char *inside, iq_answered_fn *answered)
{
	const struct iq_question question = {.type = type,
		.to = to->text,
		.inside = inside,
		.answered = answered,
		.subject = to};

	return iqs_ask(people->iqs, &question, people->now.mono_ms);
}

bool person_is_room(const struct person *person)
{
	return person->domain->is_rooms;
}

const char *people_room_name(const struct people *people, const char *address)
{
	const struct config_user *room;
	char bare[JID_SIZE];
	struct jid jid;

	if (!address || !jid_parse(address, &jid))
		return NULL;
	jid_print_bare(&jid, bare);
	room = config_room_for(people->config, bare);
	return room ? room->name : NULL;
}

/* ------------------------------------------------------------------ touching */

void person_touch(struct person *person)
{
	struct people *people = person->people;

	if (person->touched)
		return;
	person->touched = true;
	DL_APPEND2(people->touched, person, touched_before, touched_after);
	people->n_touched++;
}

void domain_touch(struct domain *domain)
{
	for (struct person *person = domain->people->all; person;
		person = person->after) {
		if (person->domain == domain)
			person_touch(person);
	}
}

struct person *people_take_touched(struct people *people)
{
	struct person *person = people->touched;

	if (!person)
		return NULL;
	DL_DELETE2(people->touched, person, touched_before, touched_after);
	people->n_touched--;
	person->touched = false;
	return person;
}

/* ------------------------------------------------------------------ clients */

struct client *person_client(const struct person *person, const struct name *full)
{
	struct client *client = person->clients;

	while (client && client->full != full)
		client = client->next;
	return client;
}

struct client *person_add_client(struct person *person, const char *full)
{
	struct names *names = person->people->names;
	struct name *name = names_get(names, full);
	struct client *client = name ? person_client(person, name) : NULL;

	if (name && !client && person->n_clients < CLIENTS_PER_PERSON_MAX) {
		client = calloc(1, sizeof(*client));
		if (client) {
			client->person = person;
			client->full = name_ref(name);
			client->show = SHOW_OFFLINE;
			LL_PREPEND(person->clients, client);
			person->n_clients++;
		}
	}
	names_put(names, name);
	return client;
}

void person_drop_client(struct person *person, struct client *client)
{
	LL_DELETE(person->clients, client);
	person->n_clients--;
	person->people->client_dropped(client);
	status_free(&client->status);
	names_put(person->people->names, client->full);
	free(client);
}

bool person_is_online(const struct person *person)
{
	return person->clients != NULL;
}

const char *client_resource(const struct client *client)
{
	const char *slash = strchr(client->full->text, '/');

	return slash ? slash + 1 : "";
}

/* ------------------------------------------------------------------ texts */

/* The array and behind it all the texts, so that one free() ends them. */
bool status_copy(const struct status *from, struct status *out_copy)
{
	size_t size = from->n * sizeof(*from->texts);
	struct status_text *texts;
	char *at;

	if (from->n == 0) {
		*out_copy = (struct status){0};
		return true;
	}
	for (size_t i = 0; i < from->n; i++)
		size += strlen(from->texts[i].lang) + strlen(from->texts[i].text) + 2;
	texts = malloc(size);
	if (!texts)
		return false;
	at = (char *)(texts + from->n);
	for (size_t i = 0; i < from->n; i++) {
		texts[i].lang = at;
		at = stpcpy(at, from->texts[i].lang) + 1;
		texts[i].text = at;
		at = stpcpy(at, from->texts[i].text) + 1;
	}
	*out_copy = (struct status){.n = from->n, .texts = texts};
	return true;
}

void status_free(struct status *copy)
{
	union {
		const struct status_text *borrowed;
		struct status_text *owned;
	} texts = {.borrowed = copy->texts};

	free(texts.owned);
	*copy = (struct status){0};
}
