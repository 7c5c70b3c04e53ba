#include "mapping/outcome.h"

#include <assert.h>

bool outcome_of(const struct cal_rules *rules, const struct cal_event *event,
	struct cal_outcome *out_outcome)
{
	enum cal_state state;

	assert(event->state < CAL_UNKNOWN);
	if (event->start >= event->end ||
		(event->flags & (CAL_EVENT_CANCELLED | CAL_EVENT_DECLINED)) != 0)
		return false;
	state = rules_state(rules, event);
	if (state == CAL_FREE)
		return false;
	*out_outcome = (struct cal_outcome){
		.start = event->start,
		.end = event->end,
		.state = state,
	};
	return true;
}
