#include "component/publish/component_mode.h"

#include "base/jid.h"
#include "base/log.h"
#include "component/calendars/calendars.h"
#include "component/people/address.h"
#include "component/publish/watchers.h"
#include "component/rosters/rosters.h"
#include "component/sources/module.h"

#include <stdio.h>
#include <string.h>

/* How long a stream has to stay up after somebody was told to leave, until that counts as
 * heard. */
#define HEARD_S 60
/* How long an undecided request is kept. */
#define PENDING_S ((int64_t)PENDING_DAYS * 86400)
/* How old the row of a guest gets who goes on asking: the store drops it at last. */
#define ROW_S 86400
/* After how long is tried again what the outbox had no room for. */
#define ROOM_MS 1000

/* ------------------------------------------------------------- what is to be seen */

/* Which of her clients stands for her; NULL if none. */
static const struct client *leading(const struct person *person)
{
	struct presence_rank ranks[CLIENTS_PER_PERSON_MAX];
	const struct client *clients[CLIENTS_PER_PERSON_MAX];
	size_t n = 0;
	size_t best;

	for (const struct client *client = person->clients; client;
		client = client->next) {
		clients[n] = client;
		ranks[n++] = (struct presence_rank){.priority = client->priority,
			.show = client->show,
			.changed = client->changed_ms};
	}
	best = presence_pick(ranks, n);
	return best == PRESENCE_NONE ? NULL : clients[best];
}

/* A room is free unless its calendar says otherwise, or nothing. */
static struct presence presence_of_room(
	const struct person *person, const struct overlay *overlay)
{
	bool known = overlay || calendar_is_fresh(person);

	return overlay_apply(overlay,
		(struct presence){.show = known ? SHOW_AVAILABLE : SHOW_OFFLINE});
}

struct presence component_mode_presence(const struct person *person)
{
	const struct overlay *overlay = calendar_overlay(person);
	const struct client *client = leading(person);

	if (person_is_room(person))
		return presence_of_room(person, overlay);
	if (client)
		return overlay_apply(overlay, (struct presence){.show = client->show,
						      .status = client->status});
	if (overlay && !overlay->keep_show &&
		person->people->config->publish.offline == CONFIG_OFFLINE_OVERLAY)
		return (struct presence){
			.show = overlay->show, .status = overlay->status};
	return (struct presence){.show = SHOW_OFFLINE};
}

/* The body with this text: the one that somebody else shows, where it is at hand. */
static struct body *share(struct subscriptions *subscriptions, const struct buf *xml)
{
	struct body **kept;
	unsigned hash;

	HASH_VALUE(buf_text(xml), xml->len, hash);
	kept = &subscriptions->bodies[hash % BODIES_KEPT];
	if (!*kept || (*kept)->len != xml->len ||
		memcmp((*kept)->xml, buf_text(xml), xml->len) != 0) {
		body_put(*kept);
		*kept = body_create(false, buf_text(xml), xml->len);
	}
	return *kept ? body_ref(*kept) : NULL;
}

static struct body *print(const struct person *person, const struct presence *presence)
{
	struct subscriptions *subscriptions = person->people->subscriptions;
	struct buf *xml = &subscriptions->scratch;

	buf_reset(xml);
	presence_print(xml, presence, 0);
	buf_puts(xml, subscriptions->caps);
	return xml->failed ? NULL : share(subscriptions, xml);
}

/* Texts that are too long are left out: what is shown is never older than what she said.
 */
static struct body *render(const struct person *person)
{
	struct presence presence = component_mode_presence(person);
	struct body *body;

	if (presence.show == SHOW_OFFLINE)
		return body_ref(person->people->subscriptions->gone);
	if (calendar_overlay(person) && calendar_awaited_until(person) > 0)
		return NULL;
	body = print(person, &presence);
	if (!body) {
		presence.status = (struct status){0};
		body = print(person, &presence);
	}
	return body;
}

/* What there is to see now, as the same object as long as it is the same; NULL while that
 * is not known. */
static struct body *look(const struct person *person)
{
	struct body *last = person->watchers->body;
	struct body *body = person->domain->synced ? render(person) : NULL;

