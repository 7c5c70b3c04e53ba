#include "mapping/outcome.h"

#include <assert.h>

bool outcome_of(const struct cal_event *event, struct cal_outcome *out_outcome)
{
	assert(event->state < CAL_UNKNOWN);
	if (event->start >= event->end || event->state == CAL_FREE ||
		(event->flags & (CAL_EVENT_CANCELLED | CAL_EVENT_DECLINED)) != 0)
		return false;
	*out_outcome = (struct cal_outcome){
		.start = event->start,
		.end = event->end,
		.state = event->state,
	};
	return true;
}
