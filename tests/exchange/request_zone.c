#include "exchange/request_zone.h"

#include "exchange/civil.h"
#include "exchange/soap.h"
#include "exchange/walk.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>

static bool read_weekday(const char *name, int64_t *out_weekday)
{
	static const char *const names[] = {"Sunday", "Monday", "Tuesday", "Wednesday",
		"Thursday", "Friday", "Saturday"};

	for (int i = 0; i < 7; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out_weekday = i;
			return true;
		}
	}
	return false;
}

static bool read_time_of_day(const char *text, int64_t *out_seconds)
{
	char whole[64];
	bool has_zone;
	int n = snprintf(whole, sizeof whole, "1970-01-01T%s", text);

	return n > 0 && (size_t)n < sizeof whole &&
	       civil_parse(whole, out_seconds, &has_zone) && !has_zone;
}

static bool read_season(const xmlNode *element, struct zone_season *out_season)
{
	struct zone_season season = {0};
	struct walk walk;
	char text[32];

	if (element == NULL)
		return false;
	walk = walk_into(element);
	if (!walk_take_int(&walk, "Bias", &season.bias_s) ||
		!walk_take_text(&walk, "Time", text, sizeof text) ||
		!read_time_of_day(text, &season.time_s) ||
		!walk_take_int(&walk, "DayOrder", &season.order) ||
		!walk_take_int(&walk, "Month", &season.month) ||
		!walk_take_text(&walk, "DayOfWeek", text, sizeof text) ||
		!read_weekday(text, &season.weekday))
		return false;
	(void)walk_take_text(&walk, "Year", text, sizeof text);
	if (walk.next != NULL || season.order < 0 || season.order > 5 ||
		season.month < 0 || season.month > 12)
		return false;
	season.bias_s *= 60;
	*out_season = season;
	return true;
}

bool request_zone_read(const xmlNode *element, struct zone *out_zone)
{
	struct walk walk = walk_into(element);
	struct zone zone = {0};

	if (!walk_take_int(&walk, "Bias", &zone.bias_s) ||
		!read_season(
			walk_take(&walk, SOAP_TYPES, "StandardTime"), &zone.standard) ||
		!read_season(
			walk_take(&walk, SOAP_TYPES, "DaylightTime"), &zone.daylight) ||
		walk.next != NULL)
		return false;
	zone.bias_s *= 60;
	*out_zone = zone;
	return true;
}

/* An xs:duration of days and less, "-P0DT1H0M0.0S". */
static bool read_duration(const char *text, int64_t *out_seconds)
{
	bool negative = *text == '-';
	int64_t seconds = 0;

	text += negative;
	if (*text++ != 'P')
		return false;
	while (*text != '\0') {
		size_t digits;
		int64_t value;
		char unit;

		text += *text == 'T';
		digits = strspn(text, "0123456789");
		if (!parse_int64(text, digits, 0, 1000000, &value))
			return false;
		text += digits;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
		unit = *text;
		if (unit == '\0' || strchr("DHMS", unit) == NULL)
			return false;
		text++;
		seconds += value * (unit == 'D'          ? CIVIL_DAY
					   : unit == 'H' ? 3600
					   : unit == 'M' ? 60
							 : 1);
	}
	*out_seconds = negative ? -seconds : seconds;
	return true;
}

bool request_zone_read_context(const xmlNode *context, struct zone *out_zone)
{
	static const char *const path[] = {"TimeZoneDefinition", "Periods", "Period"};
	xmlChar *bias;
	bool ok;

	for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
		struct walk walk = walk_into(context);

		context = walk_take(&walk, SOAP_TYPES, path[i]);
		if (context == NULL)
			return false;
	}
	bias = xmlGetNoNsProp(context, (const xmlChar *)"Bias");
	if (bias == NULL)
		return false;
	*out_zone = (struct zone){0};
	ok = read_duration((const char *)bias, &out_zone->bias_s);
	xmlFree(bias);
	return ok;
}
