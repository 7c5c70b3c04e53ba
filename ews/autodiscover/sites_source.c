#include "ews/autodiscover/cache_entry.h"

#include "gateway/request/outcome.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ lookups */

void sites_begin(struct timer *timer, int64_t now_ms)
{
	struct cache_entry *entry = (struct cache_entry *)timer; // its first member
	struct sites *sites = entry->sites;
	unsigned i = 0;
	if (entry->left) {
		sites_drop(entry);
		return;
	}
	while (i < SITES_LOOKUPS_MAX && sites->running[i])
		i++;
	assert(i < SITES_LOOKUPS_MAX);
	entry->lookup = lookup_create(&sites->settings, entry->address);
	if (entry->lookup)
		sites->running[i] = entry;
	else
		sites_look(entry, NULL, now_ms + SITES_PAUSE_MIN_MS);
}

static bool has_room(const struct sites *sites)
{
	for (unsigned i = 0; i < SITES_LOOKUPS_MAX; i++)
		if (!sites->running[i])
			return true;
	return false;
}

/* The mailbox that stood for its domain is not known: it is that mailbox's matter until
 * that happens again and again. */
static void blame_mailbox(struct cache_entry *domain, const struct now *now)
{
	struct sites *sites = domain->sites;
	struct cache_entry *mailbox = sites_find(sites, domain->address);
	if (!mailbox)
		mailbox = sites_add(sites, domain->address);
	if (mailbox && !mailbox->lookup) {
		mailbox->state = LOOKUP_UNKNOWN;
		mailbox->looked_up_ms = now->mono_ms;
		memcpy(mailbox->text, domain->text, sizeof mailbox->text);
		sites_look(mailbox, domain->address, now->mono_ms + SITES_BAD_MS);
	}
	if (++domain->unknown < SITES_UNKNOWN_MAX) {
		free(domain->address);
		domain->address = NULL;
		domain->state = LOOKUP_ON;
	}
}

static void put_text(struct cache_entry *entry, const char *reasons)
{
	(void)snprintf(entry->text, sizeof entry->text, "%s",
		entry->state == LOOKUP_UNKNOWN
			? "Autodiscover does not know the mailbox: "
		: entry->state == LOOKUP_ELSEWHERE
			? "Autodiscover leads to where our credentials may not go, name "
			  "such "
			  "hosts in autodiscover_hosts: "
			: "Autodiscover does not answer, set url or autodiscover_url: ");
	size_t used = strlen(entry->text);
	(void)snprintf(entry->text + used, sizeof entry->text - used, "%.440s", reasons);
}

static void conclude(struct cache_entry *entry, const struct now *now)
{
	struct sites *sites = entry->sites;
	struct lookup *lookup = entry->lookup;
	entry->lookup = NULL;
	entry->state = lookup->state;
	entry->looked_up_ms = now->mono_ms;
	if (entry->state == LOOKUP_FOUND) {
		entry->unknown = 0;
		entry->site = sites_site(sites, lookup->url);
		if (entry->site == SITES_NONE)
			entry->state = LOOKUP_FAILED;
	}
	put_text(entry, lookup->text);
	lookup_destroy(lookup);
	if (entry->state == LOOKUP_UNKNOWN && !strchr(entry->key, '@'))
		blame_mailbox(entry, now);
	sites_look(entry, NULL,
		now->mono_ms +
			(entry->state == LOOKUP_FOUND ? SITES_GOOD_MS : SITES_BAD_MS));
	sites->events.settled(sites->events.context, entry->key, now);
}

/* ------------------------------------------------------------------ the source */

static int64_t due(void *self, const struct now *now)
{
	struct sites *sites = self;
	int64_t due_ms = has_room(sites) ? timers_next(&sites->timers) : INT64_MAX;
	(void)now;
	for (unsigned i = 0; i < SITES_LOOKUPS_MAX; i++) {
		const struct cache_entry *entry = sites->running[i];
		if (entry && entry->slot < 0 && entry->lookup->due_ms < due_ms)
			due_ms = entry->lookup->due_ms;
	}
	return due_ms;
}

static void write_request(const struct lookup_request *request,
	struct request *out_request, struct buf *body)
{
	*out_request =
		(struct request){.url = request->url, .anonymous = request->anonymous};
	switch (request->method) {
	case AUTODISCOVER_JSON:
	case AUTODISCOVER_HTTP:
		out_request->get = true;
		break;
	case AUTODISCOVER_SOAP:
		out_request->header = AUTODISCOVER_SOAP_HEADER;
		autodiscover_write_soap(body, request->address, request->url);
		break;
	case AUTODISCOVER_POX:
		autodiscover_write_pox(body, request->address);
		break;
	}
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct sites *sites = self;
	struct lookup_request request;
	(void)terms;
	while (has_room(sites) && timers_fire(&sites->timers, now->mono_ms, 1) > 0) {
	}
	for (unsigned i = 0; i < SITES_LOOKUPS_MAX; i++) {
		struct cache_entry *entry = sites->running[i];
		if (!entry || entry->slot >= 0)
			continue;
		if (lookup_next(entry->lookup, now->mono_ms, &request)) {
			entry->slot = (int)slot;
			entry->anonymous = request.anonymous;
			write_request(&request, out_request, body);
			return true;
		}
		if (entry->lookup->state != LOOKUP_ON) {
			sites->running[i] = NULL;
			conclude(entry, now);
		}
	}
	return false;
}

/* Autodiscover says nothing of how Exchange does, but by refusing a log-on, which counts
 * where the account is locked. */
static struct outcome judge(bool anonymous, const struct transfer *transfer)
{
	if (transfer->result == TRANSFER_ANSWERED && transfer->status == 401 &&
		!anonymous)
		return outcome_of_auth(transfer);
	struct outcome asked =
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "asked Autodiscover");
	asked.scope = SCOPE_NONE;
	return asked;
}

static unsigned find_running(const struct sites *sites, unsigned slot)
{
	unsigned i = 0;
	while (i < SITES_LOOKUPS_MAX &&
		(!sites->running[i] || sites->running[i]->slot != (int)slot))
		i++;
	assert(i < SITES_LOOKUPS_MAX);
	return i;
}

/* Without a token nobody can be asked. Without a ticket it is this server: not every web
 * server is known to Kerberos. */
static struct outcome unsent(
	const struct sites *sites, struct cache_entry *entry, const struct outcome *why)
{
	struct outcome outcome = *why;
	if (strcmp(sites->configure.configure.auth, "negotiate") != 0) {
		lookup_undone(entry->lookup);
		return outcome;
	}
	lookup_failed(entry->lookup, why->text);
	outcome.scope = SCOPE_NONE;
	return outcome;
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct sites *sites = self;
	unsigned i = find_running(sites, slot);
	struct cache_entry *entry = sites->running[i];
	entry->slot = -1;
	if (reply->outcome)
		return unsent(sites, entry, reply->outcome);
	struct outcome outcome = judge(entry->anonymous, reply->transfer);
	lookup_done(entry->lookup, reply->transfer, reply->body, reply->n, now->mono_ms);
	if (entry->lookup->state != LOOKUP_ON) {
		sites->running[i] = NULL;
		conclude(entry, now);
	}
	return outcome;
}

void sites_source_init(struct sites *sites)
{
	sites->source = (struct request_source){
		.due = due, .next = next, .done = done, .self = sites, .finds_way = true};
}
