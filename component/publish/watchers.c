/* reallocarray() */
#define _DEFAULT_SOURCE
#include "component/publish/watchers.h"

#include "base/jid.h"
#include "base/log.h"
#include "component/sources/module.h"
#include "component/xmpp/answer.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

/* Whoever only probes leaves no row, and counts while she is not known. */
static bool asker_may_wait(const struct people *people, const struct name *jid)
{
	if (jid->undecided < PENDING_PER_WATCHER_MAX)
		return true;
	if (people_may_say(people, &people->subscriptions->said_full_ms))
		log_warning("\"%s\" waits for the decision of more than %d people: "
			    "further requests of his are not kept",
			jid->text, PENDING_PER_WATCHER_MAX);
	return false;
}

/* ------------------------------------------------------------------ one watcher */

bool watcher_is_pending(const struct watcher *watcher)
{
	return watcher->state == WATCHER_PENDING || watcher->state == WATCHER_PROBED;
}

bool watcher_is_admitted(const struct watcher *watcher)
{
	return watcher->state == WATCHER_APPROVED || watcher->state == WATCHER_GUEST;
}

void watcher_bare_address(const struct watcher *watcher, char out_address[JID_SIZE])
{
	size_t n = jid_bare_length(watcher->from->text);

	memcpy(out_address, watcher->from->text, n);
	out_address[n] = '\0';
}

bool watcher_is_older(const struct watcher *watcher, const struct watcher *than)
{
	return watcher->since < than->since ||
	       (watcher->since == than->since &&
		       (int32_t)(watcher->order - than->order) < 0);
}

/* Whether he counts as an asker in this state. */
static bool asks(const struct watchers *watchers, enum watcher_state state)
{
	return state == WATCHER_PENDING || watchers->is_unknown;
}

static bool is_foreign(const struct people *people, const char *jid)
{
	const char *at = strchr(jid, '@');

	return !at || !config_serves_domain(people->config, at + 1);
}

/* by: 1 or -1. */
static void count(struct watchers *watchers, const struct watcher *watcher, int by)
{
	struct subscriptions *subscriptions = watchers->people->subscriptions;
	size_t early = watchers->is_unknown ? (size_t)by : 0;

	watchers->n_pending += watcher_is_pending(watcher) ? (uint32_t)by : 0;
	watchers->n_admitted += watcher_is_admitted(watcher) ? (uint32_t)by : 0;
	watcher->jid->undecided += asks(watchers, watcher->state) ? (uint32_t)by : 0;
	subscriptions->n_early += early;
	if (is_foreign(watchers->people, watcher->jid->text))
		subscriptions->n_early_foreign += early;
}

struct watcher *watcher_find(
	const struct watchers *watchers, const char *from, const char *jid)
{
	const struct name *his = names_find(watchers->people->names, jid);
	const struct name *ours = names_find(watchers->people->names, from);
	size_t i;

	if (!his || !ours)
		return NULL;
	i = names_place(watchers->all, watchers->n, sizeof(*watchers->all), his);
	for (; i < watchers->n && watchers->all[i].jid == his; i++) {
		if (watchers->all[i].from == ours && !watchers->all[i].gone)
			return &watchers->all[i];
	}
	return NULL;
}

static bool has_room(struct watchers *watchers)
{
	size_t cap = watchers->cap + watchers->cap / 2 + 1; // most have few
	struct watcher *all;

	if (watchers->n - watchers->n_gone >= WATCHERS_PER_PERSON_MAX) {
		if (people_may_say(watchers->people,
			    &watchers->people->subscriptions->said_full_ms))
			log_warning("\"%s\" has %d watchers: there is no room for more",
				watchers->jid->text, WATCHERS_PER_PERSON_MAX);
		return false;
	}
	if (watchers->n < watchers->cap)
		return true;
	all = reallocarray(watchers->all, cap, sizeof(*all));
	if (!all)
		return false;
	watchers->all = all;
	watchers->cap = (uint32_t)cap;
	return true;
}

