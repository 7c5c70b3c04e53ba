#include "component/presence/servers.h"

#include "base/log.h"
#include "component/presence/echoes.h"
#include "component/presence/publisher.h"
#include "component/presence/requests.h"
#include "component/presence/source.h"
#include "component/presence/trust.h"

#include <stdlib.h>
#include <string.h>

#define NS_PRIVILEGE_1 "urn:xmpp:privilege:1"
#define NS_PRIVILEGE_2 "urn:xmpp:privilege:2"

/* How long after the stream is up a server's privilege message may take to come. */
#define GRACE_MS 5000

static void on_grace(struct timer *timer, int64_t now_ms);

static struct server *add(struct engine *engine, const char *domain)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return NULL;
	server->engine = engine;
	server->domain = strdup(domain);
	server->name = names_get(engine->ports.names, domain);
	server->grace.fire = on_grace;
	server->trust_timer.fire = trust_on_timer;
	server->next = engine->servers;
	engine->servers = server;
	return server->domain != NULL && server->name != NULL ? server : NULL;
}

struct server *servers_find(const struct engine *engine, const char *domain)
{
	struct server *server = engine->servers;

	while (server != NULL && strcmp(server->domain, domain) != 0)
		server = server->next;
	return server;
}

bool servers_init(struct engine *engine)
{
	const struct config *config = engine->config;

	for (size_t i = 0; i < config->n_domains; i++) {
		if (servers_find(engine, config->domains[i].im) == NULL &&
			add(engine, config->domains[i].im) == NULL)
			return false;
	}
	for (size_t i = 0; i < config->n_users; i++) {
		const char *domain = strchr(config->users[i].jid, '@');

		if (domain != NULL && servers_find(engine, domain + 1) == NULL &&
			add(engine, domain + 1) == NULL)
			return false;
	}
	return true;
}

void servers_finish(struct engine *engine)
{
	while (engine->servers != NULL) {
		struct server *server = engine->servers;

		engine->servers = server->next;
		timers_cancel(&engine->mono, &server->grace);
		timers_cancel(&engine->mono, &server->hold);
		timers_cancel(&engine->mono, &server->trust_timer);
		names_put(engine->ports.names, server->name);
		free(server->domain);
		free(server);
	}
}

static void say_no_source(struct server *server)
{
	static const char *const names[] = {[CONFIG_SOURCE_AUTO] = "auto",
		[CONFIG_SOURCE_PRIVILEGE] = "privilege",
		[CONFIG_SOURCE_SUBSCRIPTION] = "subscription"};

	if (server->said_no_source || echoes_will_reconnect(server->engine))
		return;
	server->said_no_source = true;
	log_error("%s tells us the presence of the people of \"%s\": grant the component "
		  "presence = \"managed_entity\" (mod_privilege of Prosody; of ejabberd, "
		  "presence: managed_entity), unless presence.source is "
		  "\"subscription\", or list `users` who approve the "
		  "component's subscription source=%s",
		server->source == SOURCE_SUBSCRIPTION ? "but for some `users`, nobody"
						      : "nobody",
		server->domain, names[server->engine->config->presence.source]);
}

static bool has_users(const struct server *server)
{
	const struct config *config = server->engine->config;

	for (size_t i = 0; i < config->n_users; i++) {
		const char *at = strchr(config->users[i].jid, '@');

		if (at != NULL && strcmp(at + 1, server->domain) == 0)
			return true;
	}
	return false;
}

static enum server_source choose_source(const struct server *server)
{
	switch (server->engine->config->presence.source) {
	case CONFIG_SOURCE_PRIVILEGE:
		return server->may_presence ? SOURCE_PRIVILEGE : SOURCE_NONE;
	case CONFIG_SOURCE_SUBSCRIPTION:
		return has_users(server) ? SOURCE_SUBSCRIPTION : SOURCE_NONE;
	case CONFIG_SOURCE_AUTO:
		break;
	}
	if (server->may_presence)
		return SOURCE_PRIVILEGE;
	return has_users(server) ? SOURCE_SUBSCRIPTION : SOURCE_NONE;
}

