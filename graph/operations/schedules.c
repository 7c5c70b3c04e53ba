#include "graph/operations/schedules.h"

#include "base/datetime.h"
#include "base/line.h"
#include "graph/json/graph_json.h"
#include "graph/json/graph_time.h"
#include "graph/operations/graph_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ request */

static void put_time(struct buf *buf, const char *name, int64_t seconds)
{
	char text[DATETIME_SIZE];
	datetime_print(seconds, text);
	buf_printf(buf, ",\"%s\":{\"dateTime\":\"%s\",\"timeZone\":\"UTC\"}", name, text);
}

void schedules_write(struct buf *buf, const struct schedules_query *query)
{
	buf_puts(buf, "{\"schedules\":[");
	for (size_t i = 0; i < query->n; i++) {
		buf_puts(buf, i > 0 ? ",\"" : "\"");
		buf_put_json(buf, query->addresses[i]);
		buf_puts(buf, "\"");
	}
	buf_puts(buf, "]");
	put_time(buf, "startTime", query->from);
	put_time(buf, "endTime", query->to);
	buf_printf(buf, ",\"availabilityViewInterval\":%d}", (int)(query->slot_s / 60));
}

/* ------------------------------------------------------------------ answer */

/* What is put together of one answer. */
struct collect {
	const struct schedules_query *query;
	struct schedules *schedules;
	size_t cap; // of the events
	bool no_memory;
};

static void add_event(struct collect *collect, struct gateway_event event)
{
	struct reading *reading = &collect->schedules->reading;
	event.start =
		event.start < collect->query->from ? collect->query->from : event.start;
	event.end = event.end > collect->query->to ? collect->query->to : event.end;
	if (event.end <= event.start)
		return;
	if (reading->n_events == collect->cap) {
		size_t cap = collect->cap > 0 ? 2 * collect->cap : 64;
		struct gateway_event *grown =
			realloc(reading->events, cap * sizeof *grown);
		if (!grown) {
			collect->no_memory = true;
			return;
		}
		reading->events = grown;
		collect->cap = cap;
	}
	reading->events[reading->n_events++] = event;
}

static void fail(struct mailbox_reading *mailbox, enum gateway_fault fault,
	const char *code, const char *text)
{
	mailbox->fault = fault;
	line_copy(mailbox->code, sizeof mailbox->code, code, strlen(code));
	line_copy(mailbox->text, sizeof mailbox->text, text, strlen(text));
}

static uint8_t busy_of(const char *status)
{
	static const struct {
		const char *name;
		uint8_t busy;
	} names[] = {
		{"free", GATEWAY_BUSY_FREE},
		{"tentative", GATEWAY_BUSY_TENTATIVE},
		{"busy", GATEWAY_BUSY_BUSY},
		{"oof", GATEWAY_BUSY_OOF},
		{"workingElsewhere", GATEWAY_BUSY_ELSEWHERE},
	};
	for (size_t i = 0; status && i < sizeof names / sizeof *names; i++)
		if (strcasecmp(status, names[i].name) == 0)
			return names[i].busy;
	return GATEWAY_BUSY_NODATA;
}

/* False: it is not as it was asked for, and all of the calendar is not to be believed. */
static bool take_item(struct collect *collect, const json_t *item)
{
	struct gateway_event event = {.busy = busy_of(graph_json_text(item, "status"))};
	enum graph_time start =
		graph_time_read(json_object_get(item, "start"), &event.start);
	enum graph_time end = graph_time_read(json_object_get(item, "end"), &event.end);
	if (start == GRAPH_TIME_ZONE || end == GRAPH_TIME_ZONE)
		return false;
	if (json_is_true(json_object_get(item, "isPrivate")))
		event.flags = GATEWAY_EVENT_PRIVATE;
	if (start == GRAPH_TIME_GOOD && end == GRAPH_TIME_GOOD)
		add_event(collect, event);
	return true;
}

static uint8_t busy_of_digit(char digit)
{
	static const uint8_t busy[] = {GATEWAY_BUSY_FREE, GATEWAY_BUSY_TENTATIVE,
		GATEWAY_BUSY_BUSY, GATEWAY_BUSY_OOF, GATEWAY_BUSY_ELSEWHERE};
	return digit >= '0' && digit <= '4' ? busy[digit - '0'] : GATEWAY_BUSY_NODATA;
}

static void add_run(struct collect *collect, struct gateway_event run)
{
	if (run.busy != GATEWAY_BUSY_FREE)
		add_event(collect, run);
}

/* One event for each run of equal digits. What is behind the last one is not known. */
static void take_digits(struct collect *collect, const char *digits)
{
	int64_t to = collect->query->to;
	size_t n = strlen(digits);
	struct gateway_event run = {
		.start = collect->query->from, .end = collect->query->from};
	for (size_t i = 0; run.end < to; i++) {
		uint8_t busy = i < n ? busy_of_digit(digits[i]) : GATEWAY_BUSY_NODATA;
		if (busy != run.busy) {
			add_run(collect, run);
			run.start = run.end;
			run.busy = busy;
		}
		run.end = i < n && to - run.end > collect->query->slot_s
				  ? run.end + collect->query->slot_s
				  : to;
	}
	add_run(collect, run);
}

