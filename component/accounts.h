#ifndef COMPONENT_ACCOUNTS_H
#define COMPONENT_ACCOUNTS_H

#include "base/clock.h"
#include "component/store/store.h"
#include "component/workers/breakers.h"

/* What the store has of how log-ons of the gateways' accounts ended. */

/* At the start. A store that cannot be read has nothing. */
void accounts_load(struct breakers *breakers, struct store *store, struct now now);
/* What changed, in the turn's transaction. A store that takes nothing keeps nobody from
 * anything: what the process knows counts. */
void accounts_save(struct breakers *breakers, struct store *store, struct now now);

#endif
