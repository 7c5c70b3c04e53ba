#include "ews/autodiscover/sites.h"

#include "gateway/request/outcome.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void begin_lookup(struct timer *timer, int64_t now_ms);

/* ------------------------------------------------------------------ entries */

static void drop_entry(struct cache_entry *entry)
{
	struct sites *sites = entry->sites;
	HASH_DEL(sites->entries, entry);
	timers_cancel(&sites->timers, &entry->timer);
	lookup_destroy(entry->lookup);
	free(entry->address);
	free(entry);
}

static bool lower(const char *text, char out[GATEWAY_ADDRESS_MAX + 1])
{
	size_t n = strlen(text);
	if (n > GATEWAY_ADDRESS_MAX)
		return false;
	for (size_t i = 0; i <= n; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A'
								 : text[i]);
	return true;
}

static struct cache_entry *find_entry(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1] = "";
	struct cache_entry *entry = NULL;
	if (lower(key, text))
		HASH_FIND_STR(sites->entries, text, entry);
	return entry;
}

static struct cache_entry *add_entry(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1];
	if (HASH_COUNT(sites->entries) >= SITES_ENTRIES_MAX || !lower(key, text))
		return NULL;
	size_t size = strlen(text) + 1;
	struct cache_entry *entry = malloc(sizeof *entry + size);
	if (!entry)
		return NULL;
	*entry = (struct cache_entry){.timer = {.fire = begin_lookup},
		.sites = sites,
		.slot = -1,
		.site = SITES_NONE,
		.looked_up_ms = INT64_MIN};
	memcpy(entry->key, text, size);
	HASH_ADD_STR(sites->entries, key, entry);
	return entry;
}

static void look(struct cache_entry *entry, const char *address, int64_t at_ms)
{
	if (address) {
		free(entry->address);
		entry->address = strdup(address);
	}
	if (entry->address && !entry->lookup)
		timers_set(&entry->sites->timers, &entry->timer, at_ms);
}

/* What is in doubt is looked for again, but not all the time. */
static void doubt(struct cache_entry *entry, const char *address, int64_t now_ms)
{
	bool recent = entry->looked_up_ms > now_ms - SITES_BAD_MS;
	if (!entry->lookup && !recent)
		look(entry, address, now_ms);
}

/* Whether it is one of the configuration's URLs. */
static bool is_own(const struct sites *sites, const char *url)
{
	size_t n = strlen(url);
	const char *at = sites->configure->url;
	for (; at[0]; at += at[0] == '\n') {
		size_t length = strcspn(at, "\n");
		if (length == n && strncasecmp(at, url, n) == 0)
			return true;
		at += length;
	}
	return false;
}

static uint16_t site_of_url(struct sites *sites, const char *url)
{
	if (is_own(sites, url))
		return SITES_OWN;
	for (uint16_t i = 1; i < sites->n; i++)
		if (strcasecmp(sites->list[i]->url, url) == 0)
			return i;
	struct site *site = sites->n < SITES_MAX ? calloc(1, sizeof *site) : NULL;
	if (!site)
		return SITES_NONE;
	(void)snprintf(site->url, sizeof site->url, "%s", url);
	sites->list[sites->n] = site;
	return sites->n++;
}

/* ------------------------------------------------------------------ lookups */

