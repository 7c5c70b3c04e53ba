#define _GNU_SOURCE /* POLLRDHUP */
#include "exchange/server.h"

#include "exchange/control.h"
#include "exchange/ews.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utlist.h>

enum {
	DAEMONS = 2,
	PEER_CHECK_MS = 200,
	CONNECTION_MEMORY = 128 * 1024,
	MAX_PEM = 64 * 1024,
};

/* What a connection carries. */
struct caller {
	bool is_counted; // with its first request
	uint64_t number; // among those who were
};

struct server {
	struct sim *sim;
	struct MHD_Daemon *http;
	struct MHD_Daemon *https; // or NULL
	char *cert;               // owned
	char *key;                // owned
	int signals;
};

/* Counts a request to the service when its headers are here, and a connection when it
 * brings the first one. */
static void begin_ews(struct visit *visit)
{
	struct stats *stats = &visit->sim->stats;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		visit->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct caller *caller = info != NULL ? info->socket_context : NULL;
	const struct farm_front *front;

	visit->is_ews = true;
	stats->in_flight++;
	if (stats->max_in_flight < stats->in_flight)
		stats->max_in_flight = stats->in_flight;
	if (caller == NULL)
		return;
	if (!caller->is_counted) {
		caller->is_counted = true;
		caller->number = farm_connect(&visit->sim->farm);
		stats->connections++;
	}
	front = farm_front(&visit->sim->farm, caller->number);
	visit->server = front != NULL ? front->name : NULL;
	visit->is_refused = front != NULL && front->refuses;
}

/* The signature is MHD's. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *data,
	size_t *data_size, void **state)
{
	struct sim *sim = user;
	struct visit *visit = *state;

	(void)version;
	if (visit == NULL) {
		visit = visit_create(sim, connection, method, url);
		if (visit == NULL)
			return MHD_NO;
		*state = visit;
		if (ews_is_path(url))
			begin_ews(visit);
		return MHD_YES;
	}
	if (*data_size > 0) {
		buf_add(&visit->body, data, *data_size);
		*data_size = 0;
		return MHD_YES;
	}
	if (visit->peer_left)
		return MHD_NO;
	if (visit->is_ews)
		return ews_answer(visit);
	if (control_is_path(url))
		return control_answer(visit);
	return visit_reply(visit, &(struct visit_reply){.status = 404},
		&(struct buf){.max = VISIT_MAX_ANSWER});
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct visit *visit = *state;

	(void)user;
	(void)connection;
	if (visit == NULL)
		return;
	if (visit->is_ews)
		ews_end(visit, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	visit_destroy(visit);
	*state = NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **state,
	enum MHD_ConnectionNotificationCode code)
{
	(void)user;
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*state = calloc(1, sizeof(struct caller));
		return;
	}
	free(*state);
	*state = NULL;
}

static char *read_pem(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t n;

	if (file == NULL)
		return NULL;
	text = calloc(1, MAX_PEM);
	if (text == NULL)
		goto close;
	n = fread(text, 1, MAX_PEM - 1, file);
	if (n == 0) {
		free(text);
		text = NULL;
	}
close:
	(void)fclose(file);
	return text;
}

static struct MHD_Daemon *listen_on(const struct server *server, uint16_t port, bool tls)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct MHD_OptionItem secure[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
		{MHD_OPTION_END, 0, NULL},
	};
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

	return MHD_start_daemon(tls ? flags | MHD_USE_TLS : flags, port, NULL, NULL,
		on_request, server->sim, MHD_OPTION_SOCK_ADDR, &address,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_ARRAY, tls ? secure : secure + 2, MHD_OPTION_END);
}

static unsigned port_of(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info;

	if (daemon == NULL)
		return 0;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	return info != NULL ? info->port : 0;
}

static int epoll_of(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info;

	if (daemon == NULL)
		return -1;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return info != NULL ? info->epoll_fd : -1;
}

static bool peer_left(const struct visit *visit)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		visit->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = {.events = POLLRDHUP};

	if (info == NULL)
		return true;
	fd.fd = info->connect_fd;
	return poll(&fd, 1, 0) == 1;
}

/* Whether there was one. */
static bool resume_who_may(struct sim *sim)
{
	int64_t now_ms = clock_mono_ms();
	bool resumed = false;
	struct visit *visit;
	struct visit *next;

	DL_FOREACH_SAFE (sim->held, visit, next) {
		bool has_left = peer_left(visit);
		bool is_lazy = visit->is_stream && sim->streaming.rules.is_lazy;

		if ((!has_left || is_lazy) && now_ms < visit->wake_ms &&
			(visit->is_ready == NULL || !visit->is_ready(visit)))
			continue;
		visit->peer_left = has_left;
		visit_resume(visit);
		resumed = true;
	}
	return resumed;
}

