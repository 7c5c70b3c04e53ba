#include "component/presence/rosters.h"

#include "base/jid.h"
#include "component/presence/contacts_of.h"
#include "component/presence/people.h"
#include "component/presence/publisher.h"
#include "component/presence/requests.h"
#include "component/presence/rooms.h"
#include "component/presence/roster_read.h"
#include "component/presence/roster_retry.h"
#include "component/presence/servers.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ answers */

static void drop_contacts(struct person *person, bool indexed)
{
	struct roster *roster = &person->roster;

	for (size_t i = 0; i < roster->n; i++) {
		if (indexed)
			contacts_of_remove(person, roster->contacts[i]);
		names_put(person->engine->ports.names, roster->contacts[i]);
	}
	free(roster->contacts);
	roster->contacts = NULL;
	roster->n = 0;
}

static void drop_blocked(struct person *person)
{
	struct roster *roster = &person->roster;

	for (size_t i = 0; i < roster->n_blocked; i++)
		names_put(person->engine->ports.names, roster->blocked[i]);
	free(roster->blocked);
	roster->blocked = NULL;
	roster->n_blocked = 0;
	roster->blocking_read = false;
}

/* An older list still counts: a refused refresh changes nothing, but is no more waited
 * for. */
static void refused(struct person *person)
{
	struct engine *engine = person->engine;

	person->roster.state = ROSTER_FAILED;
	person->roster.refused_ms = engine->now.mono_ms;
	if (!engine->up)
		return;
	if (person->roster.read_ms == 0)
		roster_retry_plan(engine);
	publisher_update(person);
}

/* The list and, where it can be had, the block list are both here: decide anew. */
static void settled(struct person *person)
{
	person->roster.state = ROSTER_READ;
	person->roster.read_ms = person->engine->now.mono_ms;
	publisher_roster_changed(person);
}

static void done(struct engine *engine)
{
	engine->rosters_asked--;
	rosters_go_on(engine);
}

static void on_blocked(struct engine *engine, struct name *subject, enum answer answer,
	const struct element *iq)
{
	struct person *person = people_find_name(engine, subject);
	struct name **names;
	size_t n;

	if (person != NULL && answer == ANSWER_RESULT &&
		roster_read_blocked(engine->ports.names, iq, person->server->privilege_ns,
			&names, &n)) {
		drop_blocked(person);
		person->roster.blocked = names;
		person->roster.n_blocked = n;
		person->roster.blocking_read = true;
	}
	if (person != NULL && answer != ANSWER_NONE)
		settled(person);
	else if (person != NULL)
		refused(person);
	done(engine);
}

static bool ask_blocked(struct person *person)
{
	struct buf inside;
	struct question question = {
		.type = "get",
		.to = person->jid->text,
		.answered = on_blocked,
		.subject = person->jid,
	};
	bool asked;

	if (!person->server->may_blocking)
		return false;
	buf_init(&inside, OUTBOX_STANZA_MAX);
	buf_printf(&inside,
		"<privileged_iq xmlns='%s'><iq xmlns='jabber:client' type='get' "
		"id='blocklist'><blocklist xmlns='urn:xmpp:blocking'/></iq>"
		"</privileged_iq>",
		person->server->privilege_ns);
	question.inside = buf_text(&inside);
	asked = !inside.failed && requests_ask(person->engine, &question);
	buf_finish(&inside);
	return asked;
}

static bool is_same(const struct roster *roster, struct name *const *names, size_t n)
{
	return n == roster->n &&
	       (n == 0 || memcmp(names, roster->contacts, n * sizeof(*names)) == 0);
}

/* Takes over the names and their array. */
static void take_over(struct person *person, struct name **names, size_t n)
{
	struct engine *engine = person->engine;
	struct roster *roster = &person->roster;
	bool indexed = (engine->config->publish.modes & CONFIG_MODE_USER) != 0 &&
		       !is_same(roster, names, n);

	for (size_t i = 0; indexed && i < n; i++)
		contacts_of_add(person, names[i]);
	drop_contacts(person, indexed);
	roster->contacts = names;
	roster->n = n;
}

static void on_roster(struct engine *engine, struct name *subject, enum answer answer,
	const struct element *iq)
{
	struct person *person = people_find_name(engine, subject);
	struct name **names;
	size_t n;

	if (person == NULL) {
		done(engine);
		return;
	}
	if (answer != ANSWER_RESULT ||
		!roster_read_contacts(engine->ports.names, iq, &names, &n)) {
		refused(person);
		done(engine);
		return;
	}
	take_over(person, names, n);
	if (!ask_blocked(person)) {
		settled(person);
		done(engine);
	}
}

/* ------------------------------------------------------------------ questions */

static bool ask(struct person *person)
{
	struct question question = {
		.type = "get",
		.to = person->jid->text,
		.inside = "<query xmlns='jabber:iq:roster'/>",
		.answered = on_roster,
		.subject = person->jid,
	};

	return requests_ask(person->engine, &question);
}

