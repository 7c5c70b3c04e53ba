#ifndef GATEWAY_REQUEST_NOW_H
#define GATEWAY_REQUEST_NOW_H

#include <stdint.h>

/* One reading of both clocks: a turn of the loop has one `now`. Pauses and due times run
 * on the monotonic clock, what Exchange and the main process hear is UTC. */
struct now {
	int64_t mono_ms;
	int64_t utc_s;
};

#endif
