#include "base/parse.h"
#include "graph/json/graph_json.h"
#include "graph/operations/graph_outcome.h"
#include "graph/operations/reply_settings.h"
#include "graph/operations/schedules.h"

#include "corpus.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * The shared samples of Graph's messages, each to the result that corpus.tsv states:
 * sample, whom it was asked for, result.
 */

#define FROM INT64_C(1796083200) // 2026-12-01T00:00:00Z, of most samples
#define TO (FROM + 86400)
#define SLOT_S 1800 // likewise

struct sample {
	char *bytes; // owned
	const char *body;
	size_t n;
	struct transfer transfer;
};

/* The next field of a line, or line of a text, which it is cut out of; NULL: none. */
static char *cut(char **rest, char separator)
{
	char *field = *rest;
	char *end = strchr(field, separator);
	if (*field == '\0')
		return NULL;
	*rest = end ? end + 1 : field + strlen(field);
	if (end)
		*end = '\0';
	return field;
}

/* The value of a header field; false: there is none. */
static bool header(const char *head, const char *name, char *out, size_t size)
{
	const char *line = strstr(head, "\r\n");
	for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
		const char *value = line + 2 + strlen(name);
		if (strncasecmp(line + 2, name, strlen(name)) != 0)
			continue;
		(void)snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
		return true;
	}
	return false;
}

static void read_head(struct sample *sample, const char *body)
{
	char value[1024];
	struct transfer *transfer = &sample->transfer;
	int64_t status = 0;
	assert_true(parse_int64(sample->bytes + 9, 3, 100, 999, &status));
	transfer->status = (long)status;
	transfer->media_type[0] = '\0';
	(void)header(sample->bytes, "Content-Type: ", transfer->media_type,
		sizeof transfer->media_type);
	if (header(sample->bytes, "Retry-After: ", value, sizeof value))
		transfer->retry_after_ms = outcome_retry_after_ms(value, FROM + 1);
	transfer->challenged =
		header(sample->bytes, "WWW-Authenticate: ", value, sizeof value) &&
		strstr(value, "insufficient_claims");
	sample->n -= (size_t)(body - sample->bytes);
	sample->body = body;
}

static void load(const char *name, struct sample *sample)
{
	char relative[528];
	char path[1024];
	*sample =
		(struct sample){.transfer = {.status = 200,
					.retry_after_ms = -1,
					.auth = AUTH_TOKEN,
					.media_type = "application/json; charset=utf-8"}};
	(void)snprintf(relative, sizeof relative, "graph/corpus/%s", name);
	corpus_path(path, sizeof path, relative);
	sample->bytes = corpus_load(path, &sample->n);
	assert_non_null(sample->bytes);
	sample->body = sample->bytes;
	const char *blank = strstr(sample->bytes, "\r\n\r\n");
	if (blank && strncmp(sample->bytes, "HTTP/1.", 7) == 0)
		read_head(sample, blank + 4);
}

static void put_time(struct buf *out, int64_t seconds)
{
	int64_t minutes = (seconds - FROM) / 60;
	buf_printf(out, "%02lld:%02lld", (long long)(minutes / 60),
		(long long)(minutes % 60));
	if (seconds % 60)
		buf_printf(out, ":%02lld", (long long)((seconds - FROM) % 60));
}

static void put_events(struct buf *out, const struct gateway_event *events, size_t n)
{
	static const char *const names[] = {
		"free", "tentative", "busy", "oof", "elsewhere", "nodata"};
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s%s ", i > 0 ? "," : "",
			events[i].flags & GATEWAY_EVENT_PRIVATE ? "private " : "",
			names[events[i].busy]);
		put_time(out, events[i].start);
		buf_puts(out, "-");
		put_time(out, events[i].end);
	}
}

