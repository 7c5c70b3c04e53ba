#include "component/calendars/calendar.h"

#include "base/log.h"
#include "component/settings/limits.h"

#include <stdlib.h>

static bool is_up(const struct people *people, unsigned gateway)
{
	const struct gateway_state *state = &people->calendars->gateways[gateway];

	return state->code && state->health == GATEWAY_UP;
}

/* Somebody of the first entries whose mailbox the gateway is to read; NULL: none. */
static struct person *find_configured(struct people *people, unsigned gateway,
	const struct config_user *users, size_t n)
{
	const struct config *config = people->config;

	for (size_t i = 0; i < n && i < PROBE_USERS_MAX; i++) {
		if (config_gateway_for(config, users[i].mailbox, users[i].gateway) ==
			&config->gateways[gateway])
			return people_get(people, users[i].jid);
	}
	return NULL;
}

/* Of each gateway a calendar that it has, one that is wanted if there is one. */
static void choose(
	const struct people *people, struct calendar *chosen[CONFIG_GATEWAYS_MAX])
{
	for (struct person *person = people->all; person; person = person->after) {
		struct calendar *calendar = person->calendar;
		struct calendar **known;

		if (calendar->mailbox == 0)
			continue;
		known = &chosen[calendar->gateway];
		if (!*known || calendar->wanted)
			*known = calendar;
	}
}

/* Likewise, of those whom the configuration names; NULL: there is none. */
static struct calendar *choose_configured(struct people *people, unsigned gateway)
{
	const struct config *config = people->config;
	struct person *person =
		find_configured(people, gateway, config->users, config->n_users);

	if (!person)
		person = find_configured(people, gateway, config->rooms, config->n_rooms);
	return person && person->calendar->gateway == (int)gateway ? person->calendar
								   : NULL;
}

static void read_mailbox(const struct people *people, const struct calendar *calendar)
{
	const struct calendars_ports *ports = &people->calendars->ports;
	const struct gateway_watch order = {
		.mailbox = calendar->mailbox,
		.address = calendar->address,
	};

	ports->watch(ports->context, (unsigned)calendar->gateway, &order);
}

static void begin(
	struct people *people, unsigned gateway, const struct calendar *calendar)
{
	log_debug("a gateway is tried gateway=%s mailbox=\"%s\" topic=calendars",
		people->config->gateways[gateway].name, calendar->address);
	people->calendars->probes[gateway] = calendar->mailbox;
	read_mailbox(people, calendar);
}

static void end(struct people *people, unsigned gateway)
{
	const struct calendars_ports *ports = &people->calendars->ports;
	uint32_t mailbox = people->calendars->probes[gateway];
	const struct calendar *calendar = calendars_find(people, mailbox);

	people->calendars->probes[gateway] = 0;
	if (!calendar || !calendar->wanted || calendar->gateway != (int)gateway)
		ports->unwatch(ports->context, gateway, mailbox);
}

static void on_timer(struct timer *timer, int64_t now_ms)
{
	struct calendars *calendars = TIMER_OF(timer, struct calendars, probe_timer);
	struct calendar *chosen[CONFIG_GATEWAYS_MAX] = {0};
	struct people *people = calendars->people;

	(void)now_ms;
	choose(people, chosen);
	for (unsigned i = 0; i < people->config->n_gateways; i++) {
		struct calendar *calendar = chosen[i];

		if (calendars->probes[i] != 0 || is_up(people, i))
			continue;
		if (!calendar)
			calendar = choose_configured(people, i);
		if (calendar && !calendar->wanted)
			begin(people, i, calendar);
	}
}

static void set_timer(struct people *people)
{
	timers_set(&people->mono, &people->calendars->probe_timer,
		people->now.mono_ms + PROBE_AFTER_MS);
}

bool probe_init(struct people *people)
{
	struct calendars *calendars = people->calendars;

	calendars->probes =
		calloc(people->config->n_gateways + 1, sizeof(*calendars->probes));
	calendars->probe_timer.fire = on_timer;
	set_timer(people);
	return calendars->probes;
}

void probe_finish(struct people *people)
{
	timers_cancel(&people->mono, &people->calendars->probe_timer);
	free(people->calendars->probes);
}

void probe_tell_worker(struct people *people, unsigned gateway)
{
	const struct calendar *calendar =
		calendars_find(people, people->calendars->probes[gateway]);

	if (calendar && !calendar->wanted && calendar->gateway == (int)gateway)
		read_mailbox(people, calendar);
}

void probe_review(struct people *people, unsigned gateway)
{
	if (people->calendars->probes[gateway] != 0 && is_up(people, gateway))
		end(people, gateway);
}

void probe_undress(const struct person *person)
{
	struct people *people = person->people;
	const struct calendar *calendar = person->calendar;

	for (unsigned i = 0; calendar->mailbox != 0 && i < people->config->n_gateways;
		i++) {
		if (people->calendars->probes[i] != calendar->mailbox || people->stopping)
			continue;
		end(people, i);
		set_timer(people);
	}
}
