#include "ews/ews.h"

#include "ews/autodiscover/sites.h"
#include "ews/calendar/automatic_replies.h"
#include "ews/calendar/calendar_source.h"
#include "ews/soap/version.h"
#include "ews/subscriptions/streams.h"

#include <stdlib.h>

struct ews {
	struct gateway_host host;
	struct now now; // of this turn
	struct version version;
	struct calendar_source calendars;
	struct automatic_replies replies;
	struct sites sites;
	struct subscriptions subscriptions;
	struct request_source subscriptions_source;
	struct streams streams;
	char endpoint[GATEWAY_TEXT_MAX];
};

/* ------------------------------------------------ what the parts tell each other */

static void refresh(void *context, struct mailbox *mailbox)
{
	struct ews *ews = context;
	schedule_refresh(&ews->host.poller->schedule, mailbox, ews->now.mono_ms);
}

static void note_notified(void *context, struct mailbox *mailbox, bool notified)
{
	struct ews *ews = context;
	schedule_seldom(&ews->host.poller->schedule, mailbox, notified, ews->now.mono_ms);
}

static void settled(void *context, const char *key, const struct now *now)
{
	struct ews *ews = context;
	poller_settled(ews->host.poller, key, now);
	subscriptions_moved(&ews->subscriptions, now);
}

/* ------------------------------------------------ life */

static void destroy(void *self)
{
	struct ews *ews = self;
	if (!ews)
		return;
	subscriptions_finish(&ews->subscriptions);
	sites_finish(&ews->sites);
	automatic_replies_finish(&ews->replies);
	free(ews);
}

static void *create(
	const struct gateway_host *host, const struct gateway_configure *settings)
{
	struct ews *ews = calloc(1, sizeof(*ews));
	if (!ews)
		return NULL;
	ews->host = *host;
	version_init(&ews->version);
	automatic_replies_init(&ews->replies,
		&(struct automatic_replies_sink){
			.oof = host->oof, .context = host->context, .state = host->state},
		settings);
	subscriptions_init(&ews->subscriptions,
		&(struct subscriptions_sink){.refresh = refresh,
			.notified = note_notified,
			.mailboxes = host->mailboxes,
			.state = host->state,
			.context = ews},
		settings, host->seed);
	streams_init(&ews->streams, &ews->subscriptions, ews->host.dispatcher);
	calendar_source_init(&ews->calendars, ews->host.poller, settings);
	int lacks = sites_init(&ews->sites,
		&(struct sites_events){.settled = settled, .context = ews}, settings);
	if (lacks) {
		destroy(ews);
		return NULL;
	}
	ews->host.poller->sites = &ews->sites.mailboxes;
	ews->subscriptions_source = subscriptions_source(&ews->subscriptions);
	dispatcher_add(ews->host.dispatcher, &ews->calendars.source);
	dispatcher_add(ews->host.dispatcher, &ews->replies.source);
	dispatcher_add(ews->host.dispatcher, &ews->sites.source);
	dispatcher_add(ews->host.dispatcher, &ews->subscriptions_source);
	return ews;
}

static void stop(void *self, const struct now *now)
{
	struct ews *ews = self;
	(void)now;
	dispatcher_keep(ews->host.dispatcher, &ews->subscriptions_source);
	subscriptions_stop(&ews->subscriptions);
}

static bool has_stopped(void *self)
{
	return subscriptions_has_stopped(&((struct ews *)self)->subscriptions);
}

/* ------------------------------------------------ turns */

static void watch(void *self, struct mailbox *mailbox, const struct gateway_watch *watch,
	const struct now *now)
{
	struct ews *ews = self;
	ews->now = *now;
	automatic_replies_watch(&ews->replies, mailbox, watch, now);
	subscriptions_watch(&ews->subscriptions, mailbox);
}

static void unwatch(void *self, struct mailbox *mailbox, const struct now *now)
{
	struct ews *ews = self;
	ews->now = *now;
	automatic_replies_unwatch(&ews->replies, mailbox);
	subscriptions_unwatch(&ews->subscriptions, mailbox);
}

static int64_t due(void *self, const struct now *now)
{
	return streams_due(&((struct ews *)self)->streams, now);
}

static void turn(void *self, const struct now *now)
{
	struct ews *ews = self;
	ews->now = *now;
	streams_turn(&ews->streams, now);
}

/* ------------------------------------------------ terms */

static bool is_lost(void *self)
{
	return sites_is_lost(&((struct ews *)self)->sites);
}

static const char *route(void *self, const char *anchor, const struct now *now)
{
	return sites_route(&((struct ews *)self)->sites, anchor, now);
}

static const char *version(void *self, const struct now *now)
{
	return version_current(&((struct ews *)self)->version, now->mono_ms);
}

static bool refused(void *self, const char *version, const struct now *now)
{
	return version_refused(&((struct ews *)self)->version, version, now->mono_ms);
}

static void report(void *self, struct gateway_state *state)
{
	struct ews *ews = self;
	state->notified = ews->subscriptions.n_notified;
	if (version_is_low(&ews->version))
		state->request_version = ews->version.name;
	sites_print(&ews->sites, ews->endpoint, sizeof ews->endpoint);
	if (ews->endpoint[0])
		state->endpoint = ews->endpoint;
}

const struct gateway_kind ews_kind = {
	.name = "ews",
	.create = create,
	.destroy = destroy,
	.watch = watch,
	.unwatch = unwatch,
	.stop = stop,
	.has_stopped = has_stopped,
	.due = due,
	.turn = turn,
	.is_lost = is_lost,
	.route = route,
	.version = version,
	.version_refused = refused,
	.report = report,
};
