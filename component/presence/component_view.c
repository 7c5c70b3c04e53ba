#include "component/presence/component_view.h"

#include "component/presence/calendars.h"
#include "component/presence/overlay.h"
#include "component/presence/people.h"
#include "component/presence/policy.h"
#include "component/presence/rooms.h"
#include "component/presence/watcher_list.h"

#include <stdlib.h>

/* Which of her clients stands for her; NULL if none. */
static const struct resource *leading(const struct person *person)
{
	struct presence_rank ranks[RESOURCES_PER_PERSON_MAX];
	const struct resource *resources[RESOURCES_PER_PERSON_MAX];
	size_t n = 0;
	size_t best;

	for (const struct resource *r = person->resources; r != NULL; r = r->next) {
		resources[n] = r;
		ranks[n++] = (struct presence_rank){.priority = r->priority,
			.show = r->show,
			.changed = r->changed_ms};
	}
	best = presence_pick(ranks, n);
	return best == PRESENCE_NONE ? NULL : resources[best];
}

/* A room is free unless its calendar says otherwise, or nothing. */
static struct presence room_view_of(
	const struct person *person, const struct overlay *overlay)
{
	bool known = overlay != NULL || calendar_is_fresh(person);

	return overlay_apply(overlay,
		(struct presence){.show = known ? SHOW_AVAILABLE : SHOW_OFFLINE});
}

struct presence component_view_of(const struct person *person)
{
	const struct overlay *overlay = overlay_of(person);
	const struct resource *resource = leading(person);

	if (person_is_room(person))
		return room_view_of(person, overlay);
	if (resource != NULL)
		return overlay_apply(overlay, (struct presence){.show = resource->show,
						      .status = resource->status});
	if (overlay != NULL && !overlay->keep_show &&
		person->engine->config->publish.offline == CONFIG_OFFLINE_OVERLAY)
		return (struct presence){
			.show = overlay->show, .status = overlay->status};
	return (struct presence){.show = SHOW_OFFLINE};
}

static struct body *render(const struct person *person)
{
	struct presence presence = component_view_of(person);
	struct body *body = NULL;
	struct buf xml;

	if (presence.show == SHOW_OFFLINE)
		return body_create(true, "", 0);
	buf_init(&xml, OUTBOX_STANZA_MAX);
	presence_print(&xml, &presence, 0);
	buf_puts(&xml, person->engine->caps);
	if (!xml.failed)
		body = body_create(false, buf_text(&xml), xml.len);
	buf_finish(&xml);
	return body;
}

static bool is_on(const struct person *person)
{
	const struct engine *engine = person->engine;

	return (engine->config->publish.modes & CONFIG_MODE_COMPONENT) != 0 &&
	       engine->up && !engine->stopping && person->server->synced &&
	       policy_is_decided(person);
}

/* Who was removed or blocked meanwhile is not to see it. */
static bool awaits_list(struct person *person, const struct body *body)
{
	return !body->unavailable && policy_awaits_list(person);
}

static void tell(struct person *person, bool owed_alone)
{
	for (size_t i = 0; i < person->n_watchers; i++) {
		struct watcher *watcher = &person->watchers[i];

		if (watcher_is_pending(watcher) || (owed_alone && !watcher->owed))
			continue;
		watcher->owed = false;
		(void)outbox_availability(person->engine->ports.outbox, watcher->from,
			watcher->jid, person->published);
	}
}

static bool owes(const struct person *person)
{
	size_t i = 0;

	while (i < person->n_watchers && !person->watchers[i].owed)
		i++;
	return i < person->n_watchers;
}

static void publish(struct person *person, struct body *body)
{
	body_put(person->published);
	person->published = body;
	person->published_at = now_s(person->engine);
	tell(person, false);
}

void component_view_update(struct person *person)
{
	struct body *body;

	if (!is_on(person) || person->n_watchers == person->n_pending)
		return;
	body = render(person);
	if (body == NULL)
		return;
	bool same = body_equal(body, person->published);

	if ((same && !owes(person)) || awaits_list(person, body)) {
		body_put(body);
	} else if (same) {
		body_put(body);
		tell(person, true);
	} else {
		publish(person, body);
	}
}

void component_view_repeat(struct person *person)
{
	if (is_on(person) && person->published != NULL)
		tell(person, false);
}

void component_view_greet(struct person *person, struct watcher *watcher, struct name *to)
{
	if (!is_on(person))
		return;
	component_view_update(person);
	if (person->published == NULL)
		return;
	watcher->owed = awaits_list(person, person->published);
	if (!watcher->owed)
		(void)outbox_availability(person->engine->ports.outbox, watcher->from, to,
			person->published);
}

void component_view_hide(struct person *person, const struct watcher *watcher)
{
	struct body *gone = body_create(true, "", 0);

	if (gone != NULL && person->engine->up)
		(void)outbox_availability(
			person->engine->ports.outbox, watcher->from, watcher->jid, gone);
	body_put(gone);
}

void component_view_goodbye(struct person *person)
{
	struct body *gone;

	if (person->published == NULL || person->published->unavailable)
		return;
	gone = body_create(true, "", 0);
	if (gone != NULL)
		publish(person, gone);
}
