#include "component/report/report.h"

#include "component/calendars/calendars.h"
#include "component/people/address.h"
#include "component/publish/component_mode.h"
#include "component/publish/user_mode.h"
#include "component/report/report_private.h"
#include "component/rosters/rosters.h"
#include "component/sources/module.h"
#include "component/sources/sources.h"

#include <string.h>

/* A list of a person's watchers or clients ends here; the counts are always whole. */
#define LISTED_MAX 1000

/* ------------------------------------------------------------------ her clients */

static json_t *clients_json(const struct person *person)
{
	json_t *clients = json_array();

	for (const struct client *c = person->clients; c; c = c->next)
		(void)json_array_append_new(clients,
			json_pack("{s:s, s:s, s:s?, s:i, s:b}", "resource",
				client_resource(c), "show", show_name(c->show), "status",
				report_first_text(&c->status), "priority", c->priority,
				"confirmed", c->confirmed));
	return clients;
}

/* ------------------------------------------------------------------ her calendar */

static const char *unwanted_reason(const struct person *person)
{
	if (person_is_room(person))
		return "nobody watches the room, so its calendar is not read";
	if (person_is_online(person))
		return "nobody watches her, so her calendar is not read";
	return person->domain->synced
		       ? "she is offline, so her calendar is not read"
		       : "whether she is online is not known, so her calendar is not "
			 "read";
}

static const char *calendar_reason(
	const struct person *person, const struct calendar_facts *facts)
{
	if (!facts->mailbox)
		return "the configuration gives her no mailbox";
	if (!facts->gateway)
		return person_is_room(person) ? "no gateway serves its mailbox"
					      : "no gateway serves her mailbox";
	if (!facts->wanted)
		return unwanted_reason(person);
	if (facts->read_at == 0)
		return facts->failure ? "it could not be read"
				      : "it has not been read yet";
	if (!calendar_is_fresh(person))
		return "the last reading is older than calendar.stale_after";
	return "as read";
}

/* What keeps the gateway from reading anybody's calendar; NULL: nothing. */
static const char *gateway_problem(const struct calendar_facts *facts)
{
	const struct gateway_state *state = facts->gateway_state;

	if (!state || !state->code || state->health == GATEWAY_UP ||
		state->health == GATEWAY_STARTING)
		return NULL;
	return state->text;
}

static json_t *failure_json(const struct calendar_failure *failure)
{
	if (!failure)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "fault",
		gateway_fault_name(failure->fault), "code", failure->code, "text",
		failure->text, "at", report_time(failure->at), "next_try",
		report_time(failure->next_try));
}

/* The entries at present that count as rules say. */
static json_t *hits_json(const struct person *person, const struct calendar_facts *facts)
{
	const struct cal_rules *rules = &person->people->config->rules;
	int64_t now = people_now_s(person->people);
	json_t *list = json_array();

	for (size_t i = 0; i < facts->n_rule_hits && calendar_is_fresh(person); i++) {
		const struct rule_hit *hit = &facts->rule_hits[i];

		if (now < hit->start || now >= hit->end)
			continue;
		(void)json_array_append_new(list,
			json_pack("{s:o, s:o, s:s, s:s, s:I}", "start",
				report_time(hit->start), "end", report_time(hit->end),
				"state", cal_state_name(hit->state), "as",
				cal_state_name(rules->of[hit->rule].as), "rule",
				(json_int_t)hit->rule + 1));
	}
	return list;
}

static json_t *calendar_json(
	const struct person *person, const struct calendar_facts *facts)
{
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:s?, s:s?, s:s?, s:b, "
			 "s:s?, s:o}",
		"state", cal_state_name(facts->state), "reason",
		calendar_reason(person, facts), "watched", facts->wanted, "read_at",
		report_time(facts->read_at), "next_edge", report_time(facts->next_edge),
		"stale_at", report_time(facts->stale_at), "failure",
		failure_json(facts->failure), "mailbox", facts->mailbox, "gateway",
		facts->gateway, "configured_gateway", facts->configured_gateway,
		"looked_for", facts->looked_for, "gateway_problem",
		gateway_problem(facts), "ruled", hits_json(person, facts));
}

static const char *replies_state(
	const struct person *person, const struct calendar_facts *facts)
{
	bool planned = facts->replies_from < facts->replies_to &&
		       people_now_s(person->people) < facts->replies_from;

	if (!facts->replies_known)
		return "unknown";
	if (facts->replies_on)
		return "on";
	return planned ? "planned" : "off";
}

static json_t *replies_json(
	const struct person *person, const struct calendar_facts *facts)
{
	if (facts->replies_at == 0)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o}", "state", replies_state(person, facts),
		"at", report_time(facts->replies_at), "from",
		report_time(facts->replies_from), "to", report_time(facts->replies_to));
}

