#include "exchange/control_oof.h"

#include "exchange/arguments.h"
#include "exchange/script.h"

#include "base/clock.h"

enum {
	DEFAULT_DURATION = 86400, // which counts in one state alone
};

unsigned control_oof(struct visit *visit, struct buf *out)
{
	const char *address = argument(visit, "mailbox");
	const char *state = argument(visit, "state");
	const char *start = argument(visit, "start");
	const char *end = argument(visit, "end");
	int64_t now = clock_wall_ms() / 1000;
	struct calendar_oof oof = {.start = now, .end = now + DEFAULT_DURATION};
	struct calendar_mailbox *mailbox = NULL;

	if (address != NULL)
		mailbox = calendar_find(&visit->sim->calendar, address);
	if (mailbox == NULL || state == NULL || !oof_state_parse(state, &oof.state) ||
		(start != NULL && !script_parse_time(start, now, now, &oof.start)) ||
		(end != NULL && !script_parse_time(end, now, oof.start, &oof.end)))
		return argument_wrong(out,
			"mailbox= and state= (Disabled, Enabled, Scheduled) are needed; "
			"start=, end=");
	mailbox->oof = oof;
	return 200;
}
