#include "component/presence/source.h"

#include "component/presence/blob.h"
#include "component/presence/calendars.h"
#include "component/presence/checks.h"
#include "component/presence/people.h"
#include "component/presence/publisher.h"
#include "component/presence/requests.h"
#include "component/presence/rosters.h"
#include "component/presence/servers.h"
#include "component/presence/status.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* A request that got no decision is repeated after a day, not at every start. */
#define ASK_AGAIN_S 86400

static void unkeep(struct person *person, struct resource *resource)
{
	if (resource->kept)
		store_del_presence(person->engine->ports.store, person->jid->text,
			resource_name(resource));
	resource->kept = false;
}

/* A server that tells everything needs nothing from the store, and whom it did not tell
 * of is gone. */
static void drop_unconfirmed(struct server *server)
{
	struct engine *engine = server->engine;
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next) {
		struct resource *resource =
			person->server == server ? person->resources : NULL;

		while (resource != NULL) {
			struct resource *after = resource->next;

			unkeep(person, resource);
			if (!resource->confirmed)
				person_drop_resource(person, resource);
			resource = after;
		}
	}
}

static void synced(struct server *server)
{
	if (server->complete)
		drop_unconfirmed(server);
	server->synced = true;
	publisher_synced(server);
}

/* ------------------------------------------------------------------ one presence */

static void take_over(
	struct engine *engine, struct resource *resource, const struct presence_in *in)
{
	struct status status = {.n = in->n_texts, .texts = in->texts};
	struct presence presence = {.show = in->show, .status = status};
	struct status copy;
	struct buf xml;

	buf_init(&xml, OUTBOX_STANZA_MAX);
	presence_print(&xml, &presence, in->priority);
	buf_puts(&xml, buf_text(&in->children));
	if (!xml.failed && status_copy(&status, &copy)) {
		body_put(resource->original);
		resource->original = body_create(false, buf_text(&xml), xml.len);
		status_free(&resource->status);
		resource->status = copy;
		free(resource->children);
		resource->children = strdup(buf_text(&in->children));
	}
	buf_finish(&xml);
	resource->show = in->show;
	resource->priority = in->priority;
	resource->changed_ms = engine->now.mono_ms;
	resource->confirmed = true;
	checks_plan(engine, resource);
}

/* Only where the server's word is partial is ours needed after a restart. */
static void keep(struct person *person, struct resource *resource)
{
	struct engine *engine = person->engine;
	struct buf blob;

	if (person->server->complete)
		return;
	buf_init(&blob, OUTBOX_STANZA_MAX);
	blob_write(&blob, resource);
	if (!blob.failed)
		store_put_presence(engine->ports.store, person->jid->text,
			resource_name(resource), blob.data, blob.len, now_s(engine));
	resource->kept = true;
	buf_finish(&blob);
}

static void available(struct engine *engine, struct person *person, const char *full,
	const struct element *xml)
{
	bool was_online = person_is_online(person);
	struct resource *resource = person_add_resource(person, full);
	bool is_new;
	struct presence_in in;

	if (resource == NULL)
		return;
	is_new = resource->original == NULL;
	presence_in_read(xml, &in);
	take_over(engine, resource, &in);
	presence_in_finish(&in);
	keep(person, resource);
	checks_wake(engine);
	if (!was_online)
		rosters_want(person);
	else if (person->n_pending > 0)
		rosters_want_fresh(person);
	calendar_review(person, person->server->synced);
	publisher_resource_changed(person, resource, is_new);
}

void source_resource_gone(struct person *person, struct resource *resource)
{
	unkeep(person, resource);
	publisher_resource_gone(person, resource);
	person_drop_resource(person, resource);
	calendar_review(person, false);
	publisher_update(person);
}

/* She may be online, but we are not told any more. */
static void lose_sight(struct person *person)
{
	publisher_unseen(person);
	while (person->resources != NULL) {
		unkeep(person, person->resources);
		person_drop_resource(person, person->resources);
	}
	calendar_review(person, false);
	publisher_update(person);
}

/* Whether she said it herself: what a client says carries the language of its stream,
 * which servers stamp on it (RFC 6120 section 8.1.5). A partial server's own word is for
 * one contact: that she is lost, but also that she blocked or removed him. ejabberd's
 * roster privilege repeats it to us. */
static bool is_hers(const struct person *person, const struct element *presence)
{
	return person->server->complete || element_lang(presence) != NULL;
}

void source_on_presence(
	struct engine *engine, const struct jid *from, const struct element *presence)
{
	const char *type = element_attr(presence, "type");
	char text[JID_SIZE];
	struct person *person;
	struct resource *resource;
	const struct name *full;

	jid_print_bare(from, text);
	if (type != NULL && strcmp(type, "unavailable") == 0) {
		person = people_find(engine, text);
		jid_print(from, text);
		full = names_find(engine->ports.names, text);
		resource = person == NULL || full == NULL ? NULL
							  : person_resource(person, full);
		if (resource != NULL && is_hers(person, presence))
			source_resource_gone(person, resource);
		else if (resource != NULL)
			checks_ask(engine, resource);
		return;
	}
	if (type != NULL)
		return;
	person = people_get(engine, text);
	jid_print(from, text);
	if (person != NULL)
		available(engine, person, text, presence);
}

