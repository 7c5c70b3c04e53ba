#include "exchange/ews.h"

#include "exchange/bearer.h"
#include "exchange/impersonation.h"
#include "exchange/operation.h"
#include "exchange/play.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PAGE                                                                             \
	"<html><head><title>Service</title></head><body>You have created a service. To " \
	"test this service, you will need to create a client and use it to call the "    \
	"service.</body></html>"

bool ews_is_path(const char *path)
{
	return strcasecmp(path, "/EWS/Exchange.asmx") == 0;
}

/* Keeps a header; of Authorization only the scheme. The signature is MHD's. */
static enum MHD_Result keep_header(
	void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct buf *headers = user;
	char scheme[32] = "";
	size_t n;

	(void)kind;
	if (value == NULL)
		value = "";
	if (strcasecmp(name, "Authorization") == 0) {
		n = strcspn(value, " ");
		memcpy(scheme, value, n < sizeof scheme ? n : sizeof scheme - 1);
		value = scheme;
	}
	buf_puts(headers, headers->len > 0 ? ",\"" : "\"");
	buf_put_json(headers, name);
	buf_puts(headers, "\":\"");
	buf_put_json(headers, value);
	buf_puts(headers, "\"");
	return MHD_YES;
}

static void keep_record(struct visit *visit)
{
	struct stats_record *record = stats_begin(&visit->sim->stats, clock_wall_ms());

	visit->number = record->number;
	buf_add(&record->body, visit->body.data, visit->body.len);
	(void)MHD_get_connection_values(
		visit->connection, MHD_HEADER_KIND, keep_header, &record->headers);
}

/* The cookie counts for who prefers affinity. */
static void read_affinity(struct visit *visit)
{
	const char *cookie =
		MHD_lookup_connection_value(visit->connection, MHD_COOKIE_KIND, AFFINITY);

	if (cookie != NULL &&
		strcasecmp(visit_header(visit, "X-PreferServerAffinity"), "true") == 0)
		(void)snprintf(visit->affinity, sizeof visit->affinity, "%.*s",
			(int)sizeof visit->affinity - 1, cookie);
}

/* Whether the visit may go on; otherwise it has been counted why not. */
static bool is_admitted(struct visit *visit)
{
	struct sim *sim = visit->sim;
	char *password = NULL;
	char *user;
	bool ok;

	visit->has_token = bearer_is_there(visit);
	if (visit->has_token) {
		ok = bearer_is_right(visit);
		(void)snprintf(visit->account, sizeof visit->account, "token");
		sim->stats.logon_failures += !ok;
		return ok;
	}
	if (sim->password == NULL)
		return true;
	user = MHD_basic_auth_get_username_password(visit->connection, &password);
	if (user == NULL) {
		sim->stats.challenges++;
		return false;
	}
	ok = strcasecmp(user, sim->user) == 0 && password != NULL &&
	     strcmp(password, sim->password) == 0 && !visit->is_refused;
	if (!ok) {
		sim->stats.logon_failures++;
		stats_note_error(&sim->stats, "wrong credentials");
	}
	(void)snprintf(visit->account, sizeof visit->account, "%.*s",
		(int)sizeof visit->account - 1, user);
	MHD_free(user);
	MHD_free(password);
	return ok;
}

static enum MHD_Result reply_text(
	struct visit *visit, unsigned status, const char *type, const char *text)
{
	const struct visit_reply reply = {.status = status, .type = type};
	struct buf body;

	buf_init(&body, VISIT_MAX_ANSWER);
	buf_puts(&body, text);
	return visit_reply(visit, &reply, &body);
}

static bool read_operation(struct visit *visit)
{
	const struct operation *operation = visit->operation;
	struct soap_fault *refusal = &visit->refusal;
	char why[SOAP_FAULT_TEXT];

	if (operation == NULL)
		return soap_refuse(
			refusal, "ErrorInvalidRequest", 0, "The request is invalid.");
	if (visit->sim->schema != NULL &&
		!schema_check(
			visit->sim->schema, visit->envelope.operation, why, sizeof why))
		return soap_invalid(refusal, why);
	return operation->read(visit, visit->envelope.operation, refusal) &&
	       impersonation_check(visit, refusal);
}

