#include "exchange/control.h"

#include "exchange/arguments.h"
#include "exchange/control_oof.h"
#include "exchange/control_streaming.h"
#include "exchange/operation.h"
#include "exchange/script.h"
#include "exchange/unfriendly.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_WAIT_S = 30,
	MAX_WAIT_S = 3600,
	HELD = 0, // instead of a status: no answer yet
};

bool control_is_path(const char *path)
{
	return strncmp(path, "/sim/", 5) == 0;
}

static unsigned do_add(struct visit *visit, struct buf *out)
{
	struct calendar *calendar = &visit->sim->calendar;
	const char *address = argument(visit, "mailbox");
	const char *start = argument(visit, "start");
	const char *end = argument(visit, "end");
	const char *busy = argument(visit, "busy");
	const char *subject = argument(visit, "subject");
	const char *location = argument(visit, "location");
	struct calendar_event event = {
		.busy = CALENDAR_BUSY,
	};
	struct calendar_mailbox *mailbox;
	int64_t now = clock_wall_ms() / 1000;
	int64_t id = 0;

	if (address == NULL || start == NULL || end == NULL ||
		!script_parse_time(start, now, now, &event.start) ||
		!script_parse_time(end, now, event.start, &event.end) ||
		(busy != NULL && !calendar_busy_parse(busy, &event.busy)))
		return argument_wrong(out, "mailbox=, start= and end= are needed; busy=");
	argument_flag(visit, "private", &event.is_private);
	argument_flag(visit, "recurring", &event.is_recurring);
	argument_flag(visit, "cancelled", &event.is_cancelled);
	argument_flag(visit, "allday", &event.is_all_day);
	if (!argument_copy(visit, "response", event.response, sizeof event.response) ||
		!argument_copy(
			visit, "category", event.category, sizeof event.category) ||
		!argument_copy(
			visit, "organizer", event.organizer, sizeof event.organizer))
		return argument_wrong(
			out, "response=, category= or organizer= is too long");
	event.subject = subject != NULL ? strdup(subject) : NULL;
	event.location = location != NULL ? strdup(location) : NULL;
	mailbox = calendar_get(calendar, address);
	if (mailbox != NULL)
		id = calendar_add(calendar, mailbox, &event);
	free(event.subject);
	free(event.location);
	if (id == 0)
		return argument_wrong(out, "the calendar is full");
	buf_printf(out, "%lld\n", (long long)id);
	return 200;
}

static unsigned do_cancel(struct visit *visit, struct buf *out)
{
	int64_t id;

	if (!argument_number(argument(visit, "id"), 1, &id) ||
		!calendar_cancel(&visit->sim->calendar, id))
		return argument_wrong(out, "there is no such id=");
	return 200;
}

static unsigned do_clear(struct visit *visit, struct buf *out)
{
	const char *address = argument(visit, "mailbox");
	struct calendar_mailbox *mailbox = NULL;

	if (address != NULL)
		mailbox = calendar_find(&visit->sim->calendar, address);
	if (mailbox == NULL)
		return argument_wrong(out, "there is no such mailbox=");
	calendar_clear(&visit->sim->calendar, mailbox);
	return 200;
}

static unsigned do_mailbox(struct visit *visit, struct buf *out)
{
	const char *address = argument(visit, "address");
	const char *error = argument(visit, "error");
	const char *view = argument(visit, "view");
	const char *version = argument(visit, "version");
	struct calendar_mailbox *mailbox = NULL;

	if (address != NULL && *address != '\0')
		mailbox = calendar_get(&visit->sim->calendar, address);
	if (mailbox == NULL)
		return argument_wrong(out, "address= is needed");
	if (view != NULL && !calendar_view_parse(view, strlen(view), &mailbox->allowed))
		return argument_wrong(out, "view= is none of EWS's");
	if (!argument_copy(visit, "server", mailbox->server, sizeof mailbox->server))
		return argument_wrong(out, "server= is too long");
	if (error != NULL && !calendar_set_error(mailbox, error))
		return argument_wrong(out, "out of memory");
	if (error != NULL)
		mailbox->error_text[0] = '\0';
	if (!argument_copy(
		    visit, "text", mailbox->error_text, sizeof mailbox->error_text))
		return argument_wrong(out, "text= is too long");
	argument_flag(visit, "legacy", &mailbox->is_legacy);
	argument_flag(visit, "forbidden", &mailbox->is_forbidden);
	argument_flag(visit, "pending", &mailbox->is_pending);
	if (version != NULL)
		mailbox->newest = envelope_version(version);
	return 200;
}