/* Of a whole domain only the privilege tells us everybody. */
static bool leaves_people_out(const struct server *server)
{
	const struct config *config = server->engine->config;

	return server->source == SOURCE_SUBSCRIPTION &&
	       config->presence.source == CONFIG_SOURCE_AUTO &&
	       config_domain_for(config, server->domain) != NULL;
}

/*
 * Who tells us presence is decided once both the software's name and the privileges are
 * known, or the time for them is over. Prosody sends all present presences before it
 * answers the question for its name, so that whoever has not come by then is offline; of
 * no other server is that known.
 */
static void decide(struct server *server)
{
	bool waits =
		server->engine->config->presence.source != CONFIG_SOURCE_SUBSCRIPTION &&
		!server->may_presence && timer_is_set(&server->grace);

	if (server->source != SOURCE_NONE || !server->software_asked || waits)
		return;
	server->source = choose_source(server);
	switch (server->source) {
	case SOURCE_NONE:
		say_no_source(server);
		return;
	case SOURCE_PRIVILEGE:
		server->complete = strcmp(server->software, "Prosody") == 0;
		break;
	case SOURCE_SUBSCRIPTION:
		server->complete = true;
		break;
	}
	/* Another stream may have got a part of what was told, and will. */
	if (server->engine->echoes.shared)
		server->complete = false;
	if (leaves_people_out(server))
		say_no_source(server);
	else
		server->said_no_source = false;
	log_info("presence of \"%s\" is known source=%s complete=%s software=\"%s\"",
		server->domain, server_source_name(server),
		server->complete ? "yes" : "no", server->software);
	source_begin(server);
}

static void on_grace(struct timer *timer, int64_t now_ms)
{
	struct server *server =
		(struct server *)((char *)timer - offsetof(struct server, grace));

	(void)now_ms;
	server->software_asked = true;
	decide(server);
	if (server->source == SOURCE_NONE)
		say_no_source(server);
}

static void on_software(struct engine *engine, struct name *subject, enum answer answer,
	const struct element *iq)
{
	struct server *server = servers_find(engine, subject->text);
	const struct element *query;
	const struct element *name;

	if (server == NULL || !engine->up)
		return;
	if (answer == ANSWER_RESULT) {
		query = element_child(iq, "jabber:iq:version", "query");
		name = query == NULL ? NULL
				     : element_child(query, "jabber:iq:version", "name");
		if (name != NULL)
			element_text(name, server->software, sizeof(server->software));
	}
	server->software_asked = true;
	decide(server);
}

static void begin_grace(struct server *server)
{
	struct engine *engine = server->engine;

	timers_set(&engine->mono, &server->grace, engine->now.mono_ms + GRACE_MS);
}

static void ask_software(struct server *server)
{
	struct question question = {
		.type = "get",
		.to = server->domain,
		.inside = "<query xmlns='jabber:iq:version'/>",
		.answered = on_software,
		.subject = server->name,
	};

	if (!requests_ask(server->engine, &question))
		server->software_asked = true;
}

static void forget_stream(struct server *server)
{
	server->software[0] = '\0';
	server->software_asked = false;
	server->privileged = false;
	server->may_presence = false;
	server->may_roster = false;
	server->may_blocking = false;
	server->source = SOURCE_NONE;
	server->complete = false;
	server->synced = false;
}

void servers_link_up(struct engine *engine)
{
	for (struct server *server = engine->servers; server != NULL;
		server = server->next) {
		forget_stream(server);
		begin_grace(server);
		ask_software(server);
		trust_probe(server);
	}
}

void servers_link_down(struct engine *engine, bool invalid_from)
{
	for (struct server *server = engine->servers; server != NULL;
		server = server->next) {
		trust_link_down(server, invalid_from);
		timers_cancel(&engine->mono, &server->grace);
		timers_cancel(&engine->mono, &server->hold);
		server->synced = false;
	}
}

void servers_doubt(struct engine *engine)
{
	for (struct server *server = engine->servers; server != NULL;
		server = server->next)
		server->complete = false;
}

