#include "component/report/report.h"

#include "component/calendars/calendars.h"
#include "component/publish/component_mode.h"
#include "component/publish/publish.h"
#include "component/publish/user_mode.h"
#include "component/report/report_private.h"
#include "component/sources/module.h"
#include "component/sources/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What an administrator has to see to is collected while the rest is: `needs`, a list of
 * sentences. */

__attribute__((format(printf, 2, 3))) static void need(
	json_t *needs, const char *format, ...)
{
	char text[GATEWAY_TEXT_MAX + 512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A text that was cut within a character is no JSON. */
	for (size_t n = strlen(text); n > 0; n--) {
		if (json_array_append_new(needs, json_stringn(text, n)) == 0)
			return;
	}
}

/* ------------------------------------------------------------------ the stream */

static const char *const link_states[] = {
	[LINK_IDLE] = "idle",
	[LINK_RESOLVING] = "resolving",
	[LINK_CONNECTING] = "connecting",
	[LINK_UP] = "up",
	[LINK_WAITING] = "waiting",
	[LINK_CLOSING] = "closing",
};

static json_t *link_json(
	const struct people *people, const struct link *link, json_t *needs)
{
	const char *state = link_states[link_state(link)];
	const char *loss = link_loss_name(link_last_loss(link));
	int64_t next_ms = link_next_try(link) - people->now.mono_ms;
	bool waits = link_state(link) == LINK_WAITING && next_ms > 0;
	unsigned lost = sources_lost_percent(people);

	if (link_state(link) != LINK_UP)
		need(needs, "the link to the IM server is not up (%s, last loss: %s)",
			state, loss);
	if (lost > 0)
		need(needs,
			"another stream has our name and gets %u %% of what is for us: "
			"end it",
			lost);
	return json_pack("{s:s, s:s, s:I, s:o, s:b, s:i}", "state", state, "last_loss",
		loss, "for_s",
		(json_int_t)((people->now.mono_ms - link_since(link)) / 1000),
		"next_try_in_s", waits ? json_integer(next_ms / 1000) : json_null(),
		"shared", lost > 0, "lost_percent", (int)lost);
}

/* ------------------------------------------------------------------ domains */

/* Whether it is known by now what the server has and grants. */
static bool is_searched(const struct domain *domain)
{
	return domain->people->up && domain->hello_done;
}

static const char *component_off_reason(const struct domain *domain)
{
	const struct people *people = domain->people;

	if (!people->up)
		return "the stream to the server is down";
	if (domain->source == SOURCE_NONE && !is_searched(domain))
		return "what the server lets us know is not known yet";
	if (domain->source == SOURCE_NONE)
		return "nobody tells us who is online: install mod_calpresence in the "
		       "server, or grant the presence privilege";
	if (people->config->publish.watchers == CONFIG_WATCHERS_CONTACTS &&
		!module_can(domain, "sees") && !domain->may_roster)
		return "contact lists cannot be read, so that publish.watchers = "
		       "\"contacts\" admits nobody: install mod_calpresence in the "
		       "server, or grant the roster privilege";
	return NULL;
}

/* What a mode that is on cannot know. */
static const char *component_hint(const struct domain *domain)
{
	return module_can(domain, "sees") || domain->may_blocking
		       ? NULL
		       : "whom somebody blocks cannot be known here: he goes on seeing "
			 "her calendar";
}

static json_t *mode_json(
	const struct domain *domain, const struct publish_mode *mode, json_t *needs)
{
	const struct people *people = domain->people;
	const char *reason = mode == &user_mode ? user_mode_off_reason(domain)
						: component_off_reason(domain);
	const char *hint = mode == &user_mode ? NULL : component_hint(domain);

	if (!publish_is_on(people, mode))
		reason = "publish.modes does not have it";
	else if (reason && is_searched(domain))
		need(needs, "mode %s is off for %s: %s", mode->name, domain->jid->text,
			reason);
	return json_pack("{s:s, s:b, s:s?, s:s?}", "mode", mode->name, "on", !reason,
		"reason", reason, "hint", reason ? NULL : hint);
}

static json_t *modes_json(const struct domain *domain, json_t *needs)
{
	json_t *modes = json_array();

	for (size_t i = 0; i < PUBLISH_MODES; i++)
		(void)json_array_append_new(
			modes, mode_json(domain, publish_modes[i], needs));
	return modes;
}

static json_t *module_json(const struct domain *domain)
{
	const struct module_facts *facts = module_facts(domain);

	if (!facts->there)
		return json_null();
	return json_pack("{s:s, s:s, s:b, s:b, s:o}", "version", facts->version,
		"server_version", facts->server_version, "overlays",
		module_can(domain, "overlays"), "sees", module_can(domain, "sees"),
		"since", report_time(facts->since));
}

static json_t *domain_json(const struct domain *domain, json_t *needs)
{
	return json_pack("{s:s, s:b, s:s, s:b, s:b, s:s, s:o, s:b, s:b, s:o}", "domain",
		domain->jid->text, "searched", is_searched(domain), "source",
		source_name(domain->source), "complete", domain->complete, "synced",
		domain->synced, "software", domain->software, "module",
		module_json(domain), "roster", domain->may_roster, "blocking",
		domain->may_blocking, "modes", modes_json(domain, needs));
}

/* ------------------------------------------------------------------ gateways */

static json_t *gateway_json(const struct people *people, unsigned i,
	const struct workers *workers, json_t *needs)
{
	const struct config_gateway *gateway = &people->config->gateways[i];
	const struct gateway_state *state = calendars_gateway_state(people, i);
	const char *health = gateway_health_name((enum gateway_health)state->health);
	bool known = state->code != NULL;

	if (known && (state->health == GATEWAY_LOCKED || state->health == GATEWAY_DOWN))
		need(needs, "gateway %s is %s: %s", gateway->name, health, state->text);
	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:o, s:o, s:o, s:i, s:b, s:i, s:i, s:i, s:I, s:I, s:I}",
		"name", gateway->name, "pid", (int)workers_pid(workers, i), "restarts",
		(int)workers_restarts(workers, i), "health", health, "fault",
		gateway_fault_name((enum gateway_fault)state->fault), "code",
		known ? state->code : "", "text", known ? state->text : "",
		"server_version", known ? state->server_version : "", "request_version",
		known && state->request_version ? state->request_version : "", "endpoint",
		known && state->endpoint ? state->endpoint : "", "last_success",
		report_time(state->last_success), "failed_at",
		report_time(state->failed_at), "next_try", report_time(state->next_try),
		"watched", (int)state->watched, "notifications",
		(int)gateway->notifications, "notified", (int)state->notified,
		"in_flight", (int)state->in_flight, "reached_interval",
		(int)state->reached_interval_s, "requests", (json_int_t)state->requests,
		"failed_requests", (json_int_t)state->failed_requests, "mailboxes_read",
		(json_int_t)state->mailboxes_read);
}