static void put_outcome(
	struct buf *out, const struct sample *sample, const struct graph_error *error)
{
	static const char *const classes[] = {
		"use", "retry", "bisect", "again", "back-off", "denied", "stop"};
	struct graph_judgement judgement = graph_outcome_of(&sample->transfer, error, 20);
	const struct outcome *outcome = &judgement.outcome;
	assert_true(outcome->text[0] != '\0');
	buf_puts(out, classes[outcome->class]);
	if (outcome->class != OUTCOME_USE)
		buf_printf(out, " %s", gateway_fault_name(outcome->fault));
	if (judgement.of_caller)
		buf_puts(out, " caller");
	if (outcome->elsewhere)
		buf_puts(out, " elsewhere");
	if (outcome->too_big)
		buf_puts(out, " fewer");
	if (outcome->back_off_ms > 0)
		buf_printf(out, " %lld s", (long long)outcome->back_off_ms / 1000);
}

static void put_mailbox(struct buf *out, const struct reading *reading, size_t i)
{
	const struct mailbox_reading *mailbox = &reading->mailboxes[i];
	assert_true(mailbox->first + mailbox->n <= reading->n_events);
	assert_true(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->text[0] != '\0');
	if (mailbox->fault != GATEWAY_FAULT_NONE)
		buf_puts(out, gateway_fault_name(mailbox->fault));
	else if (mailbox->n == 0)
		buf_puts(out, "free");
	else
		put_events(out, reading->events + mailbox->first, mailbox->n);
	if (mailbox->elsewhere)
		buf_puts(out, " elsewhere");
	if (mailbox->advice == READING_IN_CHUNKS)
		buf_puts(out, " chunks");
}

/* A run of the same is said once. */
static void put_schedules(struct buf *out, const struct reading *reading)
{
	char last[512] = "";
	unsigned times = 0;
	for (size_t i = 0; i <= reading->n; i++) {
		struct buf one;
		buf_init(&one, sizeof last - 1);
		if (i < reading->n)
			put_mailbox(&one, reading, i);
		if (i > 0 && i < reading->n && strcmp(last, buf_text(&one)) == 0) {
			times++;
		} else {
			if (i > 0)
				buf_printf(out, "; %s", last);
			if (i > 0 && times > 1)
				buf_printf(out, " x%u", times);
			(void)snprintf(last, sizeof last, "%s", buf_text(&one));
			times = 1;
		}
		buf_finish(&one);
	}
}

static void run_schedules(struct buf *out, const struct sample *sample, char *asked)
{
	const char *addresses[SCHEDULES_MOST];
	struct schedules_query query = {
		.addresses = addresses, .from = FROM, .to = TO, .slot_s = SLOT_S};
	struct schedules schedules;
	for (char *word; (word = cut(&asked, ','));)
		addresses[query.n++] = word;
	assert_int_equal(schedules_read(sample->body, sample->n, &query, &schedules), 0);
	assert_int_equal(schedules.reading.n, query.n);
	put_outcome(out, sample, &schedules.error);
	if (schedules.error.is_json && !schedules.error.told)
		put_schedules(out, &schedules.reading);
	schedules_finish(&schedules);
}

static void put_reply(struct buf *out, const struct reply_part *part)
{
	if (part->status == 0) {
		buf_puts(out, "; none");
		return;
	}
	buf_printf(out, "; %ld", part->status);
	if (part->known && part->from == part->to)
		buf_puts(out, " off");
	else if (part->known && part->to == GATEWAY_TIME_MAX)
		buf_puts(out, " on");
	else if (part->known)
		buf_printf(out, " on %lld-%lld h", (long long)(part->from - FROM) / 3600,
			(long long)(part->to - FROM) / 3600);
	if (part->error.told)
		buf_printf(out, " %s", part->error.code);
	if (part->retry_after_ms >= 0)
		buf_printf(out, " %lld ms", (long long)part->retry_after_ms);
}

static void run_replies(struct buf *out, const struct sample *sample, size_t n)
{
	struct reply_settings settings;
	reply_settings_read(sample->body, sample->n, n, FROM, &settings);
	put_outcome(out, sample, &settings.error);
	for (size_t i = 0; settings.error.is_json && i < n; i++)
		put_reply(out, &settings.parts[i]);
}

