#include "ews/autodiscover/sites.h"

#include "ews/autodiscover/cache_entry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void sites_drop(struct cache_entry *entry)
{
	struct sites *sites = entry->sites;
	HASH_DEL(sites->entries, entry);
	timers_cancel(&sites->timers, &entry->timer);
	lookup_destroy(entry->lookup);
	free(entry->address);
	free(entry);
}

void sites_finish(struct sites *sites)
{
	struct cache_entry *entry;
	struct cache_entry *next;
	HASH_ITER (hh, sites->entries, entry, next)
		sites_drop(entry);
	while (sites->n > 1)
		free(sites->list[--sites->n]);
	timers_finish(&sites->timers);
	gateway_settings_finish(&sites->configure);
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
	if (gateway_settings_init(&sites->configure, configure))
		return -1;
	const struct gateway_configure *own = &sites->configure.configure;
	sites->cloud = cloud_of(own);
	if (!sites->cloud)
		return -1;
	sites->enabled = own->autodiscover;
	sites->own = own->url[0] != '\0';
	sites->settings = (struct lookup_settings){.hosts = own->autodiscover_hosts,
		.service = own->autodiscover_url,
		.cloud = sites->cloud,
		.own = own->url,
		.basic = strcmp(own->auth, "basic") == 0};
	return 0;
}

/* ------------------------------------------------------------------ entries */

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

struct cache_entry *sites_find(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1] = "";
	struct cache_entry *entry = NULL;
	if (lower(key, text))
		HASH_FIND_STR(sites->entries, text, entry);
	return entry;
}

struct cache_entry *sites_add(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1];
	if (HASH_COUNT(sites->entries) >= SITES_ENTRIES_MAX || !lower(key, text))
		return NULL;
	size_t size = strlen(text) + 1;
	struct cache_entry *entry = malloc(sizeof *entry + size);
	if (!entry)
		return NULL;
	*entry = (struct cache_entry){.timer = {.fire = sites_begin},
		.sites = sites,
		.slot = -1,
		.site = SITES_NONE,
		.looked_up_ms = INT64_MIN};
	memcpy(entry->key, text, size);
	HASH_ADD_STR(sites->entries, key, entry);
	return entry;
}

void sites_look(struct cache_entry *entry, const char *address, int64_t at_ms)
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
		sites_look(entry, address, now_ms);
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
	struct cache_entry *entry = sites_find(sites, address);
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

struct sites_answer sites_ask(
	struct sites *sites, const char *address, const struct now *now)
{
	static const struct sites_answer unknown = {.site = SITES_NONE};
	struct sites_answer answer;
	const char *at = strrchr(address, '@');
	assert(sites->enabled);
	if (ask_mailbox(sites, address, &answer))
		return answer;
	if (sites->own)
		return (struct sites_answer){.site = SITES_OWN};
	const char *domain = at ? at + 1 : "";
	struct cache_entry *entry = sites_find(sites, domain);
	if (!entry)
		entry = sites_add(sites, domain);
	if (!entry)
		return unknown;
	if (!entry->address && !entry->lookup)
		sites_look(entry, address, now->mono_ms);
	if (entry->site != SITES_NONE)
		return (struct sites_answer){.site = entry->site};
	bool sought = entry->lookup || entry->timer.at <= now->mono_ms ||
		      entry->state == LOOKUP_ON;
	return sought ? unknown : lost(entry);
}

void sites_doubt(struct sites *sites, const char *address, const struct now *now)
{
	struct cache_entry *entry = sites_find(sites, address);
	if (!entry)
		entry = sites_add(sites, address);
	if (!entry)
		return;
	entry->left = false;
	doubt(entry, address, now->mono_ms);
}

void sites_leave(struct sites *sites, const char *address)
{
	struct cache_entry *entry = sites_find(sites, address);
	if (entry)
		entry->left = true;
}

/* ------------------------------------------------------------------ sites */

/* Whether it is one of the configuration's URLs. */
static bool is_own(const struct sites *sites, const char *url)
{
	size_t n = strlen(url);
	const char *at = sites->configure.configure.url;
	for (; at[0]; at += at[0] == '\n') {
		size_t length = strcspn(at, "\n");
		if (length == n && strncasecmp(at, url, n) == 0)
			return true;
		at += length;
	}
	return false;
}

uint16_t sites_site(struct sites *sites, const char *url)
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

const char *sites_url(const struct sites *sites, uint16_t site)
{
	return site < sites->n && sites->list[site] ? sites->list[site]->url : NULL;
}

static bool are_several(const struct sites *sites)
{
	return sites->n - 1 + sites->own > 1;
}

bool sites_is_down(
	const struct sites *sites, uint16_t site, int64_t now_ms, struct outcome *out_why)
{
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

void sites_judge(struct sites *sites, uint16_t site, struct outcome *outcome,
	const struct now *now)
{
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

bool sites_is_lost(const struct sites *sites)
{
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

/* ------------------------------------------------------------------ the poller's view */

static bool are_enabled(void *self)
{
	return ((struct sites *)self)->enabled;
}

static struct sites_answer find(void *self, const char *address, const struct now *now)
{
	return sites_ask(self, address, now);
}

static void doubt_mailbox(void *self, const char *address, const struct now *now)
{
	sites_doubt(self, address, now);
}

static void leave(void *self, const char *address)
{
	sites_leave(self, address);
}

static const char *url_of(void *self, uint16_t site)
{
	return sites_url(self, site);
}

static bool is_down(void *self, uint16_t site, int64_t now_ms, struct outcome *out_why)
{
	return sites_is_down(self, site, now_ms, out_why);
}

static void judge(
	void *self, uint16_t site, struct outcome *outcome, const struct now *now)
{
	sites_judge(self, site, outcome, now);
}

static bool is_lost(void *self)
{
	return sites_is_lost(self);
}

int sites_init(struct sites *sites, const struct sites_events *events,
	const struct gateway_configure *settings)
{
	*sites = (struct sites){.events = *events, .n = 1};
	timers_init(&sites->timers);
	sites_source_init(sites);
	sites->mailboxes = (struct mailbox_sites){.are_several = are_enabled,
		.find = find,
		.doubt = doubt_mailbox,
		.leave = leave,
		.url = url_of,
		.is_down = is_down,
		.judge = judge,
		.is_lost = is_lost,
		.self = sites};
	return take_settings(sites, settings);
}
