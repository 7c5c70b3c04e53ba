#include "component/presence/report.h"

#include "component/presence/calendars.h"
#include "component/presence/homes.h"
#include "component/presence/moves.h"
#include "component/presence/people.h"
#include "component/presence/replies.h"
#include "component/presence/rooms.h"

json_t *report_time(int64_t seconds)
{
	return seconds == 0 || seconds == AGENDA_NEVER ? json_null()
						       : json_integer(seconds);
}

static const char *calendar_reason(const struct person *person)
{
	const struct calendar *calendar = &person->calendar;

	if (calendar->address == NULL)
		return "the configuration gives her no mailbox";
	if (calendar->mailbox == 0)
		return "no gateway serves her mailbox";
	if (!calendar->watched && !person_is_online(person) && !person_is_room(person))
		return person->server->synced
			       ? "she is offline, so her calendar is not read"
			       : "whether she is online is not known, so her calendar is "
				 "not read";
	if (!calendar->watched)
		return "nobody watches her, so her calendar is not read";
	if (calendar->read_at == 0)
		return calendar->failure == NULL ? "it has not been read yet"
						 : "it could not be read";
	if (!calendar_is_fresh(person))
		return "the last reading is older than calendar.stale_after";
	return "as read";
}

/* What keeps the gateway from reading anybody's calendar; NULL: nothing. */
static const char *gateway_problem(const struct person *person)
{
	const struct engine *engine = person->engine;
	const struct gateway_state *state;

	if (person->calendar.gateway < 0)
		return NULL;
	state = &engine->gateways[person->calendar.gateway];
	if (state->code == NULL || state->health == GATEWAY_UP ||
		state->health == GATEWAY_STARTING)
		return NULL;
	return state->text;
}

static json_t *failure_json(const struct failure *failure)
{
	if (failure == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:I, s:o}", "fault",
		gateway_fault_name(failure->fault), "code", failure->code, "text",
		failure->text, "at", (json_int_t)failure->at, "next_try",
		report_time(failure->next_try));
}

/* The entries at present that count as rules say. */
static json_t *ruled_json(const struct person *person)
{
	const struct cal_rules *rules = &person->engine->config->rules;
	const struct calendar *calendar = &person->calendar;
	int64_t now = now_s(person->engine);
	json_t *list = json_array();

	for (size_t i = 0; i < calendar->n_ruled && calendar_is_fresh(person); i++) {
		const struct ruled *ruled = &calendar->ruled[i];

		if (now < ruled->start || now >= ruled->end)
			continue;
		(void)json_array_append_new(list,
			json_pack("{s:I, s:I, s:s, s:s, s:I}", "start",
				(json_int_t)ruled->start, "end", (json_int_t)ruled->end,
				"state", cal_state_name(ruled->state), "as",
				cal_state_name(rules->of[ruled->rule].as), "rule",
				(json_int_t)ruled->rule + 1));
	}
	return list;
}

json_t *report_calendar(const struct person *person)
{
	const struct calendar *calendar = &person->calendar;
	const struct engine *engine = person->engine;
	json_t *failure = failure_json(calendar->failure);

	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:s?, s:s?, s:s?, s:b, "
			 "s:s?, s:o}",
		"state", cal_state_name(calendar_state(person)), "reason",
		calendar_reason(person), "watched", calendar->watched, "read_at",
		report_time(calendar->read_at), "next_edge",
		report_time(calendar_next_change(person)), "stale_at",
		report_time(calendar_stale_at(person)), "failure", failure, "mailbox",
		calendar->address, "gateway",
		homes_gateway_name(engine, calendar->gateway), "configured_gateway",
		homes_gateway_name(engine, homes_first(person)), "looked_for",
		moves_is_looking(person), "gateway_problem", gateway_problem(person),
		"ruled", ruled_json(person));
}

static const char *replies_state(const struct person *person)
{
	if (!replies_are_known(person))
		return "unknown";
	if (replies_are_on(person))
		return "on";
	return person->replies.from < person->replies.to &&
			       now_s(person->engine) < person->replies.from
		       ? "planned"
		       : "off";
}

json_t *report_replies(const struct person *person)
{
	const struct store_replies *replies = &person->replies;
	bool forever = replies->to >= GATEWAY_TIME_MAX;

	if (!person->engine->config->calendar.automatic_replies || replies->at == 0)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:o}", "state", replies_state(person), "at",
		(json_int_t)replies->at, "from", (json_int_t)replies->from, "to",
		forever ? json_null() : json_integer(replies->to));
}
