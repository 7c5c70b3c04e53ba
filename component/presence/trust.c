/* arc4random_buf() for an id that nobody can guess */
#define _DEFAULT_SOURCE

#include "component/presence/trust.h"

#include "base/log.h"
#include "component/presence/publisher.h"
#include "component/presence/servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_no(struct server *server)
{
	if (server->said_no_trust)
		return;
	server->said_no_trust = true;
	log_error("the server of \"%s\" does not let this component speak for its "
		  "people, "
		  "so publish mode \"user\" is off: set validate_from_addresses = "
		  "false in "
		  "Prosody's Component section, or check_from: false at ejabberd's "
		  "ejabberd_service, and reload",
		server->domain);
}

static void settle(struct server *server, enum trust trust)
{
	timers_cancel(&server->engine->mono, &server->trust_timer);
	server->trust = trust;
	if (trust == TRUST_NO) {
		say_no(server);
		return;
	}
	server->said_no_trust = false;
	publisher_server_changed(server);
}

static bool send_probe(struct server *server)
{
	struct engine *engine = server->engine;
	struct buf text;
	bool sent;

	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_presence(
		&text, NULL, server->domain, engine->self->text, server->trust_id);
	sent = !text.failed &&
	       outbox_stanza(engine->ports.outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
	timers_set(&engine->mono, &server->trust_timer,
		engine->now.mono_ms + TRUST_REPEAT_MS);
	return sent;
}

void trust_probe(struct server *server)
{
	struct engine *engine = server->engine;
	unsigned char bytes[12];

	if ((engine->config->publish.modes & CONFIG_MODE_USER) == 0 ||
		server->trust == TRUST_NO)
		return;
	arc4random_buf(bytes, sizeof(bytes));
	(void)snprintf(server->trust_id, sizeof(server->trust_id), "trust-");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(server->trust_id + 6 + 2 * i, 3, "%02x", bytes[i]);
	server->trust_until_ms = engine->now.mono_ms + TRUST_WAIT_MS;
	if (send_probe(server))
		server->trust = TRUST_PROBING;
}

void trust_on_timer(struct timer *timer, int64_t now_ms)
{
	struct server *server =
		(struct server *)((char *)timer - offsetof(struct server, trust_timer));

	/* A stream beside ours may have got the probe, or all of them. */
	if (now_ms < server->trust_until_ms || server->engine->echoes.shared)
		(void)send_probe(server);
	else
		settle(server, TRUST_NO);
}

void trust_link_down(struct server *server, bool invalid_from)
{
	timers_cancel(&server->engine->mono, &server->trust_timer);
	if (server->trust == TRUST_NO && server->trust_heard)
		return;
	server->trust_heard = server->trust == TRUST_PROBING && invalid_from;
	if (server->trust_heard)
		settle(server, TRUST_NO);
	else
		server->trust = TRUST_UNKNOWN;
}

bool servers_on_trust_echo(struct engine *engine, const struct element *presence)
{
	const char *from = element_attr(presence, "from");
	const char *id = element_attr(presence, "id");
	struct server *server = from == NULL ? NULL : servers_find(engine, from);

	/* A slow server's may come behind the no that was made of its silence. */
	if (server == NULL || id == NULL || server->trust_id[0] == '\0' ||
		server->trust == TRUST_YES || server->trust_heard ||
		strcmp(id, server->trust_id) != 0)
		return false;
	settle(server, TRUST_YES);
	return true;
}

bool server_user_mode(const struct server *server)
{
	const struct config_publish *publish = &server->engine->config->publish;

	return (publish->modes & CONFIG_MODE_USER) != 0 && server->trust == TRUST_YES &&
	       server->synced && server->may_roster &&
	       (server->may_blocking || publish->ignore_blocking);
}

const char *server_trust_name(const struct server *server)
{
	switch (server->trust) {
	case TRUST_UNKNOWN:
		return "unknown";
	case TRUST_PROBING:
		return "probing";
	case TRUST_YES:
		return "yes";
	case TRUST_NO:
		return "no";
	}
	return "unknown";
}

void trust_say_why_not(struct server *server)
{
	const struct config_publish *publish = &server->engine->config->publish;

	if ((publish->modes & CONFIG_MODE_USER) == 0 || server->trust != TRUST_YES ||
		server->said_no_blocking)
		return;
	if (server->may_roster && (server->may_blocking || publish->ignore_blocking))
		return;
	server->said_no_blocking = true;
	log_error("publish mode \"user\" is off for \"%s\": %s", server->domain,
		!server->may_roster ? "contact lists cannot be read; grant the component "
				      "roster = \"get\""
				    : "block lists cannot be read, so that people would "
				      "be shown to those "
				      "whom they block; grant the component iq = { "
				      "[\"urn:xmpp:blocking\"] = "
				      "\"get\" } (Prosody), or accept that with "
				      "publish.ignore_blocking = true");
}