/* ------------------------------------------------------------------ what is shown */

static json_t *overlay_json(const struct overlay *overlay)
{
	if (!overlay)
		return json_null();
	return json_pack("{s:s, s:s?}", "show",
		overlay->keep_show ? "keep" : show_name(overlay->show), "status",
		report_first_text(&overlay->status));
}

/* What the module in the server was told. */
static json_t *told_json(const struct person *person)
{
	int64_t until = 0;
	json_t *told = overlay_json(user_mode_told(person, &until));

	if (json_is_object(told))
		(void)json_object_set_new(told, "until", report_time(until));
	return told;
}

static json_t *published_json(const struct person *person)
{
	const struct presence presence = component_mode_presence(person);
	int64_t at = component_mode_shown_at(person);

	if (at == 0)
		return json_null();
	return json_pack("{s:s, s:s?, s:o}", "show", show_name(presence.show), "status",
		report_first_text(&presence.status), "at", report_time(at));
}

/* ------------------------------------------------------------------ watchers */

static const char *const watcher_states[] = {
	[WATCHER_PENDING] = "pending",
	[WATCHER_APPROVED] = "approved",
	[WATCHER_GUEST] = "guest",
	[WATCHER_PROBED] = "probed",
	[WATCHER_LEAVING] = "leaving",
};

static const char *refused_reason(const struct person *person)
{
	switch (person->people->config->publish.watchers) {
	case CONFIG_WATCHERS_CONTACTS:
		if (!person_is_room(person))
			return "he is not a contact of hers who may see her";
		return "he is of no served domain";
	case CONFIG_WATCHERS_DOMAIN:
		return "he is of no served domain";
	case CONFIG_WATCHERS_LIST:
		return "he is not on publish.watcher_list";
	}
	return "publish.watchers does not admit him";
}

static const char *unknown_reason(const struct person *person)
{
	const struct domain *domain = person->domain;

	if (!person->people->up)
		return "not known yet: the stream to the server is down";
	if (module_can(domain, "sees"))
		return "not known yet: the module in the server has not answered";
	if (!domain->hello_done)
		return "not known yet: the server has not said what it lets us know";
	if (!domain->may_roster)
		return "not known: the server lets us read no contact lists (`status` "
		       "says what is missing)";
	if (roster_was_refused(person))
		return "not known: the server refused to show her contact list";
	if (roster_knowledge(person) == ROSTER_OLD)
		return "not known yet: her contact list is being read anew";
	return "not known yet: her contact list has not been read";
}

/* Why somebody is not shown her calendar; NULL: he is. */
static const char *waits_for(
	const struct person *person, const struct watcher_facts *facts)
{
	bool admitted = facts->state == WATCHER_APPROVED || facts->state == WATCHER_GUEST;

	if (facts->state == WATCHER_LEAVING)
		return "he is to be told that there is nothing more to see";
	switch (facts->admission) {
	case ADMISSION_YES:
		return admitted ? NULL : "he is about to be admitted";
	case ADMISSION_NO:
		return refused_reason(person);
	case ADMISSION_HIDDEN:
		return "she blocks him";
	case ADMISSION_UNKNOWN:
		/* What he was shown before he goes on seeing. */
		return admitted && facts->shown ? NULL : unknown_reason(person);
	}
	return NULL;
}

/* Of mode component alone: in mode user the server knows who sees her. */
static json_t *watchers_json(const struct person *person)
{
	bool is_on = publish_is_on(person->people, &component_mode);
	json_t *watchers = json_array();
	struct watcher_facts facts;

	for (size_t i = 0;
		is_on && i < LISTED_MAX && component_mode_watcher(person, i, &facts); i++)
		(void)json_array_append_new(watchers,
			json_pack("{s:s, s:s, s:s?, s:b}", "jid", facts.jid, "state",
				watcher_states[facts.state], "waits_for",
				waits_for(person, &facts), "shown", facts.shown));
	return watchers;
}

/* ------------------------------------------------------------------ all of it */

static json_t *why_json(const struct person *person)
{
	const struct people *people = person->people;
	const struct calendar_facts facts = calendar_facts(person);
	char address[JID_SIZE];
	bool addressed = address_of(people->config, person->jid->text, address);
	json_t *why = json_pack(
		"{s:s, s:s?, s:I, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:I, s:I, s:I, s:b}",
		"jid", person->jid->text, "address", addressed ? address : NULL, "now",
		(json_int_t)people_now_s(people), "known", true, "synced",
		person->domain->synced, "source", source_name(person->domain->source),
		"resources", clients_json(person), "calendar",
		calendar_json(person, &facts), "replies", replies_json(person, &facts),
		"overlay", overlay_json(calendar_overlay(person)), "told",
		told_json(person), "published", published_json(person), "watchers",
		watchers_json(person), "until", report_time(calendar_next_change(person)),
		"admitted", (json_int_t)component_mode_admitted(person), "waiting",
		(json_int_t)component_mode_waiting(person), "contacts",
		(json_int_t)roster_contacts(person), "contacts_read",
		roster_knowledge(person) != ROSTER_UNKNOWN);

	if (why && person_is_room(person))
		(void)json_object_set_new(why, "room",
			json_pack("s?", people_room_name(people, person->jid->text)));
	return why;
}

