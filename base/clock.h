#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* The two clocks, in milliseconds. Only the loops read them; everything else is handed
 * `now`. Deadlines are monotonic, calendar edges wall clock (UTC since 1970). */
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

/* One reading of both: a turn of a loop has one. */
struct now {
	int64_t mono_ms;
	int64_t wall_ms;
};

struct now clock_now(void);

/* What gateways and people hear is in seconds. */
static inline int64_t now_utc_s(const struct now *now)
{
	return now->wall_ms / 1000;
}

#define CLOCK_TEXT_SIZE 64
/* Writes a time of the wall clock, not before 1970, as 2026-11-21T17:58:00.123Z. */
void clock_print(int64_t wall_ms, char out_text[CLOCK_TEXT_SIZE]);

#endif
