#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include "gateway/kind.h"

/* The loop of a gateway's worker process: speaks gateway/protocol/messages.h on the
 * socket, reads calendars until told to stop or until the socket closes. kinds are those
 * that there are, NULL behind the last one; the settings say which. Returns the exit
 * status.
 */
int worker_run(const struct gateway_kind *const *kinds, int socket);

#endif
