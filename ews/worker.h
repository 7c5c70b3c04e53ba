#ifndef EWS_WORKER_H
#define EWS_WORKER_H

/* The loop of a gateway's worker process: speaks ews/gateway/gateway.h on the socket,
 * reads calendars until told to stop or until the socket closes. Returns the exit status.
 */
int worker_run(int socket);

#endif
