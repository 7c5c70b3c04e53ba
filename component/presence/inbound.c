#include "component/presence/engine.h"

#include "base/jid.h"
#include "component/presence/address.h"
#include "component/presence/echoes.h"
#include "component/presence/model.h"
#include "component/presence/requests.h"
#include "component/presence/rooms.h"
#include "component/presence/servers.h"
#include "component/presence/source.h"
#include "component/presence/watchers.h"
#include "component/xmpp/answer.h"

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

	return from != NULL && to != NULL && jid_parse(from, &out_envelope->from) &&
	       jid_parse(to, &out_envelope->to);
}

static void queue(struct engine *engine, struct buf *text)
{
	if (!text->failed && text->len > 0)
		(void)outbox_stanza(
			engine->ports.outbox, NULL, NULL, text->data, text->len);
}

static void on_iq(struct engine *engine, const struct element *iq)
{
	struct buf text;

	if (requests_answer(engine, iq))
		return;
	buf_init(&text, OUTBOX_STANZA_MAX);
	if (answer_iq(iq, engine->self->text, rooms_name(engine, element_attr(iq, "to")),
		    CALPRESENCE_VERSION, &text))
		queue(engine, &text);
	buf_finish(&text);
}

/* RFC 6120 section 8.3.3.14. What the address stands for follows from its text alone, so
 * that nobody learns who exists. */
static void redirect(
	struct engine *engine, const struct element *message, const struct jid *to)
{
	char person[JID_SIZE];
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	if (address_person(engine->config, to->local, person) &&
		config_room_for(engine->config, person) == NULL)
		stanza_redirect(&text, message, person);
	else
		stanza_error(&text, message, "cancel", "service-unavailable");
	queue(engine, &text);
	buf_finish(&text);
}

static void on_message(struct engine *engine, const struct element *message)
{
	const char *type = element_attr(message, "type");
	struct envelope envelope;

	if (servers_on_privilege(engine, message) || echoes_on_message(engine, message))
		return;
	if (type != NULL && strcmp(type, "error") == 0)
		return;
	/* Chat states, receipts and the like are no message to anybody. */
	if (element_child(message, NULL, "body") == NULL)
		return;
	if (read_envelope(message, &envelope))
		redirect(engine, message, &envelope.to);
}

static enum presence_type type_of(const struct element *presence)
{
	static const char *const names[] = {NULL, "unavailable", "subscribe",
		"subscribed", "unsubscribe", "unsubscribed", "probe", "error"};
	const char *type = element_attr(presence, "type");

	if (type == NULL)
		return PRESENCE_AVAILABLE;
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(type, names[i]) == 0)
			return (enum presence_type)i;
	}
	return PRESENCE_OTHER;
}

/* To the component itself: people's own presence, and their answer to our subscription.
 */
static void on_own_presence(struct engine *engine, const struct element *presence,
	const struct envelope *envelope, enum presence_type type)
{
	const char *id = element_attr(presence, "id");

	/* ejabberd's roster privilege shows us what watchers get, our own stanzas too. */
	if (id != NULL && strcmp(id, outbox_id(engine->ports.outbox)) == 0)
		return;
	if (envelope->from.local[0] == '\0' ||
		servers_find(engine, envelope->from.domain) == NULL)
		return;
	switch (type) {
	case PRESENCE_AVAILABLE:
	case PRESENCE_UNAVAILABLE:
		if (envelope->from.resource[0] != '\0')
			source_on_presence(engine, &envelope->from, presence);
		return;
	case PRESENCE_SUBSCRIBE:
	case PRESENCE_SUBSCRIBED:
	case PRESENCE_UNSUBSCRIBED:
		source_on_subscription(engine, &envelope->from, type);
		return;
	case PRESENCE_UNSUBSCRIBE:
	case PRESENCE_PROBE:
	case PRESENCE_ERROR:
	case PRESENCE_OTHER:
		return;
	}
}

static void on_presence(struct engine *engine, const struct element *presence)
{
	enum presence_type type = type_of(presence);
	struct envelope envelope;

	if (servers_on_trust_echo(engine, presence) ||
		!read_envelope(presence, &envelope))
		return;
	if (envelope.to.local[0] == '\0')
		on_own_presence(engine, presence, &envelope, type);
	else
		watchers_on_presence(engine, &envelope.from, &envelope.to, type);
}

void engine_on_stanza(struct engine *engine, const struct element *stanza)
{
	const char *name = element_name(stanza);

	if (strcmp(name, "presence") == 0)
		on_presence(engine, stanza);
	else if (strcmp(name, "iq") == 0)
		on_iq(engine, stanza);
	else if (strcmp(name, "message") == 0)
		on_message(engine, stanza);
}
