#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec ts;
	int rc = clock_gettime(id, &ts);

	assert(rc == 0);
	(void)rc;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

struct now clock_now(void)
{
	return (struct now){.mono_ms = clock_mono_ms(), .wall_ms = clock_wall_ms()};
}

/* The date of a day since 1970. Years are counted from March, so that the leap day ends
 * one; 146097 days are the 400 years after which the calendar repeats. */
void clock_print(int64_t wall_ms, char out_text[CLOCK_TEXT_SIZE])
{
	int64_t day_ms = wall_ms % 86400000;
	int64_t day = wall_ms / 86400000 + 719468; // since 0000-03-01
	int64_t era = day / 146097;
	int64_t in_era = day % 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153; // 0: March
	int64_t in_month = in_year - (153 * month + 2) / 5 + 1;

	month += month < 10 ? 3 : -9;
	year += 400 * era + (month <= 2);
	(void)snprintf(out_text, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		(int)year, (int)month, (int)in_month, (int)(day_ms / 3600000),
		(int)(day_ms / 60000 % 60), (int)(day_ms / 1000 % 60),
		(int)(day_ms % 1000));
}
