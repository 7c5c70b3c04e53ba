#include "base/datetime.h"

#include "base/parse.h"

#include <assert.h>

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR_MIN 1601
#define YEAR_MAX 9999
#define OFFSET_HOURS_MAX 14 // XML Schema part 2, section 3.2.7.3

/* Days before each month of a year without a 29 February. */
static const int month_days[] = {
	0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

struct cursor {
	const char *at;
	const char *end;
};

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	return month_days[month] - month_days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first day of the year. */
static int64_t days_before_year(int year)
{
	int y = year - 1;
	return INT64_C(365) * y + y / 4 - y / 100 + y / 400 - 719162;
}

static int64_t days_before(int year, int month, int day)
{
	int leap_day = month > 2 && is_leap(year);
	return days_before_year(year) + month_days[month - 1] + leap_day + day - 1;
}

static bool take(struct cursor *cursor, char wanted)
{
	if (cursor->at == cursor->end || *cursor->at != wanted)
		return false;
	cursor->at++;
	return true;
}

/* Exactly `digits` digits. */
static bool take_number(
	struct cursor *cursor, int digits, int min, int max, int *out_number)
{
	int number = 0;
	for (int i = 0; i < digits; i++) {
		if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9')
			return false;
		number = number * 10 + (*cursor->at++ - '0');
	}
	*out_number = number;
	return number >= min && number <= max;
}

static bool take_date(struct cursor *cursor, int64_t *out_days)
{
	int year, month, day;
	if (!take_number(cursor, 4, YEAR_MIN, YEAR_MAX, &year) || !take(cursor, '-') ||
		!take_number(cursor, 2, 1, 12, &month) || !take(cursor, '-') ||
		!take_number(cursor, 2, 1, days_in_month(year, month), &day))
		return false;
	*out_days = days_before(year, month, day);
	return true;
}

static bool take_time(struct cursor *cursor, int64_t *out_seconds)
{
	int hour, minute, second;
	if (!take_number(cursor, 2, 0, 24, &hour) || !take(cursor, ':') ||
		!take_number(cursor, 2, 0, 59, &minute) || !take(cursor, ':') ||
		!take_number(cursor, 2, 0, 59, &second))
		return false;
	*out_seconds = hour * HOUR + minute * MINUTE + second;
	bool fraction = take(cursor, '.');
	int digit = 0;
	int digits = 0;
	int sum = 0;
	for (; fraction && take_number(cursor, 1, 0, 9, &digit); digits++)
		sum |= digit;
	return (!fraction || digits > 0) &&
	       (hour < 24 || (*out_seconds == DAY && sum == 0));
}

static bool take_zone(struct cursor *cursor, int64_t *out_offset)
{
	*out_offset = 0;
	if (cursor->at == cursor->end || take(cursor, 'Z'))
		return true;
	bool west = take(cursor, '-');
	int hour, minute;
	if ((!west && !take(cursor, '+')) ||
		!take_number(cursor, 2, 0, OFFSET_HOURS_MAX, &hour))
		return false;
	(void)take(cursor, ':');
	if (!take_number(cursor, 2, 0, 59, &minute))
		return false;
	*out_offset = (hour * HOUR + minute * MINUTE) * (west ? -1 : 1);
	return true;
}

bool datetime_parse(const char *text, size_t n, int64_t *out_seconds)
{
	parse_trim(&text, &n);
	struct cursor cursor = {.at = text, .end = text + n};
	int64_t days, seconds, offset;
	if (!take_date(&cursor, &days) || !take(&cursor, 'T') ||
		!take_time(&cursor, &seconds) || !take_zone(&cursor, &offset) ||
		cursor.at != cursor.end)
		return false;
	int64_t utc = days * DAY + seconds - offset;
	if (utc < DATETIME_MIN || utc > DATETIME_MAX)
		return false;
	*out_seconds = utc;
	return true;
}

/* The last `digits` digits and what follows them. */
static void put_number(char *out, int digits, int number, char end)
{
	for (int i = digits; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
	out[digits] = end;
}

void datetime_print(int64_t seconds, char out_text[DATETIME_SIZE])
{
	assert(seconds >= DATETIME_MIN && seconds < DATETIME_MAX);
	int64_t days = (seconds - DATETIME_MIN) / DAY + DATETIME_MIN / DAY;
	int64_t rest = seconds - days * DAY;
	int year = (int)(1970 + days / 366); // some years too early or late
	while (days_before_year(year) > days)
		year--;
	while (days_before_year(year + 1) <= days)
		year++;
	int month = 12;
	while (days_before(year, month, 1) > days)
		month--;
	int day = (int)(days - days_before(year, month, 1)) + 1;
	put_number(out_text, 4, year, '-');
	put_number(out_text + 5, 2, month, '-');
	put_number(out_text + 8, 2, day, 'T');
	put_number(out_text + 11, 2, (int)(rest / HOUR), ':');
	put_number(out_text + 14, 2, (int)(rest % HOUR / MINUTE), ':');
	put_number(out_text + 17, 2, (int)(rest % MINUTE), '\0');
}
