#ifndef EXCHANGE_SERVER_H
#define EXCHANGE_SERVER_H

#include "exchange/visit.h"

/* Listens, says so on stdout, serves until a signal (or the end of stdin) ends it. 0, or
 * -1 with the reason on stderr. */
int server_run(struct sim *sim);

#endif
