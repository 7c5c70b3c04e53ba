#include "component/presence/report.h"

#include "component/presence/address.h"
#include "component/presence/calendars.h"
#include "component/presence/component_view.h"
#include "component/presence/echoes.h"
#include "component/presence/model.h"
#include "component/presence/overlay.h"
#include "component/presence/people.h"
#include "component/presence/rooms.h"
#include "component/presence/servers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------ status */

static const char *link_state_name(enum link_state state)
{
	switch (state) {
	case LINK_IDLE:
		return "idle";
	case LINK_RESOLVING:
		return "resolving";
	case LINK_CONNECTING:
		return "connecting";
	case LINK_UP:
		return "up";
	case LINK_WAITING:
		return "waiting";
	case LINK_CLOSING:
		return "closing";
	}
	return "idle";
}

static json_t *link_json(const struct engine *engine, const struct link *link)
{
	int64_t next_ms = link_next_try(link) - engine->now.mono_ms;
	bool waits = link_state(link) == LINK_WAITING && next_ms > 0;

	return json_pack("{s:s, s:s, s:I, s:o, s:b, s:i}", "state",
		link_state_name(link_state(link)), "last_loss",
		link_loss_name(link_last_loss(link)), "for_s",
		(json_int_t)((engine->now.mono_ms - link_since(link)) / 1000),
		"next_try_in_s", waits ? json_integer(next_ms / 1000) : json_null(),
		"shared", engine->echoes.shared, "lost_percent",
		(int)echoes_lost_percent(engine));
}

static json_t *domains_json(const struct engine *engine)
{
	json_t *domains = json_array();

	for (const struct server *s = engine->servers; s != NULL; s = s->next)
		json_array_append_new(domains,
			json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:s, s:b}",
				"domain", s->domain, "source", server_source_name(s),
				"complete", s->complete, "synced", s->synced, "roster",
				s->may_roster, "blocking", s->may_blocking, "trusted",
				server_trust_name(s), "software", s->software,
				"user_mode", server_user_mode(s)));
	return domains;
}

static json_t *gateway_json(
	const struct engine *engine, unsigned i, const struct engine_surroundings *around)
{
	const struct gateway_state *state = &engine->gateways[i];
	bool known = state->code != NULL;

	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:o, s:o, s:i, s:b, s:i, s:i, s:i, s:I, s:I, s:I}",
		"name", engine->config->gateways[i].name, "pid", around->worker_pids[i],
		"restarts", (int)around->worker_restarts[i], "health",
		gateway_health_name((enum gateway_health)state->health), "fault",
		gateway_fault_name((enum gateway_fault)state->fault), "code",
		known ? state->code : "", "text", known ? state->text : "",
		"server_version", known ? state->server_version : "", "request_version",
		known ? state->request_version : "", "endpoint",
		known && state->endpoint ? state->endpoint : "", "last_success",
		report_time(state->last_success), "next_try",
		report_time(state->next_try), "watched", (int)state->watched,
		"notifications", (int)engine->config->gateways[i].notifications,
		"notified", (int)state->notified, "in_flight", (int)state->in_flight,
		"reached_interval", (int)state->reached_interval_s, "requests",
		(json_int_t)state->requests, "failed_requests",
		(json_int_t)state->failed_requests, "mailboxes_read",
		(json_int_t)state->mailboxes_read);
}

static json_t *gateways_json(
	const struct engine *engine, const struct engine_surroundings *around)
{
	json_t *gateways = json_array();

	for (unsigned i = 0; i < engine->config->n_gateways; i++)
		json_array_append_new(gateways, gateway_json(engine, i, around));
	return gateways;
}

static json_t *people_json(const struct engine *engine)
{
	struct person *person;
	struct person *next;
	json_int_t online = 0;
	json_int_t watched = 0;
	json_int_t overlaid = 0;
	json_int_t unknown = 0;
	json_int_t watchers = 0;

	HASH_ITER (hh, engine->people, person, next) {
		online += person_is_online(person);
		watched += person->calendar.watched;
		overlaid += person->calendar.watched && overlay_of(person) != NULL;
		unknown += person->calendar.watched && !calendar_is_fresh(person);
		watchers += (json_int_t)(person->n_watchers - person->n_pending);
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "known",
		(json_int_t)HASH_COUNT(engine->people), "online", online, "watched",
		watched, "overlaid", overlaid, "unknown", unknown, "watchers", watchers);
}

static void print(json_t *json, struct buf *out)
{
	char *text = json_dumps(json, JSON_INDENT(1));

	if (text == NULL)
		out->failed = true;
	else
		buf_printf(out, "%s\n", text);
	free(text);
}

