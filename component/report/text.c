#include "component/report/report_private.h"

#include "base/clock.h"
#include "base/line.h"
#include "gateway/protocol/messages.h"
#include "mapping/agenda.h"

#include <stdlib.h>
#include <string.h>

const char *report_first_text(const struct status *status)
{
	return status->n == 0 ? NULL : status->texts[0].text;
}

json_t *report_time(int64_t seconds)
{
	bool is_time = seconds != 0 && seconds > GATEWAY_TIME_MIN &&
		       seconds < GATEWAY_TIME_MAX && seconds != AGENDA_NEVER;

	return is_time ? json_integer(seconds) : json_null();
}

void report_write(json_t *report, report_put_fn *put, bool json, struct buf *out)
{
	char *text = json ? json_dumps(report, JSON_INDENT(1)) : NULL;

	if (text)
		line_make_printable(text, strlen(text), true);
	if (!report || (json && !text))
		out->failed = true;
	else if (json)
		buf_printf(out, "%s\n", text);
	else
		put(out, report, json_integer_value(json_object_get(report, "now")));
	free(text);
	json_decref(report);
}

/* ------------------------------------------------------------------ text for people */

bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool is_text(const json_t *object, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && strcmp(value, text) == 0;
}

static const json_t *find(const json_t *json, const char *path, size_t n)
{
	const char *dot = memchr(path, '.', n);
	size_t first = dot ? (size_t)(dot - path) : n;

	if (dot)
		return find(json_object_getn(json, path, first), dot + 1, n - first - 1);
	return n > 0 ? json_object_getn(json, path, n) : json;
}

static void put_time(struct buf *out, const json_t *time, int64_t now)
{
	char stamp[CLOCK_TEXT_SIZE];
	int64_t at = json_integer_value(time);
	int64_t away = at > now ? at - now : now - at;
	const char *unit = away < 120 ? "s" : away < 7200 ? "min" : "h";
	int64_t n = away < 120 ? away : away < 7200 ? away / 60 : away / 3600;

	clock_print(at * 1000, stamp);
	if (json_is_integer(time))
		buf_printf(out, "%s (%s%lld %s%s)", stamp, at > now ? "in " : "",
			(long long)n, unit, at > now ? "" : " ago");
	else
		buf_puts(out, "never");
}

/* Writes what stands between { and }; whether there is something. */
static bool put_value(struct buf *out, const char *field, const json_t *json, int64_t now)
{
	size_t length = strcspn(field, "@?}");
	const json_t *value = find(json, field, length);
	const char *text = json_string_value(value);

	if (field[length] == '@') {
		put_time(out, value, now);
	} else if (field[length] == '?') {
		text = field + length + 1;
		if (!json_is_true(value))
			text = strchr(text, ':') + 1;
		length = strcspn(text, json_is_true(value) ? ":" : "}");
		buf_add(out, text, length);
		return length > 0;
	} else if (text) {
		size_t start = out->len;

		/* What somebody wrote into her status must not look like a line of ours.
		 */
		buf_puts(out, text);
		line_make_printable(out->data + start, out->len - start, false);
	} else if (json_is_integer(value)) {
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	}
	return json_is_integer(value) || (text && text[0] != '\0');
}

/* Returns the end of the text, or what stands behind the ] that ends the part. */
static const char *fill(
	struct buf *out, const char *text, const json_t *json, int64_t now)
{
	size_t start = out->len;
	bool whole = true;

	while (*text != '\0' && *text != ']') {
		size_t n = strcspn(text, "[]{");

		buf_add(out, text, n);
		text += n;
		if (*text == '[') {
			text = fill(out, text + 1, json, now);
		} else if (*text == '{') {
			whole = put_value(out, text + 1, json, now) && whole;
			text = strchr(text, '}') + 1;
		}
	}
	if (*text == '\0')
		return text;
	if (!whole)
		buf_cut(out, start);
	return text + 1;
}

void text_fill(struct buf *out, const char *text, const json_t *json, int64_t now)
{
	(void)fill(out, text, json, now);
}

void text_fill_each(struct buf *out, const char *text, const json_t *list, int64_t now)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		text_fill(out, text, entry, now);
}
