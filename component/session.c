/* arc4random() for the seeds of jitter and the id of our stanzas */
#define _DEFAULT_SOURCE

#include "component/session.h"

#include "base/log.h"
#include "component/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ link -> engine */

static void on_up(void *context)
{
	engine_link_up(((struct session *)context)->engine);
}

static void on_down(void *context, enum link_loss loss)
{
	engine_link_down(((struct session *)context)->engine, loss);
}

static void on_stanza(void *context, const struct element *stanza)
{
	engine_on_stanza(((struct session *)context)->engine, stanza);
}

/* ------------------------------------------------------------------ workers -> engine */

static void on_started(void *context, unsigned gateway)
{
	engine_worker_started(((struct session *)context)->engine, gateway);
}

static void on_calendar(
	void *context, unsigned gateway, const struct gateway_calendar *calendar)
{
	engine_on_calendar(((struct session *)context)->engine, gateway, calendar);
}

static void on_failure(
	void *context, unsigned gateway, const struct gateway_failure *failure)
{
	engine_on_failure(((struct session *)context)->engine, gateway, failure);
}

static void on_replies(void *context, unsigned gateway, const struct gateway_oof *oof)
{
	engine_on_replies(((struct session *)context)->engine, gateway, oof);
}

static void on_state(void *context, unsigned gateway, const struct gateway_state *state)
{
	engine_on_gateway_state(((struct session *)context)->engine, gateway, state);
}

/* ------------------------------------------------------------------ engine -> workers */

static void watch(void *context, unsigned gateway, const struct gateway_watch *order)
{
	workers_watch(((struct session *)context)->workers, gateway, order);
}

static void unwatch(void *context, unsigned gateway, uint32_t mailbox)
{
	workers_unwatch(((struct session *)context)->workers, gateway, mailbox);
}

/* ------------------------------------------------------------------ engine -> link */

static void reconnect(void *context)
{
	struct session *session = context;

	session->reopen = true;
	link_close(session->link);
}

/* ------------------------------------------------------------------ making */

static bool make_workers(struct session *session)
{
	const struct config *config = session->config;
	const struct workers_events events = {
		.started = on_started,
		.calendar = on_calendar,
		.failure = on_failure,
		.replies = on_replies,
		.state = on_state,
		.context = session,
		.breakers = session->breakers,
	};
	struct gateway_configure *orders =
		calloc(config->n_gateways + 1, sizeof(*orders));

	if (!orders)
		return false;
	for (size_t i = 0; i < config->n_gateways; i++)
		orders[i] = orders_of(config, &config->gateways[i]);
	session->workers = workers_create(orders, (unsigned)config->n_gateways, &events);
	free(orders);
	session->worker_pids = calloc(config->n_gateways + 1, sizeof(int));
	session->worker_restarts = calloc(config->n_gateways + 1, sizeof(unsigned));
	return session->workers && session->worker_pids && session->worker_restarts;
}

static bool make_outbox(struct session *session)
{
	char id[32];

	(void)snprintf(
		id, sizeof(id), "calpresence-%08x%08x", arc4random(), arc4random());
	session->outbox = outbox_create(&session->names, id);
	return session->outbox;
}

static bool make_engine(struct session *session, struct store *store, struct now now)
{
	const struct engine_ports ports = {
		.names = &session->names,
		.outbox = session->outbox,
		.store = store,
		.watch = watch,
		.unwatch = unwatch,
		.reconnect = reconnect,
		.context = session,
	};

	session->engine = engine_create(session->config, &ports, now);
	return session->engine;
}

static bool make_link(struct session *session)
{
	const struct config *config = session->config;
	const char *ping_to = config->default_domain ? config->default_domain->im
			      : config->n_users > 0
				      ? strchr(config->users[0].jid, '@') + 1
				      : NULL;
	const struct link_options options = {
		.jid = config->component.jid,
		.host = config->component.host,
		.port = (unsigned short)config->component.port,
		.secret = &config->component.secret,
		.ping_to = ping_to,
	};
	const struct link_events events = {
		.up = on_up,
		.down = on_down,
		.stanza = on_stanza,
		.context = session,
	};

	session->link = link_create(&options, &events, arc4random());
	return session->link;
}

bool session_init(struct session *session, const struct config *config,
	struct store *store, struct breakers *breakers, struct now now)
{
	*session = (struct session){.config = config, .breakers = breakers};
	names_init(&session->names);
	if (!make_outbox(session) || !make_workers(session) ||
		!make_engine(session, store, now) || !make_link(session))
		return false;
	link_open(session->link, now.mono_ms);
	return true;
}

void session_finish(struct session *session, struct workers **retired, int64_t now_ms)
{
	if (!session->config)
		return;
	link_destroy(session->link);
	engine_destroy(session->engine);
	if (session->workers)
		workers_retire(session->workers, retired, now_ms);
	if (session->outbox)
		outbox_destroy(session->outbox);
	names_finish(&session->names);
	free(session->worker_pids);
	free(session->worker_restarts);
	*session = (struct session){0};
}

void session_reopen(struct session *session, int64_t now_ms)
{
	if (!session->reopen || link_state(session->link) != LINK_IDLE)
		return;
	session->reopen = false;
	link_open(session->link, now_ms);
}

bool session_can_flush(const struct session *session)
{
	return outbox_length(session->outbox) > 0 && link_writable(session->link);
}

void session_flush(struct session *session)
{
	struct buf block;

	buf_init(&block, LINK_BLOCK_MAX);
	while (session_can_flush(session)) {
		size_t n;

		buf_reset(&block);
		n = outbox_take(session->outbox, &block, LINK_BLOCK_MAX);
		if (n == 0)
			break;
		log_debug(
			"stanzas leave stanzas=%zu bytes=%zu topic=stream", n, block.len);
		link_send(session->link, block.data, block.len);
	}
	buf_finish(&block);
}
