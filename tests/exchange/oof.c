#include "exchange/oof.h"

#include "exchange/civil.h"

#include <string.h>

static const char *const names[] = {
	[OOF_DISABLED] = "Disabled",
	[OOF_ENABLED] = "Enabled",
	[OOF_SCHEDULED] = "Scheduled",
};

const char *oof_state_name(enum oof_state state)
{
	return names[state];
}

bool oof_state_parse(const char *name, enum oof_state *out_state)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out_state = (enum oof_state)i;
			return true;
		}
	}
	return false;
}

bool oof_is_on(const struct calendar_oof *oof, int64_t now)
{
	return oof->state == OOF_ENABLED ||
	       (oof->state == OOF_SCHEDULED && oof->start <= now && now < oof->end);
}

void oof_put_duration(struct buf *out, const struct calendar_oof *oof)
{
	char start[CIVIL_TEXT];
	char end[CIVIL_TEXT];

	civil_format(oof->start, start);
	civil_format(oof->end, end);
	buf_printf(out,
		"<Duration><StartTime>%s</StartTime><EndTime>%s</EndTime></Duration>",
		start, end);
}