	if (!last || !body_equal(body, last))
		return body;
	body_put(body);
	return body_ref(last);
}

/* ------------------------------------------------------------------ what is said */

static bool send(
	const struct person *person, const struct watcher *watcher, const char *type)
{
	char from[JID_SIZE];
	struct buf text;
	bool queued;

	watcher_bare_address(watcher, from);
	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_presence(&text, type, from, watcher->jid->text, NULL);
	queued = !text.failed && outbox_stanza(person->people->outbox, watcher->from,
					 watcher->jid, text.data, text.len);
	buf_finish(&text);
	return queued;
}

static bool tell(const struct person *person, struct watcher *watcher, struct body *body)
{
	if (!outbox_availability(
		    person->people->outbox, watcher->from, watcher->jid, body))
		return false;
	watcher_set_shown(watcher, body);
	return true;
}

static bool tell_gone(const struct person *person, struct watcher *watcher)
{
	return tell(person, watcher, person->people->subscriptions->gone);
}

/* Whether he may see something of her that we said. */
static bool may_see(const struct watcher *watcher)
{
	if (watcher->shown)
		return !watcher->shown->unavailable;
	return watcher_is_admitted(watcher) || watcher->state == WATCHER_LEAVING;
}

/* ------------------------------------------------------------------ rows */

static enum store_subscription row_state(const struct watcher *watcher)
{
	static const enum store_subscription rows[] = {
		[WATCHER_PENDING] = STORE_SUBSCRIPTION_PENDING,
		[WATCHER_PROBED] = STORE_SUBSCRIPTION_PENDING,
		[WATCHER_APPROVED] = STORE_SUBSCRIPTION_APPROVED,
		[WATCHER_GUEST] = STORE_SUBSCRIPTION_GUEST,
		[WATCHER_LEAVING] = STORE_SUBSCRIPTION_LEAVING,
	};

	if (watcher->state != WATCHER_LEAVING)
		return rows[watcher->state];
	if (watcher->asked)
		return STORE_SUBSCRIPTION_LEAVING_ASKED;
	if (watcher->was == WATCHER_LEAVING)
		return STORE_SUBSCRIPTION_LEFT;
	return rows[watcher->was == WATCHER_GUEST ? WATCHER_GUEST : WATCHER_LEAVING];
}

static void keep(const struct person *person, const struct watcher *watcher)
{
	char address[JID_SIZE];

	watcher_bare_address(watcher, address);
	store_put_subscription(person->people->store, address, watcher->jid->text,
		row_state(watcher), people_now_s(person->people));
}

static void set_state(
	struct person *person, struct watcher *watcher, enum watcher_state state)
{
	watcher_set_state(person->watchers, watcher, state);
	watcher->since = people_now_s(person->people);
	watcher->order = person->people->subscriptions->next_order++;
	if (state != WATCHER_PROBED)
		keep(person, watcher);
	/* Whether her calendar is wanted may have changed. */
	person_touch(person);
}

/* ------------------------------------------------------------------ decisions */

static bool uses_module(const struct person *person)
{
	return module_can(person->domain, "sees");
}

static enum admission admission_of(
	const struct person *person, const struct watcher *watcher)
{
	struct sight sight;

	if (!uses_module(person))
		return policy_admits(person, watcher->jid, NULL);
	sight = module_sight(person, watcher->jid);
	return policy_admits(person, watcher->jid, &sight);
}

/* Asks the module for what is not known; her lists are asked for by show(). */
static enum admission decide(struct person *person, const struct watcher *watcher)
{
	enum admission admission = admission_of(person, watcher);

	if (admission == ADMISSION_UNKNOWN && uses_module(person))
		module_want_sight(person, watcher->jid);
	return admission;
}

static void come_into_sight(struct person *person)
{
	if (person->watchers->n_admitted == 1)
		person->read_at_once = true;
}