/* ------------------------------------------------------------------ our own subscription
 */

static void send_own(struct engine *engine, const char *type, const char *to)
{
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_presence(&text, type, engine->self->text, to, NULL);
	if (!text.failed)
		(void)outbox_stanza(
			engine->ports.outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
}

static void set_source(struct person *person, enum store_source source)
{
	person->source = source;
	store_put_source(person->engine->ports.store, person->jid->text, source,
		now_s(person->engine));
}

void source_on_subscription(
	struct engine *engine, const struct jid *from, enum presence_type type)
{
	char text[JID_SIZE];
	struct person *person;

	jid_print_bare(from, text);
	/* The other half of a mutual subscription: nothing to see, but polite. */
	if (type == PRESENCE_SUBSCRIBE)
		send_own(engine, "subscribed", text);
	person = people_find(engine, text);
	/* Who was never asked has nothing to answer. */
	if (person == NULL || person->source == 0)
		return;
	if (type == PRESENCE_SUBSCRIBED && person->source != STORE_SOURCE_APPROVED) {
		set_source(person, STORE_SOURCE_APPROVED);
		send_own(engine, "probe", text);
	} else if (type == PRESENCE_UNSUBSCRIBED &&
		   person->source != STORE_SOURCE_REFUSED) {
		log_info("a person does not let us see her presence jid=\"%s\"", text);
		set_source(person, STORE_SOURCE_REFUSED);
		if (person->server->source == SOURCE_SUBSCRIPTION)
			lose_sight(person);
	}
}

static void ask_people(struct server *server)
{
	struct engine *engine = server->engine;
	const struct config *config = engine->config;

	for (size_t i = 0; i < config->n_users; i++) {
		struct person *person = people_get(engine, config->users[i].jid);

		if (person == NULL || person->server != server)
			continue;
		if (person->source == STORE_SOURCE_APPROVED) {
			send_own(engine, "probe", person->jid->text);
		} else if (person->source == 0) {
			set_source(person, STORE_SOURCE_ASKED);
			send_own(engine, "subscribe", person->jid->text);
		}
	}
}

/* The answer to a question behind all probes comes behind their answers, or nearly so;
 * who is heard of later is simply published later. */
static void on_probed(struct engine *engine, struct name *subject, enum answer answer,
	const struct element *iq)
{
	struct server *server = servers_find(engine, subject->text);

	(void)answer;
	(void)iq;
	if (server != NULL && engine->up && !server->synced)
		synced(server);
}

void source_begin(struct server *server)
{
	struct question barrier = {
		.type = "get",
		.to = server->domain,
		.inside = "<ping xmlns='urn:xmpp:ping'/>",
		.answered = on_probed,
		.subject = server->name,
	};

	if (server->source == SOURCE_SUBSCRIPTION) {
		ask_people(server);
		if (requests_ask(server->engine, &barrier))
			return;
	}
	synced(server);
}

void source_end(struct server *server)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, server->engine->people, person, next) {
		if (person->server == server)
			lose_sight(person);
	}
}

void source_repeat(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next) {
		if (person->server->source == SOURCE_SUBSCRIPTION &&
			person->source == STORE_SOURCE_APPROVED)
			send_own(engine, "probe", person->jid->text);
		for (struct resource *r = person->resources; r != NULL; r = r->next) {
			r->confirmed = false;
			checks_hurry(r);
		}
	}
	checks_wake(engine);
}

/* ------------------------------------------------------------------ loss and restart */

/* Complete servers tell everything anew; of partial ones what was known is the best there
 * is until it is found wrong. */
static void doubt(struct person *person)
{
	struct resource *resource = person->resources;

	while (resource != NULL) {
		struct resource *next = resource->next;

		publisher_resource_lost(person, resource);
		checks_hurry(resource);
		resource->confirmed = false;
		if (person->server->complete)
			person_drop_resource(person, resource);
		resource = next;
	}
}

void source_link_down(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next)
		doubt(person);
}

static void restore_presence(
	void *context, const char *jid, const char *name, const void *blob, size_t n)
{
	struct engine *engine = context;
	struct person *person = people_get(engine, jid);
	struct resource *resource;
	struct buf full;

	if (person == NULL)
		return;
	buf_init(&full, JID_SIZE);
	buf_printf(&full, "%s/%s", jid, name);
	resource = full.failed ? NULL : person_add_resource(person, buf_text(&full));
	buf_finish(&full);
	if (resource == NULL)
		return;
	resource->kept = true;
	checks_hurry(resource);
	if (!blob_read(blob, n, resource)) {
		unkeep(person, resource);
		person_drop_resource(person, resource);
	}
}

static void restore_source(
	void *context, const char *jid, enum store_source source, int64_t since)
{
	struct engine *engine = context;
	struct person *person = people_get(engine, jid);

	if (person == NULL)
		return;
	person->source = source;
	if (source == STORE_SOURCE_ASKED && now_s(engine) - since >= ASK_AGAIN_S)
		person->source = 0;
}

bool source_restore(struct engine *engine)
{
	return store_each_source(engine->ports.store, restore_source, engine) &&
	       store_each_presence(engine->ports.store, restore_presence, engine);
}
