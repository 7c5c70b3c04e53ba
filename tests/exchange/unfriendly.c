#include "exchange/unfriendly.h"

#include "exchange/arguments.h"

unsigned unfriendly_command(struct visit *visit, struct buf *out)
{
	struct sim *sim = visit->sim;

	if (argument(visit, "on") == NULL)
		return argument_wrong(out, "on= is needed");
	argument_flag(visit, "on", &sim->is_unfriendly);
	sim->streaming.rules.is_own = sim->is_unfriendly;
	sim->view[0] = '\0';
	if (!argument_copy(visit, "view", sim->view, sizeof sim->view))
		return argument_wrong(out, "view= is too long");
	return 200;
}