static struct person *queue_take(struct engine *engine)
{
	struct person *person = engine->roster_queue;

	if (person == NULL)
		return NULL;
	engine->roster_queue = person->roster.next_asked;
	if (engine->roster_queue == NULL)
		engine->roster_queue_end = NULL;
	person->roster.next_asked = NULL;
	person->roster.queued = false;
	return person;
}

void rosters_go_on(struct engine *engine)
{
	while (engine->up && engine->rosters_asked < ROSTERS_AT_ONCE &&
		engine->roster_queue != NULL) {
		struct person *person = engine->roster_queue;

		if (!ask(person)) {
			roster_retry_soon(engine);
			return;
		}
		(void)queue_take(engine);
		person->roster.state = ROSTER_ASKED;
		engine->rosters_asked++;
	}
}

/* ------------------------------------------------------------------ who wants one */

static bool is_needed(const struct engine *engine)
{
	return (engine->config->publish.modes & CONFIG_MODE_USER) != 0 ||
	       engine->config->publish.watchers == CONFIG_WATCHERS_CONTACTS;
}

void rosters_want(struct person *person)
{
	struct engine *engine = person->engine;

	if (!is_needed(engine) || person_is_room(person) || person->roster.queued ||
		person->roster.state == ROSTER_ASKED || !engine->up || engine->stopping ||
		!server_has_roster(person->server))
		return;
	person->roster.queued = true;
	if (engine->roster_queue_end == NULL)
		engine->roster_queue = person;
	else
		engine->roster_queue_end->roster.next_asked = person;
	engine->roster_queue_end = person;
	rosters_go_on(engine);
}

void rosters_want_once(struct person *person)
{
	if (person->roster.state != ROSTER_READ)
		rosters_want(person);
}

/* Whether the list will be too old in so many milliseconds. */
static bool is_old_in(const struct person *person, int64_t ms)
{
	const struct engine *engine = person->engine;
	int64_t age_ms = engine->now.mono_ms - person->roster.read_ms + ms;

	return person->roster.read_ms == 0 ||
	       age_ms > engine->config->publish.roster_max_age_s * 1000;
}

void rosters_want_fresh(struct person *person)
{
	if (is_old_in(person, 0))
		rosters_want(person);
}

/* Asks for the list, unless that was refused lately. */
static void want_if_possible(struct person *person)
{
	const struct engine *engine = person->engine;
	int64_t refused_ms = person->roster.refused_ms;

	if (refused_ms == 0 || engine->now.mono_ms - refused_ms >
				       engine->config->publish.roster_max_age_s * 1000)
		rosters_want(person);
}

static bool await(struct person *person)
{
	want_if_possible(person);
	return person->roster.queued || person->roster.state == ROSTER_ASKED;
}

bool rosters_await_fresh(struct person *person)
{
	return person->roster.read_ms != 0 && is_old_in(person, 0) && await(person);
}

bool rosters_await_since(struct person *person, int64_t spoken_ms)
{
	return person->roster.read_ms != 0 && person->roster.read_ms < spoken_ms &&
	       await(person);
}

static bool has_spoken_since(const struct person *person)
{
	const struct resource *resource = person->resources;

	while (resource != NULL && resource->changed_ms <= person->roster.read_ms)
		resource = resource->next;
	return resource != NULL;
}

int64_t rosters_before(struct person *person, int64_t edge_ms)
{
	const struct engine *engine = person->engine;
	int64_t away_ms = edge_ms - engine->now.wall_ms;
	int64_t max_age_ms = engine->config->publish.roster_max_age_s * 1000;
	int64_t lead_ms = max_age_ms < ROSTERS_LEAD_MS ? max_age_ms : ROSTERS_LEAD_MS;

	if (!is_needed(engine) || !person->calendar.watched ||
		(!is_old_in(person, away_ms) && !has_spoken_since(person)))
		return edge_ms;
	if (away_ms > lead_ms)
		return edge_ms - lead_ms;
	want_if_possible(person);
	return edge_ms;
}

void rosters_link_down(struct engine *engine)
{
	struct person *person;
	struct person *next;

	while (queue_take(engine) != NULL)
		continue;
	roster_retry_clear(engine);
	HASH_ITER (hh, engine->people, person, next)
		person->roster.state = ROSTER_UNREAD;
}

static void queue_leave(struct person *person)
{
	struct engine *engine = person->engine;
	struct person **link = &engine->roster_queue;
	struct person *before = NULL;

	while (*link != person) {
		before = *link;
		link = &before->roster.next_asked;
	}
	*link = person->roster.next_asked;
	if (engine->roster_queue_end == person)
		engine->roster_queue_end = before;
}

void roster_finish(struct person *person)
{
	if (person->roster.queued)
		queue_leave(person);
	drop_contacts(person, true);
	drop_blocked(person);
}
