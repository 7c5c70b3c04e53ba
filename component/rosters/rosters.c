/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/rosters/rosters.h"

#include "base/jid.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

/* The first pause before a list is asked for again that could not be had; it doubles up
 * to publish.roster_max_age. */
#define RETRY_MS 30000
/* After how long a question is put that there was no room for. */
#define ROOM_MS 1000

struct list {
	struct name **names; // owned array and references, sorted by pointer
	size_t n;
	bool read;       // at some time
	bool current;    // in this stream
	bool refused;    // the last question was answered by an error
	int64_t read_ms; // monotonic
};

enum roster_state {
	ROSTER_RESTS,
	ROSTER_QUEUED,
	ROSTER_ASKED,
};

struct roster {
	struct person *person;
	struct roster *before; // in rosters::queue
	struct roster *after;
	enum roster_state state;
	bool asks_blocks;      // which of both is asked for, or will be next
	struct list contacts;  // who sees her: from or both
	struct list blocks;    // bare JIDs and domains
	int64_t asked_ms;      // monotonic, of the last question
	int64_t not_before_ms; // monotonic; nothing is asked before, after a failure
	int64_t pause_ms;      // of the last failure; 0: there was none
	struct timer retry;    // monotonic
	struct timer again;    // monotonic: asked for anew, however new it is
};

static void go_on(struct people *people);

/* Hers is made when a list is wanted first; until then nothing is known. */
static const struct roster *roster_of(const struct person *person)
{
	static const struct roster nothing;

	return person->roster ? person->roster : &nothing;
}

/* ------------------------------------------------------------------ what is needed */

static int64_t max_age_ms(const struct person *person)
{
	return person->people->config->publish.roster_max_age_s * 1000;
}

static bool may_ask(const struct person *person, const struct list *list)
{
	return list == &roster_of(person)->contacts ? person->domain->may_roster
						    : person->domain->may_blocking;
}

/* Block lists count wherever they can be had. */
static bool is_needed(const struct person *person, const struct list *list)
{
	const struct people *people = person->people;

	if (person_is_room(person))
		return false;
	if (list == &roster_of(person)->contacts)
		return people->config->publish.watchers == CONFIG_WATCHERS_CONTACTS;
	return list->read || person->domain->may_blocking;
}

/* Whether it will be too old in so many milliseconds. */
static bool is_old_in(const struct person *person, const struct list *list, int64_t ms)
{
	int64_t age_ms = person->people->now.mono_ms - list->read_ms;

	return !list->current || age_ms + ms > max_age_ms(person);
}

static bool is_put_off(const struct person *person)
{
	return person->people->now.mono_ms < roster_of(person)->not_before_ms;
}

/* Whether it can be had, and will be too old in so many milliseconds. */
static bool is_wanted(const struct person *person, const struct list *list, int64_t ms)
{
	return is_needed(person, list) && may_ask(person, list) &&
	       is_old_in(person, list, ms);
}

/* ------------------------------------------------------------------ what is known */

static enum roster_knowledge knowledge_of(
	const struct person *person, const struct list *list)
{
	if (!is_needed(person, list))
		return ROSTER_KNOWN;
	if (!list->read)
		return ROSTER_UNKNOWN;
	if (!is_old_in(person, list, 0) || (list->refused && is_put_off(person)) ||
		!person->people->up || !may_ask(person, list))
		return ROSTER_KNOWN;
	return ROSTER_OLD;
}

enum roster_knowledge roster_knowledge(const struct person *person)
{
	enum roster_knowledge contacts =
		knowledge_of(person, &roster_of(person)->contacts);
	enum roster_knowledge blocks = knowledge_of(person, &roster_of(person)->blocks);

	return contacts < blocks ? contacts : blocks;
}

bool roster_was_refused(const struct person *person)
{
	return roster_of(person)->contacts.refused || roster_of(person)->blocks.refused;
}

