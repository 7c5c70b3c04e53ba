#ifndef EWS_ERRAND_MOMENT_H
#define EWS_ERRAND_MOMENT_H

#include <stdint.h>

/* One reading of both clocks: a turn of the loop has one `now`. Pauses and due times run
 * on the monotonic clock, what Exchange and the main process hear is UTC. */
struct moment {
	int64_t mono_ms;
	int64_t utc_s;
};

#endif
