#ifndef EWS_SUBSCRIPTIONS_SUBSCRIPTION_ERROR_H
#define EWS_SUBSCRIPTIONS_SUBSCRIPTION_ERROR_H

#include "gateway/request/outcome.h"

#include <stdbool.h>

/* What a response code means for subscriptions and their streams. */
enum subscription_error {
	SUBSCRIPTION_ERROR_LOST,  // subscriptions are gone, or missed events: new ones,
				  // and a reading
	SUBSCRIPTION_ERROR_MOVED, // the server that they were on is not the one any more
	SUBSCRIPTION_ERROR_FULL,  // subscriptions of an earlier run count until they
				  // expire
	SUBSCRIPTION_ERROR_CROWDED, // too many streams
	SUBSCRIPTION_ERROR_BUSY,    // Exchange asks to wait
	SUBSCRIPTION_ERROR_REFUSED, // the account may not
	SUBSCRIPTION_ERROR_ABSENT,  // there is no such mailbox
	SUBSCRIPTION_ERROR_LATER,   // something that passes
};

/* Of a code that is neither NoError nor empty. */
enum subscription_error subscription_error_of(const char *code);

/* Whether an outcome says something of one subscription or stream and nothing of the
 * gateway, which polls on undisturbed. */
bool subscription_error_is_spared(const struct outcome *outcome);
/* What the account is to learn: nothing where it is spared, unless Exchange asks to wait.
 */
struct outcome subscription_error_spare(const struct outcome *outcome);

#endif