/* Takes over the references of the names, unless it returns NULL. */
static struct watcher *insert(struct watchers *watchers, const struct watcher *watcher)
{
	struct watcher *at;
	size_t i;

	if (!has_room(watchers))
		return NULL;
	if (asks(watchers, watcher->state) &&
		!asker_may_wait(watchers->people, watcher->jid))
		return NULL;
	i = names_place(watchers->all, watchers->n, sizeof(*watchers->all), watcher->jid);
	at = &watchers->all[i];
	memmove(at + 1, at, (watchers->n - i) * sizeof(*at));
	*at = *watcher;
	watchers->n++;
	count(watchers, at, 1);
	return at;
}

struct watcher *watcher_add(struct watchers *watchers, const char *from, const char *jid,
	enum watcher_state state, int64_t since)
{
	struct names *names = watchers->people->names;
	struct watcher watcher = {.jid = names_get(names, jid),
		.from = names_get(names, from),
		.since = since,
		.state = state,
		.order = watchers->people->subscriptions->next_order++};
	struct watcher *added = NULL;

	if (watcher.jid && watcher.from)
		added = insert(watchers, &watcher);
	if (!added) {
		names_put(names, watcher.jid);
		names_put(names, watcher.from);
	}
	return added;
}

void watcher_set_state(
	struct watchers *watchers, struct watcher *watcher, enum watcher_state state)
{
	count(watchers, watcher, -1);
	watcher->state = state;
	count(watchers, watcher, 1);
}

bool watcher_may_wait(const struct watchers *watchers, const struct watcher *watcher)
{
	return asker_may_wait(watchers->people, watcher->jid);
}

void watcher_set_shown(struct watcher *watcher, struct body *body)
{
	struct body *old = watcher->shown;

	watcher->shown = body ? body_ref(body) : NULL;
	body_put(old);
}

void watcher_drop(struct watchers *watchers, struct watcher *watcher)
{
	if (watcher->gone)
		return;
	watcher->gone = true;
	count(watchers, watcher, -1);
	watchers->n_gone++;
}

void watcher_forget(struct watchers *watchers, struct watcher *watcher)
{
	char address[JID_SIZE];

	watcher_bare_address(watcher, address);
	if (watcher->state != WATCHER_PROBED)
		store_del_subscription(
			watchers->people->store, address, watcher->jid->text);
	watcher_drop(watchers, watcher);
}

void watchers_sweep(struct watchers *watchers)
{
	struct names *names = watchers->people->names;
	size_t kept = 0;

	if (watchers->n_gone == 0)
		return;
	for (size_t i = 0; i < watchers->n; i++) {
		struct watcher *watcher = &watchers->all[i];

		if (!watcher->gone) {
			watchers->all[kept++] = *watcher;
			continue;
		}
		names_put(names, watcher->jid);
		names_put(names, watcher->from);
		body_put(watcher->shown);
	}
	watchers->n = (uint32_t)kept;
	watchers->n_gone = 0;
	if (watchers->jid->person)
		module_keep_sights(watchers->jid->person, watchers->all, kept,
			sizeof(*watchers->all));
}

/* ------------------------------------------------------------------ probes */

bool watchers_add_probe(
	struct watchers *watchers, const struct watcher *watcher, const char *client)
{
	struct probe *probe;

	if (watchers->n_probes >= PROBES_MAX)
		return false;
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return false;
	probe->to = names_get(watchers->people->names, client);
	if (!probe->to) {
		free(probe);
		return false;
	}
	probe->from = name_ref(watcher->from);
	probe->jid = name_ref(watcher->jid);
	LL_PREPEND(watchers->probes, probe);
	watchers->n_probes++;
	return true;
}

void watchers_drop_probes(struct watchers *watchers)
{
	struct names *names = watchers->people->names;

	while (watchers->probes) {
		struct probe *probe = watchers->probes;

		LL_DELETE(watchers->probes, probe);
		names_put(names, probe->from);
		names_put(names, probe->jid);
		names_put(names, probe->to);
		free(probe);
	}
	watchers->n_probes = 0;
}

/* ------------------------------------------------------------------ making */

