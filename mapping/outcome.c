#include "mapping/outcome.h"

#include <assert.h>

bool outcome_of(const struct cal_event *event, struct cal_outcome *out_outcome)
{
	assert(event->state < CAL_UNKNOWN);
	if (event->start >= event->end || (event->flags & CAL_EVENT_GONE) != 0 ||
		event->state == CAL_FREE)
		return false;
	*out_outcome = (struct cal_outcome){
		.start = event->start,
		.end = event->end,
		.state = event->state,
	};
	return true;
}