/* One setting as the only part of a batch. */
static void run_setting(struct buf *out, const struct sample *sample)
{
	struct buf batch;
	struct sample wrapped = *sample;
	buf_init(&batch, 1 << 20);
	buf_puts(&batch, "{\"responses\":[{\"id\":\"0\",\"status\":200,\"body\":");
	buf_add(&batch, sample->body, sample->n);
	buf_puts(&batch, "}]}");
	wrapped.body = batch.data;
	wrapped.n = batch.len;
	run_replies(out, &wrapped, 1);
	buf_finish(&batch);
}

static void run_error(struct buf *out, const struct sample *sample)
{
	struct graph_error error;
	json_t *json = graph_json_load(sample->body, sample->n);
	graph_error_read(json, &error);
	json_decref(json);
	put_outcome(out, sample, &error);
}

static void run(struct buf *out, const char *name, char *asked)
{
	struct sample sample;
	int64_t parts;
	load(name, &sample);
	if (strncmp(name, "getschedule", 11) == 0)
		run_schedules(out, &sample, asked);
	else if (strncmp(name, "automaticreplies", 16) == 0)
		run_setting(out, &sample);
	else if (parse_int64(asked, strlen(asked), 1, REPLY_SETTINGS_MOST, &parts))
		run_replies(out, &sample, (size_t)parts);
	else
		run_error(out, &sample);
	free(sample.bytes);
}

static bool check_line(char *line)
{
	const char *name = cut(&line, '\t');
	char *asked = cut(&line, '\t');
	const char *wanted = cut(&line, '\t');
	struct buf got;
	assert_non_null(wanted);
	buf_init(&got, 1 << 16);
	run(&got, name, asked);
	bool same = strcmp(buf_text(&got), wanted) == 0;
	if (!same)
		print_message("%s: %s\n", name, buf_text(&got));
	buf_finish(&got);
	return same;
}

static void every_sample_has_the_result_that_is_stated(void **state)
{
	char path[1024];
	size_t n;
	unsigned lines = 0;
	unsigned wrong = 0;
	(void)state;
	corpus_path(path, sizeof path, "graph/corpus/INDEX.tsv");
	char *index = corpus_load(path, &n);
	if (!index) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return;
	}
	free(index);
	char *table = corpus_load(CORPUS_TSV, &n);
	assert_non_null(table);
	char *rest = table;
	for (char *line; (line = cut(&rest, '\n')); lines++)
		wrong += !check_line(line);
	free(table);
	assert_int_equal(wrong, 0);
	assert_true(lines > 100);
}

static void the_codes_of_the_shared_table_agree(void **state)
{
	static const char *const names[] = {"OTHER", "THROTTLE", "TRANSIENT",
		"REDISCOVER", "MAILBOX", "AUTHZ", "SHRINK", "REQUEST", "ITEM"};
	char path[1024];
	size_t n;
	unsigned known = 0;
	(void)state;
	corpus_path(path, sizeof path, "graph/codes.tsv");
	char *table = corpus_load(path, &n);
	if (!table) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return;
	}
	char *rest = table;
	for (char *line; (line = cut(&rest, '\n'));) {
		const char *code = cut(&line, '\t');
		const char *class = cut(&line, '\t');
		(void)cut(&line, '\t');
		const char *fault = cut(&line, '\t');
		const char *elsewhere = cut(&line, '\t');
		const struct graph_code *found = graph_code_find(code);
		if (!found)
			continue;
		known++;
		assert_string_equal(names[found->class], class);
		assert_true(strcasecmp(gateway_fault_name(found->fault), fault) == 0);
		assert_int_equal(found->elsewhere, elsewhere[0] == 'y');
	}
	free(table);
	assert_int_equal(known, 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_has_the_result_that_is_stated),
		cmocka_unit_test(the_codes_of_the_shared_table_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
