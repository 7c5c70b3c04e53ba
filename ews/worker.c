#define _DEFAULT_SOURCE /* arc4random */
#include "ews/worker.h"

#include "base/clock.h"
#include "ews/desk/desk.h"
#include "ews/gateway/gateway_channel.h"
#include "ews/limits.h"
#include "ews/notifying/streams.h"
#include "ews/reading/poller_sites.h"
#include "ews/reading/poller_source.h"
#include "ews/reading/replies.h"
#include "ews/transport/courier.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define OUT_MAX (8 * 1024 * 1024)  // what OUT_HIGH lets in, and one full answer on top
#define OUT_HIGH (1024 * 1024)     // more waiting: no answer is read before it is gone
#define OUT_FULL (4 * 1024 * 1024) // more waiting: nothing is said before it is gone
#define DRAIN_MS 10000             // how long the main process may take none of it
#define STOP_MS 800                // to end subscriptions; less than we are given
#define PATIENCE_S 180 // a dozen silent KDCs: 27 s for one, 13 s for each other

struct worker {
	struct channel channel;
	struct identity identity;
	struct desk desk;
	struct poller poller;
	struct poller_source poller_source;
	struct replies replies;
	struct sites sites;
	struct notifier notifier;
	struct errand_source notifier_source;
	struct streams streams;
	struct moment now;   // of this turn
	int64_t stop_ms;     // when to stop at the latest; INT64_MAX: nobody wants it
	int64_t again_ms;    // when the desk wants to be asked
	uint32_t patience_s; // as it was said last
	bool held;           // an answer may be waiting for OUT_HIGH
	bool failed;
};

static struct moment read_clocks(void)
{
	return (struct moment){
		.mono_ms = clock_mono_ms(), .utc_s = clock_wall_ms() / 1000};
}

static bool is_ending(const struct worker *worker)
{
	return worker->stop_ms != INT64_MAX;
}

static void say(struct worker *worker, const struct gateway_message *message)
{
	if (is_ending(worker) || worker->failed)
		return; // nobody listens any more
	/* What is true of all mailboxes at once is said of each. */
	worker->failed =
		(channel_waiting(&worker->channel) >= OUT_FULL &&
			channel_drain(&worker->channel, OUT_HIGH, DRAIN_MS) != 0) ||
		!channel_send(&worker->channel, message);
}

static void say_calendar(void *context, const struct gateway_calendar *calendar)
{
	say(context, &(struct gateway_message){
			     .type = GATEWAY_CALENDAR, .calendar = *calendar});
}

static void say_failure(void *context, const struct gateway_failure *failure)
{
	say(context,
		&(struct gateway_message){.type = GATEWAY_FAILURE, .failure = *failure});
}

static void say_replies(void *context, const struct gateway_replies *replies)
{
	say(context,
		&(struct gateway_message){.type = GATEWAY_REPLIES, .replies = *replies});
}

static void say_hint(void *context, const char *text)
{
	poller_hint(&((struct worker *)context)->poller, text);
}

static void say_trouble(void *context, const struct verdict *verdict)
{
	poller_trouble(&((struct worker *)context)->poller, verdict);
}

static void refresh(void *context, uint32_t mailbox)
{
	struct worker *worker = context;
	poller_refresh(&worker->poller, mailbox, &worker->now);
}

static void note_notified(void *context, uint32_t mailbox, bool notified)
{
	struct worker *worker = context;
	poller_seldom(&worker->poller, mailbox, notified, &worker->now);
}

static uint16_t site_of(void *context, uint32_t mailbox)
{
	const struct worker *worker = context;
	const struct mailbox *found =
		mailboxes_find(&worker->poller.schedule.mailboxes, mailbox);
	return found ? found->site : SITES_NONE;
}

static void place(void *context, const char *key, const struct moment *now)
{
	struct worker *worker = context;
	poller_settled(&worker->poller, key, now);
	notifier_moved(&worker->notifier, now);
}

static const char *route(void *context, const char *anchor)
{
	struct worker *worker = context;
	return sites_route(&worker->sites, anchor, &worker->now);
}

/* Before it is silent, since it then cannot say so any more. */
static void say_patience(struct worker *worker, uint32_t patience_s)
{
	if (patience_s == worker->patience_s)
		return;
	worker->patience_s = patience_s;
	say(worker, &(struct gateway_message){
			    .type = GATEWAY_PATIENCE, .patience_s = patience_s});
	(void)channel_flush(&worker->channel); // its end is found at the end of the turn
}

static void ask_for_patience(void *context)
{
	say_patience(context, PATIENCE_S);
}

