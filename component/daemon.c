/* signalfd, timerfd */
#define _GNU_SOURCE

#include "component/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "component/complaints.h"
#include "component/control/control.h"
#include "component/session.h"
#include "component/settings/config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* How long a clean stop may take to say what has to be said. */
#define STOP_MS 10000
/* How often it is said that the store takes nothing. */
#define STORE_COMPLAINT_MS (15 * 60 * 1000)

enum source {
	SOURCE_SIGNAL,
	SOURCE_EDGE,
	SOURCE_CONTROL,
	SOURCE_LINK,
	SOURCE_WORKERS, // and all after it
	SOURCES_MAX = SOURCE_WORKERS + 64,
};

struct daemon {
	const char *config_path;
	orders_missing_fn *missing;
	struct config *config;
	struct store *store;
	struct breakers breakers; // of the gateways' accounts
	struct control *control;
	struct session session;
	int signal_fd;
	int edge_fd;
	int64_t armed_ms;    // what the edge timer is set to
	struct config *next; // takes over after this turn; NULL: no reload
	bool stopping;
	bool closing;
	int64_t stop_by_ms;
	int64_t complain_ms; // when a store that takes nothing is worth a line again
};

static struct now read_clocks(void)
{
	return (struct now){.mono_ms = clock_mono_ms(), .wall_ms = clock_wall_ms()};
}

/* ------------------------------------------------------------------ reload */

static void complain(void *out_text, const char *line)
{
	log_error("%s", line);
	if (out_text != NULL)
		buf_printf(out_text, "%s\n", line);
}

static struct config *load(const struct daemon *daemon, struct buf *out_text)
{
	struct config_errors errors = {0};
	uint64_t generation = daemon->config == NULL ? 1 : daemon->config->generation + 1;
	struct config *config =
		orders_load(daemon->config_path, generation, daemon->missing, &errors);

