#ifndef EWS_NOTIFYING_NOTIFY_FATE_H
#define EWS_NOTIFYING_NOTIFY_FATE_H

#include "ews/errand/verdict.h"

#include <stdbool.h>

/* What a response code means for subscriptions and their streams. */
enum notify_fate {
	NOTIFY_LOST,  // subscriptions are gone, or missed events: new ones, and a reading
	NOTIFY_MOVED, // the server that they were on is not the one any more
	NOTIFY_FULL,  // subscriptions of an earlier run count until they expire
	NOTIFY_CROWDED, // too many streams
	NOTIFY_BUSY,    // Exchange asks to wait
	NOTIFY_REFUSED, // the account may not
	NOTIFY_ABSENT,  // there is no such mailbox
	NOTIFY_LATER,   // something that passes
};

/* Of a code that is neither NoError nor empty. */
enum notify_fate notify_fate_of(const char *code);

/* Whether a verdict says something of one subscription or stream and nothing of the
 * gateway, which polls on undisturbed. */
bool notify_is_spared(const struct verdict *verdict);
/* What the identity is to learn: nothing where it is spared. */
struct verdict notify_spare(const struct verdict *verdict);

#endif
