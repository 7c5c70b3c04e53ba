#include "gateway/polling/poller.h"

#include <stdio.h>
#include <string.h>

/* Health follows from the account; when it changed is known only by looking each time.
 */
static void note_health(struct poller *poller, const struct now *now)
{
	enum gateway_health health = poller->refused || poller->lost
					     ? GATEWAY_DOWN
					     : account_health(poller->account);
	if (health == poller->health)
		return;
	poller->health = health;
	poller->since = now_utc_s(now);
	if (health != GATEWAY_UP)
		return;
	poller->fault = GATEWAY_FAULT_NONE;
	poller->code[0] = poller->text[0] = '\0';
	schedule_resumed(&poller->schedule, now->mono_ms);
}

static void copy_text(char *out_text, size_t size, const char *text)
{
	(void)snprintf(out_text, size, "%s", text);
}

void poller_refuse(struct poller *poller, const char *text, const struct now *now)
{
	poller->refused = true;
	poller->fault = GATEWAY_FAULT_CONFIG;
	poller->code[0] = '\0';
	copy_text(poller->text, sizeof poller->text, text);
	note_health(poller, now);
}

void poller_trouble(struct poller *poller, const struct outcome *outcome)
{
	poller->fault = outcome->fault;
	poller->trouble_is_new = true;
	copy_text(poller->code, sizeof poller->code, outcome->code);
	copy_text(poller->text, sizeof poller->text, outcome->text);
}

void poller_note_server(struct poller *poller, const char *version)
{
	if (version[0] != '\0')
		copy_text(poller->server_version, sizeof poller->server_version, version);
}

void poller_hint(struct poller *poller, const char *text)
{
	if (poller->n_hints == POLLER_HINTS_MAX)
		return;
	copy_text(poller->hints[poller->n_hints++], GATEWAY_TEXT_MAX, text);
}

static const char *take_hint(struct poller *poller)
{
	memcpy(poller->hint, poller->hints[0], sizeof poller->hint);
	poller->n_hints--;
	memmove(poller->hints[0], poller->hints[1],
		poller->n_hints * sizeof poller->hints[0]);
	return poller->hint;
}

/* When the account lets go of us; 0: it does not hold us. */
static int64_t next_try(const struct poller *poller, const struct now *now)
{
	int64_t ready_ms = account_ready(poller->account, now->mono_ms);
	if (poller->refused || ready_ms == INT64_MAX ||
		ready_ms <= now->mono_ms + ACCOUNT_STAGGER_MS)
		return 0;
	return now_utc_s(now) + (ready_ms - now->mono_ms + 999) / 1000;
}

int64_t poller_state_due(const struct poller *poller)
{
	return poller->told_ms + POLLER_STATE_MS;
}

/* What failed two intervals ago, and nothing since, is no trouble of a gateway that
 * answers. */
static void forget_trouble(struct poller *poller, const struct now *now)
{
	if (poller->trouble_is_new)
		poller->trouble_ms = now->mono_ms;
	poller->trouble_is_new = false;
	if (poller->health != GATEWAY_UP ||
		now->mono_ms - poller->trouble_ms < 2 * poller->schedule.interval_ms)
		return;
	poller->fault = GATEWAY_FAULT_NONE;
	poller->code[0] = poller->text[0] = '\0';
}

bool poller_state(
	struct poller *poller, const struct now *now, struct gateway_state *out_state)
{
	note_health(poller, now);
	forget_trouble(poller, now);
	/* Of a gateway that is not up there is something else to say. */
	bool hints = poller->n_hints > 0 && poller->health == GATEWAY_UP &&
		     poller->text[0] == '\0';
	if (!hints && poller->health == poller->told_health &&
		poller->fault == poller->told_fault &&
		now->mono_ms < poller_state_due(poller))
		return false;
	*out_state = (struct gateway_state){
		.health = (uint8_t)poller->health,
		.fault = (uint8_t)poller->fault,
		.code = poller->code,
		.text = hints ? take_hint(poller) : poller->text,
		.since = poller->since,
		.last_success = poller->last_success,
		.next_try = next_try(poller, now),
		.watched = (uint32_t)poller->schedule.mailboxes.n,
		.in_flight = poller->account->in_flight,
		.reached_interval_s = schedule_reached_s(&poller->schedule, now->mono_ms),
		.requests = poller->n_requests,
		.failed_requests = poller->n_failed,
		.mailboxes_read = poller->n_read,
		.server_version = poller->server_version,
	};
	poller->told_health = poller->health;
	poller->told_fault = poller->fault;
	poller->told_ms = now->mono_ms;
	return true;
}
