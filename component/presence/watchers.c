#include "component/presence/watchers.h"

#include "base/jid.h"
#include "base/log.h"
#include "component/presence/address.h"
#include "component/presence/calendars.h"
#include "component/presence/component_view.h"
#include "component/presence/people.h"
#include "component/presence/policy.h"
#include "component/presence/rosters.h"
#include "component/presence/watcher_list.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what is said */

static void bare_address(const struct watcher *watcher, char out_address[JID_SIZE])
{
	size_t n = jid_bare_length(watcher->from->text);

	memcpy(out_address, watcher->from->text, n);
	out_address[n] = '\0';
}

static void send(
	const struct person *person, const struct watcher *watcher, const char *type)
{
	char from[JID_SIZE];
	struct buf text;

	bare_address(watcher, from);
	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_presence(&text, type, from, watcher->jid->text, NULL);
	if (!text.failed)
		(void)outbox_stanza(person->engine->ports.outbox, watcher->from,
			watcher->jid, text.data, text.len);
	buf_finish(&text);
}

static void keep(const struct person *person, const struct watcher *watcher)
{
	char address[JID_SIZE];

	bare_address(watcher, address);
	store_put_subscription(person->engine->ports.store, address, watcher->jid->text,
		watcher->state == WATCHER_APPROVED ? STORE_SUBSCRIPTION_APPROVED
						   : STORE_SUBSCRIPTION_PENDING,
		now_s(person->engine));
}

static void forget(struct person *person, struct watcher *watcher)
{
	char address[JID_SIZE];

	bare_address(watcher, address);
	store_del_subscription(person->engine->ports.store, address, watcher->jid->text);
	watcher_drop(person, watcher);
}

/* ------------------------------------------------------------------ decisions */

static void approve(struct person *person, struct watcher *watcher)
{
	watcher_set_state(person, watcher, WATCHER_APPROVED);
	keep(person, watcher);
	send(person, watcher, "subscribed");
	calendar_review(person, true);
	component_view_greet(person, watcher, watcher->jid);
	log_debug("a watcher is admitted jid=\"%s\" watcher=\"%s\"", person->jid->text,
		watcher->jid->text);
}

static void withdraw(struct person *person, struct watcher *watcher)
{
	bool subscribed = watcher->state == WATCHER_APPROVED;

	if (!watcher_is_pending(watcher))
		component_view_hide(person, watcher);
	if (subscribed)
		send(person, watcher, "unsubscribed");
	log_info("a watcher is not admitted any more jid=\"%s\" watcher=\"%s\"",
		person->jid->text, watcher->jid->text);
	forget(person, watcher);
}

static void admit_guest(struct person *person, struct watcher *watcher)
{
	watcher_set_state(person, watcher, WATCHER_GUEST);
	calendar_review(person, true);
	component_view_greet(person, watcher, watcher->jid);
}

/* Takes one watcher off somebody's list. */
static bool drop_from(struct person *person, const struct name *jid)
{
	size_t before = person->n_watchers;
	size_t i = 0;

	while (i < person->n_watchers) {
		if (person->watchers[i].jid == jid)
			withdraw(person, &person->watchers[i]);
		else
			i++;
	}
	if (person->n_watchers == before)
		return false;
	calendar_review(person, false);
	return true;
}

void watchers_forget(struct person *person)
{
	while (person->n_watchers > 0)
		withdraw(person, &person->watchers[person->n_watchers - 1]);
}

bool watchers_drop(struct engine *engine, struct name *jid)
{
	struct person *person;
	struct person *next;
	bool was_there = false;

	if (jid == NULL)
		return false;
	(void)name_ref(jid); // the lists may hold the last one
	HASH_ITER (hh, engine->people, person, next)
		was_there = drop_from(person, jid) || was_there;
	names_put(engine->ports.names, jid);
	return was_there;
}

/* Nothing is decided by a list that is too old while a newer one is on its way. */
static enum verdict_watch decide(struct person *person, const struct watcher *watcher)
{
	if (policy_awaits_list(person))
		return WATCH_UNDECIDED;
	return policy_admits(person->engine, person, watcher->jid);
}

/* Returns false if the watcher was dropped. */
static bool review(struct person *person, struct watcher *watcher)
{
	enum verdict_watch verdict = decide(person, watcher);

	switch (watcher->state) {
	case WATCHER_PENDING:
		/* A refused request stays: she may add him to her contacts yet. */
		if (verdict == WATCH_ADMITTED)
			approve(person, watcher);
		return true;
	case WATCHER_PROBED:
		if (verdict == WATCH_ADMITTED)
			admit_guest(person, watcher);
		else if (verdict == WATCH_REFUSED)
			watcher_drop(person, watcher);
		return verdict != WATCH_REFUSED;
	case WATCHER_APPROVED:
	case WATCHER_GUEST:
		if (verdict == WATCH_REFUSED)
			withdraw(person, watcher);
		return verdict != WATCH_REFUSED;
	}
	return true;
}

void watchers_review(struct person *person)
{
	size_t i = 0;

	while (i < person->n_watchers) {
		if (review(person, &person->watchers[i]))
			i++;
	}
	calendar_review(person, false);
}

/* ------------------------------------------------------------------ what is asked */