static void count_operation(struct visit *visit)
{
	struct sim *sim = visit->sim;
	struct stats_record *record = stats_record(&sim->stats, visit->number);
	size_t number = 0;

	record->mailboxes = (int64_t)visit->roll.count;
	sim->stats.mailboxes += record->mailboxes;
	if (visit->operation != NULL) {
		record->operation = visit->operation->name;
		number = operation_number(visit->operation);
		sim->stats.operations[number]++;
	}
	for (size_t i = 0; i < visit->roll.count; i++) {
		struct calendar_mailbox *mailbox = visit->roll.entries[i].mailbox;

		if (mailbox == NULL)
			continue;
		mailbox->asked++;
		if (visit->operation != NULL)
			mailbox->operations[number]++;
	}
}

/* Whether it is in the name of somebody for whom EWS is switched off. */
static bool is_forbidden(const struct visit *visit)
{
	const struct calendar_mailbox *mailbox = NULL;

	if (visit->envelope.has_name)
		mailbox = calendar_find(&visit->sim->calendar, visit->envelope.name);
	return mailbox != NULL && mailbox->is_forbidden;
}

static void read_request(struct visit *visit)
{
	struct sim *sim = visit->sim;
	bool ok = envelope_read(buf_text(&visit->body), visit->body.len, &visit->envelope,
		&visit->refusal);

	visit->was_read = true;
	if (ok) {
		visit->operation = operation_of(visit->envelope.operation);
		ok = policy_takes_version(
			     &sim->policy, visit->envelope.version, &visit->refusal) &&
		     read_operation(visit);
	}
	if (!ok) {
		stats_note_error(&sim->stats, visit->refusal.text);
		if (strcmp(visit->refusal.code, "ErrorSchemaValidation") == 0)
			sim->stats.schema_errors++;
	}
	envelope_finish(&visit->envelope);
	if (visit->roll.count == 0 && visit->envelope.has_name)
		(void)roll_add(&visit->roll, visit->envelope.name);
	roll_resolve(&visit->roll, &sim->calendar);
	count_operation(visit);
	visit->fault = faults_take(&sim->faults,
		visit->operation != NULL ? visit->operation->name : NULL, &visit->roll);
	if (visit->fault.kind == FAULT_NONE && is_forbidden(visit))
		visit->fault = (struct fault){.kind = FAULT_STATUS, .status = 403};
	sim->stats.faults += visit->fault.kind != FAULT_NONE;
	policy_enter(visit);
}

/* How long the fault keeps the answer back. */
static int64_t delay_of(const struct fault *fault)
{
	if (fault->kind == FAULT_HANG)
		return VISIT_FOREVER_MS;
	return fault->kind == FAULT_DRIP ? 0 : fault->delay_ms;
}

static enum MHD_Result answer_post(struct visit *visit)
{
	int64_t delay_ms;

	if (!visit->was_read)
		read_request(visit);
	delay_ms = delay_of(&visit->fault);
	if (!visit->was_held)
		delay_ms += policy_time(visit);
	if (delay_ms > 0 && !visit->was_held) {
		visit->was_held = true;
		visit_hold(visit, delay_ms, NULL);
		return MHD_YES;
	}
	return play(visit);
}

static bool is_too_long(const struct visit *visit)
{
	int64_t bytes = visit->sim->policy.bytes;

	return bytes > 0 && visit->body.len > (uint64_t)bytes;
}

enum MHD_Result ews_answer(struct visit *visit)
{
	const char *type;

	if (visit->was_read)
		return answer_post(visit);
	keep_record(visit);
	read_affinity(visit);
	if (!is_admitted(visit))
		return play_unauthorized(visit);
	if (strcmp(visit->method, "GET") == 0)
		return reply_text(visit, 200, "text/html; charset=utf-8", PAGE);
	if (strcmp(visit->method, "POST") != 0)
		return reply_text(visit, 405, NULL, "");
	type = MHD_lookup_connection_value(
		visit->connection, MHD_HEADER_KIND, "Content-Type");
	if (type == NULL || strncasecmp(type, "text/xml", 8) != 0)
		return reply_text(visit, 415, NULL, "");
	if (visit->body.failed || is_too_long(visit))
		return reply_text(visit, 413, "text/html", "<html>413</html>");
	return answer_post(visit);
}

void ews_end(struct visit *visit, bool whole)
{
	struct sim *sim = visit->sim;

	policy_leave(visit);
	sim->stats.in_flight -= !visit->is_stream;
	sim->stats.ended++;
	if (whole && visit->succeeded && visit->operation->done != NULL)
		visit->operation->done(visit);
}