/* Somebody whom the configuration has, and nobody has seen. */
static json_t *unseen_json(const struct people *people, const struct config_user *entry)
{
	const struct config_gateway *gateway =
		config_gateway_for(people->config, entry->mailbox, entry->gateway);
	bool is_room = entry->name[0] != '\0';
	const char *reason =
		is_room ? "nobody watches the room, so its calendar is not read"
			: "no client of hers was seen and nobody watches her, so her "
			  "calendar is not read";
	char address[JID_SIZE];
	bool addressed = address_of(people->config, entry->jid, address);
	json_t *why = json_pack("{s:s, s:s?, s:I, s:b, s:[], s:[], s:I, s:I, "
				"s:{s:s, s:s, s:b, s:s, s:s?}}",
		"jid", entry->jid, "address", addressed ? address : NULL, "now",
		(json_int_t)people_now_s(people), "known", false, "resources", "watchers",
		"admitted", (json_int_t)0, "waiting", (json_int_t)0, "calendar", "state",
		cal_state_name(CAL_UNKNOWN), "reason",
		gateway ? reason : "no gateway serves the mailbox", "watched", false,
		"mailbox", entry->mailbox, "gateway", gateway ? gateway->name : NULL);

	if (why && is_room)
		(void)json_object_set_new(why, "room", json_string(entry->name));
	return why;
}

/* ------------------------------------------------------------------ the text */

static void put_clients(struct buf *out, const json_t *why, int64_t now)
{
	const json_t *clients = json_object_get(why, "resources");

	if (json_array_size(clients) == 0)
		buf_printf(out, "own presence: %s\n",
			!is_true(why, "known")   ? "no client of hers was seen"
			: is_true(why, "synced") ? "offline"
						 : "not known, as `status` explains");
	text_fill_each(out,
		"own presence of {resource} (priority {priority}{confirmed?:, "
		"unconfirmed}): {show}[, \"{status}\"]\n",
		clients, now);
}

/* Where the mailbox is read, and why there. */
static void put_mailbox(struct buf *out, const json_t *calendar)
{
	const json_t *gateway = json_object_get(calendar, "gateway");
	const json_t *configured = json_object_get(calendar, "configured_gateway");

	text_fill(out, "  mailbox {mailbox} by gateway {gateway}", calendar, 0);
	if (json_is_null(gateway))
		buf_puts(out, "none");
	if (is_true(calendar, "looked_for"))
		buf_puts(out, ", where it is looked for: others do not have it");
	else if (json_is_string(configured) && !json_equal(gateway, configured))
		text_fill(out,
			", where it was found: gateway {configured_gateway} does not "
			"have it",
			calendar, 0);
	buf_puts(out, "\n");
}

static void put_calendar(struct buf *out, const json_t *calendar, int64_t now)
{
	const json_t *failure = json_object_get(calendar, "failure");

	text_fill(out, "calendar: {state} ({reason})\n", calendar, now);
	if (json_is_string(json_object_get(calendar, "mailbox")))
		put_mailbox(out, calendar);
	text_fill_each(out,
		"  an entry that is {state} counts as {as} by rule {rule}, until "
		"{end@}\n",
		json_object_get(calendar, "ruled"), now);
	text_fill(out,
		"  last good reading: {read_at@}\n"
		"[  problem of the gateway: {gateway_problem}\n]",
		calendar, now);
	if (json_is_object(failure))
		text_fill(out,
			"  last failure: {text}[ ({code})]\n[  next try: {next_try@}\n]",
			failure, now);
}

/* "automatic replies until ...", or what else is known of them. */
static void put_replies(struct buf *out, const json_t *replies, int64_t now)
{
	bool planned = is_text(replies, "state", "planned");

	if (!json_is_object(replies))
		return;
	buf_puts(out, "automatic replies");
	if (planned)
		text_fill(out, " from {from@}", replies, now);
	if (!planned && !is_text(replies, "state", "on"))
		text_fill(out, ": {state}", replies, now);
	else if (json_is_integer(json_object_get(replies, "to")))
		text_fill(out, " until {to@}", replies, now);
	else
		buf_puts(out, " until further notice");
	text_fill(out, "; last heard of: {at@}\n", replies, now);
}