static void begin_lookup(struct timer *timer, int64_t now_ms)
{
	struct cache_entry *entry = (struct cache_entry *)timer; // its first member
	struct sites *sites = entry->sites;
	unsigned i = 0;
	if (entry->left) {
		drop_entry(entry);
		return;
	}
	while (i < SITES_LOOKUPS_MAX && sites->running[i])
		i++;
	assert(i < SITES_LOOKUPS_MAX);
	entry->lookup = lookup_create(&sites->settings, entry->address);
	if (entry->lookup)
		sites->running[i] = entry;
	else
		look(entry, NULL, now_ms + SITES_PAUSE_MIN_MS);
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
	struct cache_entry *mailbox = find_entry(sites, domain->address);
	if (!mailbox)
		mailbox = add_entry(sites, domain->address);
	if (mailbox && !mailbox->lookup) {
		mailbox->state = LOOKUP_UNKNOWN;
		mailbox->looked_up_ms = now->mono_ms;
		memcpy(mailbox->text, domain->text, sizeof mailbox->text);
		look(mailbox, domain->address, now->mono_ms + SITES_BAD_MS);
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
		entry->site = site_of_url(sites, lookup->url);
		if (entry->site == SITES_NONE)
			entry->state = LOOKUP_FAILED;
	}
	put_text(entry, lookup->text);
	lookup_destroy(lookup);
	if (entry->state == LOOKUP_UNKNOWN && !strchr(entry->key, '@'))
		blame_mailbox(entry, now);
	look(entry, NULL,
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
	if (request->knocks) {
		out_request->get = true;
		return;
	}
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
	if (strcmp(sites->configure->auth, "negotiate") != 0) {
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

/* ------------------------------------------------------------------ questions */

static struct sites_answer lost(const struct cache_entry *entry)
{
	return (struct sites_answer){
		.site = SITES_NONE,
		.lost = true,
		.elsewhere = entry->state == LOOKUP_UNKNOWN ||
			     entry->state == LOOKUP_ELSEWHERE,
		.since_ms = entry->looked_up_ms,
		.until_ms = entry->timer.at,
		.text = entry->text,
	};
}

/* One that was looked for alone: false where its domain decides. */
static bool ask_mailbox(
	struct sites *sites, const char *address, struct sites_answer *out_answer)
{
	struct cache_entry *entry = find_entry(sites, address);
	if (entry)
		entry->left = false;
	if (!entry || entry->state == LOOKUP_ON || entry->state == LOOKUP_FAILED)
		return false;
	if (entry->state == LOOKUP_FOUND)
		*out_answer = (struct sites_answer){.site = entry->site};
	else
		*out_answer = lost(entry);
	return true;
}

struct sites_answer sites_ask(void *self, const char *address, const struct now *now)
{
	struct sites *sites = self;
	static const struct sites_answer unknown = {.site = SITES_NONE};
	struct sites_answer answer;
	const char *at = strrchr(address, '@');
	assert(sites->enabled);
	if (ask_mailbox(sites, address, &answer))
		return answer;
	if (sites->own)
		return (struct sites_answer){.site = SITES_OWN};
	const char *domain = at ? at + 1 : "";
	struct cache_entry *entry = find_entry(sites, domain);
	if (!entry)
		entry = add_entry(sites, domain);
	if (!entry)
		return unknown;
	if (!entry->address && !entry->lookup)
		look(entry, address, now->mono_ms);
	if (entry->site != SITES_NONE)
		return (struct sites_answer){.site = entry->site};
	bool sought = entry->lookup || entry->timer.at <= now->mono_ms ||
		      entry->state == LOOKUP_ON;
	return sought ? unknown : lost(entry);
}

void sites_doubt(void *self, const char *address, const struct now *now)
{
	struct sites *sites = self;
	struct cache_entry *entry = find_entry(sites, address);
	if (!entry)
		entry = add_entry(sites, address);
	if (!entry)
		return;
	entry->left = false;
	doubt(entry, address, now->mono_ms);
}

void sites_leave(void *self, const char *address)
{
	struct sites *sites = self;
	struct cache_entry *entry = find_entry(sites, address);
	if (entry)
		entry->left = true;
}

/* ------------------------------------------------------------------ sites */

const char *sites_url(void *self, uint16_t site)
{
	const struct sites *sites = self;
	return site < sites->n && sites->list[site] ? sites->list[site]->url : NULL;
}

static bool are_several(const struct sites *sites)
{
	return sites->n - 1 + sites->own > 1;
}

bool sites_is_down(void *self, uint16_t site, int64_t now_ms, struct outcome *out_why)
{
	const struct sites *sites = self;
	const struct site *it = site < sites->n ? sites->list[site] : NULL;
	if (!it || it->failures == 0 || now_ms >= it->until_ms || !are_several(sites))
		return false;
	*out_why = it->why;
	return true;
}

/* The mailboxes may have been moved away before it was switched off. */
static void doubt_site(struct sites *sites, uint16_t site, int64_t now_ms)
{
	struct cache_entry *entry;
	struct cache_entry *next;
	HASH_ITER (hh, sites->entries, entry, next) {
		if (entry->site == site)
			doubt(entry, NULL, now_ms);
	}
}

static void note_failure(
	struct site *site, const struct outcome *outcome, const struct now *now)
{
	unsigned doublings = site->failures < 10 ? site->failures : 10;
	int64_t pause_ms = (int64_t)SITES_PAUSE_MIN_MS << doublings;
	site->failures++;
	site->why = *outcome;
	site->until_ms = now->mono_ms +
			 (pause_ms < SITES_PAUSE_MAX_MS ? pause_ms : SITES_PAUSE_MAX_MS);
}

void sites_judge(
	void *self, uint16_t site, struct outcome *outcome, const struct now *now)
{
	struct sites *sites = self;
	struct site *it = site < sites->n ? sites->list[site] : NULL;
	bool failed = outcome->class == OUTCOME_RETRY || outcome->class == OUTCOME_STOP;
	bool absent = failed && (outcome->fault == GATEWAY_FAULT_CONNECT ||
					outcome->fault == GATEWAY_FAULT_TLS);
	if (!it)
		return;
	if (absent || (failed && outcome->fault == GATEWAY_FAULT_CONFIG))
		doubt_site(sites, site, now->mono_ms);
	if (!absent) {
		it->failures = 0;
		return;
	}
	note_failure(it, outcome, now);
	if (are_several(sites))
		outcome->scope = SCOPE_SITE;
}

bool sites_is_lost(void *self)
{
	const struct sites *sites = self;
	return sites->enabled && !sites->own && sites->n < 2;
}

const char *sites_route(struct sites *sites, const char *address, const struct now *now)
{
	uint16_t site = SITES_NONE;
	if (!sites->enabled)
		return NULL;
	if (address)
		site = sites_ask(sites, address, now).site;
	if (site == SITES_NONE)
		site = sites->own || sites->n < 2 ? SITES_OWN : 1;
	return sites_url(sites, site);
}

void sites_print(const struct sites *sites, char *out, size_t size)
{
	unsigned more = sites->n > 1 ? sites->n - 2u : 0;
	if (sites->n < 2)
		(void)snprintf(out, size, "%s", "");
	else if (more == 0)
		(void)snprintf(out, size, "%s", sites->list[1]->url);
	else
		(void)snprintf(
			out, size, "%.400s and %u more", sites->list[1]->url, more);
}

/* ------------------------------------------------------------------ life */

void sites_finish(struct sites *sites)
{
	struct cache_entry *entry;
	struct cache_entry *next;
	HASH_ITER (hh, sites->entries, entry, next)
		drop_entry(entry);
	while (sites->n > 1)
		free(sites->list[--sites->n]);
	timers_finish(&sites->timers);
	free(sites->cloud);
	sites->cloud = NULL;
}

/* The URL that a token is for stands at the beginning of its scope. */
static char *cloud_of(const struct gateway_configure *configure)
{
	const char *scope =
		strcmp(configure->auth, "oauth2") == 0 ? configure->scope : "";
	return strndup(scope, strcspn(scope, " "));
}

static int take_settings(struct sites *sites, const struct gateway_configure *configure)
{
	sites->configure = configure;
	sites->cloud = cloud_of(configure);
	if (!sites->cloud)
		return -1;
	sites->enabled = configure->autodiscover;
	sites->own = configure->url[0] != '\0';
	sites->settings = (struct lookup_settings){.hosts = configure->autodiscover_hosts,
		.service = configure->autodiscover_url,
		.cloud = sites->cloud,
		.own = configure->url,
		.basic = strcmp(configure->auth, "basic") == 0};
	return 0;
}

static bool are_enabled(void *self)
{
	return ((struct sites *)self)->enabled;
}

int sites_init(struct sites *sites, const struct sites_events *events,
	const struct gateway_configure *settings)
{
	*sites = (struct sites){.events = *events, .n = 1};
	timers_init(&sites->timers);
	sites->source = (struct request_source){
		.due = due, .next = next, .done = done, .self = sites, .finds_way = true};
	sites->mailboxes = (struct mailbox_sites){.are_several = are_enabled,
		.find = sites_ask,
		.doubt = sites_doubt,
		.leave = sites_leave,
		.url = sites_url,
		.is_down = sites_is_down,
		.judge = sites_judge,
		.is_lost = sites_is_lost,
		.self = sites};
	return take_settings(sites, settings);
}