int64_t roster_due_before(const struct person *person, int64_t edge_ms)
{
	const struct roster *roster = roster_of(person);
	int64_t away_ms = edge_ms - person->people->now.wall_ms;
	int64_t lead_ms = max_age_ms(person);

	if (lead_ms > ROSTERS_LEAD_MS)
		lead_ms = ROSTERS_LEAD_MS;
	if (!person->people->up || roster->state != ROSTER_RESTS ||
		timer_is_set(&roster->again) || is_put_off(person) ||
		(!is_wanted(person, &roster->contacts, away_ms) &&
			!is_wanted(person, &roster->blocks, away_ms)))
		return edge_ms;
	return edge_ms - lead_ms;
}

static bool has(const struct list *list, const struct name *name)
{
	size_t place = names_place(list->names, list->n, sizeof(*list->names), name);

	return place < list->n && list->names[place] == name;
}

bool roster_has_contact(const struct person *person, const struct name *watcher)
{
	return has(&roster_of(person)->contacts, watcher);
}

bool roster_blocks(const struct person *person, const struct name *watcher)
{
	const struct list *blocks = &roster_of(person)->blocks;
	const char *at = strchr(watcher->text, '@');
	const struct name *domain;

	if (!blocks->read)
		return person->domain->may_blocking;
	domain = at ? names_find(person->people->names, at + 1) : NULL;
	return has(blocks, watcher) || (domain && has(blocks, domain));
}

size_t roster_contacts(const struct person *person)
{
	return roster_of(person)->contacts.n;
}

/* ----------------------------------------------------------- what is in an answer */

static bool add(struct names *names, struct list *list, size_t *cap, const char *text)
{
	char bare[JID_SIZE];
	struct jid jid;

	if (!text || !jid_parse(text, &jid))
		return true;
	jid_print_bare(&jid, bare);
	if (list->n == *cap) {
		size_t more = *cap == 0 ? 16 : *cap * 2;
		struct name **all = reallocarray(list->names, more, sizeof(*all));

		if (!all)
			return false;
		list->names = all;
		*cap = more;
	}
	list->names[list->n] = names_get(names, bare);
	if (!list->names[list->n])
		return false;
	list->n++;
	return true;
}

static void drop(struct names *names, struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		names_put(names, list->names[i]);
	free(list->names);
	list->names = NULL;
	list->n = 0;
}

static int by_pointer(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (struct name *const *)a;
	uintptr_t y = (uintptr_t) * (struct name *const *)b;

	return x < y ? -1 : x > y;
}

static void sort(struct names *names, struct list *list)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->names, list->n, sizeof(*list->names), by_pointer);
	for (size_t i = 1; i < list->n; i++) {
		if (list->names[i] == list->names[kept])
			names_put(names, list->names[i]);
		else
			list->names[++kept] = list->names[i];
	}
	list->n = kept + 1;
}

/* RFC 6121 section 2.1: items with subscription from or both. */
static bool sees_her(const struct element *item)
{
	const char *subscription = element_attr(item, "subscription");

	return subscription &&
	       (strcmp(subscription, "from") == 0 || strcmp(subscription, "both") == 0);
}

/* What is no JID is passed over. false: there is no such list, or no memory. */
static bool read_items(struct names *names, const struct element *items, bool contacts,
	struct list *out_list)
{
	const struct element *item = items ? element_first(items) : NULL;
	struct list list = {0};
	size_t cap = 0;

	for (; item && list.n < CONTACTS_PER_PERSON_MAX; item = element_next(item)) {
		if (strcmp(element_name(item), "item") != 0 ||
			(contacts && !sees_her(item)))
			continue;
		if (!add(names, &list, &cap, element_attr(item, "jid"))) {
			drop(names, &list);
			return false;
		}
	}
	sort(names, &list);
	*out_list = list;
	return items;
}

/* XEP-0191 section 3.2, inside a privileged answer (XEP-0356 section 6) of namespace ns.
 * Where nobody can block, nobody is blocked. */