static uint32_t patience_of(const struct worker *worker)
{
	const struct courier *courier = worker->desk.courier;
	return courier && courier_may_block(courier, &worker->now) ? PATIENCE_S : 0;
}

static void configure(struct worker *worker, const struct gateway_configure *settings,
	const struct moment *now)
{
	char error[GATEWAY_TEXT_MAX];
	identity_configure(&worker->identity,
		ews_within(settings->concurrency, 1, EWS_CONCURRENCY_MAX),
		ews_within(settings->poll_interval_s, 1, EWS_INTERVAL_MAX_S) *
			INT64_C(1000));
	if (sites_configure(&worker->sites, settings) ||
		poller_source_configure(&worker->poller_source, settings))
		worker->failed = true;
	poller_configure(&worker->poller, settings, now);
	replies_configure(&worker->replies, settings, now);
	struct courier *courier = courier_create(settings, error);
	desk_configure(&worker->desk, courier, settings);
	if (courier)
		courier_before_waiting(courier, ask_for_patience, worker);
	else
		poller_refuse(&worker->poller, error, now);
	streams_forget(&worker->streams);
	notifier_configure(&worker->notifier, settings, now);
	const struct mailboxes *mailboxes = &worker->poller.schedule.mailboxes;
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(mailboxes, mailbox)))
		notifier_watch(&worker->notifier,
			&(struct gateway_watch){
				.mailbox = mailbox->id, .address = mailbox->address},
			now);
	channel_forget(&worker->channel);
}

/* Nothing more is asked; subscriptions are ended as far as there is time. */
static void end_soon(struct worker *worker, const struct moment *now)
{
	if (is_ending(worker))
		return;
	worker->stop_ms = now->mono_ms + STOP_MS;
	desk_keep(&worker->desk, &worker->notifier_source);
	notifier_stop(&worker->notifier, now);
}

static void obey(struct worker *worker, const struct gateway_message *message,
	const struct moment *now)
{
	switch (message->type) {
	case GATEWAY_CONFIGURE:
		configure(worker, &message->configure, now);
		return;
	case GATEWAY_WATCH:
		poller_watch(&worker->poller, &message->watch, now);
		replies_watch(&worker->replies, &message->watch, now);
		notifier_watch(&worker->notifier, &message->watch, now);
		return;
	case GATEWAY_UNWATCH:
		poller_unwatch(&worker->poller, message->mailbox);
		replies_unwatch(&worker->replies, message->mailbox);
		notifier_unwatch(&worker->notifier, message->mailbox, now);
		return;
	case GATEWAY_REFRESH:
		poller_refresh(&worker->poller, message->mailbox, now);
		return;
	case GATEWAY_PING:
		say(worker, &(struct gateway_message){.type = GATEWAY_PONG});
		return;
	case GATEWAY_STOP:
		end_soon(worker, now);
		return;
	case GATEWAY_CALENDAR:
	case GATEWAY_FAILURE:
	case GATEWAY_REPLIES:
	case GATEWAY_STATE:
	case GATEWAY_PONG:
	case GATEWAY_PATIENCE:
		worker->failed = true; // not for us
		return;
	}
}

static void listen_to_main(struct worker *worker, const struct moment *now)
{
	struct gateway_message message;
	int got;
	if (is_ending(worker))
		return;
	if (channel_read(&worker->channel))
		end_soon(worker, now);
	while (!is_ending(worker) &&
		(got = channel_next(&worker->channel, &message)) != 0) {
		if (got < 0) {
			worker->failed = true;
			return;
		}
		obey(worker, &message, now);
	}
}

static void hear_exchange(struct worker *worker, const struct moment *now)
{
	if (worker->desk.courier)
		courier_turn(worker->desk.courier, now);
	while (!(worker->held = channel_waiting(&worker->channel) >= OUT_HIGH) &&
		desk_hear(&worker->desk, now)) {
	}
}

static void ask_exchange(struct worker *worker, const struct moment *now)
{
	worker->desk.lost = sites_is_lost(&worker->sites);
	worker->again_ms = desk_ask(&worker->desk, now);
	if (worker->desk.courier)
		courier_turn(worker->desk.courier, now); // a request may wait for a token
}

static void say_state(struct worker *worker, const struct moment *now)
{
	struct gateway_message message = {.type = GATEWAY_STATE};
	if (!poller_state(&worker->poller, now, &message.state))
		return;
	message.state.notified = worker->notifier.n_notified;
	if (version_is_low(&worker->desk.version))
		message.state.request_version = worker->desk.version.name;
	char sites[GATEWAY_TEXT_MAX];
	sites_print(&worker->sites, sites, sizeof sites);
	message.state.endpoint = sites[0] ? sites
				 : worker->desk.courier
					 ? courier_endpoint(worker->desk.courier)
					 : "";
	say(worker, &message);
}

