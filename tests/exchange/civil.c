#include "exchange/civil.h"

#include "base/parse.h"

#include <string.h>

enum {
	DAYS_0001 = -719162, // 0001-01-01
	DAYS_9999 = 2932896, // 9999-12-31
};

/* A year that begins in March has its leap day at the end: then the days before a month
 * are a straight line, (153 m + 2) / 5. */
int64_t civil_days(const struct civil_date *date)
{
	int64_t year = date->month > 2 ? date->year : date->year - 1;
	int64_t month = (date->month + 9) % 12;

	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       date->day - 719469;
}

struct civil_date civil_date_of_days(int64_t days)
{
	int64_t n = days + 719468; // days since 0000-03-01
	int64_t era = n / 146097;
	int64_t in_era = n % 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	return (struct civil_date){
		.year = era * 400 + year + (month > 9),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
	};
}

int64_t civil_weekday(int64_t days)
{
	return ((days + 4) % 7 + 7) % 7;
}

int64_t civil_days_in_month(int64_t year, int64_t month)
{
	struct civil_date first = {year, month, 1};
	struct civil_date next = {month == 12 ? year + 1 : year, month % 12 + 1, 1};

	return civil_days(&next) - civil_days(&first);
}

/* Takes n digits and, unless it is NUL, the character behind them. */
static bool take(const char **at, size_t *left, size_t n, char behind, int64_t *out_value)
{
	size_t used = n + (behind != '\0');

	if (*left < used || (behind != '\0' && (*at)[n] != behind) || (*at)[0] == '-' ||
		(*at)[0] == '+' || !parse_int64(*at, n, 0, 9999, out_value))
		return false;
	*at += used;
	*left -= used;
	return true;
}

static void skip_fraction(const char **at, size_t *left)
{
	if (*left < 2 || (*at)[0] != '.' || (*at)[1] < '0' || (*at)[1] > '9')
		return;
	do {
		++*at;
		--*left;
	} while (*left > 0 && (*at)[0] >= '0' && (*at)[0] <= '9');
}

static bool take_zone(
	const char *at, size_t left, int64_t *out_offset, bool *out_has_zone)
{
	int64_t hours = 0;
	int64_t minutes = 0;
	bool west;

	*out_offset = 0;
	*out_has_zone = left > 0;
	if (left == 0 || (left == 1 && at[0] == 'Z'))
		return true;
	west = at[0] == '-';
	if (!west && at[0] != '+')
		return false;
	++at;
	--left;
	if (!take(&at, &left, 2, ':', &hours) || !take(&at, &left, 2, '\0', &minutes) ||
		left != 0 || hours > 14 || minutes > 59)
		return false;
	*out_offset = (hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

bool civil_parse(const char *text, int64_t *out_seconds, bool *out_has_zone)
{
	size_t left = strlen(text);
	struct civil_date date;
	int64_t hour = 0;
	int64_t minute = 0;
	int64_t second = 0;
	int64_t offset = 0;

	parse_trim(&text, &left);
	if (!take(&text, &left, 4, '-', &date.year) ||
		!take(&text, &left, 2, '-', &date.month) ||
		!take(&text, &left, 2, 'T', &date.day) ||
		!take(&text, &left, 2, ':', &hour) ||
		!take(&text, &left, 2, ':', &minute) ||
		!take(&text, &left, 2, '\0', &second))
		return false;
	if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1 ||
		date.day > civil_days_in_month(date.year, date.month) || minute > 59 ||
		second > 59 || hour > 24 || (hour == 24 && minute + second > 0))
		return false;
	skip_fraction(&text, &left);
	if (!take_zone(text, left, &offset, out_has_zone))
		return false;
	*out_seconds = civil_days(&date) * CIVIL_DAY + hour * 3600 + minute * 60 +
		       second - offset;
	return true;
}

static void put_digits(char *at, int n, int64_t value)
{
	while (n-- > 0) {
		at[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void civil_format(int64_t seconds, char out_text[CIVIL_TEXT])
{
	int64_t days = seconds / CIVIL_DAY - (seconds % CIVIL_DAY < 0);
	int64_t rest = seconds - days * CIVIL_DAY;
	struct civil_date date;

	if (days < DAYS_0001 || days > DAYS_9999) {
		days = days < 0 ? DAYS_0001 : DAYS_9999;
		rest = 0;
	}
	date = civil_date_of_days(days);
	memcpy(out_text, "0000-00-00T00:00:00", CIVIL_TEXT);
	put_digits(out_text, 4, date.year);
	put_digits(out_text + 5, 2, date.month);
	put_digits(out_text + 8, 2, date.day);
	put_digits(out_text + 11, 2, rest / 3600);
	put_digits(out_text + 14, 2, rest / 60 % 60);
	put_digits(out_text + 17, 2, rest % 60);
}