/* ------------------------------------------------------------------ people */

static json_t *people_json(const struct people *people)
{
	json_int_t known = 0;
	json_int_t online = 0;
	json_int_t wanted = 0;
	json_int_t overlaid = 0;
	json_int_t unknown = 0;
	json_int_t watchers = 0;

	for (const struct person *person = people->all; person; person = person->after) {
		known++;
		online += person_is_online(person);
		watchers += (json_int_t)component_mode_admitted(person);
		if (!calendar_is_wanted(person))
			continue;
		wanted++;
		overlaid += calendar_overlay(person) != NULL;
		unknown += !calendar_is_fresh(person);
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "known", known, "online",
		online, "watched", wanted, "overlaid", overlaid, "unknown", unknown,
		"watchers", watchers);
}

/* ------------------------------------------------------------------ the text */

static void put_domain(struct buf *out, const json_t *domain)
{
	bool has_source = !is_text(domain, "source", "none");

	text_fill(out, "domain {domain}\n", domain, 0);
	if (has_source || is_true(domain, "searched"))
		text_fill(out, "  presence source: {source}", domain, 0);
	if (has_source && !is_true(domain, "complete"))
		buf_puts(out,
			" (partial: lost sessions are found by asking, within minutes)");
	if (json_is_object(json_object_get(domain, "module")))
		text_fill(out,
			"\n  module in the server: {module.version} in "
			"{module.server_version}, overlays: {module.overlays?yes:no}, "
			"who sees whom: {module.sees?yes:no}\n",
			domain, 0);
	else if (has_source || is_true(domain, "searched"))
		text_fill(out,
			"\n  module in the server: none\n  contact lists: "
			"{roster?readable:not readable}, block lists: "
			"{blocking?readable:not readable}\n",
			domain, 0);
	text_fill(out, "[  software: {software}\n]", domain, 0);
	text_fill_each(out, "  mode {mode}: {on?on:off}[: {reason}][; {hint}]\n",
		json_object_get(domain, "modes"), 0);
}

