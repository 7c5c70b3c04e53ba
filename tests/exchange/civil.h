#ifndef EXCHANGE_CIVIL_H
#define EXCHANGE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Dates as people write them, and seconds since 1970-01-01T00:00:00 on the same wall
 * clock. Which zone that clock is in is the caller's business.
 */
struct civil_date {
	int64_t year;
	int64_t month; // 1 to 12
	int64_t day;   // 1 to 31
};

enum {
	CIVIL_DAY = 86400,
	CIVIL_TEXT = 20, // "2026-11-21T10:00:00" and a NUL
};

int64_t civil_days(const struct civil_date *date);
struct civil_date civil_date_of_days(int64_t days);
/* 0 is Sunday. */
int64_t civil_weekday(int64_t days);
int64_t civil_days_in_month(int64_t year, int64_t month);

/* An xs:dateTime of the years 0001 to 9999, with fraction and zone or without, surrounded
 * by white space or not. Seconds are UTC where the text has a zone, else as written. */
bool civil_parse(const char *text, int64_t *out_seconds, bool *out_has_zone);

/* Without a zone, as Exchange writes its times. Years beyond 0001 to 9999 are clamped. */
void civil_format(int64_t seconds, char out_text[CIVIL_TEXT]);

#endif
