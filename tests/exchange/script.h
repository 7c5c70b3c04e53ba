#ifndef EXCHANGE_SCRIPT_H
#define EXCHANGE_SCRIPT_H

#include "exchange/calendar.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCRIPT_ERROR_TEXT = 200,
};

/* Does what the lines of a calendar file say (README.md has the format). Stops at the
 * first line that is wrong, with "line N: why"; what stood before it has been done. */
bool script_run(struct calendar *calendar, const char *text, size_t n, int64_t now,
	char out_error[SCRIPT_ERROR_TEXT]);

/* `now`, `now+30`, `now-5m`, `+1h` (from base) or an xs:dateTime, which is UTC when it
 * names no zone. Units: s, m, h, d. A space counts as `+`, since URLs make it so. */
bool script_parse_time(const char *text, int64_t now, int64_t base, int64_t *out_seconds);

#endif
