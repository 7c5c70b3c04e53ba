#include "graph/graph.h"

#include "graph/calendar/graph_replies.h"
#include "graph/calendar/schedule_source.h"
#include "graph/operations/schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct graph {
	struct dispatcher *dispatcher; // the host's
	struct schedule_source calendars;
	struct graph_replies replies;
	char base[GATEWAY_FIELD_MAX + 16]; // of all URLs
};

static void destroy(void *self)
{
	struct graph *graph = self;
	if (!graph)
		return;
	graph_replies_finish(&graph->replies);
	schedule_source_finish(&graph->calendars);
	free(graph);
}

static void *create(
	const struct gateway_host *host, const struct gateway_configure *settings)
{
	struct graph *graph = calloc(1, sizeof(*graph));
	if (!graph)
		return NULL;
	size_t n = strlen(settings->url);
	while (n > 0 && settings->url[n - 1] == '/')
		n--;
	(void)snprintf(
		graph->base, sizeof(graph->base), "%.*s/v1.0", (int)n, settings->url);
	graph_replies_init(&graph->replies, host, graph->base, settings);
	if (schedule_source_init(
		    &graph->calendars, host->poller, graph->base, settings)) {
		destroy(graph);
		return NULL;
	}
	graph->dispatcher = host->dispatcher;
	poller_limit(host->poller, SCHEDULES_MOST, false);
	dispatcher_add(host->dispatcher, &graph->calendars.source);
	dispatcher_add(host->dispatcher, &graph->replies.source);
	return graph;
}

static void watch(void *self, struct mailbox *mailbox, const struct gateway_watch *watch,
	const struct now *now)
{
	graph_replies_watch(&((struct graph *)self)->replies, mailbox, watch, now);
}

static void unwatch(void *self, struct mailbox *mailbox, const struct now *now)
{
	struct graph *graph = self;
	(void)now;
	callers_forget(&graph->calendars.callers, mailbox->id);
	graph_replies_unwatch(&graph->replies, mailbox);
}

/* Nothing is left at the server: nothing more is asked. */
static void stop(void *self, const struct now *now)
{
	(void)now;
	dispatcher_keep(((struct graph *)self)->dispatcher, NULL);
}

static bool has_stopped(void *self)
{
	(void)self;
	return true;
}

static int64_t due(void *self, const struct now *now)
{
	(void)self;
	(void)now;
	return INT64_MAX;
}

static void turn(void *self, const struct now *now)
{
	(void)self;
	(void)now;
}

/* There is one place, and one version. */

static bool is_lost(void *self)
{
	(void)self;
	return false;
}

static const char *route(void *self, const char *anchor, const struct now *now)
{
	(void)self;
	(void)anchor;
	(void)now;
	return NULL;
}

static const char *version(void *self, const struct now *now)
{
	(void)self;
	(void)now;
	return NULL;
}

static bool refused(void *self, const char *version, const struct now *now)
{
	(void)self;
	(void)version;
	(void)now;
	return false;
}

static void report(void *self, struct gateway_state *state)
{
	(void)self;
	(void)state;
}

const struct gateway_kind graph_kind = {
	.name = "graph",
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
