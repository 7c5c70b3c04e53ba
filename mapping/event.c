#include "mapping/event.h"

#include <assert.h>

const char *cal_state_name(enum cal_state state)
{
	static const char *const names[CAL_STATES] = {
		[CAL_FREE] = "free",
		[CAL_NODATA] = "nodata",
		[CAL_ELSEWHERE] = "elsewhere",
		[CAL_TENTATIVE] = "tentative",
		[CAL_BUSY] = "busy",
		[CAL_OOF] = "oof",
		[CAL_UNKNOWN] = "unknown",
	};

	assert(state < CAL_STATES);
	return names[state];
}
