#include "component/presence/checks.h"

#include "component/presence/overlay.h"
#include "component/presence/people.h"
#include "component/presence/requests.h"
#include "component/presence/source.h"
#include "component/presence/user_view.h"

#include <string.h>

#include <utlist.h>

#define TICK_MS 1000

static bool is_doubtful(const struct resource *resource)
{
	const struct person *person = resource->person;
	const struct server *server = person->server;

	if (!server->synced || server->complete)
		return false;
	return !resource->confirmed || resource->n_told > 0 || overlay_of(person) != NULL;
}

static bool says_gone(const struct element *iq)
{
	static const char *const gone[] = {
		"service-unavailable", "item-not-found", "gone", "recipient-unavailable"};
	const struct element *error = element_child(iq, NULL, "error");

	for (size_t i = 0; error != NULL && i < sizeof(gone) / sizeof(gone[0]); i++) {
		if (element_child(error, "urn:ietf:params:xml:ns:xmpp-stanzas",
			    gone[i]) != NULL)
			return true;
	}
	return false;
}

/* Who came while it was in doubt was not shown it. */
static void confirm(struct person *person, struct resource *resource)
{
	if (!resource->confirmed) {
		resource->confirmed = true;
		user_view_update(person);
		user_view_say_again(person, resource);
	}
}

static void on_checked(struct engine *engine, struct name *subject, enum answer answer,
	const struct element *iq)
{
	char bare[JID_SIZE];
	size_t n = jid_bare_length(subject->text);
	struct person *person;
	struct resource *resource;

	memcpy(bare, subject->text, n);
	bare[n] = '\0';
	person = people_find(engine, bare);
	resource = person == NULL ? NULL : person_resource(person, subject);
	if (resource == NULL)
		return;
	resource->checking = false;
	if (answer == ANSWER_ERROR && says_gone(iq))
		source_resource_gone(person, resource);
	else if (answer != ANSWER_NONE)
		confirm(person, resource);
}

static void check(struct engine *engine, struct resource *resource)
{
	struct question question = {
		.type = "get",
		.to = resource->full->text,
		.inside = "<query xmlns='http://jabber.org/protocol/disco#info'/>",
		.answered = on_checked,
		.subject = resource->full,
	};

	resource->checking = requests_ask(engine, &question);
}

void checks_ask(struct engine *engine, struct resource *resource)
{
	if (!resource->checking)
		check(engine, resource);
}

void checks_plan(struct engine *engine, struct resource *resource)
{
	checks_leave(engine, resource);
	DL_APPEND2(engine->checks, resource, check_before, check_after);
	engine->n_checks++;
	resource->check_due_ms = engine->now.mono_ms + CHECK_INTERVAL_MS;
}

void checks_hurry(struct resource *resource)
{
	resource->check_due_ms = INT64_MIN;
}

void checks_hasten(struct engine *engine, struct resource *resource)
{
	checks_leave(engine, resource);
	DL_PREPEND2(engine->checks, resource, check_before, check_after);
	engine->n_checks++;
	resource->check_due_ms = INT64_MIN;
}

void checks_leave(struct engine *engine, struct resource *resource)
{
	if (resource->check_before == NULL)
		return;
	DL_DELETE2(engine->checks, resource, check_before, check_after);
	engine->n_checks--;
	resource->check_before = NULL;
}

static bool has_partial_server(const struct engine *engine)
{
	const struct server *server = engine->servers;

	while (server != NULL && (server->complete || !server->synced))
		server = server->next;
	return server != NULL;
}

static void on_tick(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, checks_timer));
	/* So many that everybody's turn comes within the interval. */
	size_t left = CHECKS_AT_ONCE + engine->n_checks / (CHECK_INTERVAL_MS / TICK_MS);

	if (!engine->up || !has_partial_server(engine))
		return;
	while (engine->checks != NULL && engine->checks->check_due_ms <= now_ms &&
		left > 0) {
		struct resource *resource = engine->checks;

		checks_plan(engine, resource);
		if (!resource->checking && is_doubtful(resource)) {
			check(engine, resource);
			left--;
		}
	}
	timers_set(&engine->mono, timer, now_ms + TICK_MS);
}

void checks_init(struct engine *engine)
{
	engine->checks_timer.fire = on_tick;
}

void checks_wake(struct engine *engine)
{
	if (!timer_is_set(&engine->checks_timer) && has_partial_server(engine))
		timers_set(&engine->mono, &engine->checks_timer,
			engine->now.mono_ms + TICK_MS);
}
