#include "component/control/control.h"

#include "base/parse.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <microhttpd.h>

#define IDLE_S 10U
#define HEADS_MAX ((size_t)16 * 1024) // of a request and its answer together

/* A request whose head was read. Its connection is suspended until it is answered. */
struct asked {
	struct MHD_Connection *connection; // borrowed
	struct control_request request;
	unsigned status; // 0: not answered yet
	bool attention;
	struct buf body;
	struct asked *next;
};

struct control {
	struct MHD_Daemon *daemon; // owned
	char *path;                // owned
	struct control_events events;
	struct asked *waiting; // borrowed list, the connections own them
	bool due;              // control_turn() has more to do
};

/* ------------------------------------------------------------------ what is asked */

struct route {
	const char *path;
	const char *method;
	enum control_verb verb;
	bool needs_jid;
};

static const struct route routes[] = {
	{"/status", MHD_HTTP_METHOD_GET, CONTROL_STATUS, false},
	{"/why", MHD_HTTP_METHOD_GET, CONTROL_WHY, true},
	{"/reload", MHD_HTTP_METHOD_POST, CONTROL_RELOAD, false},
	{"/forget", MHD_HTTP_METHOD_POST, CONTROL_FORGET, true},
};

static bool is_set(struct MHD_Connection *connection, const char *option)
{
	const char *value =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, option);

	return value != NULL && strcmp(value, "1") == 0;
}

static const struct route *find_route(const char *path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	}
	return NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
	       (length != NULL && strcmp(length, "0") != 0);
}

static bool wants_json(struct MHD_Connection *connection)
{
	const char *format =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "format");
	const char *accept = header(connection, MHD_HTTP_HEADER_ACCEPT);

	if (format != NULL)
		return strcmp(format, "json") == 0;
	return accept != NULL && strstr(accept, "application/json") != NULL;
}

/* "" if there is none; NULL if it is no text. */
static const char *find_jid(struct MHD_Connection *connection)
{
	const char *jid = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(
		    connection, MHD_GET_ARGUMENT_KIND, "jid", 3, &jid, &n) != MHD_YES ||
		jid == NULL)
		return "";
	return parse_is_xml_text(jid, n) ? jid : NULL;
}

/* Reads what is asked. 0, or the HTTP status of a refusal with a sentence in out_why and,
 * for 405, the one method that is allowed in out_allow. The JID is the connection's
 * memory. */
static unsigned route_request(struct MHD_Connection *connection, const char *path,
	const char *method, struct control_request *out_request, const char **out_why,
	const char **out_allow)
{
	const struct route *route = find_route(path);
	const char *jid = find_jid(connection);

	if (route == NULL) {
		*out_why = "there is no such page\n";
		return MHD_HTTP_NOT_FOUND;
	}
	if (strcmp(route->method, method) != 0) {
		*out_why = "this page does not know the method\n";
		*out_allow = route->method;
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	if (has_body(connection)) {
		*out_why = "a request has no body here\n";
		return MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (jid == NULL || (route->needs_jid && jid[0] == '\0')) {
		*out_why = "jid is missing or is no text\n";
		return MHD_HTTP_BAD_REQUEST;
	}
	*out_request = (struct control_request){
		.verb = route->verb,
		.json = wants_json(connection),
		.jid = jid,
		.dry_run = is_set(connection, "dry_run"),
		.force = is_set(connection, "force"),
	};
	return 0;
}

/* ------------------------------------------------------------------ the answer */

static const char *type_of(const struct asked *asked)
{
	return asked->request.json ? "application/json" : "text/plain; charset=utf-8";
}

/* Queues asked->body, which becomes the response's. allow may be NULL. */
static enum MHD_Result reply(struct asked *asked, const char *allow)
{
	enum MHD_Result result = MHD_NO;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		asked->body.len, asked->body.data, MHD_RESPMEM_MUST_FREE);

	if (response == NULL)
		return MHD_NO;
	buf_init(&asked->body, CONTROL_BODY_MAX);
	if (MHD_add_response_header(
		    response, MHD_HTTP_HEADER_CONTENT_TYPE, type_of(asked)) == MHD_YES &&
		(allow == NULL || MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					  allow) == MHD_YES) &&
		(!asked->attention ||
			MHD_add_response_header(
				response, CONTROL_ATTENTION_HEADER, "yes") == MHD_YES))
		result = MHD_queue_response(asked->connection, asked->status, response);
	MHD_destroy_response(response);
	return result;
}

static struct asked *new_asked(struct MHD_Connection *connection)
{
	struct asked *asked = calloc(1, sizeof(*asked));

	if (asked != NULL) {
		asked->connection = connection;
		buf_init(&asked->body, CONTROL_BODY_MAX);
	}
	return asked;
}

/* Called with the head of a request, and again when its connection was resumed. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *upload,
	size_t *upload_size, void **state)
{
	struct control *control = context;
	struct asked *asked = *state;
	const char *why = NULL;
	const char *allow = NULL;

	(void)version;
	(void)upload;
	(void)upload_size;
	if (asked != NULL)
		return reply(asked, NULL);
	asked = new_asked(connection);
	if (asked == NULL)
		return MHD_NO;
	*state = asked;
	asked->status =
		route_request(connection, path, method, &asked->request, &why, &allow);
	if (asked->status != 0) {
		buf_puts(&asked->body, why);
		return reply(asked, allow);
	}
	asked->next = control->waiting;
	control->waiting = asked;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct asked *asked = *state;

	(void)context;
	(void)connection;
	(void)code;
	if (asked != NULL)
		buf_finish(&asked->body);
	free(asked);
	*state = NULL;
}

/* ------------------------------------------------------------------ the socket */

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int connect_to(const struct sockaddr_un *address)
{
	int fd = make_socket();
	int result;

	if (fd < 0)
		return errno;
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0
			 ? 0
			 : errno;
	(void)close(fd);
	return result;
}

