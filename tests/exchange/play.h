#ifndef EXCHANGE_PLAY_H
#define EXCHANGE_PLAY_H

#include "exchange/visit.h"

/* Answers a request that has been read: as it deserves, or by its fault. */
enum MHD_Result play(struct visit *visit);

/* 401 with the methods that Exchange offers. */
enum MHD_Result play_unauthorized(struct visit *visit);

#endif
