#include "exchange/stats.h"

#include "exchange/operation.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
	MAX_KEPT = 8 * 1024 * 1024, // of one body
};

void stats_finish(struct stats *stats)
{
	for (size_t i = 0; i < STATS_RECORDS; i++) {
		buf_finish(&stats->records[i].headers);
		buf_finish(&stats->records[i].body);
	}
}

void stats_note_error(struct stats *stats, const char *text)
{
	(void)snprintf(stats->last_error, sizeof stats->last_error, "%s", text);
}

struct stats_record *stats_begin(struct stats *stats, int64_t now_ms)
{
	struct stats_record *record = stats->records + stats->requests % STATS_RECORDS;

	buf_finish(&record->headers);
	buf_finish(&record->body);
	*record = (struct stats_record){.number = ++stats->requests, .at_ms = now_ms};
	buf_init(&record->headers, MAX_KEPT);
	buf_init(&record->body, MAX_KEPT);
	return record;
}

struct stats_record *stats_record(struct stats *stats, int64_t number)
{
	struct stats_record *record;

	if (number <= 0)
		return NULL;
	record = stats->records + (number - 1) % STATS_RECORDS;
	return record->number == number ? record : NULL;
}

void stats_put_records(struct buf *buf, struct stats *stats, int64_t n)
{
	int64_t first = n < stats->requests ? stats->requests - n + 1 : 1;
	const char *comma = "";

	buf_puts(buf, "[");
	for (int64_t number = first; number <= stats->requests; number++) {
		const struct stats_record *record = stats_record(stats, number);

		if (record == NULL)
			continue;
		buf_printf(buf,
			"%s{\"number\":%lld,\"at_ms\":%lld,\"operation\":\"%s\","
			"\"mailboxes\":%lld,\"status\":%u,\"headers\":{%s},\"body\":\"",
			comma, (long long)record->number, (long long)record->at_ms,
			record->operation != NULL ? record->operation : "",
			(long long)record->mailboxes, record->status,
			buf_text(&record->headers));
		buf_put_json(buf, buf_text(&record->body));
		buf_puts(buf, "\"}");
		comma = ",\n";
	}
	buf_puts(buf, "]\n");
}

static const struct {
	const char *name;
	size_t offset;
} counters[] = {
	{"requests", offsetof(struct stats, requests)},
	{"mailboxes", offsetof(struct stats, mailboxes)},
	{"reads", offsetof(struct stats, reads)},
	{"logon_failures", offsetof(struct stats, logon_failures)},
	{"challenges", offsetof(struct stats, challenges)},
	{"faults", offsetof(struct stats, faults)},
	{"connections", offsetof(struct stats, connections)},
	{"ended", offsetof(struct stats, ended)},
	{"in_flight", offsetof(struct stats, in_flight)},
	{"max_in_flight", offsetof(struct stats, max_in_flight)},
	{"schema_errors", offsetof(struct stats, schema_errors)},
	{"answer_errors", offsetof(struct stats, answer_errors)},
	{"subscriptions", offsetof(struct stats, subscriptions)},
	{"streams", offsetof(struct stats, streams)},
	{"streams_ended", offsetof(struct stats, streams_ended)},
	{"notifications", offsetof(struct stats, notifications)},
	{"heartbeats", offsetof(struct stats, heartbeats)},
	{"throttled", offsetof(struct stats, throttled)},
	{"throttled_span_ms", offsetof(struct stats, throttled_span_ms)},
};

static int64_t value_of(const struct stats *stats, size_t i)
{
	int64_t value;

	memcpy(&value, (const char *)stats + counters[i].offset, sizeof value);
	return value;
}

bool stats_counter(const struct stats *stats, const char *name, int64_t *out_value)
{
	size_t number;

	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		if (strcmp(name, counters[i].name) == 0) {
			*out_value = value_of(stats, i);
			return true;
		}
	}
	if (!operation_find(name, &number))
		return false;
	*out_value = stats->operations[number];
	return true;
}

void stats_put_operations(struct buf *buf, const int64_t operations[STATS_OPERATIONS])
{
	const char *name;

	for (size_t i = 0; (name = operation_name(i)) != NULL; i++)
		buf_printf(buf, "%s\"%s\":%lld", i > 0 ? "," : "", name,
			(long long)operations[i]);
}

void stats_put(struct buf *buf, const struct stats *stats)
{
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		buf_printf(buf, "\"%s\":%lld,", counters[i].name,
			(long long)value_of(stats, i));
	buf_puts(buf, "\"operations\":{");
	stats_put_operations(buf, stats->operations);
	buf_puts(buf, "},\"last_error\":\"");
	buf_put_json(buf, stats->last_error);
	buf_puts(buf, "\"");
}