/* false: the outbox has no room. */
static bool approve(struct person *person, struct watcher *watcher)
{
	bool was_admitted = watcher_is_admitted(watcher);

	if (!send(person, watcher, "subscribed"))
		return false;
	watcher->asked = false;
	/* RFC 6121 section 3.1.5: he is told anew what there is to see. */
	watcher_set_shown(watcher, NULL);
	if (watcher->state != WATCHER_APPROVED)
		set_state(person, watcher, WATCHER_APPROVED);
	if (!was_admitted)
		come_into_sight(person);
	log_debug("a watcher is admitted jid=\"%s\" watcher=\"%s\" topic=publish",
		person->jid->text, watcher->jid->text);
	return true;
}

static void admit_guest(struct person *person, struct watcher *watcher)
{
	watcher_set_shown(watcher, NULL);
	set_state(person, watcher, WATCHER_GUEST);
	come_into_sight(person);
}

/* false: the outbox has no room. */
static bool admit(struct person *person, struct watcher *watcher)
{
	if (watcher->state == WATCHER_PENDING || watcher->asked)
		return approve(person, watcher);
	if (watcher->state == WATCHER_PROBED)
		admit_guest(person, watcher);
	return true;
}

static void turn_out(struct person *person, struct watcher *watcher)
{
	log_info("a watcher is not admitted any more jid=\"%s\" watcher=\"%s\"",
		person->jid->text, watcher->jid->text);
	watcher->was = watcher->state;
	watcher_set_shown(watcher, NULL);
	set_state(person, watcher, WATCHER_LEAVING);
}

/* A request that is refused stays: she may add him to her contacts yet. */
static void refuse(struct person *person, struct watcher *watcher)
{
	if (watcher->state == WATCHER_PROBED)
		watcher_drop(person->watchers, watcher);
	else if (watcher_is_admitted(watcher))
		turn_out(person, watcher);
}

/* The stranger who waits longest; NULL: none of them is to be refused. */
static struct watcher *oldest_stranger(struct person *person)
{
	struct watchers *watchers = person->watchers;
	struct watcher *oldest = NULL;

	for (size_t i = 0; i < watchers->n; i++) {
		struct watcher *watcher = &watchers->all[i];

		if (!watcher->gone && watcher_is_pending(watcher) &&
			(!oldest || watcher_is_older(watcher, oldest)) &&
			admission_of(person, watcher) != ADMISSION_YES)
			oldest = watcher;
	}
	return oldest;
}

static void drop_surplus(struct person *person, size_t most)
{
	struct watcher *oldest;

	while (person->watchers->n_pending > most &&
		(oldest = oldest_stranger(person)) != NULL)
		watcher_forget(person->watchers, oldest);
}

/* ------------------------------------------------------------------ the pass */

static int64_t soon(const struct person *person)
{
	return person->people->now.wall_ms + ROOM_MS;
}

/* Says it again in each stream until one has stayed up long enough. */
static int64_t see_off(struct person *person, struct watcher *watcher)
{
	int64_t now_s = people_now_s(person->people);

	if (!watcher->shown) {
		if (!tell_gone(person, watcher))
			return soon(person);
		if (watcher->was == WATCHER_APPROVED &&
			!send(person, watcher, "unsubscribed")) {
			watcher_set_shown(watcher, NULL);
			return soon(person);
		}
		watcher->since = now_s;
	}
	if (now_s < watcher->since + HEARD_S)
		return (watcher->since + HEARD_S) * 1000;
	/* On a stream that stands still it may not have left. */
	if (outbox_length(person->people->outbox) > 0)
		return soon(person);
	if (!watcher->asked) {
		watcher_forget(person->watchers, watcher);
		return INT64_MAX;
	}
	watcher->asked = false;
	watcher_set_shown(watcher, NULL);
	set_state(person, watcher, WATCHER_PENDING);
	return (now_s + PENDING_S) * 1000;
}

static int64_t wait_on(struct person *person, struct watcher *watcher)
{
	if (people_now_s(person->people) < watcher->since + PENDING_S)
		return (watcher->since + PENDING_S) * 1000;
	watcher_forget(person->watchers, watcher);
	return INT64_MAX;
}

/* That there is nothing to see waits for no decision. */
static int64_t show_to(struct person *person, struct watcher *watcher, struct body *body,
	enum admission admission)
{
	if (!body || body_equal(watcher->shown, body) ||
		(admission != ADMISSION_YES && !body->unavailable))
		return INT64_MAX;
	return tell(person, watcher, body) ? INT64_MAX : soon(person);
}

