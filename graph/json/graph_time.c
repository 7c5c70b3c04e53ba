#include "graph/json/graph_time.h"

#include "base/datetime.h"
#include "graph/json/graph_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_SIZE 64

static bool is_utc(const char *zone)
{
	static const char *const names[] = {"UTC", "Etc/UTC", "Etc/GMT", "GMT",
		"Coordinated Universal Time", "tzone://Microsoft/Utc"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(zone, names[i]) == 0)
			return true;
	return false;
}

/* Whether the time says by itself what it counts from. */
static bool has_offset(const char *text)
{
	const char *time = strchr(text, 'T');
	return time && strpbrk(time, "Z+-");
}

/* "0001-01-01T00:00:00" is Microsoft's earliest time. */
static bool is_early(const char *text)
{
	return strspn(text, "0123456789") == 4 && strncmp(text, "1601", 4) < 0;
}

enum graph_time graph_time_read(const json_t *json, int64_t *out_seconds)
{
	char text[TEXT_SIZE];
	const char *time = graph_json_text(json, "dateTime");
	const char *zone = graph_json_text(json, "timeZone");
	if (!time || strlen(time) >= sizeof text)
		return GRAPH_TIME_BROKEN;
	(void)snprintf(text, sizeof text, "%s", time);
	size_t n = strlen(text);
	if (n > 0 && text[n - 1] == '.')
		text[--n] = '\0';
	bool early = is_early(text);
	if (early)
		memcpy(text, "1604", 4); // the same days, and 29 February
	if (!datetime_parse(text, n, out_seconds))
		return GRAPH_TIME_BROKEN;
	if (early)
		*out_seconds = DATETIME_MIN;
	return zone && !is_utc(zone) && !has_offset(text) ? GRAPH_TIME_ZONE
							  : GRAPH_TIME_GOOD;
}
