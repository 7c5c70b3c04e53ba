#include "exchange/visit.h"

#include "exchange/operation.h"
#include "exchange/streams.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

struct visit *visit_create(struct sim *sim, struct MHD_Connection *connection,
	const char *method, const char *path)
{
	struct visit *visit = calloc(1, sizeof *visit);

	if (visit == NULL)
		return NULL;
	visit->sim = sim;
	visit->connection = connection;
	visit->method = method;
	visit->path = path;
	buf_init(&visit->body, VISIT_MAX_BODY);
	return visit;
}

void visit_destroy(struct visit *visit)
{
	streams_detach(visit->stream);
	if (visit->operation != NULL && visit->operation->finish != NULL)
		visit->operation->finish(visit->asked);
	free(visit->asked);
	roll_finish(&visit->roll);
	envelope_finish(&visit->envelope);
	buf_finish(&visit->body);
	free(visit);
}

void visit_hold(struct visit *visit, int64_t ms, bool (*is_ready)(struct visit *))
{
	visit->wake_ms = clock_mono_ms() + ms;
	visit->is_ready = is_ready;
	DL_APPEND(visit->sim->held, visit);
	MHD_suspend_connection(visit->connection);
}

void visit_resume(struct visit *visit)
{
	DL_DELETE(visit->sim->held, visit);
	MHD_resume_connection(visit->connection);
}

const char *visit_header(const struct visit *visit, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);

	return value != NULL ? value : "";
}

void visit_check(struct sim *sim, const struct buf *body)
{
	char why[STATS_ERROR_TEXT];

	if (sim->schema == NULL || body->failed ||
		schema_check_message(sim->schema, body->data, body->len, why, sizeof why))
		return;
	sim->stats.answer_errors++;
	stats_note_error(&sim->stats, why);
}

static void set_cookie(const struct visit *visit, struct MHD_Response *response)
{
	char text[STREAMING_NAME + 64];

	if (visit->cookie[0] == '\0')
		return;
	(void)snprintf(text, sizeof text, AFFINITY "=%s; path=/; secure; HttpOnly",
		visit->cookie);
	(void)MHD_add_response_header(response, "Set-Cookie", text);
}

enum MHD_Result visit_reply_with(struct visit *visit, const struct visit_reply *reply,
	struct MHD_Response *response)
{
	struct stats_record *record = stats_record(&visit->sim->stats, visit->number);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	if (reply->type != NULL)
		(void)MHD_add_response_header(response, "Content-Type", reply->type);
	(void)MHD_add_response_header(response, "Server", "Microsoft-IIS/10.0");
	(void)MHD_add_response_header(
		response, "X-FEServer", visit->server != NULL ? visit->server : "EXCH01");
	for (size_t i = 0; i < VISIT_HEADERS && reply->headers[i][0] != NULL; i++)
		(void)MHD_add_response_header(
			response, reply->headers[i][0], reply->headers[i][1]);
	set_cookie(visit, response);
	if (record != NULL)
		record->status = reply->status;
	result = MHD_queue_response(visit->connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result visit_reply(
	struct visit *visit, const struct visit_reply *reply, struct buf *body)
{
	struct MHD_Response *response = NULL;

	if (!body->failed)
		response = MHD_create_response_from_buffer(
			body->len, body->data, MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		*body = (struct buf){.max = body->max};
	buf_finish(body);
	return visit_reply_with(visit, reply, response);
}