static void put_gateway(struct buf *out, const json_t *gateway, int64_t now)
{
	text_fill(out, "gateway {name}: {health}", gateway, now);
	if (json_integer_value(json_object_get(gateway, "pid")) == 0)
		buf_puts(out, " (worker not running)");
	else if (json_integer_value(json_object_get(gateway, "watched")) == 0)
		buf_puts(out, " (nobody's calendar is to be read)");
	text_fill(out,
		"[\n  at {endpoint}]\n"
		"  watched {watched}, read {mailboxes_read}, requests {requests}, "
		"failed {failed_requests}\n"
		"[{notifications?  :}{notified} of {watched} mailboxes notify\n]"
		"  last good answer: {last_success@}\n"
		"  every mailbox within: {reached_interval} s\n"
		"[  asked as {request_version}, since it takes nothing newer: who works "
		"elsewhere is not told\n]"
		"[  last problem: {text}[ ({code})]\n]"
		"[  failed last: {failed_at@}\n]"
		"[  next try: {next_try@}\n]",
		gateway, now);
}

static void put_status(struct buf *out, const json_t *status, int64_t now)
{
	const json_t *needs = json_object_get(status, "needs");
	const json_t *entry;
	size_t i;

	if (json_array_size(needs) > 0)
		buf_puts(out, "somebody has to act:\n");
	text_fill_each(out, "  {}\n", needs, now);
	text_fill(out,
		"calpresence {version}, process {pid}, configuration {generation}\n"
		"link to the IM server: {link.state} for {link.for_s} s, last loss: "
		"{link.last_loss}[, next try in {link.next_try_in_s} s]\n",
		status, now);
	json_array_foreach (json_object_get(status, "domains"), i, entry)
		put_domain(out, entry);
	json_array_foreach (json_object_get(status, "gateways"), i, entry)
		put_gateway(out, entry, now);
	text_fill(out,
		"people: {people.known} known, {people.online} online, {people.watched} "
		"calendars to read, {people.overlaid} overlaid, {people.unknown} "
		"unknown, {people.watchers} watchers\n"
		"outbox: {outbox.length} waiting, {outbox.sent} sent, {outbox.merged} "
		"replaced by newer\n"
		"loop: longest turn {loop.longest_turn_ms} ms "
		"({loop.longest_turn_cpu_ms} ms of CPU)\n",
		status, now);
}

bool report_status(const struct people *people, const struct report_surroundings *around,
	bool json, struct buf *out)
{
	const struct domain *domain = people->domains;
	json_t *needs = json_array();
	json_t *link = link_json(people, around->link, needs);
	json_t *domains = json_array();
	json_t *gateways = json_array();
	json_t *status;
	bool act;

	for (; domain; domain = domain->hh.next)
		(void)json_array_append_new(domains, domain_json(domain, needs));
	for (unsigned i = 0; i < people->config->n_gateways; i++)
		(void)json_array_append_new(
			gateways, gateway_json(people, i, around->workers, needs));
	act = json_array_size(needs) > 0;
	status = json_pack("{s:s, s:i, s:I, s:I, s:o, s:o, s:o, s:o, s:o, "
			   "s:{s:I, s:I, s:I}, s:{s:I}, s:{s:I, s:I}}",
		"version", around->version, "pid", (int)getpid(), "generation",
		(json_int_t)people->config->generation, "now",
		(json_int_t)people_now_s(people), "needs", needs, "link", link, "domains",
		domains, "gateways", gateways, "people", people_json(people), "outbox",
		"length", (json_int_t)outbox_length(people->outbox), "sent",
		(json_int_t)outbox_taken(people->outbox), "merged",
		(json_int_t)outbox_merged(people->outbox), "waiting", "answers",
		(json_int_t)iqs_waiting(people->iqs), "loop", "longest_turn_ms",
		(json_int_t)around->longest_turn_ms, "longest_turn_cpu_ms",
		(json_int_t)around->longest_turn_cpu_ms);
	report_write(status, put_status, json, out);
	return act;
}
