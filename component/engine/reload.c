#include "component/engine/engine.h"
#include "component/engine/engine_private.h"
#include "component/publish/publish.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What another configuration would change, and how that is taken back. */

struct preview {
	const struct people *people;
	const struct config *now;
	const struct config *next;
	struct buf *out; // may be NULL
	size_t lines;
	struct engine_preview counts;
};

__attribute__((format(printf, 2, 3))) static void say(
	struct preview *preview, const char *format, ...)
{
	char line[3 * JID_SIZE + 256];
	va_list args;

	preview->lines++;
	if (!preview->out || preview->lines > ENGINE_PREVIEW_LINES_MAX)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	buf_printf(preview->out, "%s\n", line);
}

/* ------------------------------------------------------------------ for everybody */

static void compare_modes(struct preview *preview)
{
	unsigned now = preview->now->publish.modes;
	unsigned next = preview->next->publish.modes;

	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		const struct publish_mode *mode = publish_modes[i];

		if ((now & mode->bit) && !(next & mode->bit))
			say(preview, "vanishes: publish mode %s", mode->name);
		if (!(now & mode->bit) && (next & mode->bit))
			say(preview, "appears: publish mode %s", mode->name);
	}
}

static void compare_addresses(struct preview *preview)
{
	const struct config *now = preview->now;
	const struct config *next = preview->next;

	if (strcmp(now->component.jid, next->component.jid) != 0)
		say(preview, "changes: everybody is shown at %s instead of %s",
			next->component.jid, now->component.jid);
	if ((now->publish.modes & next->publish.modes & CONFIG_MODE_COMPONENT) &&
		strcmp(now->publish.resource, next->publish.resource) != 0)
		say(preview,
			"changes: everybody has the resource \"%s\" instead of \"%s\" in "
			"mode component",
			next->publish.resource, now->publish.resource);
}

/* Of those who have no entry of their own nobody but the known can be named. */
static void compare_domains(struct preview *preview)
{
	const struct config *now = preview->now;
	const struct config *next = preview->next;

	for (size_t i = 0; i < now->n_domains; i++) {
		const struct config_domain *old = &now->domains[i];
		const struct config_domain *new = config_domain_for(next, old->im);

		if (!new)
			say(preview, "vanishes: the people of %s%s", old->im,
				config_has_users(next, old->im) ? ", but for `users`"
								: "");
		else if (strcmp(old->mail, new->mail) != 0)
			say(preview,
				"changes: the people of %s have mailboxes at %s "
				"instead of %s",
				old->im, new->mail, old->mail);
	}
	for (size_t i = 0; i < next->n_domains; i++)
		if (!config_domain_for(now, next->domains[i].im))
			say(preview, "appears: the people of %s", next->domains[i].im);
}

/* ------------------------------------------------------------------ for one person */

/* Somebody's mailbox by each of the configurations. */
static void say_mailboxes(
	struct preview *preview, const char *jid, const struct publish_loss *loss)
{
	struct config_mailbox now = {.gateway = ""};
	struct config_mailbox next = {.gateway = ""};
	bool had = config_mailbox_for(preview->now, jid, &now);
	bool has = config_mailbox_for(preview->next, jid, &next);
	char lost[128] = "";

	if (loss->seen > 0 || loss->ended > 0)
		(void)snprintf(lost, sizeof(lost),
			"; %zu lose sight, %zu subscriptions end", loss->seen,
			loss->ended);
	if (!had && has)
		say(preview, "appears: %s (mailbox %s)", jid, next.address);
	else if (had && !has)
		say(preview, "vanishes: %s%s", jid, lost);
	else if (had && strcmp(now.address, next.address) != 0)
		say(preview, "changes: %s (mailbox %s instead of %s)%s", jid,
			next.address, now.address, lost);
	else if (had && strcmp(now.gateway, next.gateway) != 0)
		say(preview, "changes: %s (another gateway reads %s)%s", jid, now.address,
			lost);
	else if (lost[0] != '\0')
		say(preview, "changes: %s%s", jid, lost);
}

static void compare_person(struct preview *preview, const struct person *person)
{
	const struct publish_loss loss = publish_loss(person, preview->next);

	preview->counts.subscriptions += loss.ended + loss.kept;
	preview->counts.ended += loss.ended;
	say_mailboxes(preview, person->jid->text, &loss);
}

/* Whoever is known was compared as a person. */
static void compare_entry(
	struct preview *preview, const struct config_user *entry, bool is_of_next)
{
	const struct publish_loss none = {0};
	bool twice = is_of_next && (config_user_for(preview->now, entry->jid) ||
					   config_room_for(preview->now, entry->jid));

	if (!twice && !people_find(preview->people, entry->jid))
		say_mailboxes(preview, entry->jid, &none);
}

static void compare_entries(
	struct preview *preview, const struct config *config, bool is_of_next)
{
	for (size_t i = 0; i < config->n_users; i++)
		compare_entry(preview, &config->users[i], is_of_next);
	for (size_t i = 0; i < config->n_rooms; i++)
		compare_entry(preview, &config->rooms[i], is_of_next);
}

struct engine_preview engine_preview(
	const struct engine *engine, const struct config *next, struct buf *out)
{
	struct preview preview = {.people = &engine->people,
		.now = engine->people.config,
		.next = next,
		.out = out};
	const struct person *person;

	compare_modes(&preview);
	compare_addresses(&preview);
	compare_domains(&preview);
	for (person = engine->people.all; person; person = person->after)
		compare_person(&preview, person);
	compare_entries(&preview, preview.now, false);
	compare_entries(&preview, next, true);
	if (out && preview.lines > ENGINE_PREVIEW_LINES_MAX)
		buf_printf(
			out, "and %zu more\n", preview.lines - ENGINE_PREVIEW_LINES_MAX);
	return preview.counts;
}