static bool read_blocked(struct names *names, const struct element *iq, const char *ns,
	struct list *out_list)
{
	const struct element *at = element_child(iq, ns, "privilege");

	at = at ? element_child(at, "urn:xmpp:forward:0", "forwarded") : NULL;
	at = at ? element_child(at, "jabber:client", "iq") : NULL;
	if (at && (iq_error_is(at, "service-unavailable") ||
			  iq_error_is(at, "feature-not-implemented"))) {
		*out_list = (struct list){0};
		return true;
	}
	at = at ? element_child(at, "urn:xmpp:blocking", "blocklist") : NULL;
	return read_items(names, at, false, out_list);
}

/* ------------------------------------------------------------------ answers */

static const char *list_name(const struct person *person, const struct list *list)
{
	return list == &roster_of(person)->blocks ? "blocks" : "contacts";
}

/* Takes over what was read. */
static void take(struct person *person, struct list *list, const struct list *news)
{
	log_debug("a list was read jid=\"%s\" list=%s entries=%zu topic=rosters",
		person->jid->text, list_name(person, list), news->n);
	drop(person->people->names, list);
	*list = *news;
	list->read = true;
	list->current = true;
	list->read_ms = person->people->now.mono_ms;
}

static void rest(struct person *person)
{
	person->roster->state = ROSTER_RESTS;
	person->people->rosters.n_asked--;
	person_touch(person);
	go_on(person->people);
}

/* A block list that was read ends no pause after a refused contact list. */
static void succeed(struct person *person)
{
	struct roster *roster = person->roster;

	if (roster->contacts.refused) {
		rest(person);
		return;
	}
	roster->pause_ms = 0;
	roster->not_before_ms = 0;
	timers_cancel(&person->people->mono, &roster->retry);
	rest(person);
}

static int64_t next_pause_ms(const struct person *person)
{
	int64_t pause_ms = person->roster->pause_ms * 2;

	if (pause_ms == 0)
		pause_ms = RETRY_MS;
	return pause_ms < max_age_ms(person) ? pause_ms : max_age_ms(person);
}

/* An older list still counts where the server refuses a newer one, and is awaited where
 * it only did not answer. */
static void put_off(struct person *person, struct list *list, bool refused)
{
	struct people *people = person->people;
	struct roster *roster = person->roster;

	list->refused = refused;
	roster->pause_ms = next_pause_ms(person);
	roster->not_before_ms = people->now.mono_ms + roster->pause_ms;
	timers_set(&people->mono, &roster->retry, roster->not_before_ms);
	log_debug("a list was not read jid=\"%s\" list=%s answer=%s again_ms=%lld "
		  "topic=rosters",
		person->jid->text, list_name(person, list), refused ? "error" : "none",
		(long long)roster->pause_ms);
}

/* Her roster if it waits for this answer. */
static struct person *awaiting(const struct name *subject, bool blocks)
{
	struct person *person = subject->person;

	return person && person->roster && person->roster->state == ROSTER_ASKED &&
			       person->roster->asks_blocks == blocks
		       ? person
		       : NULL;
}

static void say_no_block_list(const struct person *person)
{
	struct people *people = person->people;

	if (!people->up || !people_may_say(people, &people->rosters.said_block_ms))
		return;
	log_warning(
		"the block list of \"%s\" could not be read: it is asked for again, and "
		"%s; other people's are not named for an hour",
		person->jid->text,
		person->roster->blocks.read ? "an older one counts until then"
					    : "nobody is admitted to her until then");
}

static void on_blocks(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct person *person = awaiting(subject, true);
	struct list news;

	if (!person)
		return;
	if (answer == IQ_RESULT &&
		read_blocked(people->names, iq, person->domain->privilege_ns, &news)) {
		take(person, &person->roster->blocks, &news);
		succeed(person);
		return;
	}
	say_no_block_list(person);
	put_off(person, &person->roster->blocks, answer != IQ_NONE);
	rest(person);
}

