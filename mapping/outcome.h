#ifndef MAPPING_OUTCOME_H
#define MAPPING_OUTCOME_H

#include "mapping/event.h"
#include "mapping/rules.h"

#include <stdbool.h>

/* What an event counts as, after the rules and before the interval algebra. */
struct cal_outcome {
	int64_t start;
	int64_t end;
	enum cal_state state;
};

/* Decides what an event counts as; false if it counts as nothing: it has no length, ends
 * before it starts, was cancelled or declined, or is free time for the rules. */
bool outcome_of(const struct cal_rules *rules, const struct cal_event *event,
	struct cal_outcome *out_outcome);

#endif
