#include "component/presence/engine.h"

#include "base/log.h"
#include "component/presence/address.h"
#include "component/presence/calendars.h"
#include "component/presence/checks.h"
#include "component/presence/echoes.h"
#include "component/presence/greetings.h"
#include "component/presence/homes.h"
#include "component/presence/model.h"
#include "component/presence/moves.h"
#include "component/presence/people.h"
#include "component/presence/publisher.h"
#include "component/presence/replies.h"
#include "component/presence/requests.h"
#include "component/presence/rooms.h"
#include "component/presence/roster_retry.h"
#include "component/presence/rosters.h"
#include "component/presence/servers.h"
#include "component/presence/source.h"
#include "component/presence/stale.h"
#include "component/presence/user_view.h"
#include "component/presence/watchers.h"
#include "component/xmpp/caps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Edges fired in one turn, so that a thousand meetings at nine do not hold up the stream.
 */
#define EDGES_A_TURN 2000

/* Deletes what is past, every hour. */
#define HOUSEKEEPING_MS 3600000
#define FORGET_PEOPLE_S (30 * 86400)

static void on_housekeeping(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, housekeeping));

	people_sweep(engine);
	replies_sweep(engine);
	store_forget_before(engine->ports.store,
		now_s(engine) - engine->config->calendar.stale_after_s,
		now_s(engine) - FORGET_PEOPLE_S);
	timers_set(&engine->mono, timer, now_ms + HOUSEKEEPING_MS);
}

static bool prepare(struct engine *engine)
{
	size_t n = engine->config->n_gateways;
	struct buf caps;

	buf_init(&caps, OUTBOX_STANZA_MAX);
	caps_element(&caps);
	engine->caps = caps.failed ? NULL : strdup(buf_text(&caps));
	buf_finish(&caps);
	engine->self = names_get(engine->ports.names, engine->config->component.jid);
	engine->gateways = calloc(n + 1, sizeof(*engine->gateways));
	engine->gateway_texts = calloc(n + 1, sizeof(*engine->gateway_texts));
	if (engine->caps == NULL || engine->self == NULL || engine->gateways == NULL ||
		engine->gateway_texts == NULL)
		return false;
	requests_init(engine);
	checks_init(engine);
	greetings_init(engine);
	stale_init(engine);
	roster_retry_init(engine);
	echoes_init(engine);
	engine->housekeeping.fire = on_housekeeping;
	timers_set(&engine->mono, &engine->housekeeping,
		engine->now.mono_ms + HOUSEKEEPING_MS);
	return servers_init(engine) && rooms_init(engine);
}

struct engine *engine_create(
	const struct config *config, const struct engine_ports *ports, struct now now)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->config = config;
	engine->ports = *ports;
	engine->now = now;
	timers_init(&engine->wall);
	timers_init(&engine->mono);
	if (!prepare(engine) || !homes_restore(engine) || !source_restore(engine) ||
		!watchers_restore(engine) || !user_view_restore(engine) ||
		!calendars_restore(engine) || !replies_restore(engine)) {
		engine_destroy(engine);
		return NULL;
	}
	return engine;
}

void engine_destroy(struct engine *engine)
{
	if (engine == NULL)
		return;
	engine->up = false;
	engine->stopping = true;
	requests_fail_all(engine);
	greetings_clear(engine);
	people_free_all(engine);
	homes_free_all(engine);
	servers_finish(engine);
	rooms_finish(engine);
	names_put(engine->ports.names, engine->self);
	timers_finish(&engine->wall);
	timers_finish(&engine->mono);
	free(engine->gateways);
	free(engine->gateway_texts);
	free(engine->caps);
	free(engine);
}

void engine_set_now(struct engine *engine, struct now now)
{
	engine->now = now;
}

void engine_link_up(struct engine *engine)
{
	engine->up = true;
	servers_link_up(engine);
	rooms_link_up(engine);
	echoes_link_up(engine);
}

void engine_link_down(struct engine *engine, enum link_loss loss)
{
	engine->up = false;
	echoes_link_down(engine);
	source_link_down(engine);
	servers_link_down(engine, loss == LINK_LOSS_INVALID_FROM);
	rooms_link_down(engine);
	watchers_link_down(engine);
	rosters_link_down(engine);
	greetings_clear(engine);
	requests_fail_all(engine);
	outbox_clear(engine->ports.outbox);
}