/* In milliseconds, -1: for ever. */
static int wait_time(const struct server *server)
{
	struct MHD_Daemon *const daemons[DAEMONS] = {server->http, server->https};
	int64_t now_ms = clock_mono_ms();
	int64_t wait = server->sim->held != NULL ? PEER_CHECK_MS : -1;
	const struct visit *visit;

	DL_FOREACH (server->sim->held, visit) {
		if (visit->wake_ms - now_ms < wait)
			wait = visit->wake_ms > now_ms ? visit->wake_ms - now_ms : 0;
	}
	for (size_t i = 0; i < DAEMONS; i++) {
		MHD_UNSIGNED_LONG_LONG timeout;

		if (daemons[i] != NULL &&
			MHD_get_timeout(daemons[i], &timeout) == MHD_YES &&
			(wait < 0 || timeout < (uint64_t)wait))
			wait = timeout < PEER_CHECK_MS ? (int64_t)timeout : PEER_CHECK_MS;
	}
	return (int)wait;
}

/* False when stdin has ended. */
static bool drain_stdin(void)
{
	char bytes[256];

	return read(STDIN_FILENO, bytes, sizeof bytes) > 0;
}

static void loop(const struct server *server)
{
	struct pollfd fds[] = {
		{.fd = server->signals, .events = POLLIN},
		{.fd = epoll_of(server->http), .events = POLLIN},
		{.fd = epoll_of(server->https), .events = POLLIN},
		{.fd = server->sim->options.parent_dies ? STDIN_FILENO : -1,
			.events = POLLIN},
	};

	/* MHD_get_timeout does not tell of the resumed (libmicrohttpd 0.9.75). */
	for (bool resumed = false;;) {
		int wait = resumed ? 0 : wait_time(server);

		(void)poll(fds, sizeof fds / sizeof *fds, wait);
		if (fds[0].revents != 0 || (fds[3].revents != 0 && !drain_stdin()))
			return;
		(void)MHD_run(server->http);
		if (server->https != NULL)
			(void)MHD_run(server->https);
		resumed = resume_who_may(server->sim);
	}
}

static int open_signals(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool start(struct server *server)
{
	const struct options *options = &server->sim->options;

	server->signals = open_signals();
	if (server->signals < 0)
		return false;
	server->http = listen_on(server, options->http_port, false);
	if (server->http == NULL) {
		(void)fprintf(stderr, "exchange-sim: cannot listen for HTTP\n");
		return false;
	}
	if (options->cert == NULL)
		return true;
	server->cert = read_pem(options->cert);
	server->key = read_pem(options->key);
	if (server->cert != NULL && server->key != NULL)
		server->https = listen_on(server, options->https_port, true);
	if (server->https == NULL)
		(void)fprintf(stderr, "exchange-sim: cannot listen for HTTPS\n");
	return server->https != NULL;
}

static void stop(struct server *server)
{
	struct visit *visit;
	struct visit *next;

	DL_FOREACH_SAFE (server->sim->held, visit, next) {
		visit_resume(visit);
	}
	if (server->http != NULL)
		MHD_stop_daemon(server->http);
	if (server->https != NULL)
		MHD_stop_daemon(server->https);
	if (server->signals >= 0)
		(void)close(server->signals);
	free(server->cert);
	free(server->key);
}

int server_run(struct sim *sim)
{
	struct server server = {.sim = sim};
	bool started = start(&server);

	if (started) {
		(void)printf("ready http=%u https=%u\n", port_of(server.http),
			port_of(server.https));
		(void)fflush(stdout);
		loop(&server);
	}
	stop(&server);
	return started ? 0 : -1;
}
