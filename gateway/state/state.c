#include "gateway/state/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void state_init(struct state *state, const struct account *account, int64_t interval_ms,
	const struct now *now)
{
	*state = (struct state){
		.account = account,
		.interval_ms = interval_ms,
		.health = GATEWAY_STARTING,
		.told_health = GATEWAY_STARTING,
		.since = now_utc_s(now),
		.told_ms = now->mono_ms - STATE_TELL_MS,
	};
}

static void set_trouble(
	struct state *state, enum gateway_fault fault, const char *code, const char *text)
{
	state->fault = fault;
	state->trouble_is_new = fault != GATEWAY_FAULT_NONE;
	(void)snprintf(state->code, sizeof(state->code), "%s", code);
	(void)snprintf(state->text, sizeof(state->text), "%s", text);
}

void state_refuse(struct state *state, const char *text)
{
	state->refused = true;
	set_trouble(state, GATEWAY_FAULT_CONFIG, "", text);
}

void state_trouble(struct state *state, const struct outcome *outcome)
{
	set_trouble(state, outcome->fault, outcome->code, outcome->text);
}

void state_note_server(struct state *state, const char *version)
{
	if (version[0] != '\0')
		(void)snprintf(state->server_version, sizeof(state->server_version), "%s",
			version);
}

void state_hint(struct state *state, bool *told, const char *format, ...)
{
	va_list arguments;
	bool known = told && *told;
	if (told)
		*told = true;
	if (known || state->n_hints == STATE_HINTS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(
		state->hints[state->n_hints++], GATEWAY_TEXT_MAX, format, arguments);
	va_end(arguments);
}

static const char *take_hint(struct state *state)
{
	memcpy(state->hint, state->hints[0], sizeof(state->hint));
	state->n_hints--;
	memmove(state->hints[0], state->hints[1],
		state->n_hints * sizeof(state->hints[0]));
	return state->hint;
}

/* What failed two intervals ago, and nothing since, is no trouble of a gateway that
 * answers. */
static bool is_past(const struct state *state, const struct now *now)
{
	return state->health == GATEWAY_UP &&
	       now->mono_ms - state->trouble_ms >= 2 * state->interval_ms;
}

/* Health follows from the account; when it changed is known only by looking each time. */
bool state_look(struct state *state, const struct now *now)
{
	enum gateway_health health = state->refused || state->lost
					     ? GATEWAY_DOWN
					     : account_health(state->account);
	bool came_up = health == GATEWAY_UP && health != state->health;
	if (health != state->health)
		state->since = now_utc_s(now);
	state->health = health;
	if (state->trouble_is_new) {
		state->trouble_ms = now->mono_ms;
		state->failed_at = now_utc_s(now);
	}
	state->trouble_is_new = false;
	if (came_up || is_past(state, now))
		set_trouble(state, GATEWAY_FAULT_NONE, "", "");
	return came_up;
}

/* When the account lets go of us; 0: it does not hold us. */
static int64_t next_try(const struct state *state, const struct now *now)
{
	int64_t ready_ms = account_ready(state->account, now->mono_ms);
	if (state->refused || ready_ms == INT64_MAX ||
		ready_ms <= now->mono_ms + ACCOUNT_STAGGER_MS)
		return 0;
	return now_utc_s(now) + (ready_ms - now->mono_ms + 999) / 1000;
}

int64_t state_due(const struct state *state)
{
	return state->told_ms + STATE_TELL_MS;
}

bool state_tell(
	struct state *state, const struct now *now, struct gateway_state *out_state)
{
	/* Of a gateway that is not up there is something else to say. */
	bool hints = state->n_hints > 0 && state->health == GATEWAY_UP &&
		     state->text[0] == '\0';
	if (!hints && state->health == state->told_health &&
		state->fault == state->told_fault && now->mono_ms < state_due(state))
		return false;
	*out_state = (struct gateway_state){
		.health = (uint8_t)state->health,
		.fault = (uint8_t)state->fault,
		.code = state->code,
		.text = hints ? take_hint(state) : state->text,
		.since = state->since,
		.last_success = state->last_success,
		.failed_at = state->fault == GATEWAY_FAULT_NONE ? 0 : state->failed_at,
		.next_try = next_try(state, now),
		.in_flight = state->account->in_flight,
		.requests = state->n_requests,
		.failed_requests = state->n_failed,
		.mailboxes_read = state->n_read,
		.server_version = state->server_version,
	};
	state->told_health = state->health;
	state->told_fault = state->fault;
	state->told_ms = now->mono_ms;
	return true;
}