/* Whether something that is to be done waits for her lists. */
static bool waits(const struct watcher *watcher, const struct body *body)
{
	return watcher_is_pending(watcher) || watcher->asked ||
	       (watcher_is_admitted(watcher) && body && !body->unavailable &&
		       !body_equal(watcher->shown, body));
}

static int64_t review(struct person *person, struct watcher *watcher, struct body *body,
	bool *out_waits)
{
	/* Until it is known who is online it is not known either what the server lets us
	 * ask. */
	bool synced = person->domain->synced;
	enum admission admission = synced ? decide(person, watcher) : ADMISSION_UNKNOWN;

	if (synced && admission == ADMISSION_UNKNOWN && waits(watcher, body))
		*out_waits = true;
	if (admission == ADMISSION_YES && !admit(person, watcher))
		return soon(person);
	if (admission == ADMISSION_NO)
		refuse(person, watcher);
	if (admission == ADMISSION_HIDDEN)
		body = person->people->subscriptions->gone;
	if (watcher->gone)
		return INT64_MAX;
	switch (watcher->state) {
	case WATCHER_PENDING:
	case WATCHER_PROBED:
		return wait_on(person, watcher);
	case WATCHER_APPROVED:
	case WATCHER_GUEST:
		return show_to(person, watcher, body, admission);
	case WATCHER_LEAVING:
		return see_off(person, watcher);
	}
	return INT64_MAX;
}

/* One client alone, where all that he was shown last still holds; else he is told at all
 * of his clients. */
static void answer_probe(
	struct person *person, const struct probe *probe, struct body *body)
{
	struct watcher *watcher =
		watcher_find(person->watchers, probe->from->text, probe->jid->text);
	enum admission admission;

	if (!watcher || watcher_is_pending(watcher))
		return;
	admission = decide(person, watcher);
	if (watcher->state == WATCHER_LEAVING) {
		/* Who unsubscribed, or asked anew, does not come back by a probe, which
		 * his server may have sent before. */
		if (admission == ADMISSION_YES && watcher->was != WATCHER_LEAVING)
			admit_guest(person, watcher);
		return;
	}
	if (admission == ADMISSION_HIDDEN)
		body = person->people->subscriptions->gone;
	if (!body_equal(watcher->shown, body) ||
		(admission != ADMISSION_YES && !body->unavailable) ||
		!outbox_availability(
			person->people->outbox, watcher->from, probe->to, body))
		watcher_set_shown(watcher, NULL);
}

static void answer_probes(struct person *person, struct body *body)
{
	const struct probe *probe = body ? person->watchers->probes : NULL;

	if (!body && person->domain->synced)
		return; // until her calendar has been read
	for (; probe; probe = probe->next)
		answer_probe(person, probe, body);
	watchers_drop_probes(person->watchers);
}

/* She has come: those who wait may be among her contacts by now. */
static void want_lists_of_who_came(struct person *person, const struct body *body)
{
	const struct watchers *watchers = person->watchers;

	if (watchers->n_pending > 0 && body && !body->unavailable && watchers->body &&
		watchers->body->unavailable && !uses_module(person))
		rosters_want(person, true);
}

/* Her lists are to be new when her calendar changes what is to be seen. */
static int64_t want_lists_before_edge(struct person *person)
{
	int64_t edge_s = calendar_next_change(person);
	int64_t due_ms;

	if (edge_s == AGENDA_NEVER || person->watchers->n_admitted == 0 ||
		uses_module(person) || !person->domain->synced)
		return INT64_MAX;
	due_ms = roster_due_before(person, edge_s * 1000);
	if (due_ms >= edge_s * 1000)
		return INT64_MAX;
	if (due_ms > person->people->now.wall_ms)
		return due_ms;
	rosters_want(person, true);
	return INT64_MAX;
}

static bool is_shown(const struct watchers *watchers, const struct watcher *watcher)
{
	return watchers->body && watcher_is_admitted(watcher) &&
	       body_equal(watcher->shown, watchers->body);
}