/* An undecided watcher beyond PENDING_PER_PERSON_MAX is not kept. */
static bool drop_surplus(struct person *person, struct watcher *watcher)
{
	if (!watcher_is_pending(watcher) || person->n_pending <= PENDING_PER_PERSON_MAX)
		return false;
	watcher_drop(person, watcher);
	return true;
}

static void on_subscribe(struct person *person, const char *from, const char *jid)
{
	struct watcher *watcher = watcher_find(person, from, jid);

	if (watcher == NULL)
		watcher = watcher_add(person, from, jid, WATCHER_PENDING);
	if (watcher == NULL)
		return;
	rosters_want(person);
	if (watcher->state == WATCHER_APPROVED) {
		/* RFC 6121 section 3.1.3: he has lost what he was told. */
		send(person, watcher, "subscribed");
		component_view_greet(person, watcher, watcher->jid);
		return;
	}
	watcher_set_state(person, watcher, WATCHER_PENDING);
	if (decide(person, watcher) == WATCH_ADMITTED)
		approve(person, watcher);
	else if (!drop_surplus(person, watcher))
		keep(person, watcher);
}

static void on_unsubscribe(struct person *person, const char *from, const char *jid)
{
	struct watcher *watcher = watcher_find(person, from, jid);

	if (watcher == NULL)
		return;
	if (!watcher_is_pending(watcher))
		component_view_hide(person, watcher);
	forget(person, watcher);
	calendar_review(person, false);
}

/* One who never subscribed, or is not decided yet. */
static void on_new_probe(struct person *person, const char *from, const char *jid)
{
	struct watcher *watcher = watcher_add(person, from, jid, WATCHER_PROBED);

	if (watcher != NULL && review(person, watcher))
		(void)drop_surplus(person, watcher);
}

static void on_probe(struct person *person, const char *from, const struct jid *prober)
{
	struct names *names = person->engine->ports.names;
	char jid[JID_SIZE];
	struct watcher *watcher;
	struct name *to;

	jid_print_bare(prober, jid);
	watcher = watcher_find(person, from, jid);
	if (watcher == NULL || watcher_is_pending(watcher))
		rosters_want_fresh(person);
	if (watcher == NULL)
		on_new_probe(person, from, jid);
	if (watcher == NULL || watcher_is_pending(watcher))
		return;
	jid_print(prober, jid);
	to = names_get(names, jid);
	if (to != NULL)
		component_view_greet(person, watcher, to);
	names_put(names, to);
}

/* Nobody becomes known by what strangers of other servers ask for. */
static struct person *asked_for(
	struct engine *engine, const struct jid *watcher, const char *jid)
{
	return config_serves_domain(engine->config, watcher->domain) ||
			       engine->config->publish.watchers == CONFIG_WATCHERS_LIST
		       ? people_get(engine, jid)
		       : people_find(engine, jid);
}

void watchers_on_presence(struct engine *engine, const struct jid *from,
	const struct jid *to, enum presence_type type)
{
	char jid[JID_SIZE];
	struct person *person;
	struct buf address;

	if ((engine->config->publish.modes & CONFIG_MODE_COMPONENT) == 0 ||
		!policy_could_admit(engine, from) ||
		!address_person(engine->config, to->local, jid))
		return;
	person = asked_for(engine, from, jid);
	if (person == NULL)
		return;
	jid_print_bare(from, jid);
	buf_init(&address, JID_SIZE);
	buf_printf(&address, "%s@%s/%s", to->local, to->domain,
		engine->config->publish.resource);
	if (address.failed)
		person = NULL;
	else if (type == PRESENCE_SUBSCRIBE)
		on_subscribe(person, buf_text(&address), jid);
	else if (type == PRESENCE_UNSUBSCRIBE)
		on_unsubscribe(person, buf_text(&address), jid);
	else if (type == PRESENCE_PROBE)
		on_probe(person, buf_text(&address), from);
	buf_finish(&address);
}

/* ------------------------------------------------------------------ loss and restart */

void watchers_link_down(struct engine *engine)
{
	struct person *person;
	struct person *next;

	HASH_ITER (hh, engine->people, person, next) {
		size_t i = 0;

		/* What was told last may have been lost with the stream. */
		body_put(person->published);
		person->published = NULL;
		while (i < person->n_watchers) {
			struct watcher *watcher = &person->watchers[i];

			if (watcher->state == WATCHER_GUEST ||
				watcher->state == WATCHER_PROBED)
				watcher_drop(person, watcher);
			else
				i++;
		}
	}
}

static void restore(void *context, const char *address, const char *jid,
	enum store_subscription state)
{
	struct engine *engine = context;
	char bare[JID_SIZE];
	struct person *person;
	struct jid parts;
	struct buf from;

	if (!jid_parse_bare(address, &parts) ||
		strcmp(parts.domain, engine->config->component.jid) != 0 ||
		!address_person(engine->config, parts.local, bare))
		return;
	person = people_get(engine, bare);
	buf_init(&from, JID_SIZE);
	buf_printf(&from, "%s/%s", address, engine->config->publish.resource);
	if (person != NULL && !from.failed)
		(void)watcher_add(person, buf_text(&from), jid,
			state == STORE_SUBSCRIPTION_APPROVED ? WATCHER_APPROVED
							     : WATCHER_PENDING);
	buf_finish(&from);
}

bool watchers_restore(struct engine *engine)
{
	return store_each_subscription(engine->ports.store, restore, engine);
}
