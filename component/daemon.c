/* signalfd, timerfd */
#define _GNU_SOURCE

#include "component/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "component/accounts.h"
#include "component/control/control.h"
#include "component/notify.h"
#include "component/report/report.h"
#include "component/session.h"
#include "component/settings/config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* How long the end of a session, at a stop or a reload, may take to say what has to be
 * said, and how long the server may take to close the stream. */
#define SAY_MS 10000
#define CLOSE_MS 5000
/* A reload that ends more subscriptions than these, and more than a tenth of all, has to
 * be forced. */
#define ENDED_MAX 10
#define ENDED_SHARE 10
/* How often it is said that the store takes nothing. */
#define STORE_COMPLAINT_MS (15 * 60 * 1000)

/* Places in what is polled. */
enum slot {
	SLOT_SIGNAL,
	SLOT_EDGE,
	SLOT_CONTROL,
	SLOT_LINK,
	SLOT_WORKERS, // and all after it
	SLOTS_MAX = SLOT_WORKERS + 64,
};

struct daemon {
	const char *config_path;
	gateway_config_missing_fn *missing;
	struct config *config;
	struct store *store;
	struct breakers breakers; // of the gateways' accounts
	struct control *control;
	struct session session;
	struct workers *retired; // of earlier sessions
	int signal_fd;
	int edge_fd;
	int64_t armed_ms;    // what the edge timer is set to
	struct config *next; // takes over when the session has ended; NULL: no reload
	bool stopping;
	/* Of the session, for a stop or a reload: what has to be said is, by `say_by_ms`;
	 * then the stream is closed. */
	bool ending;
	bool closing;
	int64_t say_by_ms;
	/* A reload has closed the stream, and no other one is up yet: whoever stops now
	 * says goodbye on the next. */
	bool goodbye_owed;
	int64_t longest_ms; // of all turns
	int64_t longest_cpu_ms;
	int64_t complain_ms; // when a store that takes nothing is worth a line again
	int64_t watchdog_ms; // how often the service manager hears that we live; 0: never
	int64_t alive_ms;    // when it hears it next
};

/* ------------------------------------------------------------------ reload */

static void complain(void *out_text, const char *line, bool is_warning)
{
	if (is_warning)
		log_warning("%s", line);
	else
		log_error("%s", line);
	if (out_text)
		buf_printf(out_text, "%s\n", line);
}

/* For a look that changes nothing: only whoever asked is told. */
static void tell(void *out_text, const char *line, bool is_warning)
{
	(void)is_warning;
	buf_printf(out_text, "%s\n", line);
}

static struct config *load(
	const struct daemon *daemon, config_errors_say_fn *say, struct buf *out_text)
{
	struct config_errors errors = {0};
	uint64_t generation = daemon->config ? daemon->config->generation + 1 : 1;
	struct config *config = gateway_config_load(
		daemon->config_path, generation, daemon->missing, &errors);

	config_errors_each(&errors, say, out_text);
	config_errors_finish(&errors);
	return config;
}

static void warn_of_restart(const struct config *old, const struct config *new)
{
	if (strcmp(old->store.path, new->store.path) != 0)
		log_warning("store.path has changed: that needs a restart");
	if (strcmp(old->control.socket, new->control.socket) != 0)
		log_warning("control.socket has changed: that needs a restart");
}

static bool is_too_much(const struct engine_preview *preview)
{
	return preview->ended > ENDED_MAX &&
	       preview->ended * ENDED_SHARE > preview->subscriptions;
}

/* What a reload would do, for whoever asked. */
static int try_reload(struct daemon *daemon, struct buf *out_text)
{
	struct config *config = load(daemon, tell, out_text);
	struct engine_preview preview;

	if (!config)
		return 400;
	preview = engine_preview(daemon->session.engine, config, out_text);
	buf_printf(out_text, "%zu of %zu subscriptions would end for good%s\n",
		preview.ended, preview.subscriptions,
		is_too_much(&preview) ? ": that takes --force" : "");
	config_free(config);
	return 200;
}

static int refuse(const struct engine_preview *preview, struct buf *out_text)
{
	log_error("the configuration is not taken over: it would end %zu of %zu "
		  "subscriptions for good; `calpresence reload --dry-run` shows whose, "
		  "`calpresence reload --force` does it",
		preview->ended, preview->subscriptions);
	if (out_text)
		buf_printf(out_text,
			"refused: %zu of %zu subscriptions would end for good; --dry-run "
			"shows whose, --force does it\n",
			preview->ended, preview->subscriptions);
	return 409;
}