static struct watchers *create(struct people *people, struct name *jid)
{
	struct watchers *watchers = calloc(1, sizeof(*watchers));

	if (!watchers)
		return NULL;
	watchers->people = people;
	watchers->hash = jid->hash;
	watchers->jid = name_ref(jid);
	return watchers;
}

static void destroy(struct watchers *watchers)
{
	for (size_t i = 0; i < watchers->n; i++)
		watcher_drop(watchers, &watchers->all[i]);
	watchers_sweep(watchers);
	watchers_drop_probes(watchers);
	body_put(watchers->body);
	names_put(watchers->people->names, watchers->jid);
	free(watchers->all);
	free(watchers);
}

static struct watchers *unknown_find(const struct people *people, const struct name *jid)
{
	struct watchers *watchers = NULL;
	size_t tries = 0;

	if (!jid)
		return NULL;
	do {
		watchers = table_next(&people->subscriptions->unknown, jid->hash, &tries);
	} while (watchers && watchers->jid != jid);
	return watchers;
}

static void unknown_remove(struct watchers *watchers)
{
	struct subscriptions *subscriptions = watchers->people->subscriptions;

	table_remove(&subscriptions->unknown, watchers);
	DL_DELETE2(subscriptions->unasked, watchers, before, after);
}

/* Who only probed counts as an asker no more. */
static void become_known(struct watchers *watchers)
{
	unknown_remove(watchers);
	for (size_t i = 0; i < watchers->n; i++)
		count(watchers, &watchers->all[i], -1);
	watchers->is_unknown = false;
	for (size_t i = 0; i < watchers->n; i++)
		count(watchers, &watchers->all[i], 1);
}

bool watchers_dress(struct person *person)
{
	person->watchers = unknown_find(person->people, person->jid);
	if (person->watchers)
		become_known(person->watchers);
	else
		person->watchers = create(person->people, person->jid);
	return person->watchers != NULL;
}

void watchers_undress(struct person *person)
{
	if (person->watchers)
		destroy(person->watchers);
	person->watchers = NULL;
}

/* ------------------------------------------------------------------ early requests */

static void unknown_destroy(struct watchers *watchers)
{
	unknown_remove(watchers);
	destroy(watchers);
}

static struct watchers *unknown_create(struct people *people, struct name *jid)
{
	struct watchers *watchers = create(people, jid);

	if (!watchers)
		return NULL;
	watchers->is_unknown = true;
	if (table_add(&people->subscriptions->unknown, watchers))
		return watchers;
	destroy(watchers);
	return NULL;
}

/* Those of somebody who is not known, behind all others of such. */
static struct watchers *unknown_get(struct people *people, const char *person)
{
	struct subscriptions *subscriptions = people->subscriptions;
	struct name *jid = names_get(people->names, person);
	struct watchers *watchers = unknown_find(people, jid);

	if (watchers)
		DL_DELETE2(subscriptions->unasked, watchers, before, after);
	else if (jid)
		watchers = unknown_create(people, jid);
	if (watchers)
		DL_APPEND2(subscriptions->unasked, watchers, before, after);
	names_put(people->names, jid);
	return watchers;
}

static void early_forget(struct watchers *watchers, struct watcher *watcher)
{
	watcher_forget(watchers, watcher);
	watchers_sweep(watchers);
	if (watchers->n == 0)
		unknown_destroy(watchers);
}

/* Whether he of these two goes first: who is of another server, then who is older. */
static bool goes_before(const struct watchers *watchers, const struct watcher *watcher,
	const struct watcher *than)
{
	bool foreign = is_foreign(watchers->people, watcher->jid->text);

	return foreign != is_foreign(watchers->people, than->jid->text)
		       ? foreign
		       : watcher_is_older(watcher, than);
}

static struct watcher *first_to_go(const struct watchers *watchers)
{
	struct watcher *first = watchers->all;

	for (size_t i = 1; i < watchers->n; i++) {
		if (goes_before(watchers, &watchers->all[i], first))
			first = &watchers->all[i];
	}
	return first;
}

