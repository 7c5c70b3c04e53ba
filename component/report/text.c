#include "component/report/report_private.h"

#include "base/clock.h"
#include "gateway/protocol/messages.h"
#include "mapping/agenda.h"

#include <stdlib.h>

json_t *report_text_of_status(const struct status *status)
{
	return status->n == 0 ? json_null() : json_string(status->texts[0].text);
}

json_t *report_time(int64_t seconds)
{
	bool is_time = seconds != 0 && seconds > GATEWAY_TIME_MIN &&
		       seconds < GATEWAY_TIME_MAX && seconds != AGENDA_NEVER;

	return is_time ? json_integer(seconds) : json_null();
}

json_t *report_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

void report_print(const json_t *json, struct buf *out)
{
	char *text = json_dumps(json, JSON_INDENT(1));

	if (!text)
		out->failed = true;
	else
		buf_printf(out, "%s\n", text);
	free(text);
}

/* ------------------------------------------------------------------ text for people */

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void text_put(struct buf *out, const char *before, const json_t *object, const char *key,
	const char *behind)
{
	if (text_of(object, key)[0] != '\0')
		buf_printf(out, "%s%s%s", before, text_of(object, key), behind);
}

void text_put_time(struct buf *out, const char *before, const json_t *object,
	const char *key, int64_t now, const char *behind)
{
	const json_t *time = json_object_get(object, key);
	char stamp[CLOCK_TEXT_SIZE];
	int64_t at = json_integer_value(time);
	int64_t away = at > now ? at - now : now - at;
	const char *unit = away < 120 ? "s" : away < 7200 ? "min" : "h";
	int64_t n = away < 120 ? away : away < 7200 ? away / 60 : away / 3600;

	clock_print(at * 1000, stamp);
	if (json_is_integer(time))
		buf_printf(out, "%s%s (%s%lld %s%s)%s", before, stamp,
			at > now ? "in " : "", (long long)n, unit, at > now ? "" : " ago",
			behind);
	else
		buf_printf(out, "%snever%s", before, behind);
}

void text_put_problem(struct buf *out, const char *label, const json_t *problem)
{
	buf_printf(out, "  %s: %s", label, text_of(problem, "text"));
	text_put(out, " (", problem, "code", ")");
	buf_puts(out, "\n");
}

void text_put_next_try(struct buf *out, const json_t *what, int64_t now)
{
	if (json_is_integer(json_object_get(what, "next_try")))
		text_put_time(out, "  next try: ", what, "next_try", now, "\n");
}
