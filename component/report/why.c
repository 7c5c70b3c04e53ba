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
			json_pack("{s:s, s:s, s:o, s:i, s:b}", "resource",
				client_resource(c), "show", show_name(c->show), "status",
				report_text_of_status(&c->status), "priority",
				c->priority, "confirmed", c->confirmed));
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
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, "
			 "s:o}",
		"state", cal_state_name(facts->state), "reason",
		calendar_reason(person, facts), "watched", facts->wanted, "read_at",
		report_time(facts->read_at), "next_edge", report_time(facts->next_edge),
		"stale_at", report_time(facts->stale_at), "failure",
		failure_json(facts->failure), "mailbox", report_text(facts->mailbox),
		"gateway", report_text(facts->gateway), "configured_gateway",
		report_text(facts->configured_gateway), "looked_for", facts->looked_for,
		"gateway_problem", report_text(gateway_problem(facts)), "ruled",
		hits_json(person, facts));
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
	return json_pack("{s:s, s:o}", "show",
		overlay->keep_show ? "keep" : show_name(overlay->show), "status",
		report_text_of_status(&overlay->status));
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
	return json_pack("{s:s, s:o, s:o}", "show", show_name(presence.show), "status",
		report_text_of_status(&presence.status), "at", report_time(at));
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
	if (!sources_has_searched(domain))
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
			json_pack("{s:s, s:s, s:o, s:b}", "jid", facts.jid, "state",
				watcher_states[facts.state], "waits_for",
				report_text(waits_for(person, &facts)), "shown",
				facts.shown));
	return watchers;
}

/* ------------------------------------------------------------------ all of it */

static json_t *why_json(const struct person *person)
{
	const struct people *people = person->people;
	const struct calendar_facts facts = calendar_facts(person);
	char address[JID_SIZE];
	bool addressed = address_of(people->config, person->jid->text, address);
	json_t *why = json_pack("{s:s, s:o, s:I, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o, "
				"s:o, s:o, s:o, s:I, s:I, s:I, s:b}",
		"jid", person->jid->text, "address",
		report_text(addressed ? address : NULL), "now",
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
			report_text(people_room_name(people, person->jid->text)));
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
	json_t *why = json_pack("{s:s, s:o, s:I, s:b, s:[], s:[], s:I, s:I, "
				"s:{s:s, s:s, s:b, s:s, s:o}}",
		"jid", entry->jid, "address", report_text(addressed ? address : NULL),
		"now", (json_int_t)people_now_s(people), "known", false, "resources",
		"watchers", "admitted", (json_int_t)0, "waiting", (json_int_t)0,
		"calendar", "state", cal_state_name(CAL_UNKNOWN), "reason",
		gateway ? reason : "no gateway serves the mailbox", "watched", false,
		"mailbox", entry->mailbox, "gateway",
		report_text(gateway ? gateway->name : NULL));

	if (why && is_room)
		(void)json_object_set_new(why, "room", json_string(entry->name));
	return why;
}

/* ------------------------------------------------------------------ the text */

static void put_presence(struct buf *out, const json_t *presence)
{
	buf_puts(out, text_of(presence, "show"));
	text_put(out, ", \"", presence, "status", "\"");
}

static void put_clients(struct buf *out, const json_t *why)
{
	const json_t *clients = json_object_get(why, "resources");
	const json_t *entry;
	size_t i;

	if (json_array_size(clients) == 0)
		buf_printf(out, "own presence: %s\n",
			!is_true(why, "known")   ? "no client of hers was seen"
			: is_true(why, "synced") ? "offline"
						 : "not known, as `status` explains");
	json_array_foreach (clients, i, entry) {
		buf_printf(out, "own presence of %s (priority %lld%s): ",
			text_of(entry, "resource"), number_of(entry, "priority"),
			is_true(entry, "confirmed") ? "" : ", unconfirmed");
		put_presence(out, entry);
		buf_puts(out, "\n");
	}
}

/* Where the mailbox is read, and why there. */
static void put_mailbox(struct buf *out, const json_t *calendar)
{
	const char *gateway = text_of(calendar, "gateway");
	const char *configured = text_of(calendar, "configured_gateway");

	buf_printf(out, "  mailbox %s by gateway %s", text_of(calendar, "mailbox"),
		gateway[0] == '\0' ? "none" : gateway);
	if (is_true(calendar, "looked_for"))
		buf_puts(out, ", where it is looked for: others do not have it");
	else if (configured[0] != '\0' && strcmp(gateway, configured) != 0)
		buf_printf(out, ", where it was found: gateway %s does not have it",
			configured);
	buf_puts(out, "\n");
}

/* What rules made of the entries at present. */
static void put_hits(struct buf *out, const json_t *calendar, int64_t now)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(calendar, "ruled"), i, entry) {
		buf_printf(out, "  an entry that is %s counts as %s by rule %lld, until ",
			text_of(entry, "state"), text_of(entry, "as"),
			number_of(entry, "rule"));
		text_put_time(out, "", entry, "end", now, "\n");
	}
}