/* Prosody 0.12 nests them in one another. */
static bool may_blocking(const struct element *perm)
{
	for (const struct element *ns = element_first(perm); ns != NULL;
		ns = element_next(ns)) {
		const char *name = element_attr(ns, "ns");
		const char *type = element_attr(ns, "type");

		if (name != NULL && type != NULL &&
			strcmp(name, "urn:xmpp:blocking") == 0 &&
			(strcmp(type, "get") == 0 || strcmp(type, "both") == 0))
			return true;
		if (may_blocking(ns))
			return true;
	}
	return false;
}

static void read_perm(struct server *server, const struct element *perm)
{
	const char *access = element_attr(perm, "access");
	const char *type = element_attr(perm, "type");

	if (access == NULL)
		return;
	if (strcmp(access, "presence") == 0)
		server->may_presence = type != NULL && strcmp(type, "none") != 0;
	else if (strcmp(access, "roster") == 0)
		server->may_roster = type != NULL && (strcmp(type, "get") == 0 ||
							     strcmp(type, "both") == 0);
	else if (strcmp(access, "iq") == 0)
		server->may_blocking |= may_blocking(perm);
}

static const struct element *privilege_of(
	const struct element *message, const char **out_ns)
{
	static const char *const spaces[] = {NS_PRIVILEGE_2, NS_PRIVILEGE_1};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		const struct element *privilege =
			element_child(message, spaces[i], "privilege");

		if (privilege != NULL) {
			*out_ns = spaces[i];
			return privilege;
		}
	}
	return NULL;
}

/* The privileges have come, or others than before. */
static void review_source(struct server *server)
{
	if (server->source == SOURCE_PRIVILEGE && !server->may_presence) {
		source_end(server);
		server->source = SOURCE_NONE;
		server->complete = false;
		server->synced = false;
		say_no_source(server);
	}
	if (server->source == SOURCE_NONE && server->may_presence &&
		server->software_asked) {
		/* The present presences come behind this message: they are all here when
		 * the answer to a question asked now is. */
		server->software_asked = false;
		begin_grace(server);
		ask_software(server);
	}
	decide(server);
}

bool servers_on_privilege(struct engine *engine, const struct element *message)
{
	const char *from = element_attr(message, "from");
	struct server *server = from == NULL ? NULL : servers_find(engine, from);
	const struct element *perm;
	const char *ns = NULL;

	/* A user can send the same words: only the domain itself counts. */
	perm = server == NULL ? NULL : privilege_of(message, &ns);
	if (perm == NULL)
		return false;
	server->privileged = true;
	server->privilege_ns = ns;
	server->may_presence = server->may_roster = server->may_blocking = false;
	for (perm = element_first(perm); perm != NULL; perm = element_next(perm)) {
		if (strcmp(element_name(perm), "perm") == 0)
			read_perm(server, perm);
	}
	if (server->may_roster)
		server->said_no_roster = false;
	log_info("privileges of \"%s\" presence=%s roster=%s blocking=%s", server->domain,
		server->may_presence ? "yes" : "no", server->may_roster ? "yes" : "no",
		server->may_blocking ? "yes" : "no");
	review_source(server);
	publisher_server_changed(server);
	return true;
}

bool server_has_roster(struct server *server)
{
	if (server->may_roster)
		return true;
	/* Until the server said what it grants, or had its time to, nothing is missing.
	 */
	if (!server->said_no_roster && server->engine->up &&
		(server->privileged || !timer_is_set(&server->grace))) {
		server->said_no_roster = true;
		log_error("the contact lists of \"%s\" cannot be read, so nobody is "
			  "admitted by "
			  "publish.watchers = \"contacts\": grant the component roster = "
			  "\"get\" (mod_privilege of Prosody; of ejabberd, roster: get)",
			server->domain);
	}
	return false;
}

const char *server_source_name(const struct server *server)
{
	switch (server->source) {
	case SOURCE_NONE:
		return "none";
	case SOURCE_PRIVILEGE:
		return "privilege";
	case SOURCE_SUBSCRIPTION:
		return "subscription";
	}
	return "none";
}