/* From here on the session says what has to be said, then closes the stream. */
static void begin_end(struct daemon *daemon, int64_t now_ms)
{
	if (daemon->ending)
		return;
	daemon->ending = true;
	daemon->closing = false;
	daemon->say_by_ms = now_ms + SAY_MS;
}

static void say_reloading(void)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		clock_mono_ms() * 1000);
	notify(text);
}

static int reload(struct daemon *daemon, bool force, struct buf *out_text)
{
	struct config *config = load(daemon, complain, out_text);
	struct engine_preview preview;

	if (!config) {
		log_error("the configuration has errors; the old one stays in force");
		return 400;
	}
	preview = engine_preview(daemon->session.engine, config, NULL);
	if (is_too_much(&preview) && !force) {
		config_free(config);
		return refuse(&preview, out_text);
	}
	warn_of_restart(daemon->config, config);
	/* A second one before the first took over takes its place. */
	config_free(daemon->next);
	daemon->next = config;
	if (!daemon->stopping)
		say_reloading();
	engine_retract(daemon->session.engine, config);
	begin_end(daemon, clock_mono_ms());
	if (out_text)
		buf_puts(out_text, "the configuration is taken over\n");
	return 200;
}

/* Between two turns: nothing borrows the old one any more. */
static bool take_over(struct daemon *daemon)
{
	struct config *config = daemon->next;

	session_finish(&daemon->session, &daemon->retired, clock_mono_ms());
	config_free(daemon->config);
	daemon->config = config;
	daemon->next = NULL;
	daemon->ending = false;
	log_setup(stderr, config->log.level, config->log.json);
	log_info("the configuration is taken over generation=%llu",
		(unsigned long long)config->generation);
	if (!session_init(&daemon->session, config, daemon->store, &daemon->breakers,
		    clock_now()))
		return false;
	notify("READY=1");
	return true;
}

/* ------------------------------------------------------------------ control socket */

static void forget(struct daemon *daemon, const char *jid, struct control_answer *answer)
{
	if (engine_forget(daemon->session.engine, jid)) {
		buf_printf(
			answer->body, "all that was known of \"%s\" is forgotten\n", jid);
		return;
	}
	buf_printf(answer->body, "nothing is known of \"%s\"\n", jid);
	answer->status = 404;
}

static void on_control(void *context, const struct control_request *request,
	struct control_answer *answer)
{
	struct daemon *daemon = context;
	struct session *session = &daemon->session;
	const struct people *people = engine_people(session->engine);
	const struct report_surroundings around = {
		.version = CALPRESENCE_VERSION,
		.link = session->link,
		.workers = session->workers,
		.longest_turn_ms = daemon->longest_ms,
		.longest_turn_cpu_ms = daemon->longest_cpu_ms,
	};

	answer->status = 200;
	switch (request->verb) {
	case CONTROL_STATUS:
		answer->attention =
			report_status(people, &around, request->json, answer->body);
		return;
	case CONTROL_WHY:
		if (!report_why(people, request->jid, request->json, answer->body))
			answer->status = 404;
		return;
	case CONTROL_RELOAD:
		answer->status = request->dry_run
					 ? try_reload(daemon, answer->body)
					 : reload(daemon, request->force, answer->body);
		return;
	case CONTROL_FORGET:
		forget(daemon, request->jid, answer);
		return;
	}
}

/* ------------------------------------------------------------------ signals and edges */

static void stop(struct daemon *daemon, int64_t now_ms)
{
	if (daemon->stopping)
		return;
	log_info("stopping");
	notify("STOPPING=1");
	daemon->stopping = true;
	engine_retract(daemon->session.engine, NULL);
	daemon->session.reopen = daemon->closing;
	daemon->ending = daemon->ending && !daemon->closing;
	begin_end(daemon, now_ms);
}

