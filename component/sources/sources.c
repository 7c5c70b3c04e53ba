#include "component/sources/sources.h"

#include "base/jid.h"
#include "base/log.h"
#include "component/sources/module.h"
#include "component/sources/sources_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long after the stream is up a server may take to say what it has and grants. */
#define GRACE_MS 5000

/* ------------------------------------------------------------------ what is said */

static const char *const names[] = {
	[SOURCE_NONE] = "none",
	[SOURCE_MODULE] = "module",
	[SOURCE_PRIVILEGE] = "privilege",
	[SOURCE_SUBSCRIPTION] = "subscription",
};

const char *source_name(enum source source)
{
	return names[source];
}

static void say_no_source(struct domain *domain)
{
	if (domain->said_no_source)
		return;
	domain->said_no_source = true;
	log_error("%s tells us the presence of the people of \"%s\": install "
		  "mod_calpresence in the server and name the component there "
		  "(docs/SERVER-MODULE.md), or grant the component presence = "
		  "\"managed_entity\" (mod_privilege of Prosody; of ejabberd, presence: "
		  "managed_entity), or list `users` who approve the component's "
		  "subscription",
		domain->source == SOURCE_SUBSCRIPTION ? "but for some `users`, nobody"
						      : "nobody",
		domain->jid->text);
}

/* ------------------------------------------------------------------ the choice */

static bool may_be(const struct domain *domain, enum config_source source)
{
	enum config_source wanted = domain->people->config->presence.source;

	return wanted == CONFIG_SOURCE_AUTO || wanted == source;
}

static enum source choose(const struct domain *domain)
{
	if (may_be(domain, CONFIG_SOURCE_MODULE) && module_can(domain, "clients"))
		return SOURCE_MODULE;
	if (may_be(domain, CONFIG_SOURCE_PRIVILEGE) && domain->may_presence)
		return SOURCE_PRIVILEGE;
	if (may_be(domain, CONFIG_SOURCE_SUBSCRIPTION) &&
		config_has_users(domain->people->config, domain->jid->text))
		return SOURCE_SUBSCRIPTION;
	return SOURCE_NONE;
}

/* Whether something that may be a better source has yet to be heard of. */
static bool waits(const struct domain *domain)
{
	if (!timer_is_set(&domain->grace) || choose(domain) == SOURCE_MODULE)
		return false;
	if (may_be(domain, CONFIG_SOURCE_MODULE) && !domain->hello_done)
		return true;
	return may_be(domain, CONFIG_SOURCE_PRIVILEGE) &&
	       (!domain->may_presence || !domain->disco_asked);
}

/* Of a whole domain only the server tells us everybody. */
static bool leaves_people_out(const struct domain *domain)
{
	const struct config *config = domain->people->config;

	return domain->source == SOURCE_SUBSCRIPTION &&
	       config->presence.source == CONFIG_SOURCE_AUTO &&
	       config_domain_for(config, domain->jid->text);
}

static void begin(struct domain *domain, enum source source)
{
	domain->source = source;
	switch (source) {
	case SOURCE_NONE:
		return;
	case SOURCE_MODULE:
	case SOURCE_SUBSCRIPTION:
		domain->complete = true;
		break;
	case SOURCE_PRIVILEGE:
		/* Prosody has sent all present presences before it answered our
		 * question, so that whoever has not come by then is offline; of no
		 * other server is that known. */
		domain->complete = strcmp(domain->software, "Prosody") == 0;
		break;
	}
	if (leaves_people_out(domain))
		say_no_source(domain);
	else
		domain->said_no_source = false;
	log_info("presence of \"%s\" is known source=%s complete=%s software=\"%s\"",
		domain->jid->text, source_name(source), domain->complete ? "yes" : "no",
		domain->software);
	if (source == SOURCE_SUBSCRIPTION)
		subscription_begin(domain);
	else if (source == SOURCE_MODULE)
		own_presence_doubt(domain); // its snapshot comes now
	else
		sources_synced(domain);
}

void sources_synced(struct domain *domain)
{
	domain->synced = true;
	own_presence_synced(domain);
}

static void ask_disco(struct domain *domain);

static void begin_grace(struct domain *domain)
{
	struct people *people = domain->people;

	timers_set(&people->mono, &domain->grace, people->now.mono_ms + GRACE_MS);
}

static void lose(struct domain *domain)
{
	domain->source = SOURCE_NONE;
	own_presence_lose(domain);
}

void sources_review(struct domain *domain)
{
	enum source source;

	if (domain->source == SOURCE_PRIVILEGE && !domain->may_presence)
		lose(domain);
	if (waits(domain))
		return;
	source = choose(domain);
	if (source == SOURCE_NONE && domain->source == SOURCE_NONE)
		say_no_source(domain);
	/* A module that was loaded at run time takes the place of what there was. */
	else if (domain->source == SOURCE_NONE ||
		 (source == SOURCE_MODULE && domain->source != SOURCE_MODULE))
		begin(domain, source);
}

void sources_on_privilege(struct domain *domain)
{
	/* The present presences come behind this message: they are all here when the
	 * answer to a question asked now is. */
	if (domain->source == SOURCE_NONE && domain->may_presence &&
		domain->disco_asked) {
		begin_grace(domain);
		ask_disco(domain);
	}
	sources_review(domain);
}

/* ------------------------------------------------------------------ questions */

static void on_grace(struct timer *timer, int64_t now_ms)
{
	struct domain *domain = TIMER_OF(timer, struct domain, grace);

	(void)now_ms;
	domain->hello_done = true;
	domain->disco_asked = true;
	sources_review(domain);
	domain_touch(domain); // modes that are off say why
}