/* Removes the socket of a daemon that is gone; true if the path is free now. */
static bool clear_path(
	const struct sockaddr_un *address, char *out_error, size_t error_size)
{
	const char *path = address->sun_path;
	struct stat info;
	int result;

	if (lstat(path, &info) < 0)
		return true; // bind() says what else is wrong
	if (!S_ISSOCK(info.st_mode)) {
		(void)snprintf(
			out_error, error_size, "\"%s\" exists and is no socket", path);
		return false;
	}
	result = connect_to(address);
	/* EAGAIN: somebody listens who has many waiting. */
	if (result == 0 || result == EAGAIN) {
		(void)snprintf(out_error, error_size,
			"\"%s\" is in use: another calpresence answers on it", path);
		return false;
	}
	if (result != ECONNREFUSED || unlink(path) < 0) {
		(void)snprintf(out_error, error_size, "cannot replace \"%s\": %s", path,
			strerror(result != ECONNREFUSED ? result : errno));
		return false;
	}
	return true;
}

/* A listening socket of mode 0660, non-blocking; -1 with a reason in out_error. */
static int listen_on(const char *path, char *out_error, size_t error_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	mode_t before;
	int bound;
	int fd;

	if (n == 0 || n >= sizeof(address.sun_path)) {
		(void)snprintf(out_error, error_size,
			"\"%s\" is no path for a socket: 1 to %zu bytes", path,
			sizeof(address.sun_path) - 1);
		return -1;
	}
	memcpy(address.sun_path, path, n + 1);
	if (!clear_path(&address, out_error, error_size))
		return -1;
	fd = make_socket();
	/* By the umask and not by chmod(): there is no moment with another mode. */
	before = umask(0117);
	bound = fd < 0 ? -1
		       : bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(before);
	if (bound < 0 || listen(fd, CONTROL_CONNECTIONS_MAX) < 0) {
		(void)snprintf(out_error, error_size,
			"cannot listen on \"%s\": %s (its folder has to exist and to "
			"belong to the user that calpresence runs as)",
			path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

static struct MHD_Daemon *start(struct control *control, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_request, control, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONTROL_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		HEADS_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_completed, control,
		MHD_OPTION_END);
}

struct control *control_create(const char *path, const struct control_events *events,
	char *out_error, size_t error_size)
{
	struct control *control = calloc(1, sizeof(*control));
	int fd = -1;

	if (control != NULL)
		control->path = strdup(path);
	if (control == NULL || control->path == NULL) {
		(void)snprintf(out_error, error_size, "out of memory");
		goto free_control;
	}
	control->events = *events;
	fd = listen_on(path, out_error, error_size);
	if (fd < 0)
		goto free_path;
	control->daemon = start(control, fd);
	if (control->daemon == NULL) {
		(void)snprintf(out_error, error_size, "cannot serve \"%s\": %s", path,
			strerror(errno));
		(void)unlink(path);
		goto free_path;
	}
	return control;

free_path:
	free(control->path);
free_control:
	free(control);
	return NULL;
}

void control_destroy(struct control *control)
{
	if (control == NULL)
		return;
	(void)unlink(control->path);
	MHD_stop_daemon(control->daemon);
	free(control->path);
	free(control);
}

int control_fd(const struct control *control)
{
	return MHD_get_daemon_info(control->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int control_timeout_ms(struct control *control)
{
	MHD_UNSIGNED_LONG_LONG timeout;

	if (control->due)
		return 0;
	if (MHD_get_timeout(control->daemon, &timeout) != MHD_YES)
		return -1;
	return timeout < INT_MAX ? (int)timeout : INT_MAX;
}

static void answer(struct control *control, struct asked *asked)
{
	struct control_answer said = {.body = &asked->body};

	control->events.answer(control->events.context, &asked->request, &said);
	asked->status = (unsigned)said.status;
	asked->attention = said.attention;
	if (asked->body.failed) {
		buf_finish(&asked->body);
		buf_puts(&asked->body, "the answer is too large\n");
		asked->request.json = false;
		asked->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	MHD_resume_connection(asked->connection);
}

/* Answers what MHD_run() read, outside of libmicrohttpd's callback. */
static bool answer_waiting(struct control *control)
{
	struct asked *waiting = control->waiting;
	bool any = waiting != NULL;

	control->waiting = NULL;
	for (struct asked *next; waiting != NULL; waiting = next) {
		next = waiting->next;
		answer(control, waiting);
	}
	return any;
}

static unsigned connections(const struct control *control)
{
	return MHD_get_daemon_info(control->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		->num_connections;
}

void control_turn(struct control *control)
{
	unsigned before = connections(control);

	(void)MHD_run(control->daemon);
	/* libmicrohttpd sends what was resumed, and listens again after a connection of
	 * the maximum ended, only when it runs once more; it has no event for either. */
	control->due = answer_waiting(control);
	control->due = connections(control) < before || control->due;
}