static void put_calendar(struct buf *out, const json_t *calendar, int64_t now)
{
	const json_t *failure = json_object_get(calendar, "failure");

	buf_printf(out, "calendar: %s (%s)\n", text_of(calendar, "state"),
		text_of(calendar, "reason"));
	if (text_of(calendar, "mailbox")[0] != '\0')
		put_mailbox(out, calendar);
	put_hits(out, calendar, now);
	text_put_time(out, "  last good reading: ", calendar, "read_at", now, "\n");
	text_put(out, "  problem of the gateway: ", calendar, "gateway_problem", "\n");
	if (json_is_object(failure)) {
		text_put_problem(out, "last failure", failure);
		text_put_next_try(out, failure, now);
	}
}

/* "automatic replies until ...", or what else is known of them. */
static void put_replies(struct buf *out, const json_t *replies, int64_t now)
{
	const char *state = text_of(replies, "state");
	bool planned = strcmp(state, "planned") == 0;

	if (!json_is_object(replies))
		return;
	buf_puts(out, "automatic replies");
	if (planned)
		text_put_time(out, " from ", replies, "from", now, "");
	if (!planned && strcmp(state, "on") != 0)
		buf_printf(out, ": %s", state);
	else if (json_is_integer(json_object_get(replies, "to")))
		text_put_time(out, " until ", replies, "to", now, "");
	else
		buf_puts(out, " until further notice");
	text_put_time(out, "; last heard of: ", replies, "at", now, "\n");
}

/* A presence with a time behind it, on a line of its own; nothing for null. */
static void put_dated(struct buf *out, const char *label, const json_t *presence,
	const char *when, const char *key, int64_t now)
{
	if (!json_is_object(presence))
		return;
	buf_puts(out, label);
	put_presence(out, presence);
	text_put_time(out, when, presence, key, now, "\n");
}

/* How many are named who wait; --json has all. */
#define NAMED_MAX 10

static void put_watchers(struct buf *out, const json_t *why)
{
	const json_t *entry;
	size_t named = 0;
	size_t i;

	buf_printf(out, "watchers: %lld admitted, %lld waiting",
		number_of(why, "admitted"), number_of(why, "waiting"));
	if (is_true(why, "contacts_read"))
		buf_printf(out, "; contacts who may see her: %lld",
			number_of(why, "contacts"));
	buf_puts(out, "\n");
	json_array_foreach (json_object_get(why, "watchers"), i, entry) {
		if (text_of(entry, "waits_for")[0] == '\0')
			continue;
		if (++named > NAMED_MAX) {
			buf_puts(out, "  and more: --json names them\n");
			return;
		}
		buf_printf(out, "  %s (%s) is not shown it: %s\n", text_of(entry, "jid"),
			text_of(entry, "state"), text_of(entry, "waits_for"));
	}
}

static void put_until(struct buf *out, const json_t *why, int64_t now)
{
	const json_t *stale_at =
		json_object_get(json_object_get(why, "calendar"), "stale_at");
	const json_t *until = json_object_get(why, "until");

	text_put_time(out, "until: ", why, "until", now, "");
	if (json_is_integer(until) && json_equal(until, stale_at))
		buf_puts(out, ", unless the calendar is read again before");
	buf_puts(out, "\n");
}

static void put_why(const json_t *why, struct buf *out)
{
	const json_t *overlay = json_object_get(why, "overlay");
	int64_t now = number_of(why, "now");

	buf_puts(out, text_of(why, "jid"));
	if (text_of(why, "room")[0] != '\0')
		buf_printf(out, ", the room \"%s\", seen by its calendar alone",
			text_of(why, "room"));
	else if (text_of(why, "address")[0] != '\0')
		buf_printf(out, ", shown as %s", text_of(why, "address"));
	buf_puts(out, "\n");
	if (text_of(why, "room")[0] == '\0')
		put_clients(out, why);
	put_calendar(out, json_object_get(why, "calendar"), now);
	if (!is_true(why, "known"))
		return;
	put_replies(out, json_object_get(why, "replies"), now);
	buf_puts(out, "overlay: ");
	if (json_is_object(overlay))
		put_presence(out, overlay);
	else
		buf_puts(out, "none");
	buf_puts(out, "\n");
	put_dated(out, "told to the module in the server: ", json_object_get(why, "told"),
		", until ", "until", now);
	put_dated(out, "published: ", json_object_get(why, "published"), ", since ", "at",
		now);
	put_watchers(out, why);
	put_until(out, why, now);
}

/* ------------------------------------------------------------------ who is meant */

static void write_json(json_t *why, bool json, struct buf *out)
{
	if (!why)
		out->failed = true;
	else if (json)
		report_print(why, out);
	else
		put_why(why, out);
	json_decref(why);
}

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
	write_json(person ? why_json(person) : unseen_json(people, entry), json, out);
	return true;
}