static unsigned do_load(struct visit *visit, struct buf *out)
{
	char error[SCRIPT_ERROR_TEXT];

	if (visit->body.failed)
		return argument_wrong(out, "too long");
	if (!script_run(&visit->sim->calendar, buf_text(&visit->body), visit->body.len,
		    clock_wall_ms() / 1000, error))
		return argument_wrong(out, error);
	return 200;
}

static unsigned do_password(struct visit *visit, struct buf *out)
{
	struct sim *sim = visit->sim;
	const char *value = argument(visit, "value");
	const char *user = argument(visit, "user");
	char *copy = value != NULL && sim->password != NULL ? strdup(value) : NULL;

	if (copy == NULL)
		return argument_wrong(out, "value= is needed, and a --user");
	free(sim->password);
	sim->password = copy;
	if (user == NULL)
		return 200;
	copy = strdup(user);
	if (copy == NULL)
		return argument_wrong(out, "out of memory");
	free(sim->user);
	sim->user = copy;
	return 200;
}

static unsigned do_token(struct visit *visit, struct buf *out)
{
	const char *value = argument(visit, "value");
	char *copy = value != NULL ? strdup(value) : NULL;

	if (copy == NULL)
		return argument_wrong(out, "value= is needed");
	free(visit->sim->token);
	visit->sim->token = copy;
	visit->sim->token_speaks_for = false;
	argument_flag(visit, "speaks_for", &visit->sim->token_speaks_for);
	return 200;
}

static unsigned do_fault(struct visit *visit, struct buf *out)
{
	const char *kind = argument(visit, "kind");
	struct fault fault;
	size_t number;

	if (kind != NULL && strcmp(kind, "none") == 0) {
		faults_clear(&visit->sim->faults);
		return 200;
	}
	if (kind == NULL || !faults_describe(kind, &fault))
		return argument_wrong(out, "there is no such kind=");
	fault.left = 1;
	if (!argument_optional(visit, "count", -1, &fault.left) || fault.left == 0 ||
		!argument_optional(visit, "delay", 0, &fault.delay_ms) ||
		!argument_optional(visit, "bytes", 1, &fault.bytes) ||
		!argument_copy(visit, "code", fault.code, sizeof fault.code) ||
		!argument_copy(visit, "backoff", fault.backoff, sizeof fault.backoff) ||
		!argument_copy(visit, "retry_after", fault.retry_after,
			sizeof fault.retry_after) ||
		!argument_copy(
			visit, "location", fault.location, sizeof fault.location) ||
		!argument_copy(visit, "diagnostics", fault.diagnostics,
			sizeof fault.diagnostics) ||
		!argument_copy(visit, "mailbox", fault.mailbox, sizeof fault.mailbox) ||
		!argument_copy(
			visit, "operation", fault.operation, sizeof fault.operation) ||
		(fault.operation[0] != '\0' && !operation_find(fault.operation, &number)))
		return argument_wrong(out,
			"count=, delay=, bytes=, code=, backoff=, retry_after=, "
			"location=, diagnostics=, mailbox= or operation= is wrong");
	if (!faults_order(&visit->sim->faults, &fault))
		return argument_wrong(out, "too many faults");
	return 200;
}

static unsigned do_impersonation(struct visit *visit, struct buf *out)
{
	bool is_allowed = true;

	if (argument(visit, "allowed") == NULL)
		return argument_wrong(out, "allowed= is needed");
	argument_flag(visit, "allowed", &is_allowed);
	visit->sim->denies_impersonation = !is_allowed;
	return 200;
}

static unsigned do_stats(struct visit *visit, struct buf *out)
{
	const char *address = argument(visit, "mailbox");
	const struct calendar_mailbox nobody = {0};
	const struct calendar_mailbox *mailbox = NULL;

	if (address != NULL)
		mailbox = calendar_find(&visit->sim->calendar, address);
	if (mailbox == NULL)
		mailbox = &nobody;
	buf_puts(out, "{");
	stats_put(out, &visit->sim->stats);
	if (address != NULL) {
		buf_printf(out,
			",\"mailbox\":{\"asked\":%lld,\"reads\":%lld,\"events\":%zu,"
			"\"operations\":{",
			(long long)mailbox->asked, (long long)mailbox->reads,
			mailbox->count);
		stats_put_operations(out, mailbox->operations);
		buf_puts(out, "}}");
	}
	buf_puts(out, "}\n");
	return 200;
}