static void ask_blocks_next(struct person *person)
{
	struct rosters *rosters = &person->people->rosters;
	struct roster *roster = person->roster;

	rosters->n_asked--;
	roster->state = ROSTER_QUEUED;
	roster->asks_blocks = true;
	DL_PREPEND2(rosters->queue, roster, before, after);
	go_on(person->people);
}

static void on_contacts(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct person *person = awaiting(subject, false);
	struct list *contacts;
	struct list news;

	if (!person)
		return;
	contacts = &person->roster->contacts;
	if (answer == IQ_RESULT &&
		read_items(people->names, element_child(iq, "jabber:iq:roster", "query"),
			true, &news)) {
		take(person, contacts, &news);
		if (may_ask(person, &person->roster->blocks))
			ask_blocks_next(person);
		else
			succeed(person);
		return;
	}
	put_off(person, contacts, answer != IQ_NONE);
	/* An old contact list counts now, but not by an old block list. */
	if (contacts->read && contacts->refused &&
		is_wanted(person, &person->roster->blocks, 0))
		ask_blocks_next(person);
	else
		rest(person);
}

/* ------------------------------------------------------------------ questions */

/* ejabberd answers a privileged iq only if the inner one has an address, too. */
static void print_blocks_question(struct buf *inside, const struct person *person)
{
	buf_printf(inside,
		"<privileged_iq xmlns='%s'><iq xmlns='jabber:client' type='get' "
		"id='blocklist' to='",
		person->domain->privilege_ns);
	buf_put_xml(inside, person->jid->text);
	buf_puts(inside, "'><blocklist xmlns='urn:xmpp:blocking'/></iq></privileged_iq>");
}

static bool ask(const struct person *person)
{
	bool blocks = person->roster->asks_blocks;
	struct buf inside;
	bool asked;

	buf_init(&inside, OUTBOX_STANZA_MAX);
	if (blocks)
		print_blocks_question(&inside, person);
	else
		buf_puts(&inside, "<query xmlns='jabber:iq:roster'/>");
	asked = !inside.failed &&
		people_ask(person->people, person->jid, "get", buf_text(&inside),
			blocks ? on_blocks : on_contacts);
	buf_finish(&inside);
	return asked;
}

/* Puts as many questions as there may be at once. */
static void go_on(struct people *people)
{
	struct rosters *rosters = &people->rosters;

	while (people->up && rosters->n_asked < ROSTERS_AT_ONCE && rosters->queue) {
		struct roster *roster = rosters->queue;

		DL_DELETE2(rosters->queue, roster, before, after);
		if (!ask(roster->person)) {
			roster->state = ROSTER_RESTS;
			timers_set(&people->mono, &roster->again,
				people->now.mono_ms + ROOM_MS);
			continue;
		}
		roster->state = ROSTER_ASKED;
		roster->asked_ms = people->now.mono_ms;
		rosters->n_asked++;
	}
}

/* ------------------------------------------------------------------ who wants one */

void rosters_say_missing(const struct person *person)
{
	struct domain *domain = person->domain;

	if (person_is_room(person))
		return;
	if (domain->may_roster) {
		domain->said_no_roster = false;
	} else if (is_needed(person, &roster_of(person)->contacts) &&
		   !domain->said_no_roster) {
		domain->said_no_roster = true;
		log_error(
			"the contact lists of \"%s\" cannot be read, so nobody is "
			"admitted by publish.watchers = \"contacts\": install "
			"mod_calpresence in the server, or grant the component roster = "
			"\"get\" (mod_privilege of Prosody; of ejabberd, roster: get)",
			domain->jid->text);
	}
	if (domain->may_blocking) {
		domain->said_no_blocks = false;
	} else if (!domain->said_no_blocks) {
		domain->said_no_blocks = true;
		log_warning(
			"the block lists of \"%s\" cannot be read: whom somebody there "
			"blocks goes on seeing her in mode component. Install "
			"mod_calpresence in the server, or grant the component "
			"iq = { [\"urn:xmpp:blocking\"] = \"get\" } (mod_privilege of "
			"Prosody)",
			domain->jid->text);
	}
}