void engine_status(const struct engine *engine, const struct engine_surroundings *around,
	bool json, struct buf *out)
{
	json_t *status = json_pack(
		"{s:s, s:i, s:I, s:I, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:{s:I, "
		"s:I}}",
		"version", around->version, "pid", (int)getpid(), "generation",
		(json_int_t)engine->config->generation, "now", (json_int_t)now_s(engine),
		"link", link_json(engine, around->link), "domains", domains_json(engine),
		"gateways", gateways_json(engine, around), "people", people_json(engine),
		"outbox", "length", (json_int_t)outbox_length(engine->ports.outbox),
		"sent", (json_int_t)outbox_taken(engine->ports.outbox), "merged",
		(json_int_t)outbox_merged(engine->ports.outbox), "waiting", "answers",
		(json_int_t)engine->n_requests, "greetings",
		(json_int_t)engine->n_greetings);

	if (status == NULL)
		out->failed = true;
	else if (json)
		print(status, out);
	else
		report_text_status(status, out);
	json_decref(status);
}

/* ------------------------------------------------------------------ why */

static const char *watcher_state_name(enum watcher_state state)
{
	switch (state) {
	case WATCHER_PENDING:
		return "pending";
	case WATCHER_APPROVED:
		return "approved";
	case WATCHER_GUEST:
		return "guest";
	case WATCHER_PROBED:
		return "probed";
	}
	return "pending";
}

static json_t *watchers_json(const struct person *person)
{
	json_t *watchers = json_array();

	for (size_t i = 0; i < person->n_watchers && i < REPORT_LISTED_MAX; i++)
		json_array_append_new(watchers,
			json_pack("{s:s, s:s}", "jid", person->watchers[i].jid->text,
				"state", watcher_state_name(person->watchers[i].state)));
	return watchers;
}

static json_t *overlay_json(const struct person *person)
{
	const struct overlay *overlay = overlay_of(person);

	if (overlay == NULL)
		return json_null();
	return json_pack("{s:s, s:o}", "show",
		overlay->keep_show ? "keep" : show_name(overlay->show), "status",
		report_status(&overlay->status));
}

static json_t *published_json(const struct person *person)
{
	struct presence presence = component_view_of(person);

	if (person->published == NULL)
		return json_null();
	return json_pack("{s:s, s:o, s:I}", "show",
		person->published->unavailable ? "offline" : show_name(presence.show),
		"status", report_status(&presence.status), "at",
		(json_int_t)person->published_at);
}

static json_t *why_json(const struct person *person)
{
	const struct engine *engine = person->engine;
	const struct roster *roster = &person->roster;
	char address[JID_SIZE];
	bool addressed = address_of(engine->config, person->jid->text, address);
	json_t *why = json_pack(
		"{s:s, s:s?, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:b}",
		"jid", person->jid->text, "address", addressed ? address : NULL, "now",
		(json_int_t)now_s(engine), "synced", person->server->synced, "resources",
		report_resources(person), "calendar", report_calendar(person), "replies",
		report_replies(person), "overlay", overlay_json(person), "published",
		published_json(person), "watchers", watchers_json(person), "admitted",
		(json_int_t)(person->n_watchers - person->n_pending), "waiting",
		(json_int_t)person->n_pending, "contacts", (json_int_t)roster->n,
		"contacts_read", roster->read_ms != 0);

	if (why != NULL && person_is_room(person))
		json_object_set_new(
			why, "room", json_string(rooms_name(engine, person->jid->text)));
	if (why != NULL)
		json_object_set_new(
			why, "until", report_time(overlay_next_change(person)));
	return why;
}

/* By her own address or the one that she is shown under. */
static const struct person *find(const struct engine *engine, const struct jid *jid)
{
	char bare[JID_SIZE];

	return address_resolve(engine->config, jid, bare) ? people_find(engine, bare)
							  : NULL;
}

bool engine_why(struct engine *engine, const char *jid, bool json, struct buf *out)
{
	const struct person *person = NULL;
	struct jid parts;
	json_t *why;

	if (!jid_parse(jid, &parts) || parts.local[0] == '\0') {
		buf_printf(out, "\"%s\" is not the address of a person (name@domain)\n",
			jid);
		return false;
	}
	person = find(engine, &parts);
	if (person == NULL && !config_serves_domain(engine->config, parts.domain) &&
		strcmp(parts.domain, engine->config->component.jid) != 0) {
		buf_printf(out,
			"the people of \"%s\" are not served: it is in neither "
			"`domains` nor `users`\n",
			parts.domain);
		return false;
	}
	if (person == NULL) {
		buf_printf(out,
			"nothing is known of \"%s\": no client of this person was seen "
			"and nobody watches her\n",
			jid);
		return false;
	}
	why = why_json(person);
	if (why == NULL)
		out->failed = true;
	else if (json)
		print(why, out);
	else
		report_text_why(why, out);
	json_decref(why);
	return true;
}
