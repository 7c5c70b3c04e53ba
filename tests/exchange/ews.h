#ifndef EXCHANGE_EWS_H
#define EXCHANGE_EWS_H

#include "exchange/visit.h"

bool ews_is_path(const char *path);

/* Answers a request to the service, or holds it and is called again. */
enum MHD_Result ews_answer(struct visit *visit);

/* The answer has gone, whole or not. */
void ews_end(struct visit *visit, bool whole);

#endif
