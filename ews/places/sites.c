#include "ews/places/sites.h"

#include "ews/places/sites_spots.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void sites_init(struct sites *sites, const struct sites_events *events)
{
	*sites = (struct sites){.events = *events, .n = 1};
	timers_init(&sites->timers);
	sites_source_init(sites);
}

void sites_drop(struct spot *spot)
{
	struct sites *sites = spot->sites;
	HASH_DEL(sites->spots, spot);
	timers_cancel(&sites->timers, &spot->timer);
	search_destroy(spot->search);
	free(spot->address);
	free(spot);
}

static void forget_all(struct sites *sites)
{
	struct spot *spot;
	struct spot *next;
	HASH_ITER (hh, sites->spots, spot, next)
		sites_drop(spot);
	while (sites->n > 1)
		free(sites->list[--sites->n]);
	memset(sites->running, 0, sizeof sites->running);
}

void sites_finish(struct sites *sites)
{
	forget_all(sites);
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

int sites_configure(struct sites *sites, const struct gateway_configure *configure)
{
	forget_all(sites);
	gateway_settings_finish(&sites->configure);
	free(sites->cloud);
	sites->enabled = false;
	sites->cloud = NULL;
	if (gateway_settings_init(&sites->configure, configure))
		return -1;
	const struct gateway_configure *own = &sites->configure.configure;
	sites->cloud = cloud_of(own);
	if (!sites->cloud)
		return -1;
	sites->enabled = own->autodiscover;
	sites->own = own->url[0] != '\0';
	sites->settings = (struct search_settings){.hosts = own->autodiscover_hosts,
		.service = own->autodiscover_url,
		.cloud = sites->cloud,
		.own = own->url,
		.basic = strcmp(own->auth, "basic") == 0};
	return 0;
}

/* ------------------------------------------------------------------ spots */

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

struct spot *sites_find(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1] = "";
	struct spot *spot = NULL;
	if (lower(key, text))
		HASH_FIND_STR(sites->spots, text, spot);
	return spot;
}

struct spot *sites_add(struct sites *sites, const char *key)
{
	char text[GATEWAY_ADDRESS_MAX + 1];
	if (HASH_COUNT(sites->spots) >= SITES_SPOTS_MAX || !lower(key, text))
		return NULL;
	size_t size = strlen(text) + 1;
	struct spot *spot = malloc(sizeof *spot + size);
	if (!spot)
		return NULL;
	*spot = (struct spot){.timer = {.fire = sites_begin},
		.sites = sites,
		.slot = -1,
		.site = SITES_NONE,
		.searched_ms = INT64_MIN};
	memcpy(spot->key, text, size);
	HASH_ADD_STR(sites->spots, key, spot);
	return spot;
}

void sites_look(struct spot *spot, const char *address, int64_t at_ms)
{
	if (address) {
		free(spot->address);
		spot->address = strdup(address);
	}
	if (spot->address && !spot->search)
		timers_set(&spot->sites->timers, &spot->timer, at_ms);
}

/* What is in doubt is looked for again, but not all the time. */
static void doubt(struct spot *spot, const char *address, int64_t now_ms)
{
	bool recent = spot->searched_ms > now_ms - SITES_BAD_MS;
	if (!spot->search && !recent)
		sites_look(spot, address, now_ms);
}

/* ------------------------------------------------------------------ questions */

static struct sites_answer lost(const struct spot *spot)
{
	return (struct sites_answer){
		.site = SITES_NONE,
		.lost = true,
		.elsewhere =
			spot->state == SEARCH_UNKNOWN || spot->state == SEARCH_ELSEWHERE,
		.since_ms = spot->searched_ms,
		.until_ms = spot->timer.at,
		.text = spot->text,
	};
}

/* One that was looked for alone: false where its domain decides. */
static bool ask_mailbox(
	struct sites *sites, const char *address, struct sites_answer *out_answer)
{
	struct spot *spot = sites_find(sites, address);
	if (spot)
		spot->left = false;
	if (!spot || spot->state == SEARCH_ON || spot->state == SEARCH_FAILED)
		return false;
	if (spot->state == SEARCH_FOUND)
		*out_answer = (struct sites_answer){.site = spot->site};
	else
		*out_answer = lost(spot);
	return true;
}

struct sites_answer sites_ask(
	struct sites *sites, const char *address, const struct moment *now)
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
	struct spot *spot = sites_find(sites, domain);
	if (!spot)
		spot = sites_add(sites, domain);
	if (!spot)
		return unknown;
	if (!spot->address && !spot->search)
		sites_look(spot, address, now->mono_ms);
	if (spot->site != SITES_NONE)
		return (struct sites_answer){.site = spot->site};
	bool sought = spot->search || spot->timer.at <= now->mono_ms ||
		      spot->state == SEARCH_ON;
	return sought ? unknown : lost(spot);
}

void sites_doubt(struct sites *sites, const char *address, const struct moment *now)
{
	struct spot *spot = sites_find(sites, address);
	if (!spot)
		spot = sites_add(sites, address);
	if (!spot)
		return;
	spot->left = false;
	doubt(spot, address, now->mono_ms);
}

void sites_leave(struct sites *sites, const char *address)
{
	struct spot *spot = sites_find(sites, address);
	if (spot)
		spot->left = true;
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
	const struct sites *sites, uint16_t site, int64_t now_ms, struct verdict *out_why)
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
	struct spot *spot;
	struct spot *next;
	HASH_ITER (hh, sites->spots, spot, next) {
		if (spot->site == site)
			doubt(spot, NULL, now_ms);
	}
}

static void note_failure(
	struct site *site, const struct verdict *verdict, const struct moment *now)
{
	unsigned doublings = site->failures < 10 ? site->failures : 10;
	int64_t pause_ms = (int64_t)SITES_PAUSE_MIN_MS << doublings;
	site->failures++;
	site->why = *verdict;
	site->until_ms = now->mono_ms +
			 (pause_ms < SITES_PAUSE_MAX_MS ? pause_ms : SITES_PAUSE_MAX_MS);
}

void sites_judge(struct sites *sites, uint16_t site, struct verdict *verdict,
	const struct moment *now)
{
	struct site *it = site < sites->n ? sites->list[site] : NULL;
	bool failed = verdict->action == VERDICT_RETRY || verdict->action == VERDICT_STOP;
	bool absent = failed && (verdict->fault == GATEWAY_FAULT_CONNECT ||
					verdict->fault == GATEWAY_FAULT_TLS);
	if (!it)
		return;
	if (absent || (failed && verdict->fault == GATEWAY_FAULT_CONFIG))
		doubt_site(sites, site, now->mono_ms);
	if (!absent) {
		it->failures = 0;
		return;
	}
	note_failure(it, verdict, now);
	if (are_several(sites))
		verdict->aside = true;
}

bool sites_is_lost(const struct sites *sites)
{
	return sites->enabled && !sites->own && sites->n < 2;
}

const char *sites_route(
	struct sites *sites, const char *address, const struct moment *now)
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
