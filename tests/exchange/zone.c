#include "exchange/zone.h"

#include "exchange/civil.h"

#include <stdbool.h>

/* The wall clock second at which a season begins in a year. */
static int64_t begins(const struct zone_season *season, int64_t year)
{
	struct civil_date first = {year, season->month, 1};
	int64_t days = civil_days(&first);
	int64_t day = (season->weekday - civil_weekday(days) + 7) % 7;

	day += 7 * (season->order > 0 ? season->order - 1 : 0);
	while (day >= civil_days_in_month(year, season->month))
		day -= 7;
	return (days + day) * CIVIL_DAY + season->time_s;
}

static bool is_daylight(const struct zone *zone, int64_t utc_s)
{
	int64_t local = utc_s - zone->bias_s - zone->standard.bias_s;
	int64_t year;
	int64_t from;
	int64_t until;

	if (zone->standard.month == 0 || zone->daylight.month == 0 ||
		zone->standard.bias_s == zone->daylight.bias_s)
		return false;
	year = civil_date_of_days(local / CIVIL_DAY).year;
	from = begins(&zone->daylight, year);
	until = begins(&zone->standard, year) + zone->daylight.bias_s -
		zone->standard.bias_s;
	if (from < until)
		return local >= from && local < until;
	return local >= from || local < until;
}

static int64_t season_bias(const struct zone *zone, int64_t utc_s)
{
	return is_daylight(zone, utc_s) ? zone->daylight.bias_s : zone->standard.bias_s;
}

int64_t zone_to_utc(const struct zone *zone, int64_t local_s)
{
	int64_t summer = local_s + zone->bias_s + zone->daylight.bias_s;

	if (is_daylight(zone, summer))
		return summer;
	return local_s + zone->bias_s + zone->standard.bias_s;
}

int64_t zone_to_local(const struct zone *zone, int64_t utc_s)
{
	return utc_s - zone->bias_s - season_bias(zone, utc_s);
}
