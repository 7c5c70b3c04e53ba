#include "graph/operations/reply_settings.h"

#include "base/parse.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"
#include "graph/json/graph_json.h"
#include "graph/json/graph_time.h"
#include "graph/operations/graph_path.h"

#include <string.h>
#include <strings.h>

void reply_settings_write(struct buf *buf, const char *const *addresses, size_t n)
{
	buf_puts(buf, "{\"requests\":[");
	for (size_t i = 0; i < n; i++) {
		buf_printf(buf, "%s{\"id\":\"%zu\",\"method\":\"GET\",\"url\":\"",
			i > 0 ? "," : "", i);
		graph_path_put(
			buf, addresses[i], "/mailboxSettings/automaticRepliesSetting");
		buf_puts(buf, "\",\"headers\":{\"Prefer\":"
			      "\"outlook.timezone=\\\"UTC\\\"\"}}");
	}
	buf_puts(buf, "]}");
}

static void read_setting(const json_t *body, struct reply_part *part)
{
	const char *status = graph_json_text(body, "status");
	if (!status)
		return;
	if (strcasecmp(status, "disabled") == 0) {
		part->known = true;
	} else if (strcasecmp(status, "alwaysEnabled") == 0) {
		part->known = true;
		part->from = GATEWAY_TIME_MIN;
		part->to = GATEWAY_TIME_MAX;
	} else if (strcasecmp(status, "scheduled") == 0) {
		part->known =
			graph_time_read(json_object_get(body, "scheduledStartDateTime"),
				&part->from) == GRAPH_TIME_GOOD &&
			graph_time_read(json_object_get(body, "scheduledEndDateTime"),
				&part->to) == GRAPH_TIME_GOOD;
	}
	if (!part->known || part->to <= part->from)
		part->from = part->to = 0;
}

/* A header of a part; its name may be written in any case. */
static const char *header(const json_t *headers, const char *name)
{
	for (void *at = json_object_iter((json_t *)(uintptr_t)headers); at;
		at = json_object_iter_next((json_t *)(uintptr_t)headers, at))
		if (strcasecmp(json_object_iter_key(at), name) == 0)
			return json_string_value(json_object_iter_value(at));
	return NULL;
}

static void read_part(const json_t *answer, int64_t now, struct reply_part *part)
{
	const json_t *status = json_object_get(answer, "status");
	const json_t *body = json_object_get(answer, "body");
	const json_t *headers = json_object_get(answer, "headers");
	const char *retry_after = header(headers, "Retry-After");
	int64_t number = json_is_integer(status) ? json_integer_value(status) : 0;
	if (part->status != 0 || number < 100 || number > 599)
		return;
	part->status = (long)number;
	if (retry_after)
		part->retry_after_ms = outcome_retry_after_ms(retry_after, now);
	graph_error_read(body, &part->error);
	if (number == 200 && !part->error.told)
		read_setting(body, part);
}

/* Which part an answer is of; n: none. */
static size_t number_of(const json_t *answer, size_t n)
{
	const char *id = graph_json_text(answer, "id");
	int64_t number;
	return id && parse_int64(id, strlen(id), 0, (int64_t)n - 1, &number)
		       ? (size_t)number
		       : n;
}

void reply_settings_read(const char *bytes, size_t n_bytes, size_t n, int64_t now,
	struct reply_settings *out_settings)
{
	*out_settings = (struct reply_settings){0};
	for (size_t i = 0; i < REPLY_SETTINGS_MOST; i++)
		out_settings->parts[i].retry_after_ms = -1;
	json_t *answer = graph_json_load(bytes, n_bytes);
	graph_error_read(answer, &out_settings->error);
	const json_t *responses = json_object_get(answer, "responses");
	out_settings->error.is_json &= json_is_array(responses);
	for (size_t i = 0; i < json_array_size(responses); i++) {
		const json_t *response = json_array_get(responses, i);
		size_t at = number_of(response, n);
		if (at < n)
			read_part(response, now, &out_settings->parts[at]);
	}
	json_decref(answer);
}
