#ifndef EXCHANGE_CONTROL_H
#define EXCHANGE_CONTROL_H

#include "exchange/visit.h"

bool control_is_path(const char *path);

/* Does a command (README.md has the list) and answers, or holds the visit and is called
 * again. */
enum MHD_Result control_answer(struct visit *visit);

#endif