static unsigned do_requests(struct visit *visit, struct buf *out)
{
	int64_t last = STATS_RECORDS;

	if (!argument_optional(visit, "last", 0, &last))
		return argument_wrong(out, "last= is no number");
	stats_put_records(out, &visit->sim->stats, last);
	return 200;
}

/* The conditions of a wait: every argument that names a counter must be reached. */
struct conditions {
	const struct visit *visit;
	const struct calendar_mailbox *mailbox;
	bool has_mailbox;
	bool met;
	bool wrong;
};

static bool current_value(
	const struct conditions *conditions, const char *name, int64_t *out_value)
{
	const struct calendar_mailbox *mailbox = conditions->mailbox;
	size_t number;

	*out_value = 0;
	if (conditions->has_mailbox && operation_find(name, &number)) {
		*out_value = mailbox != NULL ? mailbox->operations[number] : 0;
		return true;
	}
	if (!conditions->has_mailbox)
		return stats_counter(&conditions->visit->sim->stats, name, out_value);
	if (strcmp(name, "reads") == 0)
		*out_value = mailbox != NULL ? mailbox->reads : 0;
	else if (strcmp(name, "asked") == 0)
		*out_value = mailbox != NULL ? mailbox->asked : 0;
	else
		return stats_counter(&conditions->visit->sim->stats, name, out_value);
	return true;
}

/* The signature is MHD's. */
static enum MHD_Result check_argument(
	void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct conditions *conditions = user;
	int64_t wanted;
	int64_t now;

	(void)kind;
	if (strcmp(name, "mailbox") == 0 || strcmp(name, "timeout") == 0)
		return MHD_YES;
	if (!argument_number(value, 0, &wanted) || !current_value(conditions, name, &now))
		conditions->wrong = true;
	else if (now < wanted)
		conditions->met = false;
	return MHD_YES;
}

static struct conditions check_conditions(const struct visit *visit)
{
	const char *address = argument(visit, "mailbox");
	struct conditions conditions = {
		.visit = visit,
		.has_mailbox = address != NULL,
		.met = true,
	};

	if (address != NULL)
		conditions.mailbox = calendar_find(&visit->sim->calendar, address);
	(void)MHD_get_connection_values(
		visit->connection, MHD_GET_ARGUMENT_KIND, check_argument, &conditions);
	return conditions;
}

static bool wait_is_over(struct visit *visit)
{
	return check_conditions(visit).met;
}

static unsigned do_wait(struct visit *visit, struct buf *out)
{
	const struct conditions conditions = check_conditions(visit);
	int64_t now_ms = clock_mono_ms();
	int64_t timeout_s = DEFAULT_WAIT_S;

	if (conditions.wrong || !argument_optional(visit, "timeout", 0, &timeout_s) ||
		timeout_s > MAX_WAIT_S)
		return argument_wrong(out, "there is no such condition");
	if (visit->deadline_ms == 0)
		visit->deadline_ms = now_ms + timeout_s * 1000;
	if (!conditions.met && now_ms < visit->deadline_ms) {
		visit_hold(visit, visit->deadline_ms - now_ms, wait_is_over);
		return HELD;
	}
	(void)do_stats(visit, out);
	return conditions.met ? 200 : 504;
}

enum MHD_Result control_answer(struct visit *visit)
{
	static const struct {
		const char *name;
		unsigned (*run)(struct visit *visit, struct buf *out);
	} commands[] = {
		{"add", do_add},
		{"cancel", do_cancel},
		{"clear", do_clear},
		{"mailbox", do_mailbox},
		{"load", do_load},
		{"password", do_password},
		{"token", do_token},
		{"fault", do_fault},
		{"oof", control_oof},
		{"impersonation", do_impersonation},
		{"servers", farm_servers},
		{"health", farm_health},
		{"unfriendly", unfriendly_command},
		{"policy", policy_command},
		{"streaming", control_streaming},
		{"subscription", control_subscription},
		{"replay", control_replay},
		{"cut", control_cut},
		{"restart", control_restart},
		{"stats", do_stats},
		{"requests", do_requests},
		{"wait", do_wait},
	};
	struct visit_reply reply = {.status = 404, .type = "text/plain; charset=utf-8"};
	struct buf out;

	buf_init(&out, VISIT_MAX_ANSWER);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(visit->path + 5, commands[i].name) == 0)
			reply.status = commands[i].run(visit, &out);
	}
	if (reply.status == HELD)
		return MHD_YES;
	if (out.len > 0 && (out.data[0] == '{' || out.data[0] == '['))
		reply.type = "application/json";
	return visit_reply(visit, &reply, &out);
}
