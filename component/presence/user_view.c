#include "component/presence/user_view.h"

#include "base/log.h"
#include "component/presence/calendars.h"
#include "component/presence/checks.h"
#include "component/presence/farewells.h"
#include "component/presence/overlay.h"
#include "component/presence/people.h"
#include "component/presence/policy.h"
#include "component/presence/rosters.h"
#include "component/presence/servers.h"
#include "component/presence/told.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ what is to be seen
 */

/* The client's presence with the overlay laid over it; NULL where the original is right.
 */
static struct body *render(const struct person *person, const struct resource *resource)
{
	const struct overlay *overlay = overlay_of(person);
	struct presence own = {.show = resource->show, .status = resource->status};
	struct presence seen;
	struct body *body = NULL;
	struct buf xml;

	if (overlay == NULL || resource->original == NULL ||
		!server_user_mode(person->server))
		return NULL;
	seen = overlay_apply(overlay, own);
	buf_init(&xml, OUTBOX_STANZA_MAX);
	presence_print(&xml, &seen, resource->priority);
	buf_puts(&xml, resource->children == NULL ? "" : resource->children);
	if (!xml.failed)
		body = body_create(false, buf_text(&xml), xml.len);
	buf_finish(&xml);
	if (body_equal(body, resource->original)) {
		body_put(body);
		return NULL;
	}
	return body;
}

static bool is_online(const struct engine *engine, const struct name *jid)
{
	const struct person *person = people_find_name(engine, jid);

	return person != NULL && person_is_online(person);
}

/* Of another server while publish.external is off: he is told nothing, but what he was
 * told before is taken back. */
static bool is_beyond(const struct engine *engine, const struct name *contact)
{
	return !engine->config->publish.external && policy_is_external(engine, contact);
}

/* Whether a stanza to this contact is of use. Nobody tells us of contacts of other
 * servers, so they count as online. */
static bool may_hear(const struct engine *engine, const struct name *contact)
{
	return policy_is_external(engine, contact) ? engine->config->publish.external
						   : is_online(engine, contact);
}

/* Whether an overlay that he was shown is still before somebody's eyes, for all we know:
 * only of a contact whose server tells everything is it sure that he is offline. */
static bool may_see(const struct person *person, const struct told *told)
{
	const struct engine *engine = person->engine;

	return told->overlaid &&
	       (!person->server->complete || policy_is_external(engine, told->watcher) ||
		       is_online(engine, told->watcher));
}

/* Her contact, and let in by the policy; undecided until it is known whom she blocks. */
static enum verdict_watch admits(const struct person *person, const struct name *watcher)
{
	const struct roster *roster = &person->roster;

	if (watcher == person->jid)
		return WATCH_REFUSED;
	if (roster->read_ms == 0 ||
		(!roster->blocking_read &&
			!person->engine->config->publish.ignore_blocking))
		return WATCH_UNDECIDED;
	if (!policy_is_contact(person, watcher) || policy_is_blocked(person, watcher))
		return WATCH_REFUSED;
	if (is_beyond(person->engine, watcher))
		return WATCH_UNDECIDED;
	return policy_admits(person->engine, person, watcher);
}

/* ------------------------------------------------------------------ sending */

static void send(struct person *person, const struct resource *resource, struct name *to,
	struct body *body)
{
	(void)outbox_availability(person->engine->ports.outbox, resource->full, to, body);
}

/* to is the watcher, or one client of his. */
static void send_overlay(struct person *person, struct resource *resource,
	struct name *watcher, struct name *to)
{
	struct told *told = told_add(resource, watcher);

	if (told == NULL)
		return;
	told_overlaid(person, resource, told, true);
	told->owed = false;
	told->sent_ms = person->engine->now.mono_ms;
	send(person, resource, to, resource->overlay);
}

static void give_original(
	struct person *person, const struct resource *resource, const struct told *told)
{
	if (resource->original != NULL && may_see(person, told))
		send(person, resource, told->watcher, resource->original);
}