static void wait_for_events(struct worker *worker)
{
	size_t waiting = channel_waiting(&worker->channel);
	short events = waiting > 0 ? POLLIN | POLLOUT : POLLIN;
	int64_t until_ms = poller_state_due(&worker->poller);
	if (worker->again_ms < until_ms)
		until_ms = worker->again_ms;
	/* What has come waits as long as the main process does not take what went before.
	 */
	if (worker->desk.courier && !worker->held &&
		courier_due(worker->desk.courier) < until_ms)
		until_ms = courier_due(worker->desk.courier);
	int64_t streams_ms = streams_due(&worker->streams, &worker->now);
	if (streams_ms < until_ms)
		until_ms = streams_ms;
	if (worker->stop_ms < until_ms)
		until_ms = worker->stop_ms;
	int64_t now_ms = clock_mono_ms();
	bool at_once = until_ms <= now_ms || (worker->held && waiting < OUT_HIGH);
	int timeout_ms = at_once ? 0 : (int)(until_ms - now_ms);
	int channel = is_ending(worker) ? -1 : worker->channel.fd;
	if (worker->desk.courier) {
		(void)courier_wait(worker->desk.courier, channel, events, timeout_ms);
	} else {
		struct pollfd fd = {.fd = channel, .events = events};
		(void)poll(&fd, 1, timeout_ms);
	}
}

static void turn(struct worker *worker)
{
	wait_for_events(worker);
	worker->now = read_clocks();
	const struct moment *now = &worker->now;
	listen_to_main(worker, now);
	if (worker->failed)
		return;
	say_patience(worker, patience_of(worker));
	hear_exchange(worker, now);
	streams_turn(&worker->streams, now);
	ask_exchange(worker, now);
	say_state(worker, now);
	if (!is_ending(worker) && channel_flush(&worker->channel))
		end_soon(worker, now);
}

static bool has_ended(const struct worker *worker)
{
	return is_ending(worker) && (notifier_has_stopped(&worker->notifier) ||
					    worker->now.mono_ms >= worker->stop_ms);
}

/* A core would hold the password; a worker without its main process has nothing to do. */
static void harden(void)
{
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A terminal's Ctrl-C is for the main process, which then stops us. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
}

int worker_run(int socket)
{
	struct worker *worker = calloc(1, sizeof *worker);
	uint64_t seed = 0;
	arc4random_buf(&seed, sizeof seed);
	harden();
	if (!worker || channel_init(&worker->channel, socket, OUT_MAX)) {
		free(worker);
		return 1;
	}
	worker->now = read_clocks();
	worker->stop_ms = INT64_MAX;
	struct poller_sink sink = {
		.calendar = say_calendar, .failure = say_failure, .context = worker};
	identity_init(&worker->identity, 1, 1, seed);
	poller_init(&worker->poller, &worker->identity, &sink, &worker->now);
	poller_source_init(&worker->poller_source, &worker->poller);
	sites_init(&worker->sites,
		&(struct sites_events){.settled = place, .context = worker});
	worker->poller.sites = &worker->sites;
	replies_init(&worker->replies,
		&(struct replies_sink){
			.replies = say_replies, .hint = say_hint, .context = worker});
	desk_init(&worker->desk, &worker->identity,
		&(struct desk_events){.hint = say_hint,
			.trouble = say_trouble,
			.route = route,
			.context = worker});
	desk_add(&worker->desk, &worker->poller_source.source);
	desk_add(&worker->desk, &worker->replies.source);
	desk_add(&worker->desk, &worker->sites.source);
	notifier_init(&worker->notifier,
		&(struct notifier_sink){.refresh = refresh,
			.notified = note_notified,
			.site = site_of,
			.hint = say_hint,
			.context = worker},
		seed);
	worker->notifier_source = notifier_source(&worker->notifier);
	desk_add(&worker->desk, &worker->notifier_source);
	streams_init(&worker->streams, &worker->notifier, &worker->desk);
	while (!worker->failed && !has_ended(worker))
		turn(worker);
	int status = worker->failed ? 1 : 0;
	desk_finish(&worker->desk);
	notifier_finish(&worker->notifier);
	replies_finish(&worker->replies);
	sites_finish(&worker->sites);
	poller_source_finish(&worker->poller_source);
	poller_finish(&worker->poller);
	channel_finish(&worker->channel);
	free(worker);
	return status;
}
