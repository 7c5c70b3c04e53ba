#include "component/presence/greetings.h"

#include "component/presence/contacts_of.h"
#include "component/presence/people.h"
#include "component/presence/user_view.h"

#include <stdlib.h>
#include <string.h>

struct greeting {
	struct greeting *next;
	struct name *client; // owned reference
	int64_t due_ms;
};

static struct person *person_of(const struct engine *engine, const struct name *client)
{
	char bare[JID_SIZE];
	size_t n = jid_bare_length(client->text);

	memcpy(bare, client->text, n);
	bare[n] = '\0';
	return people_find(engine, bare);
}

/* Whoever has him as a contact and is overlaid shows it to this client too. */
static void greet(struct engine *engine, struct name *client)
{
	const struct person *contact = person_of(engine, client);
	struct person *const *people;
	size_t n;

	if (contact == NULL || person_resource(contact, client) == NULL)
		return;
	people = contacts_of_whom(engine, contact->jid, &n);
	for (size_t i = 0; i < n; i++)
		user_view_show(people[i], contact->jid, client);
}

void user_view_greet(struct engine *engine, struct name *client)
{
	if ((engine->config->publish.modes & CONFIG_MODE_USER) == 0)
		return;
	greet(engine, client);
	greetings_plan(engine, client);
}

/* What was put under its address may have overtaken its own presence. */
static void say_again(const struct engine *engine, const struct name *client)
{
	struct person *person = person_of(engine, client);
	struct resource *resource =
		person == NULL ? NULL : person_resource(person, client);

	if (resource != NULL && !person->server->complete)
		user_view_say_again(person, resource);
}

static void on_due(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer -
				  offsetof(struct engine, greetings_timer));

	while (engine->greetings != NULL && engine->greetings->due_ms <= now_ms) {
		struct greeting *greeting = engine->greetings;

		engine->greetings = greeting->next;
		if (engine->greetings == NULL)
			engine->greetings_end = NULL;
		engine->n_greetings--;
		greet(engine, greeting->client);
		say_again(engine, greeting->client);
		names_put(engine->ports.names, greeting->client);
		free(greeting);
	}
	if (engine->greetings != NULL)
		timers_set(&engine->mono, timer, engine->greetings->due_ms);
}

void greetings_init(struct engine *engine)
{
	engine->greetings_timer.fire = on_due;
}

void greetings_plan(struct engine *engine, struct name *client)
{
	int64_t settle_ms = engine->config->publish.settle_ms;
	struct greeting *greeting;

	if (settle_ms == 0 || engine->n_greetings >= GREETINGS_MAX)
		return;
	greeting = calloc(1, sizeof(*greeting));
	if (greeting == NULL)
		return;
	greeting->client = name_ref(client);
	greeting->due_ms = engine->now.mono_ms + settle_ms;
	if (engine->greetings_end == NULL)
		engine->greetings = greeting;
	else
		engine->greetings_end->next = greeting;
	engine->greetings_end = greeting;
	engine->n_greetings++;
	if (!timer_is_set(&engine->greetings_timer))
		timers_set(&engine->mono, &engine->greetings_timer, greeting->due_ms);
}

void greetings_clear(struct engine *engine)
{
	while (engine->greetings != NULL) {
		struct greeting *greeting = engine->greetings;

		engine->greetings = greeting->next;
		names_put(engine->ports.names, greeting->client);
		free(greeting);
	}
	engine->greetings_end = NULL;
	engine->n_greetings = 0;
	timers_cancel(&engine->mono, &engine->greetings_timer);
}