bool engine_turn(struct engine *engine)
{
	(void)timers_fire(&engine->mono, engine->now.mono_ms, EDGES_A_TURN);
	(void)timers_fire(&engine->wall, engine->now.wall_ms, EDGES_A_TURN);
	return timers_next(&engine->mono) <= engine->now.mono_ms ||
	       timers_next(&engine->wall) <= engine->now.wall_ms;
}

int64_t engine_next_wall_ms(const struct engine *engine)
{
	return timers_next(&engine->wall);
}

int64_t engine_next_mono_ms(const struct engine *engine)
{
	return timers_next(&engine->mono);
}

void engine_clock_jumped(struct engine *engine)
{
	log_warning("the clock was set: all calendar edges are computed anew");
	publisher_clock_jumped(engine);
}

void engine_stop(struct engine *engine)
{
	publisher_stop(engine);
}

void engine_worker_started(struct engine *engine, unsigned gateway)
{
	calendars_tell_worker(engine, gateway);
}

void engine_on_calendar(
	struct engine *engine, unsigned gateway, const struct gateway_calendar *calendar)
{
	calendars_on_reading(engine, gateway, calendar);
}

void engine_on_failure(
	struct engine *engine, unsigned gateway, const struct gateway_failure *failure)
{
	calendars_on_failure(engine, gateway, failure);
}

void engine_on_replies(
	struct engine *engine, unsigned gateway, const struct gateway_replies *replies)
{
	replies_on_word(engine, gateway, replies);
}

static void say_gateway(const struct engine *engine, unsigned gateway)
{
	const struct gateway_state *state = &engine->gateways[gateway];
	const char *name = engine->config->gateways[gateway].name;
	const char *code = state->code[0] == '\0' ? "none" : state->code;

	switch ((enum gateway_health)state->health) {
	case GATEWAY_STARTING:
		log_info("a gateway starts gateway=%s", name);
		return;
	case GATEWAY_UP:
		log_info("a gateway answers gateway=%s version=\"%s\"", name,
			state->server_version);
		return;
	case GATEWAY_WAITING:
		log_warning(
			"a gateway asks us to wait; calendars stay as they were read: %s "
			"gateway=%s code=%s",
			state->text, name, code);
		return;
	case GATEWAY_LOCKED:
		log_error("a gateway refuses our log-on; one attempt every 15 minutes "
			  "until the "
			  "log-on succeeds: %s gateway=%s",
			state->text, name);
		return;
	case GATEWAY_DOWN:
		log_error("a gateway fails; calendars stay as they were read until they "
			  "are "
			  "stale: %s gateway=%s fault=%s code=%s",
			state->text, name,
			gateway_fault_name((enum gateway_fault)state->fault), code);
		return;
	}
}

/* What comes without a fault is something to know although all goes well, once. */
static void say_hint(const struct engine *engine, unsigned gateway)
{
	const struct gateway_state *state = &engine->gateways[gateway];

	if (state->health == GATEWAY_UP && state->fault == GATEWAY_FAULT_NONE &&
		state->text[0] != '\0')
		log_warning("%s gateway=%s", state->text,
			engine->config->gateways[gateway].name);
}

void engine_on_gateway_state(
	struct engine *engine, unsigned gateway, const struct gateway_state *state)
{
	struct gateway_texts *texts = &engine->gateway_texts[gateway];
	struct gateway_state *known = &engine->gateways[gateway];
	bool changed = known->code == NULL || known->health != state->health;

	(void)snprintf(texts->code, sizeof(texts->code), "%s", state->code);
	(void)snprintf(texts->text, sizeof(texts->text), "%s", state->text);
	(void)snprintf(
		texts->version, sizeof(texts->version), "%s", state->server_version);
	(void)snprintf(texts->request_version, sizeof(texts->request_version), "%s",
		state->request_version ? state->request_version : "");
	(void)snprintf(texts->endpoint, sizeof(texts->endpoint), "%s",
		state->endpoint ? state->endpoint : "");
	*known = *state;
	known->endpoint = texts->endpoint;
	known->code = texts->code;
	known->text = texts->text;
	known->server_version = texts->version;
	known->request_version = texts->request_version;
	if (changed) {
		say_gateway(engine, gateway);
		moves_on_gateway(engine, gateway);
	}
	say_hint(engine, gateway);
}

bool engine_forget(struct engine *engine, const char *jid)
{
	char bare[JID_SIZE];
	struct person *person;
	struct jid parts;

	if (!jid_parse_bare(jid, &parts) ||
		!address_resolve(engine->config, &parts, bare))
		return false;
	person = people_find(engine, bare);
	if (person == NULL)
		return watchers_drop(engine, names_find(engine->ports.names, bare));
	people_forget(person);
	return true;
}
