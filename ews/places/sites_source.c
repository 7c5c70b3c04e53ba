#include "ews/places/sites_spots.h"

#include "ews/errand/verdict_make.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ searches */

void sites_begin(struct timer *timer, int64_t now_ms)
{
	struct spot *spot = (struct spot *)timer; // its first member
	struct sites *sites = spot->sites;
	unsigned i = 0;
	if (spot->left) {
		sites_drop(spot);
		return;
	}
	while (i < SITES_SEARCHES_MAX && sites->running[i])
		i++;
	assert(i < SITES_SEARCHES_MAX);
	spot->search = search_create(&sites->settings, spot->address);
	if (spot->search)
		sites->running[i] = spot;
	else
		sites_look(spot, NULL, now_ms + SITES_PAUSE_MIN_MS);
}

static bool has_room(const struct sites *sites)
{
	for (unsigned i = 0; i < SITES_SEARCHES_MAX; i++)
		if (!sites->running[i])
			return true;
	return false;
}

/* The mailbox that stood for its domain is not known: it is that mailbox's matter until
 * that happens again and again. */
static void blame_mailbox(struct spot *domain, const struct moment *now)
{
	struct sites *sites = domain->sites;
	struct spot *mailbox = sites_find(sites, domain->address);
	if (!mailbox)
		mailbox = sites_add(sites, domain->address);
	if (mailbox && !mailbox->search) {
		mailbox->state = SEARCH_UNKNOWN;
		mailbox->searched_ms = now->mono_ms;
		memcpy(mailbox->text, domain->text, sizeof mailbox->text);
		sites_look(mailbox, domain->address, now->mono_ms + SITES_BAD_MS);
	}
	if (++domain->unknown < SITES_UNKNOWN_MAX) {
		free(domain->address);
		domain->address = NULL;
		domain->state = SEARCH_ON;
	}
}

static void put_text(struct spot *spot, const char *reasons)
{
	(void)snprintf(spot->text, sizeof spot->text, "%s",
		spot->state == SEARCH_UNKNOWN ? "Autodiscover does not know the mailbox: "
		: spot->state == SEARCH_ELSEWHERE
			? "Autodiscover leads to where our credentials may not go: "
			: "Autodiscover does not answer, set url or autodiscover_url: ");
	size_t used = strlen(spot->text);
	(void)snprintf(spot->text + used, sizeof spot->text - used, "%.440s", reasons);
}

static void conclude(struct spot *spot, const struct moment *now)
{
	struct sites *sites = spot->sites;
	struct search *search = spot->search;
	spot->search = NULL;
	spot->state = search->state;
	spot->searched_ms = now->mono_ms;
	if (spot->state == SEARCH_FOUND) {
		spot->unknown = 0;
		spot->site = sites_site(sites, search->url);
		if (spot->site == SITES_NONE)
			spot->state = SEARCH_FAILED;
	}
	put_text(spot, search->text);
	search_destroy(search);
	if (spot->state == SEARCH_UNKNOWN && !strchr(spot->key, '@'))
		blame_mailbox(spot, now);
	sites_look(spot, NULL,
		now->mono_ms +
			(spot->state == SEARCH_FOUND ? SITES_GOOD_MS : SITES_BAD_MS));
	sites->events.settled(sites->events.context, spot->key, now);
}

/* ------------------------------------------------------------------ the source */

static int64_t due(void *self, const struct moment *now)
{
	struct sites *sites = self;
	int64_t due_ms = has_room(sites) ? timers_next(&sites->timers) : INT64_MAX;
	(void)now;
	for (unsigned i = 0; i < SITES_SEARCHES_MAX; i++) {
		const struct spot *spot = sites->running[i];
		if (spot && spot->slot < 0 && spot->search->due_ms < due_ms)
			due_ms = spot->search->due_ms;
	}
	return due_ms;
}

