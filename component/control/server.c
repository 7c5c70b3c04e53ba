#include "component/control/control.h"
#include "component/control/listen.h"
#include "component/control/route.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