/* Other servers' people have room of their own, and take no one else's. */
static void make_room(const struct people *people, bool foreign)
{
	const struct subscriptions *subscriptions = people->subscriptions;
	struct watchers *watchers = subscriptions->unasked;
	struct watcher *watcher;

	if (subscriptions->n_early < EARLY_MAX &&
		!(foreign && subscriptions->n_early_foreign >= EARLY_FOREIGN_MAX))
		return;
	if (people_may_say(people, &people->subscriptions->said_full_ms))
		log_warning("more than %d requests (of other servers' people %d) wait "
			    "for people who were not online since the start: the oldest "
			    "are forgotten",
			EARLY_MAX, EARLY_FOREIGN_MAX);
	watcher = first_to_go(watchers);
	while (foreign && subscriptions->n_early_foreign > 0 &&
		!is_foreign(watchers->people, watcher->jid->text)) {
		watchers = watchers->after;
		watcher = first_to_go(watchers);
	}
	early_forget(watchers, watcher);
}

bool early_add(struct people *people, const char *person, const char *from,
	const char *jid, enum watcher_state state, int64_t since)
{
	struct watchers *watchers =
		unknown_find(people, names_find(people->names, person));
	struct watcher *watcher = watchers ? watcher_find(watchers, from, jid) : NULL;

	if (watcher) {
		if (state == WATCHER_PENDING)
			watcher_set_state(watchers, watcher, state);
		watcher->since = since;
		return true;
	}
	make_room(people, is_foreign(people, jid));
	watchers = unknown_get(people, person);
	if (!watchers)
		return false;
	watcher = watcher_add(watchers, from, jid, state, since);
	if (watchers->n == 0)
		unknown_destroy(watchers);
	else if (watchers->n > PENDING_PER_PERSON_MAX)
		early_forget(watchers, first_to_go(watchers));
	return watcher != NULL;
}

void early_drop(
	struct people *people, const char *person, const char *from, const char *jid)
{
	struct watchers *watchers =
		unknown_find(people, names_find(people->names, person));
	struct watcher *watcher = watchers ? watcher_find(watchers, from, jid) : NULL;

	if (watcher)
		early_forget(watchers, watcher);
}

bool early_drop_all(struct people *people, const struct name *jid)
{
	size_t before = people->subscriptions->n_early;
	struct watchers *watchers;
	struct watchers *next;

	for (watchers = people->subscriptions->unasked; watchers; watchers = next) {
		next = watchers->after;
		for (size_t i = 0; i < watchers->n; i++) {
			if (watchers->jid == jid || watchers->all[i].jid == jid)
				watcher_forget(watchers, &watchers->all[i]);
		}
		watchers_sweep(watchers);
		if (watchers->n == 0)
			unknown_destroy(watchers);
	}
	return people->subscriptions->n_early < before;
}

/* ------------------------------------------------------------------ all together */

bool watchers_init(struct people *people)
{
	struct subscriptions *subscriptions = calloc(1, sizeof(*subscriptions));
	struct buf caps;

	people->subscriptions = subscriptions;
	if (!subscriptions)
		return false;
	buf_init(&subscriptions->scratch, BODY_MAX);
	subscriptions->gone = body_create(true, "", 0);
	buf_init(&caps, OUTBOX_STANZA_MAX);
	caps_element(&caps);
	subscriptions->caps = caps.failed ? NULL : strdup(buf_text(&caps));
	buf_finish(&caps);
	return subscriptions->gone && subscriptions->caps;
}

void watchers_finish(struct people *people)
{
	struct subscriptions *subscriptions = people->subscriptions;

	if (!subscriptions)
		return;
	while (subscriptions->unasked)
		unknown_destroy(subscriptions->unasked);
	table_finish(&subscriptions->unknown);
	for (size_t i = 0; i < BODIES_KEPT; i++)
		body_put(subscriptions->bodies[i]);
	buf_finish(&subscriptions->scratch);
	body_put(subscriptions->gone);
	free(subscriptions->caps);
	free(subscriptions);
	people->subscriptions = NULL;
}
