#include "base/parse.h"
#include "ews/operations/availability.h"
#include "ews/operations/ews_outcome.h"

#include "corpus.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FROM INT64_C(1772409600) // 2026-03-02T00:00:00Z, of most samples
#define TO (FROM + 2 * 86400)

/* A sample as a finished request. */
struct sample {
	char *bytes; // owned
	const char *body;
	size_t body_len;
	struct transfer transfer;
};

/* The value of a header field, or NULL; the line ends in CR LF. */
static const char *header(const char *head, const char *name)
{
	const char *line = strstr(head, "\r\n");
	for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, strlen(name)) == 0)
			return line + 2 + strlen(name);
	}
	return NULL;
}

static void read_head(struct sample *sample, const char *body)
{
	struct transfer *transfer = &sample->transfer;
	const char *status = strchr(sample->bytes, ' ') + 1;
	int64_t code = 0;
	assert_true(parse_int64(status, strspn(status, "0123456789"), 100, 999, &code));
	transfer->status = (long)code;
	const char *field = header(sample->bytes, "Location: ");
	if (field)
		(void)snprintf(transfer->location, sizeof transfer->location, "%.*s",
			(int)strcspn(field, "\r"), field);
	field = header(sample->bytes, "Retry-After: ");
	if (field) {
		char value[64];
		(void)snprintf(
			value, sizeof value, "%.*s", (int)strcspn(field, "\r"), field);
		transfer->retry_after_ms = outcome_retry_after_ms(value, FROM);
	}
	field = header(sample->bytes, "Content-Type: ");
	transfer->html = field && strncmp(field, "text/html", 9) == 0;
	sample->body = body;
	sample->body_len -= (size_t)(sample->body - sample->bytes);
}

static void load_sample(const char *name, struct sample *sample)
{
	char relative[528];
	char path[1024];
	*sample = (struct sample){.transfer = {.retry_after_ms = -1}};
	(void)snprintf(relative, sizeof relative, "ews/corpus/%s", name);
	corpus_path(path, sizeof path, relative);
	sample->bytes = corpus_load(path, &sample->body_len);
	assert_non_null(sample->bytes);
	sample->body = sample->bytes;
	const char *blank = strstr(sample->bytes, "\r\n\r\n");
	if (blank && strncmp(sample->bytes, "HTTP/1.", 7) == 0)
		read_head(sample, blank + 4);
}

static const char *busy_name(unsigned busy)
{
	static const char *const names[] = {
		[GATEWAY_BUSY_FREE] = "free",
		[GATEWAY_BUSY_TENTATIVE] = "tentative",
		[GATEWAY_BUSY_BUSY] = "busy",
		[GATEWAY_BUSY_OOF] = "oof",
		[GATEWAY_BUSY_ELSEWHERE] = "elsewhere",
		[GATEWAY_BUSY_NODATA] = "nodata",
	};
	return names[busy];
}

static const char *fault_name(unsigned fault)
{
	return gateway_fault_name((enum gateway_fault)fault);
}

/* "busy:2,oof:1" of the kinds from first on; "-" where there is none. */
static void print_counts(const unsigned *counts, unsigned first, unsigned last,
	const char *(*name)(unsigned), char out[128])
{
	size_t used = 0;
	(void)snprintf(out, 128, "-");
	for (unsigned kind = first; kind <= last; kind++) {
		if (counts[kind] > 0)
			used += (size_t)snprintf(out + used, 128 - used, "%s%s:%u",
				used ? "," : "", name(kind), counts[kind]);
	}
}

static void count(const struct availability *answer, char faults[128], char events[128])
{
	unsigned of_fault[GATEWAY_FAULT_ANSWER + 1] = {0};
	unsigned of_busy[GATEWAY_BUSY_NODATA + 1] = {0};
	for (size_t i = 0; i < answer->reading.n; i++)
		of_fault[answer->reading.mailboxes[i].fault]++;
	for (size_t i = 0; i < answer->reading.n_events; i++)
		of_busy[answer->reading.events[i].busy]++;
	print_counts(of_fault, GATEWAY_FAULT_TRANSIENT, GATEWAY_FAULT_ANSWER, fault_name,
		faults);
	print_counts(of_busy, GATEWAY_BUSY_FREE, GATEWAY_BUSY_NODATA, busy_name, events);
}