static void write_request(
	const struct search_request *request, struct errand *out_errand, struct buf *body)
{
	*out_errand =
		(struct errand){.url = request->url, .anonymous = request->anonymous};
	switch (request->method) {
	case AUTODISCOVER_JSON:
	case AUTODISCOVER_HTTP:
		out_errand->get = true;
		break;
	case AUTODISCOVER_SOAP:
		out_errand->action = AUTODISCOVER_SOAP_ACTION;
		autodiscover_write_soap(body, request->address, request->url);
		break;
	case AUTODISCOVER_POX:
		autodiscover_write_pox(body, request->address);
		break;
	}
}

static bool next(void *self, unsigned slot, const struct errand_terms *terms,
	struct errand *out_errand, struct buf *body, const struct moment *now)
{
	struct sites *sites = self;
	struct search_request request;
	(void)terms;
	while (has_room(sites) && timers_fire(&sites->timers, now->mono_ms, 1) > 0) {
	}
	for (unsigned i = 0; i < SITES_SEARCHES_MAX; i++) {
		struct spot *spot = sites->running[i];
		if (!spot || spot->slot >= 0)
			continue;
		if (search_next(spot->search, now->mono_ms, &request)) {
			spot->slot = (int)slot;
			spot->anonymous = request.anonymous;
			write_request(&request, out_errand, body);
			return true;
		}
		if (spot->search->state != SEARCH_ON) {
			sites->running[i] = NULL;
			conclude(spot, now);
		}
	}
	return false;
}

/* Autodiscover says nothing of how Exchange does, but by refusing a log-on, which counts
 * where the account is locked. */
static struct verdict judge(bool anonymous, const struct transfer *transfer)
{
	if (transfer->result == TRANSFER_ANSWERED && transfer->status == 401 &&
		!anonymous)
		return verdict_of_log_on(transfer);
	return (struct verdict){
		.action = VERDICT_USE, .aside = true, .text = "asked Autodiscover"};
}

static unsigned find_running(const struct sites *sites, unsigned slot)
{
	unsigned i = 0;
	while (i < SITES_SEARCHES_MAX &&
		(!sites->running[i] || sites->running[i]->slot != (int)slot))
		i++;
	assert(i < SITES_SEARCHES_MAX);
	return i;
}

/* Without a token nobody can be asked. Without a ticket it is this server: not every web
 * server is known to Kerberos. */
static struct verdict unsent(
	const struct sites *sites, struct spot *spot, const struct verdict *why)
{
	struct verdict verdict = *why;
	verdict.aside = strcmp(sites->configure.configure.auth, "negotiate") == 0;
	if (verdict.aside)
		search_failed(spot->search, why->text);
	else
		search_undone(spot->search);
	return verdict;
}

static struct verdict done(void *self, unsigned slot, const struct errand_reply *reply,
	const struct moment *now)
{
	struct sites *sites = self;
	unsigned i = find_running(sites, slot);
	struct spot *spot = sites->running[i];
	spot->slot = -1;
	if (reply->verdict)
		return unsent(sites, spot, reply->verdict);
	struct verdict verdict = judge(spot->anonymous, reply->transfer);
	search_done(spot->search, reply->transfer, reply->body, reply->n, now->mono_ms);
	if (spot->search->state != SEARCH_ON) {
		sites->running[i] = NULL;
		conclude(spot, now);
	}
	return verdict;
}

static void forget(void *self)
{
	struct sites *sites = self;
	for (unsigned i = 0; i < SITES_SEARCHES_MAX; i++) {
		struct spot *spot = sites->running[i];
		if (spot && spot->slot >= 0)
			search_undone(spot->search);
		if (spot)
			spot->slot = -1;
	}
}

void sites_source_init(struct sites *sites)
{
	sites->source = (struct errand_source){.due = due,
		.next = next,
		.done = done,
		.forget = forget,
		.self = sites,
		.finds_way = true};
}
