#include "component/engine/engine.h"

#include "base/jid.h"
#include "base/log.h"
#include "component/engine/engine_private.h"
#include "component/people/address.h"
#include "component/publish/component_mode.h"
#include "component/rosters/policy.h"
#include "component/sources/sources.h"
#include "component/xmpp/answer.h"

#include <stdio.h>
#include <string.h>

/*
 * Where a received stanza goes. Every iq gets an answer, every message a redirect to the
 * real person, presence goes to who needs it.
 */

struct envelope {
	struct jid from;
	struct jid to;
};

static bool read_envelope(const struct element *stanza, struct envelope *out_envelope)
{
	const char *from = element_attr(stanza, "from");
	const char *to = element_attr(stanza, "to");

	return from && to && jid_parse(from, &out_envelope->from) &&
	       jid_parse(to, &out_envelope->to);
}

static void queue(struct people *people, struct buf *text)
{
	if (!text->failed && text->len > 0)
		(void)outbox_stanza(people->outbox, NULL, NULL, text->data, text->len);
}

/* The rooms, if it is asked what the component has. */
static void list_rooms(
	const struct people *people, const struct element *iq, struct buf *rooms)
{
	const struct config *config = people->config;
	const char *to = element_attr(iq, "to");

	if (!to || strcmp(to, people->self->text) != 0 ||
		!element_child(iq, ANSWER_ITEMS_NS, "query"))
		return;
	for (size_t i = 0; i < config->n_rooms; i++)
		if (!answer_put_room(rooms, config->rooms[i].jid, config->rooms[i].name))
			return;
}

static void on_iq(struct people *people, const struct element *iq)
{
	struct answer_facts facts = {
		.component_jid = people->self->text,
		.version = CALPRESENCE_VERSION,
	};
	const char *from = element_attr(iq, "from");
	struct jid asker;
	struct buf rooms;
	struct buf text;

	if (iqs_answer(people->iqs, iq))
		return;
	buf_init(&rooms, ANSWER_ROOMS_MAX);
	buf_init(&text, OUTBOX_STANZA_MAX);
	if (from && jid_parse(from, &asker) && policy_admits_to_rooms(people, &asker)) {
		facts.name = people_room_name(people, element_attr(iq, "to"));
		list_rooms(people, iq, &rooms);
	}
	facts.rooms = buf_text(&rooms);
	if (answer_iq(iq, &facts, &text))
		queue(people, &text);
	buf_finish(&text);
	buf_finish(&rooms);
}

/* Whom else he may write to: NULL, nobody. What an address stands for follows from its
 * text alone, so that nobody learns who exists: who may not see rooms is told of a room
 * what he is told of somebody of its name. */
static const char *real_address(const struct people *people,
	const struct envelope *envelope, char out_person[JID_SIZE])
{
	const struct config_domain *home = people->config->default_domain;

	if (!address_person(people->config, envelope->to.local, out_person))
		return NULL;
	if (!config_room_for(people->config, out_person))
		return out_person;
	if (!home || policy_admits_to_rooms(people, &envelope->from))
		return NULL;
	(void)snprintf(out_person, JID_SIZE, "%s@%s", envelope->to.local, home->im);
	return out_person;
}

/* RFC 6120 section 8.3.3.14. */
static void redirect(struct people *people, const struct element *message,
	const struct envelope *envelope)
{
	char person[JID_SIZE];
	const char *real = real_address(people, envelope, person);
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	if (real)
		stanza_redirect(&text, message, real);
	else
		stanza_error(&text, message, "cancel", "service-unavailable");
	queue(people, &text);
	buf_finish(&text);
}

static void on_message(struct people *people, const struct element *message)
{
	const char *type = element_attr(message, "type");
	struct envelope envelope;

	if (sources_on_message(people, message))
		return;
	if (type && strcmp(type, "error") == 0)
		return;
	/* Chat states, receipts and the like are no message to anybody. */
	if (!element_child(message, NULL, "body"))
		return;
	if (read_envelope(message, &envelope))
		redirect(people, message, &envelope);
}

static void on_presence(struct people *people, const struct element *presence)
{
	enum presence_type type = presence_type_of(presence);
	const char *id = element_attr(presence, "id");
	struct envelope envelope;

	if (!read_envelope(presence, &envelope))
		return;
	if (envelope.to.local[0] != '\0')
		component_mode_on_presence(people, &envelope.from, &envelope.to, type);
	/* ejabberd's roster privilege shows us what watchers get, our own stanzas too. */
	else if (!id || strcmp(id, outbox_id(people->outbox)) != 0)
		sources_on_presence(people, &envelope.from, presence, type);
}

static const char *attribute(const struct element *stanza, const char *name)
{
	const char *value = element_attr(stanza, name);

	return value ? value : "";
}

void engine_on_stanza(struct engine *engine, const struct element *stanza)
{
	struct people *people = &engine->people;
	const char *name = element_name(stanza);

	log_debug("a stanza came in stanza=%s type=\"%s\" from=\"%s\" to=\"%s\" "
		  "topic=stream",
		name, attribute(stanza, "type"), attribute(stanza, "from"),
		attribute(stanza, "to"));

	if (strcmp(name, "presence") == 0)
		on_presence(people, stanza);
	else if (strcmp(name, "iq") == 0)
		on_iq(people, stanza);
	else if (strcmp(name, "message") == 0)
		on_message(people, stanza);
}