	complaints_each(&errors, complain, out_text);
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

static int reload(struct daemon *daemon, struct buf *out_text)
{
	struct config *config = load(daemon, out_text);

	if (config == NULL) {
		log_error("the configuration has errors; the old one stays in force");
		return 400;
	}
	/* After this turn: what is running now still borrows the old one. */
	warn_of_restart(daemon->config, config);
	config_free(daemon->next);
	daemon->next = config;
	if (out_text != NULL)
		buf_puts(out_text, "the configuration is taken over\n");
	return 200;
}

/* Between two turns. */
static bool take_over(struct daemon *daemon)
{
	struct config *config = daemon->next;

	session_finish(&daemon->session);
	config_free(daemon->config);
	daemon->config = config;
	daemon->next = NULL;
	log_setup(stderr, config->log.level, config->log.json);
	log_info("the configuration is taken over generation=%llu",
		(unsigned long long)config->generation);
	return session_init(&daemon->session, config, daemon->store, &daemon->breakers,
		read_clocks());
}

/* ------------------------------------------------------------------ control socket */

static void fill_workers(struct session *session)
{
	for (unsigned i = 0; i < workers_count(session->workers); i++) {
		session->worker_pids[i] = (int)workers_pid(session->workers, i);
		session->worker_restarts[i] = workers_restarts(session->workers, i);
	}
}

static int on_control(
	void *context, const struct control_request *request, struct buf *body)
{
	struct daemon *daemon = context;
	struct session *session = &daemon->session;
	const struct engine_surroundings around = {
		.version = CALPRESENCE_VERSION,
		.link = session->link,
		.worker_pids = session->worker_pids,
		.worker_restarts = session->worker_restarts,
	};

	switch (request->verb) {
	case CONTROL_STATUS:
		fill_workers(session);
		engine_status(session->engine, &around, request->json, body);
		return 200;
	case CONTROL_WHY:
		return engine_why(session->engine, request->jid, request->json, body)
			       ? 200
			       : 404;
	case CONTROL_RELOAD:
		return reload(daemon, body);
	case CONTROL_FORGET:
		if (engine_forget(session->engine, request->jid)) {
			buf_printf(body, "all that was known of \"%s\" is forgotten\n",
				request->jid);
			return 200;
		}
		buf_printf(body, "nothing is known of \"%s\"\n", request->jid);
		return 404;
	}
	return 500;
}

/* ------------------------------------------------------------------ signals and edges */

static void stop(struct daemon *daemon, int64_t now_ms)
{
	if (daemon->stopping)
		return;
	log_info("stopping");
	daemon->stopping = true;
	daemon->stop_by_ms = now_ms + STOP_MS;
	engine_stop(daemon->session.engine);
}

static void on_signals(struct daemon *daemon, int64_t now_ms)
{
	struct signalfd_siginfo info;

	while (read(daemon->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			(void)reload(daemon, NULL);
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
	if (daemon->stopping && daemon->stop_by_ms < due)
		due = daemon->stop_by_ms;
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

static void turn(struct daemon *daemon, const struct pollfd *fds)
{
	struct session *session = &daemon->session;
	struct now now = read_clocks();

	engine_set_now(session->engine, now);
	if (fds[SOURCE_SIGNAL].revents != 0)
		on_signals(daemon, now.mono_ms);
	if (fds[SOURCE_EDGE].revents != 0)
		on_edge_timer(daemon);
	workers_turn(session->workers, now.mono_ms);
	control_turn(daemon->control);
	(void)engine_turn(session->engine);
	commit(daemon, now.mono_ms);
	session_flush(session);
	link_turn(session->link, now.mono_ms);
	if (!daemon->stopping)
		session_reopen(session, now.mono_ms);
}

static void wait_and_turn(struct daemon *daemon)
{
	struct session *session = &daemon->session;
	struct pollfd fds[SOURCES_MAX] = {
		[SOURCE_SIGNAL] = {.fd = daemon->signal_fd, .events = POLLIN},
		[SOURCE_EDGE] = {.fd = daemon->edge_fd, .events = POLLIN},
		[SOURCE_CONTROL] = {.fd = control_fd(daemon->control), .events = POLLIN},
	};
	size_t n = SOURCE_WORKERS;

	fds[SOURCE_LINK].fd = link_fd(session->link, &fds[SOURCE_LINK].events);
	n += workers_poll(session->workers, fds + n, SOURCES_MAX - n);
	arm_edge(daemon);
	(void)poll(fds, n, timeout_ms(daemon));
	turn(daemon, fds);
}

/* Whether a clean stop has come to its end: all is said and the stream is closed. */
static bool is_over(struct daemon *daemon)
{
	const struct session *session = &daemon->session;
	bool late = clock_mono_ms() >= daemon->stop_by_ms;

	if (!daemon->stopping)
		return false;
	if (link_state(session->link) != LINK_UP &&
		link_state(session->link) != LINK_CLOSING)
		return true;
	if (!daemon->closing && (late || outbox_length(session->outbox) == 0)) {
		daemon->closing = true;
		daemon->stop_by_ms = clock_mono_ms() + STOP_MS / 2;
		link_close(session->link);
		return false;
	}
	return daemon->closing && late;
}

static int loop(struct daemon *daemon)
{
	while (!is_over(daemon)) {
		wait_and_turn(daemon);
		if (daemon->next != NULL && !daemon->stopping && !take_over(daemon)) {
			log_error("out of memory while the configuration was taken over");
			return EXIT_FAILURE;
		}
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
	if (moved || daemon->store == NULL)
		log_error("%s", error.text);
	return daemon->store != NULL;
}

static bool open_control(struct daemon *daemon)
{
	const struct control_events events = {.answer = on_control, .context = daemon};
	char error[512];

	daemon->control = control_create(
		daemon->config->control.socket, &events, error, sizeof(error));
	if (daemon->control == NULL)
		log_error("%s", error);
	return daemon->control != NULL;
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

int daemon_run(const char *config_path, orders_missing_fn *missing)
{
	struct daemon daemon = {
		.config_path = config_path,
		.missing = missing,
		.signal_fd = -1,
		.edge_fd = -1,
		.armed_ms = -1,
	};
	int status = EXIT_FAILURE;
	uint64_t seed;

	arc4random_buf(&seed, sizeof(seed));
	breakers_init(&daemon.breakers, seed);
	daemon.config = load(&daemon, NULL);
	if (daemon.config == NULL)
		return EXIT_FAILURE;
	log_setup(stderr, daemon.config->log.level, daemon.config->log.json);
	log_info("calpresence starts version=%s component=\"%s\"", CALPRESENCE_VERSION,
		daemon.config->component.jid);
	if (open_signals(&daemon) && open_store(&daemon) && open_control(&daemon)) {
		if (session_init(&daemon.session, daemon.config, daemon.store,
			    &daemon.breakers, read_clocks()))
			status = loop(&daemon);
		else
			log_error("cannot start: no memory, or the store is unreadable");
	}
	session_finish(&daemon.session);
	control_destroy(daemon.control);
	store_close(daemon.store);
	config_free(daemon.config);
	config_free(daemon.next);
	(void)close(daemon.signal_fd);
	(void)close(daemon.edge_fd);
	return status;
}
