#ifndef MAPPING_OUTCOME_H
#define MAPPING_OUTCOME_H

#include "mapping/event.h"

#include <stdbool.h>

/* What an event counts as, between the rules and the interval algebra. */
struct cal_outcome {
	int64_t start;
	int64_t end;
	enum cal_state state;
};

/* Decides what an event counts as; false if it counts as nothing: it has no length, ends
 * before it starts, was cancelled or declined, or is free time. */
bool outcome_of(const struct cal_event *event, struct cal_outcome *out_outcome);

#endif