static const char *kind_name(enum soap_kind kind)
{
	static const char *const names[] = {
		[SOAP_ANSWER] = "answer",
		[SOAP_FAULTED] = "fault",
		[SOAP_HTML] = "page",
		[SOAP_BROKEN] = "broken",
	};
	return names[kind];
}

static const char *action_name(enum outcome_class action)
{
	static const char *const names[] = {
		[OUTCOME_USE] = "use",
		[OUTCOME_RETRY] = "retry",
		[OUTCOME_BISECT] = "halve",
		[OUTCOME_AGAIN] = "again",
		[OUTCOME_BACK_OFF] = "back-off",
		[OUTCOME_DENIED] = "denied",
		[OUTCOME_STOP] = "stop",
	};
	return names[action];
}

/* The result of one sample in the words of corpus.tsv. */
static void summarize(const char *name, size_t asked, char *out, size_t size)
{
	struct sample sample;
	struct availability answer;
	load_sample(name, &sample);
	/* Right behind the bytes lies what an overrun would find. */
	char *body = malloc(sample.body_len ? sample.body_len : 1);
	assert_non_null(body);
	memcpy(body, sample.body, sample.body_len);
	assert_int_equal(availability_read(body, sample.body_len, FROM, TO, &answer), 0);
	if (sample.transfer.status == 0)
		sample.transfer.status = answer.soap.kind == SOAP_FAULTED ? 500 : 200;
	struct outcome outcome = ews_outcome_of_availability(
		&sample.transfer, &answer, &(struct ews_batch){.n = asked});
	assert_true(strlen(outcome.text) > 0);
	assert_null(strpbrk(outcome.text, "\r\n\t"));
	char faults[128];
	char events[128];
	count(&answer, faults, events);
	(void)snprintf(out, size, "%s\t%zu\t%s\t%zu\t%s\t%s\t%s\t%s\t%s", name, asked,
		kind_name(answer.soap.kind), answer.reading.n, faults, events,
		answer.soap.code[0] ? answer.soap.code : "-", action_name(outcome.class),
		fault_name(outcome.fault));
	if (outcome.class == OUTCOME_BACK_OFF)
		(void)snprintf(out + strlen(out), size - strlen(out), " %lld ms",
			(long long)outcome.back_off_ms);
	availability_finish(&answer);
	free(body);
	free(sample.bytes);
}

/* The line of a table that begins with the name, or NULL; cut off at its end. */
static char *find_line(char *table, const char *name)
{
	size_t n = strlen(name);
	for (char *line = table; *line;
		line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, name, n) == 0 && line[n] == '\t')
			return line;
	}
	return NULL;
}

static bool check_sample(const char *name, char *expectations)
{
	char *line = find_line(expectations, name);
	const char *number = line ? line + strlen(name) + 1 : "";
	int64_t asked = 1;
	char result[1024];
	if (!parse_int64(number, strspn(number, "0123456789"), 1, 1000, &asked))
		asked = 1;
	summarize(name, (size_t)asked, result, sizeof result);
	size_t length = line ? strcspn(line, "\n") : 0;
	if (line && strlen(result) == length && strncmp(line, result, length) == 0)
		return true;
	print_error(
		"expected: %.*s\n     got: %s\n", (int)length, line ? line : "", result);
	return false;
}

static void every_sample_has_its_stated_result(void **state)
{
	(void)state;
	char path[1024];
	size_t n;
	corpus_path(path, sizeof path, "ews/corpus/INDEX.tsv");
	char *index = corpus_load(path, &n);
	if (!index) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return;
	}
	char *expectations = corpus_load(CORPUS_TSV, &n);
	assert_non_null(expectations);
	unsigned wrong = 0;
	unsigned samples = 0;
	char *line = index + strcspn(index, "\n");
	while (*line && line[1]) {
		char name[512];
		line++;
		(void)snprintf(
			name, sizeof name, "%.*s", (int)strcspn(line, "\t\n"), line);
		samples++;
		wrong += !check_sample(name, expectations);
		line += strcspn(line, "\n");
	}
	print_message("%u samples\n", samples);
	assert_true(samples > 0);
	assert_int_equal(wrong, 0);
	free(expectations);
	free(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_has_its_stated_result),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