/* What is laid on her presence, and what others see of it. */
static void put_shown(struct buf *out, const json_t *why, int64_t now)
{
	static const char *const lines[][2] = {
		{"overlay", "overlay: {show}[, \"{status}\"]\n"},
		{"told", "told to the module in the server: {show}[, \"{status}\"], "
			 "until {until@}\n"},
		{"published", "published: {show}[, \"{status}\"], since {at@}\n"},
	};

	if (json_is_null(json_object_get(why, "overlay")))
		buf_puts(out, "overlay: none\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const json_t *shown = json_object_get(why, lines[i][0]);

		if (json_is_object(shown))
			text_fill(out, lines[i][1], shown, now);
	}
}

/* How many are named who wait; --json has all. */
#define NAMED_MAX 10

static void put_watchers(struct buf *out, const json_t *why, int64_t now)
{
	const json_t *entry;
	size_t named = 0;
	size_t i;

	text_fill(out,
		is_true(why, "contacts_read")
			? "watchers: {admitted} admitted, {waiting} waiting; contacts "
			  "who "
			  "may see her: {contacts}\n"
			: "watchers: {admitted} admitted, {waiting} waiting\n",
		why, now);
	json_array_foreach (json_object_get(why, "watchers"), i, entry) {
		if (!json_is_string(json_object_get(entry, "waits_for")))
			continue;
		if (++named > NAMED_MAX) {
			buf_puts(out, "  and more: --json names them\n");
			return;
		}
		text_fill(out, "  {jid} ({state}) is not shown it: {waits_for}\n", entry,
			now);
	}
}

static void put_until(struct buf *out, const json_t *why, int64_t now)
{
	const json_t *stale_at =
		json_object_get(json_object_get(why, "calendar"), "stale_at");
	const json_t *until = json_object_get(why, "until");

	text_fill(out, "until: {until@}", why, now);
	if (json_is_integer(until) && json_equal(until, stale_at))
		buf_puts(out, ", unless the calendar is read again before");
	buf_puts(out, "\n");
}

static void put_why(struct buf *out, const json_t *why, int64_t now)
{
	bool is_room = json_is_string(json_object_get(why, "room"));

	text_fill(out,
		is_room ? "{jid}, the room \"{room}\", seen by its calendar alone\n"
			: "{jid}[, shown as {address}]\n",
		why, now);
	if (!is_room)
		put_clients(out, why, now);
	put_calendar(out, json_object_get(why, "calendar"), now);
	if (!is_true(why, "known"))
		return;
	put_replies(out, json_object_get(why, "replies"), now);
	put_shown(out, why, now);
	put_watchers(out, why, now);
	put_until(out, why, now);
}

/* ------------------------------------------------------------------ who is meant */

/* Nobody of that address was seen. */
static void say_unknown(const struct people *people, const struct jid *parts,
	const char *jid, const char *bare_jid, struct buf *out)
{
	const struct config_gateway *gateway;
	struct config_mailbox mailbox;

	if (!config_serves_domain(people->config, parts->domain) &&
		strcmp(parts->domain, people->config->component.jid) != 0) {
		buf_printf(out,
			"the people of \"%s\" are not served: it is in neither "
			"`domains` nor `users`\n",
			parts->domain);
		return;
	}
	buf_printf(out,
		"nothing is known of \"%s\": no client of this person was seen and "
		"nobody watches her",
		jid);
	if (bare_jid && config_mailbox_for(people->config, bare_jid, &mailbox)) {
		gateway = config_gateway_for(
			people->config, mailbox.address, mailbox.gateway);
		buf_printf(out, " (her mailbox would be %s, by gateway %s)",
			mailbox.address, gateway ? gateway->name : "none");
	}
	buf_puts(out, "\n");
}

bool report_why(const struct people *people, const char *jid, bool json, struct buf *out)
{
	const struct config_user *entry = NULL;
	const struct person *person = NULL;
	char bare[JID_SIZE];
	struct jid parts;
	bool resolved;

	if (!jid_parse(jid, &parts) || parts.local[0] == '\0') {
		buf_printf(out, "\"%s\" is not the address of a person (name@domain)\n",
			jid);
		return false;
	}
	/* By her own address or the one that she is shown under. */
	resolved = address_resolve(people->config, &parts, bare);
	if (resolved) {
		person = people_find(people, bare);
		entry = config_user_for(people->config, bare);
		if (!entry)
			entry = config_room_for(people->config, bare);
	}
	if (!person && !entry) {
		say_unknown(people, &parts, jid, resolved ? bare : NULL, out);
		return false;
	}
	report_write(person ? why_json(person) : unseen_json(people, entry), put_why,
		json, out);
	return true;
}
