#ifndef COMPONENT_PRESENCE_NOW_H
#define COMPONENT_PRESENCE_NOW_H

#include <stdint.h>

/* Both clocks, read once a turn. */
struct now {
	int64_t mono_ms;
	int64_t wall_ms;
};

#endif