static void send_original(
	struct person *person, struct resource *resource, struct told *told)
{
	give_original(person, resource, told);
	told_overlaid(person, resource, told, false);
	told->owed = false;
	told->sent_ms = person->engine->now.mono_ms;
}

/* What she said while a stanza of ours was on its way to him, which may come behind it.
 */
static void send_owed(
	struct person *person, const struct resource *resource, struct told *told)
{
	send(person, resource, told->watcher, resource->original);
	told->owed = false;
	told->sent_ms = person->engine->now.mono_ms;
}

static void send_gone(struct person *person, struct name *full, struct name *watcher)
{
	struct body *gone = body_create(true, "", 0);

	if (gone != NULL)
		(void)outbox_availability(
			person->engine->ports.outbox, full, watcher, gone);
	body_put(gone);
}

/* ------------------------------------------------------------------ updates */

/* Whether a stanza of ours under this client's address may still be on its way. */
static bool is_recent(const struct engine *engine, const struct told *told)
{
	return engine->now.mono_ms - told->sent_ms <= USER_VIEW_GHOST_MS;
}

/* Whether he can be let go: he sees her original, nothing is on its way to him, and the
 * contact list was read since; else he may have been removed before he got it. */
static bool is_past(const struct person *person, const struct told *told)
{
	return !told->overlaid && !told->owed && !is_recent(person->engine, told) &&
	       person->roster.read_ms > told->sent_ms;
}

/* Takes the overlay back from whom it is no longer for, and lets go of whom that is past
 * for. */
static void revert(struct person *person, struct resource *resource)
{
	struct engine *engine = person->engine;
	size_t i = 0;

	while (i < resource->n_told) {
		struct told *told = &resource->told[i];
		bool refused = admits(person, told->watcher) == WATCH_REFUSED;

		if (refused) {
			/* Removed or blocked since: he is not to see her at all. */
			send_gone(person, resource->full, told->watcher);
		} else if (told->overlaid && (resource->overlay == NULL ||
						     is_beyond(engine, told->watcher))) {
			send_original(person, resource, told);
		} else if (told->owed && resource->overlay == NULL &&
			   !rosters_await_since(person, resource->changed_ms)) {
			send_owed(person, resource, told);
		}
		if (refused || is_past(person, told))
			told_forget(person, resource, told);
		else
			i++;
	}
}

static void spread(struct person *person, struct resource *resource, bool changed)
{
	for (size_t i = 0; i < person->roster.n; i++) {
		struct name *contact = person->roster.contacts[i];
		const struct told *told = told_find(resource, contact);

		if (!changed && told != NULL && told->overlaid && told->sent_ms != 0)
			continue;
		if ((may_hear(person->engine, contact) ||
			    (told != NULL && may_see(person, told))) &&
			admits(person, contact) == WATCH_ADMITTED)
			send_overlay(person, resource, contact, contact);
	}
}

/* After a start it takes a moment to learn whether what is out from before still holds: a
 * calendar may be too old to count, a client may be gone. To take it back and give it
 * again would be two wrong presences where there need not be one. */
static bool is_held(const struct person *person, const struct resource *resource)
{
	if (!timer_is_set(&person->server->hold) ||
		(resource->confirmed &&
			(person->calendar.mailbox == 0 || calendar_is_fresh(person))))
		return false;
	for (size_t i = 0; i < resource->n_told; i++) {
		if (resource->told[i].overlaid && resource->told[i].sent_ms == 0)
			return true;
	}
	return false;
}

/* Where something is out, her list is to be newer than her words by the time that the
 * meeting ends, or we do. */
static void want_list(struct person *person, const struct resource *resource)
{
	if (resource->n_told > 0)
		(void)rosters_await_since(person, resource->changed_ms);
}