static void queue(struct person *person, bool again)
{
	struct rosters *rosters = &person->people->rosters;
	struct roster *roster = person->roster;
	int64_t ms = again ? max_age_ms(person) + 1 : 0; // whatever its age

	if (is_wanted(person, &roster->contacts, ms))
		roster->asks_blocks = false;
	else if (is_wanted(person, &roster->blocks, ms))
		roster->asks_blocks = true;
	else
		return;
	roster->state = ROSTER_QUEUED;
	DL_APPEND2(rosters->queue, roster, before, after);
	go_on(person->people);
}

/* At most once in ROSTERS_AGAIN_MS, and never instead of an answer on its way, which may
 * be from before what has changed. */
static void want_again(struct person *person)
{
	struct people *people = person->people;
	struct roster *roster = person->roster;
	int64_t from_ms = roster->asked_ms + ROSTERS_AGAIN_MS;

	if (timer_is_set(&roster->again))
		return;
	if (roster->state != ROSTER_RESTS && from_ms <= people->now.mono_ms)
		from_ms = people->now.mono_ms + ROSTERS_AGAIN_MS;
	if (roster->state != ROSTER_RESTS ||
		(roster->asked_ms != 0 && from_ms > people->now.mono_ms))
		timers_set(&people->mono, &roster->again, from_ms);
	else
		queue(person, true);
}

static void on_again(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	rosters_want(TIMER_OF(timer, struct roster, again)->person, true);
}

/* Whoever still wants the list asks for it. */
static void on_retry(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	person_touch(TIMER_OF(timer, struct roster, retry)->person);
}

/* false: there is nothing to ask for, or no memory. */
static bool make(struct person *person)
{
	const struct roster *nothing = roster_of(person);
	struct roster *roster = NULL;

	if (is_wanted(person, &nothing->contacts, 0) ||
		is_wanted(person, &nothing->blocks, 0))
		roster = calloc(1, sizeof(*roster));
	if (!roster)
		return false;
	roster->person = person;
	roster->retry.fire = on_retry;
	roster->again.fire = on_again;
	person->roster = roster;
	return true;
}

void rosters_want(struct person *person, bool again)
{
	const struct people *people = person->people;

	if (person_is_room(person) || !people->up || people->stopping)
		return;
	if (!person->roster && !make(person))
		return;
	if (again)
		want_again(person);
	else if (person->roster->state == ROSTER_RESTS && !is_put_off(person))
		queue(person, false);
}

/* ------------------------------------------------------------------ streams */

static void forget_stream(struct roster *roster)
{
	struct timers *mono = &roster->person->people->mono;

	roster->state = ROSTER_RESTS;
	roster->contacts.current = roster->contacts.refused = false;
	roster->blocks.current = roster->blocks.refused = false;
	roster->asked_ms = 0;
	roster->not_before_ms = 0;
	roster->pause_ms = 0;
	timers_cancel(mono, &roster->retry);
	timers_cancel(mono, &roster->again);
}

void rosters_link_down(struct people *people)
{
	struct rosters *rosters = &people->rosters;

	rosters->queue = NULL;
	rosters->n_asked = 0;
	for (struct person *person = people->all; person; person = person->after)
		if (person->roster)
			forget_stream(person->roster);
}

void roster_undress(struct person *person)
{
	struct rosters *rosters = &person->people->rosters;
	struct roster *roster = person->roster;

	if (!roster)
		return;
	if (roster->state == ROSTER_QUEUED)
		DL_DELETE2(rosters->queue, roster, before, after);
	if (roster->state == ROSTER_ASKED)
		rosters->n_asked--;
	forget_stream(roster);
	drop(person->people->names, &roster->contacts);
	drop(person->people->names, &roster->blocks);
	free(roster);
	person->roster = NULL;
	go_on(person->people);
}
