#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* The two clocks, in milliseconds. Only the loops read them; everything else is handed
 * `now`. Deadlines are monotonic, calendar edges wall clock (UTC since 1970). */
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

#endif