static void update_resource(struct person *person, struct resource *resource)
{
	if (is_held(person, resource))
		return;
	struct body *overlay = render(person, resource);
	bool changed = !body_equal(overlay, resource->overlay);

	if (overlay == NULL && resource->n_told == 0 && resource->overlay == NULL)
		return;
	/* Who was removed or blocked meanwhile is to see neither this nor the original,
	 * and of the original nothing that she said since. */
	if (changed && (rosters_await_fresh(person) ||
			       (overlay == NULL && rosters_await_since(person,
							   resource->changed_ms)))) {
		body_put(overlay);
		return;
	}
	body_put(resource->overlay);
	resource->overlay = overlay;
	revert(person, resource);
	if (overlay != NULL)
		spread(person, resource, changed);
	if (changed) {
		want_list(person, resource);
		checks_hasten(person->engine, resource);
	}
}

static bool is_on(const struct person *person)
{
	const struct engine *engine = person->engine;

	return engine->up && !engine->stopping && person->server->synced;
}

void user_view_update(struct person *person)
{
	if (!is_on(person))
		return;
	for (struct resource *r = person->resources; r != NULL; r = r->next)
		update_resource(person, r);
}

void user_view_say_again(struct person *person, struct resource *resource)
{
	if (is_on(person) && resource->overlay != NULL)
		spread(person, resource, true);
}

void user_view_repeat(struct person *person)
{
	for (struct resource *r = person->resources; r != NULL; r = r->next)
		user_view_say_again(person, r);
}

void user_view_show(struct person *person, struct name *contact, struct name *client)
{
	if (!is_on(person))
		return;
	for (struct resource *r = person->resources; r != NULL; r = r->next) {
		/* Of a client in doubt the server may have nothing to show him. */
		if (r->overlay == NULL || !r->confirmed ||
			admits(person, contact) != WATCH_ADMITTED)
			continue;
		if (rosters_await_fresh(person))
			told_unsay(r, contact);
		else
			send_overlay(person, r, contact, client);
	}
}

void user_view_broadcast(struct person *person, struct resource *resource)
{
	const struct engine *engine = person->engine;

	/* Whom she blocked or removed meanwhile must not hear of it from us. */
	if (farewells_has(person, resource->full))
		rosters_want(person);
	for (size_t i = 0; i < resource->n_told; i++) {
		struct told *told = &resource->told[i];

		/* What waits is older than what the server has said; what is on its way
		 * may still come behind it, so that the new one is said once more. */
		outbox_forget(engine->ports.outbox, resource->full, told->watcher);
		told_overlaid(person, resource, told, false);
		told->owed = engine->up && is_recent(engine, told) &&
			     resource->original != NULL;
	}
	body_put(resource->overlay);
	resource->overlay = NULL;
	want_list(person, resource);
}

/* Whoever was told lately that this client is gone, and may see it, counts as told
 * something. To others we owe no word, and ours would come behind the server's. */
static void welcome(struct person *person, struct resource *resource)
{
	size_t i = 0;

	farewells_take(person, resource);
	while (i < resource->n_told) {
		struct told *told = &resource->told[i];

		if (admits(person, told->watcher) == WATCH_ADMITTED) {
			told_keep(person, resource, told);
			told->sent_ms = person->engine->now.mono_ms;
			send(person, resource, told->watcher, resource->original);
			i++;
		} else {
			told_drop(person->engine, resource, told);
		}
	}
}

void user_view_welcome(struct person *person)
{
	if (!is_on(person))
		return;
	for (struct resource *r = person->resources; r != NULL; r = r->next) {
		/* An overlay that is out says that she is there. */
		if (r->n_told == 0 && r->original != NULL &&
			farewells_has(person, r->full))
			welcome(person, r);
	}
}

void user_view_gone(struct person *person, struct resource *resource)
{
	while (resource->n_told > 0) {
		struct told *told = &resource->told[resource->n_told - 1];

		if (person->engine->up &&
			(told->overlaid || is_recent(person->engine, told))) {
			send_gone(person, resource->full, told->watcher);
			farewells_note(person, resource->full, told->watcher);
		}
		told_forget(person, resource, told);
	}
}

/* It stays in the store: who was removed before is found out at the next start. */
void user_view_goodbye(struct person *person)
{
	for (struct resource *r = person->resources; r != NULL; r = r->next) {
		for (size_t i = 0; i < r->n_told; i++)
			give_original(person, r, &r->told[i]);
	}
}