void sources_on_hello(struct domain *domain)
{
	struct people *people = domain->people;
	bool is_there = module_facts(domain)->there;
	bool is_news = is_there || domain->had_module || !domain->hello_done;

	domain->hello_done = true;
	domain->had_module = is_there;
	/* What it told may be learnt from another source, but only a new stream tells
	 * that from its beginning. */
	if (!is_there && domain->source == SOURCE_MODULE) {
		lose(domain);
		people->sources->reconnect(people->sources->context);
		return;
	}
	if (domain->source == SOURCE_MODULE)
		own_presence_doubt(domain); // a new snapshot comes now
	sources_review(domain);
	if (is_news)
		domain_touch(domain);
}

static void read_identity(struct domain *domain, const struct element *iq)
{
	static const char ns[] = "http://jabber.org/protocol/disco#info";
	const struct element *query = element_child(iq, ns, "query");
	const struct element *child = query ? element_first(query) : NULL;

	for (; child; child = element_next(child)) {
		const char *category = element_attr(child, "category");
		const char *name = element_attr(child, "name");

		if (element_is(child, ns, "identity") && category && name &&
			strcmp(category, "server") == 0)
			(void)snprintf(
				domain->software, sizeof(domain->software), "%s", name);
	}
}

static void on_disco(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct domain *domain = people_domain(people, subject->text);

	if (!domain || !people->up)
		return;
	if (answer == IQ_RESULT)
		read_identity(domain, iq);
	domain->disco_asked = true;
	sources_review(domain);
}

static void ask_disco(struct domain *domain)
{
	domain->disco_asked = !people_ask(
		domain->people, domain->jid, "get", DISCO_INFO_QUERY, on_disco);
}

/* ------------------------------------------------------------------ streams */

static void forget_stream(struct domain *domain)
{
	domain->software[0] = '\0';
	domain->privilege_ns = NULL;
	domain->may_presence = false;
	domain->may_roster = false;
	domain->may_blocking = false;
	domain->source = SOURCE_NONE;
	domain->complete = false;
	domain->synced = false;
	domain->hello_done = false;
	domain->had_module = false;
	domain->disco_asked = false;
}

void sources_link_up(struct people *people)
{
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next) {
		forget_stream(domain);
		begin_grace(domain);
		ask_disco(domain);
		module_hello(domain);
	}
	people->rooms->synced = true;
	duplicate_stream_link_up(people);
}

void sources_link_down(struct people *people)
{
	timers_cancel(&people->mono, &people->sources->echoes);
	people->rooms->synced = false;
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next) {
		timers_cancel(&people->mono, &domain->grace);
		module_forget(domain);
		domain->synced = false;
		own_presence_doubt(domain);
	}
}

/* ------------------------------------------------------------------ what comes in */

bool sources_on_message(struct people *people, const struct element *message)
{
	const char *from = element_attr(message, "from");
	/* A user can send the same words: only the domain itself counts. */
	struct domain *domain = from ? people_domain(people, from) : NULL;

	if (duplicate_stream_on_message(people, message))
		return true;
	return domain && (module_on_message(domain, message) ||
				 privilege_on_message(domain, message));
}

/* Whether she said it herself: what a client says carries the language of its stream,
 * which servers stamp on it (RFC 6120 section 8.1.5). A partial server's own word is for
 * one contact: that she is lost, but also that she blocked or removed him. ejabberd's
 * roster privilege repeats it to us. */
static bool is_hers(const struct domain *domain, const struct element *presence)
{
	return domain->complete || element_lang(presence);
}

void sources_on_presence(struct people *people, const struct jid *from,
	const struct element *presence, enum presence_type type)
{
	const struct domain *domain = people_domain(people, from->domain);
	struct presence_in in;
	struct client *client;
	char bare[JID_SIZE];
	char full[JID_SIZE];

	if (!domain || from->local[0] == '\0')
		return;
	if (type != PRESENCE_AVAILABLE && type != PRESENCE_UNAVAILABLE) {
		subscription_on_presence(people, from, type);
		return;
	}
	/* The module tells the same, and more. */
	if (domain->source == SOURCE_MODULE || from->resource[0] == '\0') {
		log_debug("a presence is left alone domain=\"%s\" source=%s "
			  "topic=sources",
			domain->jid->text, source_name(domain->source));
		return;
	}
	jid_print(from, full);
	if (type == PRESENCE_AVAILABLE) {
		jid_print_bare(from, bare);
		presence_in_read(presence, &in);
		own_presence_available(people, bare, full, &in);
		return;
	}
	client = own_presence_client(people, full);
	if (client && is_hers(domain, presence))
		own_presence_gone(client);
	else if (client)
		liveness_ask(client);
}

/* ------------------------------------------------------------------ making */

bool sources_init(struct people *people, void (*reconnect)(void *context), void *context)
{
	struct sources *sources = people->sources = calloc(1, sizeof(*sources));

	if (!sources)
		return false;
	sources->people = people;
	sources->reconnect = reconnect;
	sources->context = context;
	liveness_init(people);
	duplicate_stream_init(people);
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next)
		domain->grace.fire = on_grace;
	return true;
}

bool sources_restore(struct people *people)
{
	return subscription_restore(people) && own_presence_restore(people);
}

void sources_finish(struct people *people)
{
	if (!people->sources)
		return;
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next) {
		timers_cancel(&people->mono, &domain->grace);
		module_destroy(domain);
	}
	timers_cancel(&people->mono, &people->sources->echoes);
	timers_cancel(&people->mono, &people->sources->liveness);
	free(people->sources);
	people->sources = NULL;
}