static void take_error(struct mailbox_reading *mailbox, const json_t *error)
{
	char number[24] = "";
	const char *code = graph_json_text(error, "responseCode");
	const char *text = graph_json_text(error, "message");
	const json_t *value = json_object_get(error, "responseCode");
	if (json_is_integer(value))
		(void)snprintf(number, sizeof number, "%lld",
			(long long)json_integer_value(value));
	code = code ? code : number;
	const struct graph_code *known = graph_code_find(code);
	fail(mailbox, known ? known->fault : GATEWAY_FAULT_MAILBOX, code,
		text && text[0] ? text
				: "Exchange Online has no calendar of this mailbox");
	if (mailbox->fault == GATEWAY_FAULT_NONE)
		mailbox->fault = GATEWAY_FAULT_MAILBOX;
	mailbox->elsewhere = known && known->elsewhere;
	if (strcmp(code, "5006") == 0)
		mailbox->advice = READING_IN_CHUNKS;
}

/* True where there are times of it, or proof that there are none. */
static bool take_calendar(
	struct collect *collect, struct mailbox_reading *mailbox, const json_t *schedule)
{
	const json_t *items = json_object_get(schedule, "scheduleItems");
	const char *digits = graph_json_text(schedule, "availabilityView");
	size_t n = json_array_size(items);
	if (n == 0 && (!digits || !digits[0])) {
		fail(mailbox, GATEWAY_FAULT_ANSWER, "",
			"the answer says nothing of this calendar");
		return false;
	}
	if (n > SCHEDULES_ITEMS_MAX) {
		fail(mailbox, GATEWAY_FAULT_MAILBOX, "",
			"the calendar has too many entries in the window that is read");
		mailbox->advice = READING_IN_CHUNKS;
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (take_item(collect, json_array_get(items, i)))
			continue;
		fail(mailbox, GATEWAY_FAULT_ANSWER, "",
			"times came in another zone than UTC, which was asked for");
		return false;
	}
	if (n == 0)
		take_digits(collect, digits);
	return true;
}

/* Who it is that a schedule is of, from NEXT on, where it is as a rule; n: nobody. */
static size_t find(const struct schedules_query *query, const char *id, size_t next)
{
	for (size_t i = 0; id && i < query->n; i++) {
		size_t at = (next + i) % query->n;
		if (strcasecmp(query->addresses[at], id) == 0)
			return at;
	}
	return query->n;
}

static void take_schedule(
	struct collect *collect, const json_t *schedule, size_t at, bool *has_data)
{
	struct reading *reading = &collect->schedules->reading;
	struct mailbox_reading *mailbox = &reading->mailboxes[at];
	const json_t *error = json_object_get(schedule, "error");
	if (*has_data)
		return;
	*mailbox = (struct mailbox_reading){.first = reading->n_events};
	if (error && !json_is_null(error))
		take_error(mailbox, error);
	else
		*has_data = take_calendar(collect, mailbox, schedule);
	if (!*has_data)
		reading->n_events = mailbox->first;
	mailbox->n = reading->n_events - mailbox->first;
}

/* Nobody is free before the answer has said so. */
static bool begin(struct schedules *schedules, size_t n)
{
	schedules->reading.mailboxes = calloc(n, sizeof *schedules->reading.mailboxes);
	if (!schedules->reading.mailboxes)
		return false;
	schedules->reading.n = n;
	for (size_t i = 0; i < n; i++)
		fail(&schedules->reading.mailboxes[i], GATEWAY_FAULT_ANSWER, "",
			"the answer does not have this mailbox in it");
	return true;
}

int schedules_read(const char *bytes, size_t n, const struct schedules_query *query,
	struct schedules *out_schedules)
{
	struct collect collect = {.query = query, .schedules = out_schedules};
	bool has_data[SCHEDULES_MOST] = {false};
	*out_schedules = (struct schedules){0};
	json_t *answer = graph_json_load(bytes, n);
	graph_error_read(answer, &out_schedules->error);
	const json_t *value = json_object_get(answer, "value");
	out_schedules->error.is_json &= json_is_array(value);
	if (!begin(out_schedules, query->n)) {
		json_decref(answer);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *schedule = json_array_get(value, i);
		size_t at = find(query, graph_json_text(schedule, "scheduleId"), i);
		if (at < query->n)
			take_schedule(&collect, schedule, at, &has_data[at]);
	}
	json_decref(answer);
	if (!collect.no_memory)
		return 0;
	schedules_finish(out_schedules);
	return -1;
}

void schedules_finish(struct schedules *schedules)
{
	free(schedules->reading.mailboxes);
	free(schedules->reading.events);
	*schedules = (struct schedules){0};
}
