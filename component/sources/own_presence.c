#include "component/sources/sources_private.h"

#include "base/jid.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- what the store has */

static void put_text(struct buf *blob, const char *text)
{
	buf_put_string(blob, text, strlen(text));
}

/* Show, priority and texts. */
static void write_blob(struct buf *blob, const struct client *client)
{
	buf_put_u8(blob, (uint8_t)client->show);
	buf_put_i64(blob, client->priority);
	buf_put_u32(blob, (uint32_t)client->status.n);
	for (size_t i = 0; i < client->status.n; i++) {
		put_text(blob, client->status.texts[i].lang);
		put_text(blob, client->status.texts[i].text);
	}
}

static bool read_text(struct buf_reader *reader, char *out_text, size_t size)
{
	size_t n;
	const char *text = buf_get_string(reader, &n);

	if (!text || n >= size)
		return false;
	memcpy(out_text, text, n);
	out_text[n] = '\0';
	return true;
}

static bool read_status(struct buf_reader *reader, struct status *out_status)
{
	struct status_text texts[STANZA_STATUS_TEXTS_MAX];
	char lang[STANZA_STATUS_TEXTS_MAX][STANZA_LANG_SIZE];
	char text[STANZA_STATUS_TEXTS_MAX][STANZA_STATUS_SIZE];
	struct status status = {.n = buf_get_u32(reader), .texts = texts};

	if (status.n > STANZA_STATUS_TEXTS_MAX)
		return false;
	for (size_t i = 0; i < status.n; i++) {
		if (!read_text(reader, lang[i], sizeof(lang[i])) ||
			!read_text(reader, text[i], sizeof(text[i])))
			return false;
		texts[i] = (struct status_text){.lang = lang[i], .text = text[i]};
	}
	return status_copy(&status, out_status);
}

static bool read_blob(const void *bytes, size_t n, struct client *client)
{
	struct buf_reader reader = {.data = bytes, .len = n};
	uint8_t show = buf_get_u8(&reader);
	int64_t priority = buf_get_i64(&reader);

	if (reader.failed || show >= SHOW_OFFLINE || priority < -128 || priority > 127 ||
		!read_status(&reader, &client->status))
		return false;
	client->show = (enum show)show;
	client->priority = (int)priority;
	return true;
}

static void unkeep(struct client *client)
{
	if (client->kept)
		store_del_presence(client->person->people->store,
			client->person->jid->text, client_resource(client));
	client->kept = false;
}

/* Only where the server's word is partial is ours needed after a restart; which it is is
 * known once the domain is synced. */
static void keep(struct client *client)
{
	const struct person *person = client->person;
	struct buf blob;

	if (!person->domain->synced || person->domain->complete)
		return;
	buf_init(&blob, OUTBOX_STANZA_MAX);
	write_blob(&blob, client);
	if (!blob.failed)
		store_put_presence(person->people->store, person->jid->text,
			client_resource(client), blob.data, blob.len,
			people_now_s(person->people));
	client->kept = true;
	buf_finish(&blob);
}

size_t sources_keep(struct person *person)
{
	size_t n = 0;

	for (struct client *client = person->clients; client; client = client->next) {
		if (client->kept)
			continue;
		keep(client);
		n += client->kept;
	}
	return n;
}

static void restore(
	void *context, const char *jid, const char *resource, const void *blob, size_t n)
{
	struct people *people = context;
	struct person *person = people_get(people, jid);
	struct client *client;
	struct buf full;

	if (!person)
		return;
	buf_init(&full, JID_SIZE);
	buf_printf(&full, "%s/%s", jid, resource);
	client = full.failed ? NULL : person_add_client(person, buf_text(&full));
	buf_finish(&full);
	if (!client)
		return;
	client->kept = true;
	if (read_blob(blob, n, client)) {
		liveness_plan(client);
		liveness_hurry(client);
		person_touch(person);
	} else {
		unkeep(client);
		person_drop_client(person, client);
	}
}

bool own_presence_restore(struct people *people)
{
	return store_each_presence(people->store, restore, people);
}

/* ------------------------------------------------------------------ one client */

void own_presence_available(struct people *people, const char *bare, const char *full,
	const struct presence_in *in)
{
	struct person *person = people_get(people, bare);
	struct status status = {.n = in->n_texts, .texts = in->texts};
	bool was_online = person && person_is_online(person);
	struct client *client = person ? person_add_client(person, full) : NULL;
	struct status copy;

	if (!client)
		return;
	if (status_copy(&status, &copy)) {
		status_free(&client->status);
		client->status = copy;
	}
	client->show = in->show;
	client->priority = in->priority;
	client->changed_ms = people->now.mono_ms;
	client->confirmed = true;
	log_debug("a client is available jid=\"%s\" show=%s priority=%d topic=sources",
		full, show_name(client->show), client->priority);
	liveness_plan(client);
	keep(client);
	person->read_at_once |= !was_online && person->domain->synced;
	person_touch(person);
}

void own_presence_gone(struct client *client)
{
	struct person *person = client->person;

	log_debug("a client is gone jid=\"%s\" topic=sources", client->full->text);
	unkeep(client);
	person_drop_client(person, client);
	person_touch(person);
}

struct client *own_presence_client(const struct people *people, const char *full)
{
	const struct name *name = names_find(people->names, full);
	size_t n = jid_bare_length(full);
	const struct person *person;
	char bare[JID_SIZE];

	if (!name || n >= sizeof(bare))
		return NULL;
	memcpy(bare, full, n);
	bare[n] = '\0';
	person = people_find(people, bare);
	return person ? person_client(person, name) : NULL;
}

/* ------------------------------------------------------------------ all of a domain */

static void for_each(struct domain *domain, void (*act)(struct client *client))
{
	for (struct person *person = domain->people->all; person;
		person = person->after) {
		struct client *client = person->domain == domain ? person->clients : NULL;

		while (client) {
			struct client *after = client->next;

			act(client);
			client = after;
		}
	}
}

static void doubt(struct client *client)
{
	client->confirmed = false;
	liveness_hurry(client);
}

void own_presence_doubt(struct domain *domain)
{
	for_each(domain, doubt);
}

void own_presence_lose(struct domain *domain)
{
	for_each(domain, own_presence_gone);
}

static void settle_complete(struct client *client)
{
	unkeep(client);
	if (!client->confirmed)
		person_drop_client(client->person, client);
}

void own_presence_synced(struct domain *domain)
{
	if (domain->complete)
		for_each(domain, settle_complete);
	domain_touch(domain);
	liveness_wake(domain->people);
}
