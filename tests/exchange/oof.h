#ifndef EXCHANGE_OOF_H
#define EXCHANGE_OOF_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Automatic replies of a mailbox: t:OofState, and a duration that counts in one of the
 * states alone. */
enum oof_state {
	OOF_DISABLED,
	OOF_ENABLED,
	OOF_SCHEDULED,
};

struct calendar_oof {
	enum oof_state state;
	int64_t start; // UTC
	int64_t end;
};

const char *oof_state_name(enum oof_state state);
bool oof_state_parse(const char *name, enum oof_state *out_state);
/* Whether replies go out at that time. */
bool oof_is_on(const struct calendar_oof *oof, int64_t now);
/* t:Duration in the default namespace, without a zone, as Exchange writes it. */
void oof_put_duration(struct buf *out, const struct calendar_oof *oof);

#endif