static void on_signals(struct daemon *daemon, int64_t now_ms)
{
	struct signalfd_siginfo info;

	while (read(daemon->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			(void)reload(daemon, false, NULL);
		else if (info.ssi_signo != SIGCHLD)
			stop(daemon, now_ms);
	}
}

static void arm_edge(struct daemon *daemon)
{
	int64_t at_ms = engine_next_wall_ms(daemon->session.engine);
	struct itimerspec spec = {0};

	if (at_ms == daemon->armed_ms)
		return;
	daemon->armed_ms = at_ms;
	if (at_ms != INT64_MAX) {
		spec.it_value.tv_sec = at_ms / 1000;
		spec.it_value.tv_nsec = at_ms % 1000 * 1000000;
		/* A zero time would disarm: an edge at 1970 is long past anyway. */
		if (at_ms <= 0)
			spec.it_value.tv_nsec = 1;
	}
	(void)timerfd_settime(daemon->edge_fd,
		TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL);
}

static void on_edge_timer(struct daemon *daemon)
{
	uint64_t times;

	daemon->armed_ms = -1;
	if (read(daemon->edge_fd, &times, sizeof(times)) < 0 && errno == ECANCELED)
		engine_clock_jumped(daemon->session.engine);
}

/* ------------------------------------------------------------------ the loop */

static int timeout_ms(struct daemon *daemon)
{
	struct session *session = &daemon->session;
	int64_t now_ms = clock_mono_ms();
	int64_t due = engine_next_mono_ms(session->engine);
	int64_t other = link_deadline(session->link, now_ms);
	int control = control_timeout_ms(daemon->control);

	if (session_can_flush(session))
		return 0;
	due = other < due ? other : due;
	other = workers_deadline(session->workers);
	due = other < due ? other : due;
	other = workers_retired_deadline(daemon->retired);
	due = other < due ? other : due;
	if (daemon->ending && daemon->say_by_ms < due)
		due = daemon->say_by_ms;
	if (daemon->watchdog_ms > 0 && daemon->alive_ms < due)
		due = daemon->alive_ms;
	if (control >= 0 && now_ms + control < due)
		due = now_ms + control;
	if (due <= now_ms)
		return 0;
	return due - now_ms > 60000 ? 60000 : (int)(due - now_ms);
}

static void commit(struct daemon *daemon, int64_t now_ms)
{
	struct store_error error;

	if (store_commit(daemon->store, &error) || now_ms < daemon->complain_ms)
		return;
	daemon->complain_ms = now_ms + STORE_COMPLAINT_MS;
	log_error("changes could not be stored, a restart may lose them: %s", error.text);
}

/* What this thread has computed. */
static int64_t cpu_ms(void)
{
	struct timespec used = {0};

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void note_turn(struct daemon *daemon, int64_t took_ms, int64_t took_cpu_ms)
{
	if (took_ms > daemon->longest_ms)
		daemon->longest_ms = took_ms;
	if (took_cpu_ms > daemon->longest_cpu_ms)
		daemon->longest_cpu_ms = took_cpu_ms;
}

/* Whatever comes in is taken in first; then everybody whom it touched is looked at once;
 * then what rests on the store leaves. */
static void turn(struct daemon *daemon, const struct pollfd *fds)
{
	struct session *session = &daemon->session;
	struct now now = clock_now();
	int64_t cpu_began_ms = cpu_ms();

	engine_set_now(session->engine, now);
	if (fds[SLOT_SIGNAL].revents != 0)
		on_signals(daemon, now.mono_ms);
	if (fds[SLOT_EDGE].revents != 0)
		on_edge_timer(daemon);
	workers_turn(session->workers, now.mono_ms);
	workers_retired_turn(&daemon->retired, now.mono_ms);
	accounts_save(&daemon->breakers, daemon->store, now);
	control_turn(daemon->control);
	link_turn(session->link, now.mono_ms);
	(void)engine_turn(session->engine); // engine_next_mono_ms() says if there is more
	commit(daemon, now.mono_ms);
	session_flush(session);
	if (!daemon->ending || daemon->goodbye_owed)
		session_reopen(session, now.mono_ms);
	note_turn(daemon, clock_mono_ms() - now.mono_ms, cpu_ms() - cpu_began_ms);
}

static void wait_and_turn(struct daemon *daemon)
{
	struct session *session = &daemon->session;
	struct pollfd fds[SLOTS_MAX] = {
		[SLOT_SIGNAL] = {.fd = daemon->signal_fd, .events = POLLIN},
		[SLOT_EDGE] = {.fd = daemon->edge_fd, .events = POLLIN},
		[SLOT_CONTROL] = {.fd = control_fd(daemon->control), .events = POLLIN},
	};
	size_t n = SLOT_WORKERS;

	fds[SLOT_LINK].fd = link_fd(session->link, &fds[SLOT_LINK].events);
	n += workers_poll(session->workers, fds + n, SLOTS_MAX - n);
	arm_edge(daemon);
	(void)poll(fds, n, timeout_ms(daemon));
	turn(daemon, fds);
}

static void say_alive(struct daemon *daemon)
{
	int64_t now_ms = clock_mono_ms();

	if (daemon->watchdog_ms == 0 || now_ms < daemon->alive_ms)
		return;
	notify("WATCHDOG=1");
	daemon->alive_ms = now_ms + daemon->watchdog_ms;
}

/* Whether the session has ended: all is said and the stream is closed. */
static bool has_ended(struct daemon *daemon)
{
	const struct session *session = &daemon->session;
	enum link_state state = link_state(session->link);
	bool late = clock_mono_ms() >= daemon->say_by_ms;

	if (state == LINK_UP && !daemon->closing)
		daemon->goodbye_owed = false;
	if (!daemon->ending)
		return false;
	if (daemon->stopping && daemon->goodbye_owed)
		return late;
	if (state != LINK_UP && state != LINK_CLOSING)
		return true;
	if (!daemon->closing && (late || engine_has_said_all(session->engine))) {
		daemon->closing = true;
		daemon->goodbye_owed = !daemon->stopping;
		daemon->say_by_ms = clock_mono_ms() + CLOSE_MS;
		link_close(session->link);
		return false;
	}
	return daemon->closing && late;
}

static int loop(struct daemon *daemon)
{
	notify("READY=1");
	for (;;) {
		if (has_ended(daemon)) {
			if (daemon->stopping)
				break;
			if (!take_over(daemon)) {
				log_error("out of memory while the configuration was "
					  "taken over");
				return EXIT_FAILURE;
			}
		}
		wait_and_turn(daemon);
		say_alive(daemon);
	}
	log_info("stopped");
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------ start and end */

static bool open_store(struct daemon *daemon)
{
	struct store_error error;
	bool moved = false;

	daemon->store = store_open(
		daemon->config->store.path, clock_wall_ms() / 1000, &moved, &error);
	if (moved || !daemon->store)
		log_error("%s", error.text);
	if (daemon->store)
		accounts_load(&daemon->breakers, daemon->store, clock_now());
	return daemon->store;
}

static bool open_control(struct daemon *daemon)
{
	const struct control_events events = {.answer = on_control, .context = daemon};
	char error[512];

	daemon->control = control_create(
		daemon->config->control.socket, &events, error, sizeof(error));
	if (!daemon->control)
		log_error("%s", error);
	return daemon->control;
}

static bool open_signals(struct daemon *daemon)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 ||
		signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return false;
	daemon->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	daemon->edge_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	return daemon->signal_fd >= 0 && daemon->edge_fd >= 0;
}

int daemon_run(const char *config_path, gateway_config_missing_fn *missing)
{
	struct daemon daemon = {
		.config_path = config_path,
		.missing = missing,
		.signal_fd = -1,
		.edge_fd = -1,
		.armed_ms = -1,
		.watchdog_ms = notify_watchdog_ms(),
	};
	int status = EXIT_FAILURE;

	daemon.config = load(&daemon, complain, NULL);
	if (!daemon.config)
		return EXIT_FAILURE;
	log_setup(stderr, daemon.config->log.level, daemon.config->log.json);
	log_info("calpresence starts version=%s component=\"%s\"", CALPRESENCE_VERSION,
		daemon.config->component.jid);
	if (open_signals(&daemon) && open_store(&daemon) && open_control(&daemon)) {
		if (session_init(&daemon.session, daemon.config, daemon.store,
			    &daemon.breakers, clock_now()))
			status = loop(&daemon);
		else
			log_error("cannot start: no memory, or the store is unreadable");
	}
	session_finish(&daemon.session, &daemon.retired, clock_mono_ms());
	workers_retired_wait(&daemon.retired);
	if (daemon.store)
		accounts_save(&daemon.breakers, daemon.store, clock_now());
	control_destroy(daemon.control);
	store_close(daemon.store);
	config_free(daemon.config);
	config_free(daemon.next);
	(void)close(daemon.signal_fd);
	(void)close(daemon.edge_fd);
	return status;
}