/* Remembers what there was to see, and whether somebody was shown it. */
static void note(struct person *person, struct body *body)
{
	struct watchers *watchers = person->watchers;
	size_t i = 0;

	if (body != watchers->body) {
		log_debug("what there is to see of a person has changed jid=\"%s\" "
			  "show=%s watchers=%u topic=publish",
			person->jid->text,
			body ? show_name(component_mode_presence(person).show)
			     : "unknown",
			watchers->n);
		body_put(watchers->body);
		watchers->body = body_ref(body);
		watchers->shown_at = 0;
	}
	if (watchers->shown_at != 0)
		return;
	while (i < watchers->n && !is_shown(watchers, &watchers->all[i]))
		i++;
	if (i < watchers->n)
		watchers->shown_at = people_now_s(person->people);
}

static int64_t show(struct person *person)
{
	struct watchers *watchers = person->watchers;
	int64_t next_ms = INT64_MAX;
	bool wants_lists = false;
	struct body *body;
	int64_t at_ms;

	if (!person->people->up || person->people->stopping || watchers->n == 0)
		return INT64_MAX;
	body = look(person);
	want_lists_of_who_came(person, body);
	answer_probes(person, body);
	for (size_t i = 0; i < watchers->n; i++) {
		at_ms = review(person, &watchers->all[i], body, &wants_lists);
		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	drop_surplus(person, PENDING_PER_PERSON_MAX);
	watchers_sweep(person->watchers);
	if (body)
		note(person, body);
	at_ms = !body && person->domain->synced && watchers->n_admitted > 0
			? calendar_awaited_until(person)
			: 0;
	if (at_ms > 0 && at_ms < next_ms)
		next_ms = at_ms;
	body_put(body);
	if (!uses_module(person) && person->domain->synced) {
		rosters_say_missing(person);
		if (wants_lists)
			rosters_want(person, false);
	}
	at_ms = want_lists_before_edge(person);
	return at_ms < next_ms ? at_ms : next_ms;
}

static bool needs(const struct person *person)
{
	return person->watchers->n_admitted > 0 &&
	       (person_is_online(person) || person_is_room(person) ||
		       person->people->config->publish.offline == CONFIG_OFFLINE_OVERLAY);
}

/* ------------------------------------------------------------------ what is asked */

static bool is_known(const struct people *people, const char *bare_jid)
{
	return people_find(people, bare_jid) ||
	       config_user_for(people->config, bare_jid) ||
	       config_room_for(people->config, bare_jid);
}

/* A stanza to an address of somebody. */
struct request {
	const struct jid *from;
	char jid[JID_SIZE];     // his, bare
	char person[JID_SIZE];  // hers, bare
	char bare[JID_SIZE];    // the address that he knows
	char address[JID_SIZE]; // likewise, with our resource
};

static bool set_address(
	const struct people *people, const char *bare_address, char out_address[JID_SIZE])
{
	int n = snprintf(out_address, JID_SIZE, "%s/%s", bare_address,
		people->config->publish.resource);

	return n > 0 && n < JID_SIZE;
}

/* The watcher, added as one who probed if he is new; NULL: there is no room. The pass
 * keeps less than this, but decides first. Strangers are looked for now and then only:
 * all who wait may be of those who are admitted at the end of the turn. */
static struct watcher *find_or_add(struct person *person, const struct request *request)
{
	struct watcher *watcher =
		watcher_find(person->watchers, request->address, request->jid);

	if (watcher)
		return watcher;
	if (person->watchers->n_pending % PENDING_PER_PERSON_MAX == 0) {
		drop_surplus(person, 2 * PENDING_PER_PERSON_MAX - 1);
		watchers_sweep(person->watchers);
	}
	return watcher_add(person->watchers, request->address, request->jid,
		WATCHER_PROBED, people_now_s(person->people));
}

/* A request of somebody who sees her, or is just being told that there is nothing more to
 * see; the latter's has to outlive us. */
static void ask_again(struct person *person, struct watcher *watcher, bool asked)
{
	watcher->asked = asked;
	if (watcher->state != WATCHER_LEAVING)
		return;
	/* An "unsubscribed" would take his request back at his server. */
	watcher->was = WATCHER_LEAVING;
	keep(person, watcher);
}

static void on_subscribe(struct person *person, const struct request *request)
{
	struct watcher *watcher = find_or_add(person, request);

	if (!watcher)
		return;
	if (!watcher_is_pending(watcher))
		ask_again(person, watcher, true);
	else if (watcher->state == WATCHER_PENDING ||
		 admission_of(person, watcher) == ADMISSION_YES ||
		 watcher_may_wait(person->watchers, watcher))
		set_state(person, watcher, WATCHER_PENDING);
	if (!uses_module(person) && person->domain->synced && policy_needs_lists(person))
		rosters_want(person, true);
	person_touch(person);
}

static void on_unsubscribe(struct person *person, const struct request *request)
{
	struct watcher *watcher =
		watcher_find(person->watchers, request->address, request->jid);

	if (!watcher)
		return;
	if (watcher_is_pending(watcher)) {
		watcher_forget(person->watchers, watcher);
		watchers_sweep(person->watchers);
		return;
	}
	ask_again(person, watcher, false);
	watcher->was = WATCHER_LEAVING;
	if (watcher->state != WATCHER_LEAVING) {
		/* RFC 6121 section 3.3.3: he is told that there is nothing more to see.
		 */
		watcher_set_shown(watcher, NULL);
		set_state(person, watcher, WATCHER_LEAVING);
	}
	person_touch(person);
}

static void on_probe(struct person *person, const struct request *request)
{
	struct watcher *watcher = find_or_add(person, request);
	char client[JID_SIZE];

	if (!watcher)
		return;
	jid_print(request->from, client);
	if (watcher->state == WATCHER_GUEST &&
		people_now_s(person->people) - watcher->since >= ROW_S)
		set_state(person, watcher, WATCHER_GUEST);
	if (!watcher_is_pending(watcher) &&
		!watchers_add_probe(person->watchers, watcher, client) &&
		watcher_is_admitted(watcher))
		watcher_set_shown(watcher, NULL);
	person_touch(person);
}

/* Nobody becomes known by being asked for: the request waits until she is. */
static void on_early(
	struct people *people, const struct request *request, enum presence_type type)
{
	bool subscribes = type == PRESENCE_SUBSCRIBE;

	if (type == PRESENCE_UNSUBSCRIBE) {
		early_drop(people, request->person, request->address, request->jid);
		return;
	}
	if (early_add(people, request->person, request->address, request->jid,
		    subscribes ? WATCHER_PENDING : WATCHER_PROBED,
		    people_now_s(people)) &&
		subscribes)
		store_put_subscription(people->store, request->bare, request->jid,
			STORE_SUBSCRIPTION_PENDING, people_now_s(people));
}

void component_mode_on_presence(struct people *people, const struct jid *from,
	const struct jid *to, enum presence_type type)
{
	struct request request = {.from = from};
	struct person *person;

	if ((type != PRESENCE_SUBSCRIBE && type != PRESENCE_UNSUBSCRIBE &&
		    type != PRESENCE_PROBE) ||
		!publish_is_on(people, &component_mode) ||
		!policy_could_admit(people, from) ||
		!address_person(people->config, to->local, request.person))
		return;
	jid_print_bare(from, request.jid);
	jid_print_bare(to, request.bare);
	if (!set_address(people, request.bare, request.address))
		return;
	if (!is_known(people, request.person)) {
		on_early(people, &request, type);
		return;
	}
	person = people_get(people, request.person);
	if (!person)
		return;
	if (type == PRESENCE_SUBSCRIBE)
		on_subscribe(person, &request);
	else if (type == PRESENCE_UNSUBSCRIBE)
		on_unsubscribe(person, &request);
	else
		on_probe(person, &request);
}

/* ------------------------------------------------------------------ taking back */

/* Tells him for good, and forgets him. */
static void dismiss(struct person *person, struct watcher *watcher)
{
	bool leaves = watcher->state == WATCHER_LEAVING;
	bool subscribed = (leaves ? watcher->was : watcher->state) == WATCHER_APPROVED;

	if (person->people->up && !watcher_is_pending(watcher)) {
		(void)tell_gone(person, watcher);
		if (subscribed)
			(void)send(person, watcher, "unsubscribed");
	}
	watcher_forget(person->watchers, watcher);
}

/* Takes one watcher off her list, by all addresses that he knows; NULL: everybody. */
static bool dismiss_from(struct person *person, const struct name *jid)
{
	struct watchers *watchers = person->watchers;
	size_t i =
		jid ? names_place(watchers->all, watchers->n, sizeof(*watchers->all), jid)
		    : 0;
	size_t first = i;

	while (i < watchers->n && (!jid || watchers->all[i].jid == jid))
		dismiss(person, &watchers->all[i++]);
	watchers_sweep(watchers);
	if (i > first)
		person_touch(person);
	return i > first;
}

void component_mode_forget_person(struct person *person)
{
	(void)dismiss_from(person, NULL);
	watchers_drop_probes(person->watchers);
}

bool component_mode_forget_watcher(struct people *people, struct name *jid)
{
	bool was_there;

	if (!jid)
		return false;
	(void)name_ref(jid); // the lists may hold the last one
	was_there = early_drop_all(people, jid);
	for (struct person *person = people->all; person; person = person->after)
		was_there = dismiss_from(person, jid) || was_there;
	names_put(people->names, jid);
	return was_there;
}

/* What becomes of a watcher under another configuration. */
enum fate {
	FATE_STAYS,
	FATE_HIDDEN, // he loses sight of her, and stays subscribed
	FATE_ENDS,
};

static bool is_served(const struct person *person, const struct config *next)
{
	const char *at = strchr(person->jid->text, '@');
	struct config_mailbox mailbox;

	if (person_is_room(person))
		return config_room_for(next, person->jid->text) != NULL;
	return at && config_serves_domain(next, at + 1) &&
	       (config_mailbox_for(next, person->jid->text, &mailbox) ||
		       !config_mailbox_for(
			       person->people->config, person->jid->text, &mailbox));
}

/* Whether the address that he knows is hers. */
static bool is_address_of(const struct person *person, const struct watcher *watcher,
	const struct config *next)
{
	char address[JID_SIZE];
	char bare[JID_SIZE];
	struct jid jid;

	watcher_bare_address(watcher, address);
	return jid_parse_bare(address, &jid) &&
	       strcmp(jid.domain, next->component.jid) == 0 &&
	       address_person(next, jid.local, bare) &&
	       strcmp(bare, person->jid->text) == 0;
}

static enum fate fate_of(const struct person *person, const struct watcher *watcher,
	const struct config *next, bool served)
{
	if (!next)
		return FATE_HIDDEN;
	if (!served || !is_address_of(person, watcher, next))
		return FATE_ENDS;
	if ((next->publish.modes & CONFIG_MODE_COMPONENT) == 0 ||
		strcmp(next->publish.resource,
			person->people->config->publish.resource) != 0)
		return FATE_HIDDEN;
	return FATE_STAYS;
}

static struct publish_loss loss(const struct person *person, const struct config *next)
{
	const struct watchers *watchers = person->watchers;
	struct publish_loss sum = {0};
	bool served = is_served(person, next);

	for (size_t i = 0; i < watchers->n; i++) {
		const struct watcher *watcher = &watchers->all[i];
		enum fate fate = fate_of(person, watcher, next, served);

		sum.seen += fate != FATE_STAYS && watcher->shown &&
			    !watcher->shown->unavailable;
		if (watcher->state != WATCHER_APPROVED)
			continue;
		sum.ended += fate == FATE_ENDS;
		sum.kept += fate != FATE_ENDS;
	}
	return sum;
}

/* Where the stream is down nobody can be told: the rows stay, for whoever is served again
 * by a later configuration. */
static void retract(struct person *person, const struct config *next)
{
	struct watchers *watchers = person->watchers;
	bool served = next && is_served(person, next);
	bool is_on = publish_is_on(person->people, &component_mode);

	if (!person->people->up)
		return;
	for (size_t i = 0; i < watchers->n; i++) {
		struct watcher *watcher = &watchers->all[i];
		enum fate fate = fate_of(person, watcher, next, served);

		if (fate == FATE_ENDS)
			dismiss(person, watcher);
		else if (fate == FATE_HIDDEN && is_on && may_see(watcher))
			(void)tell_gone(person, watcher);
	}
	watchers_sweep(person->watchers);
}

/* ------------------------------------------------------------------ streams */

/* What was told last may have been lost with the stream. */
static void link_down(struct people *people)
{
	for (struct person *person = people->all; person; person = person->after) {
		struct watchers *watchers = person->watchers;

		for (size_t i = 0; i < watchers->n; i++)
			watcher_set_shown(&watchers->all[i], NULL);
		body_put(watchers->body);
		watchers->body = NULL;
		watchers->shown_at = 0;
		watchers_drop_probes(person->watchers);
	}
}

static void restore_row(void *context, const char *address, const char *jid,
	enum store_subscription row, int64_t since)
{
	static const enum watcher_state states[] = {
		[STORE_SUBSCRIPTION_PENDING] = WATCHER_PENDING,
		[STORE_SUBSCRIPTION_APPROVED] = WATCHER_APPROVED,
		[STORE_SUBSCRIPTION_GUEST] = WATCHER_GUEST,
		[STORE_SUBSCRIPTION_LEAVING] = WATCHER_LEAVING,
		[STORE_SUBSCRIPTION_LEAVING_ASKED] = WATCHER_LEAVING,
		[STORE_SUBSCRIPTION_LEFT] = WATCHER_LEAVING,
	};
	bool known = (unsigned)row < sizeof(states) / sizeof(states[0]);
	enum watcher_state state = known ? states[row] : WATCHER_PENDING;
	struct people *people = context;
	struct watcher *watcher = NULL;
	struct person *person;
	char from[JID_SIZE];
	char bare[JID_SIZE];
	struct jid parts;

	if (!jid_parse_bare(address, &parts) ||
		strcmp(parts.domain, people->config->component.jid) != 0 ||
		!address_person(people->config, parts.local, bare) ||
		!set_address(people, address, from))
		return;
	if (state == WATCHER_PENDING && !is_known(people, bare)) {
		early_add(people, bare, from, jid, state, since);
		return;
	}
	person = people_get(people, bare);
	if (person)
		watcher = watcher_add(person->watchers, from, jid, state, since);
	if (watcher) {
		watcher->asked = row == STORE_SUBSCRIPTION_LEAVING_ASKED;
		watcher->was = watcher->asked || row == STORE_SUBSCRIPTION_LEFT
				       ? WATCHER_LEAVING
				       : WATCHER_APPROVED;
	}
}

static bool restore(struct people *people)
{
	return store_each_subscription(people->store, restore_row, people);
}

const struct publish_mode component_mode = {
	.name = "component",
	.bit = CONFIG_MODE_COMPONENT,
	.init = watchers_init,
	.finish = watchers_finish,
	.restore = restore,
	.dress = watchers_dress,
	.undress = watchers_undress,
	.link_down = link_down,
	.needs = needs,
	.show = show,
	.loss = loss,
	.retract = retract,
};

/* ------------------------------------------------------------------ for reports */

size_t component_mode_admitted(const struct person *person)
{
	return person->watchers->n_admitted;
}

size_t component_mode_waiting(const struct person *person)
{
	return person->watchers->n_pending;
}

bool component_mode_has_watchers(const struct person *person)
{
	return person->watchers->n > 0;
}

int64_t component_mode_shown_at(const struct person *person)
{
	return person->watchers->n_admitted > 0 ? person->watchers->shown_at : 0;
}

bool component_mode_watcher(
	const struct person *person, size_t i, struct watcher_facts *out_facts)
{
	const struct watchers *watchers = person->watchers;
	const struct watcher *watcher;

	if (i >= watchers->n)
		return false;
	watcher = &watchers->all[i];
	*out_facts = (struct watcher_facts){.jid = watcher->jid->text,
		.state = watcher->state,
		.admission = admission_of(person, watcher),
		.shown = is_shown(watchers, watcher)};
	return true;
}
